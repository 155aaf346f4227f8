"""`[[probe]]`: one that is read nowhere, or of no contract, is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.model.approval import Dead, DeadReason, Kind, Origin
from allowctl.model.evaluation import Evaluation
from allowctl.model.policy import Action, ProbeEntry
from allowctl.model.report import Report, Unscanned
from allowctl.model.settings import Wallet
from allowctl.policy.evaluate import evaluate
from tests import build
from tests.build import MAINNET, OWNER, SPENDER, TOKEN, address
from tests.policy.making import BASE, TODAY, place, wallet
from tests.policy.making_rows import limits

PROBE = ProbeEntry(place=place(12, "probe[0]"), chain="1", token=TOKEN, spender=SPENDER)
ELSEWHERE = replace(PROBE, chain="8453")
OTHER = wallet("ops", number=1)
HERE = build.scan_report(build.scan())


def under(
    *probes: ProbeEntry,
    report: Report = HERE,
    wallets: tuple[Wallet, ...] = (wallet(),),
    narrowed: bool = False,
) -> Evaluation:
    policy = replace(limits(), probes=probes)
    return evaluate(report, policy, wallets, today=TODAY, narrowed=narrowed)


def test_what_is_read() -> None:
    """By any wallet that it is for."""
    for probe in (PROBE, replace(PROBE, wallet="treasury")):
        ends = under(probe, wallets=(wallet(), OTHER)).open_ends
        assert [each.wallet for each in ends] == [OTHER]
        assert under(probe).open_ends == ()
        assert under(probe).violations == ()


def test_another_chain() -> None:
    """What is read nowhere is told, by the file's name and not where it lies."""
    found = under(ELSEWHERE)
    (end,) = found.open_ends

    assert end.reason == (
        "probe[0] (allowctl.toml:12) was not read: no wallet that it is for is asked "
        "on that chain"
    )
    assert (end.wallet, end.chain_id, end.chain) == (None, 8453, None)
    assert not found.complete
    assert under(ELSEWHERE, narrowed=True).complete


def test_another_wallet() -> None:
    """One that is for a wallet is not read for others."""
    there = replace(OTHER, chains=("base",))
    report = build.scan_report(
        build.scan(), build.scan(owner=there.address, chain=BASE)
    )
    wallets = (wallet(), there)
    (end,) = under(
        replace(PROBE, wallet="ops"), report=report, wallets=wallets
    ).open_ends

    assert (end.wallet, end.chain_id, end.chain) == (there, 1, "ethereum")
    assert under(PROBE, ELSEWHERE, report=report, wallets=wallets).complete


@pytest.mark.parametrize(
    ("untold", "why"),
    [
        (Unscanned(reason="x", chain=BASE), "was scanned"),
        (Unscanned(reason="x", chain=BASE, owner=OWNER), "was scanned"),
        (Unscanned(reason="x"), "was scanned"),
        (Unscanned(reason="x", chain=BASE, owner=address(9)), "is asked"),
        (Unscanned(reason="x", chain=MAINNET), "is asked"),
    ],
)
def test_what_was_not_scanned(untold: Unscanned, why: str) -> None:
    """It says whether the chain was asked in vain, or not at all."""
    report = replace(HERE, unscanned=(untold,))
    ends = under(ELSEWHERE, report=report).open_ends
    (told,) = [each for each in ends if "probe[0]" in each.reason]

    assert told.reason.endswith(f"no wallet that it is for {why} on that chain")


def gone(
    kind: Kind = Kind.ERC20,
    origin: Origin = Origin.NAMED,
    reason: DeadReason = DeadReason.NO_CODE,
) -> Report:
    dead = Dead(candidate=build.candidate(kind=kind, origin=origin), reason=reason)
    return build.scan_report(build.scan(dead=(dead,)))


@pytest.mark.parametrize("kind", [Kind.ERC20, Kind.OPERATOR])
def test_no_contract(kind: Kind) -> None:
    """At a wrong address nothing can be read, and nothing is: a warning."""
    (found,) = under(PROBE, report=gone(kind)).violations

    assert (found.check, found.action) == ("probe-no-code", Action.WARN)
    assert found.message == "no contract is at its token, so nothing was read"
    assert found.place == PROBE.place
    assert found.subject.scan is None


@pytest.mark.parametrize(
    "report",
    [
        gone(reason=DeadReason.ZERO),
        gone(Kind.PERMIT2),
        gone(origin=Origin.LOG),
        HERE,
    ],
)
def test_a_contract(report: Report) -> None:
    """What answers zero was read; a Permit2 child may lack Permit2 alone."""
    assert under(PROBE, report=report).violations == ()


@pytest.mark.parametrize(
    "probe",
    [
        replace(PROBE, token=address(9)),
        replace(PROBE, spender=address(9)),
        replace(PROBE, wallet="ops"),
    ],
)
def test_of_another(probe: ProbeEntry) -> None:
    """Only the probe of that pair, for that wallet, is told."""
    assert under(probe, report=gone(), wallets=(wallet(), OTHER)).violations == ()
