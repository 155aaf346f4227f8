"""What a verdict stands on."""

from __future__ import annotations

from dataclasses import replace

from allowctl.output.check_scans import blind, name, scanned
from tests.build import address, scan
from tests.output import evaluations
from tests.policy import making


def test_scanned() -> None:
    """Whose, the fates, the block, and by whose word; what is missing stands above."""
    evaluation = evaluations.treasury()
    first, second = evaluation.report.scans

    assert scanned(first, evaluation) == (
        "treasury on ethereum (1): 32 live, 1 refused; as of block 24000000 of "
        "2026-09-21 14:13:20 UTC; blocks 0 to 24000000 covered without a gap, by the "
        "word of node.example alone"
    )
    assert scanned(second, evaluation).endswith(
        "INCOMPLETE: of blocks 0 to 24000000, 5 were not served by node.example"
    )


def test_whose_it_is() -> None:
    """The first wallet that is asked on the chain, by any of its names; or nobody's."""
    wallets = (
        replace(making.wallet("other"), chains=("base",)),
        replace(making.wallet("mainnet"), chains=("eth",)),
        making.wallet("later"),
    )
    evaluation = replace(making.passing(), wallets=wallets)

    assert name(scan(), evaluation) == "mainnet"
    assert name(scan(chain=making.BASE), evaluation) == "other"
    assert name(scan(owner=address(9)), evaluation) is None
    assert scanned(scan(owner=address(9)), evaluation).startswith("0x")


def test_blind_spots() -> None:
    """What all have in common once; the rest with its scan."""
    odd = scan(chain=making.BASE, blind_spots=("signatures", "the true time"))
    report = replace(
        making.passing().report, scans=(scan(blind_spots=("signatures",)), odd)
    )
    evaluation = replace(making.passing(), report=report)

    assert list(blind(evaluation)) == [
        "signatures",
        "treasury on base: the true time",
    ]
