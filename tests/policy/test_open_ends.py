"""What an evaluation could not see, and who may let that pass."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from allowctl.model.approval import NotServed
from allowctl.model.chain import BlockRange
from allowctl.model.coverage import Difference, Gap
from allowctl.model.evaluation import Evaluation
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import NotEvaluated
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Report, Scan, Unscanned
from allowctl.model.settings import Wallet
from allowctl.model.value import Unpriced
from allowctl.policy.evaluate import evaluate
from tests import build
from tests.build import MAINNET, OWNER, address
from tests.policy.making import BASE, TODAY, wallet
from tests.policy.making_rows import evaluated, finding, limits, row

GAP = Gap(blocks=BlockRange(5, 9), reason="node.example: too busy")
FAR = Gap(blocks=BlockRange(1_000, 3_999), reason="a timeout")
TOLD = Difference(blocks=BlockRange(5, 9), hosts=("a.example", "b.example"))
UNSERVED = NotServed(candidate=build.candidate(), reason="node.example: 503")
HALF = row(build.record(spender=build.spender_facts(SpenderKind.UNKNOWN)))


def lacking(*names: str, lack: Lack = Lack.FAILED) -> Scan:
    return build.scan(
        not_evaluated=tuple(
            NotEvaluated(rule=name, reason="no code (1 row)", lack=lack)
            for name in names
        )
    )


def covered(*gaps: Gap, differences: tuple[Difference, ...] = ()) -> Scan:
    return build.scan(
        coverage=replace(build.coverage(), gaps=gaps, differences=differences)
    )


def under(report: Report, *, strict: bool = True, forgiven: int = 0) -> Evaluation:
    return evaluate(
        report,
        limits(fail_on_incomplete=strict),
        [wallet()],
        today=TODAY,
        forgiven=frozenset({forgiven}),
    )


@pytest.mark.parametrize(
    ("scan", "reason"),
    [
        (covered(GAP), "blocks 5 to 9 were not served: node.example: too busy"),
        (
            covered(GAP, FAR),
            "3,005 blocks were not served, in 2 ranges: 5 to 9: node.example: too busy",
        ),
        (
            covered(differences=(TOLD,)),
            "a.example and b.example tell different logs of blocks 5 to 9",
        ),
        (
            covered(differences=(TOLD, TOLD)),
            (
                "a.example and b.example tell different logs of blocks 5 to 9 "
                "and 1 range more"
            ),
        ),
        (
            build.scan(unserved=(UNSERVED,)),
            "1 approval was not read: node.example: 503",
        ),
        (
            build.scan(unserved=(UNSERVED,) * 2),
            "2 approvals were not read: node.example: 503",
        ),
        (
            build.scan(allowances=(HALF,)),
            (
                "1 approval was read without the facts of token or spender: "
                "levels may be worse"
            ),
        ),
        (
            lacking("a", "b"),
            "2 rules were not evaluated: a: no code (1 row); b: no code (1 row)",
        ),
        (
            lacking(*"abcde"),
            (
                "5 rules were not evaluated: a: no code (1 row); b: no code (1 row); "
                "c: no code (1 row); and 2 more"
            ),
        ),
    ],
)
def test_each_sort(scan: Scan, reason: str) -> None:
    """Each is one sentence, of the wallet and the chain that it concerns."""
    found = under(build.scan_report(scan))
    (end,) = found.open_ends

    assert end.reason == reason
    assert (end.wallet, end.chain_id, end.chain) == (wallet(), 1, "ethereum")
    assert not found.complete
    assert not found.violated


def test_spam_leaves_nothing_open() -> None:
    """It is not judged, so nothing about it has to be known."""
    lacking = row(
        build.record(value=Unpriced.UNSERVED),
        finding("spam-token"),
        used_at=Missing(Lack.FAILED, "a timeout"),
    )
    policy = limits(max_value_at_risk_usd=Decimal(1), max_unused=1)
    ends = {
        spam: evaluated(policy, of).open_ends
        for spam, of in ((True, lacking), (False, replace(lacking, findings=())))
    }

    assert len(ends[False]) == 2
    assert ends[True] == ()


def test_whole() -> None:
    """What cannot be had, or was not asked for, leaves nothing open."""
    for lack in (Lack.NOT_ASKED, Lack.UNAVAILABLE):
        assert under(build.scan_report(lacking("a", lack=lack))).open_ends == ()


@pytest.mark.parametrize(
    ("untold", "parts"),
    [
        (Unscanned(reason="x"), (None, None, None)),
        (Unscanned(reason="x", owner=OWNER), ("treasury", None, None)),
        (Unscanned(reason="x", owner=address(9)), (None, None, None)),
        (Unscanned(reason="x", chain=BASE), (None, 8453, "base")),
        (
            Unscanned(reason="x", chain=MAINNET, owner=OWNER),
            ("treasury", 1, "ethereum"),
        ),
    ],
)
def test_unscanned(untold: Unscanned, parts: tuple[object, ...]) -> None:
    """What was not scanned at all is told with all that is known of it."""
    report = replace(build.scan_report(build.scan()), unscanned=(untold,))
    (end,) = under(report).open_ends
    name = None if end.wallet is None else end.wallet.name

    assert end.reason == "it was not scanned: x"
    assert (name, end.chain_id, end.chain) == parts


def test_a_wallet_of_which_nothing_is_told() -> None:
    """Nothing is dropped in silence: a wallet that was asked about is somewhere."""
    (end,) = under(build.scan_report()).open_ends
    told = replace(build.scan_report(), unscanned=(Unscanned(reason="x"),))

    assert (end.wallet, end.reason) == (wallet(), "it was not scanned on any chain")
    assert [each.reason for each in under(told).open_ends] == ["it was not scanned: x"]


def test_a_wallet_that_was_left_out() -> None:
    """One that is on none of the chains that were asked is nobody's open end."""
    elsewhere = replace(wallet("ops", number=1), chains=("base",), ens="ops.eth")
    here = replace(elsewhere, chains=("eth", "base"))
    report = build.scan_report(build.scan())

    def ends(*wallets: Wallet) -> list[str]:
        found = evaluate(report, limits(), wallets, today=TODAY).open_ends
        return [each.reason for each in found]

    assert ends(wallet(), elsewhere) == []
    assert ends(wallet(), here) == ["it was not scanned on any chain"]


@pytest.mark.parametrize("narrowed", [True, False])
def test_limits_of_a_part(*, narrowed: bool) -> None:
    """Of some wallets or chains a limit says less than of all: told, and let pass."""
    one, all_ = Decimal(1), Decimal(5)
    policy = limits(max_value_at_risk_usd=one, max_total_value_at_risk_usd=all_)
    report = build.scan_report(build.scan())
    found = evaluate(report, policy, [wallet()], today=TODAY, narrowed=narrowed)
    part = "is judged of the wallets and chains that were asked for alone"

    assert found.complete
    assert all(each.forgiven for each in found.open_ends)
    assert [each.reason for each in found.open_ends] == [
        f"max_value_at_risk_usd {part}",
        f"max_total_value_at_risk_usd {part}",
    ] * narrowed
    plain = evaluate(report, limits(), [wallet()], today=TODAY, narrowed=narrowed)
    assert plain.open_ends == ()


def test_forgiven() -> None:
    """By the policy all; by the command line those of a chain."""
    scans = (covered(GAP), replace(covered(FAR), chain=BASE))
    untold = (Unscanned(reason="x"),)
    report = replace(build.scan_report(*scans), unscanned=untold)

    def forgiven(of: Evaluation) -> list[bool]:
        return [each.forgiven for each in of.open_ends]

    assert forgiven(under(report)) == [False, False, False]
    assert forgiven(under(report, forgiven=1)) == [True, False, False]
    assert forgiven(under(report, strict=False)) == [True, True, True]
    assert not under(report, forgiven=1).complete
    assert under(report, strict=False).complete
    assert under(build.scan_report(covered(GAP)), forgiven=1).complete
