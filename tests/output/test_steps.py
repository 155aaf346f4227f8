"""What to do next: each cause of doubt has its own cure, and one row is the first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.codec.words import checksum
from allowctl.model.approval import Dead, DeadReason, Kind, NotServed
from allowctl.model.chain import BlockRange
from allowctl.model.coverage import Gap
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Level, NotEvaluated
from allowctl.model.lists import Charge, ListStatus
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Scan, Unscanned
from allowctl.output import steps
from allowctl.output.view import View
from allowctl.risk.audit import audit
from allowctl.risk.listed import RULES
from tests import build
from tests.build import (
    address,
    allowance,
    audited,
    candidate,
    child,
    context,
    record,
    scan,
    scan_report,
    spender_facts,
)
from tests.output import wallet

FAILED = Missing(Lack.FAILED, "was not fetched: lists.example: no such name")
LOST = ListStatus(
    id="exploits",
    source="lists.example",
    charges=(Charge.EXPLOITED,),
    missing=FAILED,
)
GAP = Gap(blocks=BlockRange(10, 19), reason="node.example: too busy")
UNSERVED = NotServed(candidate=candidate(), reason="not now")
DEAD = Dead(candidate=candidate(), reason=DeadReason.ZERO)
WORST_ROW = audited(record(spender=spender_facts(SpenderKind.EOA)))
LISTS = "fetch the missing lists: allowctl intel update; or scan with --offline"
NODES = "scan again with another --rpc-url: this is not the whole truth yet"
SOURCIFY = "Sourcify did not answer: scan again later, or without --sourcify"


def with_gap(of: Scan) -> Scan:
    return replace(of, coverage=replace(of.coverage, gaps=(GAP,)))


def lacking(*rules: str, lack: Lack = Lack.FAILED) -> Scan:
    return scan(
        not_evaluated=tuple(
            NotEvaluated(rule=rule, reason="no", lack=lack) for rule in rules
        )
    )


def priced(usd: str, level: Level) -> Scan:
    worth = wallet.worth(usd)
    row = replace(audited(record(value=worth)), level=level, expected_loss=worth.usd)
    return scan(allowances=(row,))


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (scan(), []),
        (lacking("exploited-spender"), [LISTS]),
        (lacking("exploited-spender", lack=Lack.NOT_ASKED), []),
        (lacking("exploited-spender", "codeless-spender"), [LISTS, NODES]),
        (lacking("unverified-spender"), [SOURCIFY]),
        (lacking("stale-approval"), [NODES]),
        (with_gap(scan()), [NODES]),
        (with_gap(lacking(*RULES)), [LISTS, NODES]),
        (scan(unserved=(UNSERVED,)), [NODES]),
    ],
    ids=[
        "whole",
        "a list",
        "not wanted",
        "a list and a node",
        "sourcify",
        "a node",
        "a gap",
        "lists and a gap",
        "unserved",
    ],
)
def test_each_cause_has_its_cure(of: Scan, said: list[str]) -> None:
    """Lists are fetched, nodes are named: not the one for want of the other."""
    assert list(steps.alone(of, View(), [LOST])) == said


def test_without_a_lost_list_it_is_something_else() -> None:
    """Then fetching lists would mend nothing."""
    assert list(steps.alone(lacking("exploited-spender"), View())) == [NODES]


def test_the_rules_of_lists_are_those_that_lack_lists() -> None:
    """And no other rule is not evaluated for want of one."""
    absent = dict.fromkeys(Charge, FAILED)
    found = audit([wallet.records()[3]], replace(context(), absent=absent))
    without = audit([wallet.records()[3]], context())
    more = {each.rule for each in found.not_evaluated} - {
        each.rule for each in without.not_evaluated
    }

    # The row itself is on a list of what its makers gave up.
    assert more == RULES - {"deprecated-spender"}


def test_our_own_command_comes_first() -> None:
    """It only shows: what would be sent, to be copied as one line."""
    first, command, *_ = steps.alone(scan(allowances=(WORST_ROW,)), View())
    token = checksum(WORST_ROW.record.token.address)
    digits = WORST_ROW.record.allowance.fingerprint(1)[:8]

    assert first == (
        f"take back #1, if you know the token {token}; "
        "--keystore in the place of --dry-run sends it:"
    )
    assert command == (
        f"allowctl revoke {checksum(build.OWNER)} --chain 1 --id {digits} --dry-run"
    )


def test_the_call_is_ready_to_send() -> None:
    """Of the worst row, for whom another tool signs."""
    _, _, other, data, *_ = steps.alone(scan(allowances=(WORST_ROW,)), View())
    token = checksum(WORST_ROW.record.token.address)

    assert other == (
        f"with another tool: from the owner {checksum(build.OWNER)} on ethereum, "
        f"send to {token}"
    )
    assert data.startswith("value 0, data 0x095ea7b3")
    assert data.endswith("0" * 64)


def test_permit2_needs_no_brake() -> None:
    """Its own code is known; a copy's is not."""
    own = audited(record(allowance(child(7), kind=Kind.PERMIT2)))
    copy = audited(record(allowance(child(7), kind=Kind.PERMIT2, contract=wallet.COPY)))
    ours, _, other, *_ = steps.alone(scan(allowances=(own,)), View())
    theirs, *_ = steps.alone(scan(allowances=(copy,)), View())

    assert ours.startswith("take back #1; ")
    assert other.endswith(f"send to Permit2 {checksum(build.PERMIT2)}")
    assert theirs.startswith("take back #1, if you know that copy of Permit2; ")


def test_a_clean_wallet_has_nothing_to_do() -> None:
    """But to look at what is gone."""
    assert list(steps.alone(scan(), View())) == []
    assert list(steps.alone(scan(dead=(DEAD,)), View())) == [
        "see what was once approved: --show-dead"
    ]


def test_what_is_kept_can_be_explained() -> None:
    """`allowctl explain` has the call, and every fact behind it."""
    of = scan(allowances=(WORST_ROW,))
    digits = WORST_ROW.record.allowance.fingerprint(1)[:8]

    assert list(steps.alone(of, View(kept=True))) == [
        f"see why, and how to take #1 back: allowctl explain {digits}"
    ]


def test_spam_is_no_next_step() -> None:
    """To revoke it runs its code, and is paid for."""
    rows = audit([wallet.spam()[3]], context()).records

    assert rows[0].spam
    assert list(steps.alone(scan(allowances=rows), View())) == []


def test_the_worst_of_all_scans() -> None:
    """Critical first, then by expected loss; with the scan that it stands in."""
    scans = [
        scan(),
        priced("9000", Level.MEDIUM),
        priced("3", Level.CRITICAL),
        priced("9001", Level.MEDIUM),
    ]
    first, without = steps.first(scans), steps.first([scans[0], scans[1], scans[3]])

    assert first is not None
    assert (first.number, first.rank) == (3, 1)
    assert without is not None
    assert without.number == 3
    assert steps.first([scan(), scan()]) is None


def test_spam_is_the_first_of_nothing() -> None:
    """The rows of one scan that is spam alone do not stand for it."""
    spam = scan(allowances=audit([wallet.spam()[3]], context()).records)
    first = steps.first([spam, priced("1", Level.LOW)])

    assert first is not None
    assert first.number == 2
    assert steps.first([spam]) is None


@pytest.mark.parametrize("kept", [True, False])
def test_several_scans_have_one_first_row(*, kept: bool) -> None:
    """It is named with its id, or with what takes it back."""
    report = scan_report(scan(), scan(allowances=(WORST_ROW,), owner=address(7)))
    first, *rest = steps.together(report, View(kept=kept))
    digits = WORST_ROW.record.allowance.fingerprint(1)[:8]

    if kept:
        assert rest == []
        assert first == (
            "see why, and how to take #1 of scan 2, the worst of all back: "
            f"allowctl explain {digits}"
        )
    else:
        assert first.startswith("take back #1 of scan 2, the worst of all, if you")
        assert rest[0].startswith(f"allowctl revoke {checksum(address(7))} --chain 1 ")
        assert f"from the owner {checksum(address(7))} on ethereum" in rest[1]
        assert rest[2].startswith("value 0, data 0x")
    assert list(steps.together(scan_report(scan(), scan()), View())) == []


def test_several_scans_that_lack_something() -> None:
    """Endpoints or lists, by what it is; each said once."""
    lost = scan(unserved=(UNSERVED,))
    endpoints = list(steps.together(scan_report(lost, lost), View()))
    lists = list(
        steps.together(
            replace(scan_report(lacking("exploited-spender"), scan()), lists=(LOST,)),
            View(),
        )
    )
    chain = replace(scan_report(scan()), unscanned=(Unscanned(reason="no"),))

    assert len(endpoints) == 1
    assert "allowctl endpoints" in endpoints[0]
    assert lists == [LISTS]
    assert list(steps.together(chain, View())) == [
        "see which endpoints answer: allowctl endpoints; name others with --rpc-url"
    ]
    assert len(list(steps.together(replace(chain, scans=(lost, lost)), View()))) == 1


def test_an_unknown_row_hides_no_critical_one() -> None:
    """Whatever the order of the scans."""
    unknown = replace(audited(), level=Level.UNKNOWN)
    first = steps.first([scan(allowances=(unknown,)), priced("1", Level.CRITICAL)])
    assert first is not None
    assert first.number == 2
