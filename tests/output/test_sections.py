"""What is named below a table: holes first, floods counted, then what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount, Dead, DeadReason, Kind, NotServed, Refused
from allowctl.model.chain import BlockRange
from allowctl.model.coverage import Coverage, Difference, Gap
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import NotEvaluated
from allowctl.model.missing import Lack
from allowctl.model.report import Scan
from allowctl.output import sections
from allowctl.output.names import short
from allowctl.output.view import View, shown
from allowctl.risk.audit import audit
from tests.build import (
    address,
    allowance,
    audited,
    candidate,
    child,
    context,
    record,
    scan,
    spender_facts,
)
from tests.output import wallet

GAP = Gap(blocks=BlockRange(10, 19), reason="node.example: too busy")
DIFFERENCE = Difference(blocks=BlockRange(4, 5), hosts=("a", "b"))
REFUSED = Refused(candidate=candidate(), reason="reverts")
UNSERVED = NotServed(candidate=candidate(), reason="not now")
DEAD = Dead(candidate=candidate(), reason=DeadReason.ZERO)
WORST_ROW = audited(record(spender=spender_facts(SpenderKind.EOA)))


def with_gap(of: Scan) -> Scan:
    return replace(of, coverage=replace(of.coverage, gaps=(GAP,)))


def below(of: Scan, view: View | None = None) -> dict[str, list[str]]:
    return {
        heading.split(" (")[0]: list(lines)
        for heading, lines in sections.sections(of, view or View())
    }


def test_differences_are_listed() -> None:
    """With the blocks and both hosts."""
    covered = Coverage(
        blocks=BlockRange(0, 9), endpoints=("a", "b"), differences=(DIFFERENCE,)
    )
    assert below(scan(coverage=covered))["Differences"] == ["4 to 5: a and b"]


def test_what_several_scans_share_is_told_elsewhere() -> None:
    """Their own blind spots stay."""
    alone = replace(scan(), blind_spots=("x", "y"))
    found = dict(sections.sections(with_gap(alone), View(), elsewhere=("x",)))
    assert found["Not seen by this scan"] == ["y"]


def test_what_is_listed() -> None:
    """Gaps, unserved, dormant and refused by name; the dead where asked for."""
    of = scan(
        coverage=with_gap(scan()).coverage,
        unserved=(UNSERVED,),
        refused=(REFUSED,),
        dead=(DEAD,),
        dormant=(record(allowance(child(7, root_amount=0), kind=Kind.PERMIT2)),),
    )
    found = below(of, View(show_dead=True))
    assert list(found) == [
        "Gaps",
        "Unserved",
        "Dormant",
        "Refused",
        "Dead",
        "Not seen by this scan",
    ]
    assert found["Gaps"] == ["10 to 19: node[.]example: too busy"]
    assert found["Dead"][0].endswith(": zero")
    assert "Dead" not in below(of)


def test_a_flood_is_counted() -> None:
    """A hundred planted logs take nine lines, and none of a row."""
    flood = tuple(
        Refused(candidate=candidate(token=address(n)), reason="reverts")
        for n in range(100)
    )
    lines = below(scan(refused=flood))["Refused"]
    assert len(lines) == 9
    assert lines[-1] == "and 92 more: --format json names them all"


def test_a_flood_of_one_contract() -> None:
    """One contract's many approvals are one line, the largest first."""
    many = tuple(
        Refused(candidate=candidate(spender=address(n)), reason="reverts")
        for n in range(50)
    )
    other = Refused(candidate=candidate(token=address(1)), reason="burns its gas")
    first, second = below(scan(refused=(other, *many)))["Refused"]
    assert first.endswith("50 approvals: reverts")
    assert second.endswith("burns its gas")


def test_one_block_is_no_range() -> None:
    """A gap of one block is called by it."""
    one = Gap(blocks=BlockRange(6, 6), reason="nobody")
    of = replace(scan(), coverage=replace(scan().coverage, gaps=(one,)))

    assert below(of)["Gaps"] == ["6: nobody"]


def test_expired() -> None:
    """What time alone has ended, with its end."""
    (line,) = below(scan(expired=audit(wallet.expired(), context()).records), View())[
        "Expired"
    ]

    assert line == (
        f"7 USDC, {checksum(wallet.USDC)}, to {checksum(wallet.ROUTER)}, "
        "until 2026-08-12 14:13:20 UTC"
    )


def test_dormant_ones_inside_copies_come_last() -> None:
    """And say so: anyone can deploy one that says things."""
    own = record(allowance(child(7, root_amount=0), kind=Kind.PERMIT2))
    copy = record(
        allowance(child(7, root_amount=0), kind=Kind.PERMIT2, contract=wallet.COPY)
    )
    first, last = below(scan(dormant=(copy, own)))["Dormant"]

    assert "copy" not in first
    assert last.endswith(f"in the copy {checksum(wallet.COPY)}")


def test_rules_that_lack_the_same_stand_together() -> None:
    """What makes the scan incomplete first, and said to."""
    lacking = tuple(
        NotEvaluated(rule=rule, reason=reason, lack=lack)
        for rule, reason, lack in (
            ("a", "not asked for (2 rows)", Lack.NOT_ASKED),
            ("b", "too busy (1 row)", Lack.FAILED),
            ("c", "no archive (1 row)", Lack.UNAVAILABLE),
            ("d", "too busy (1 row)", Lack.FAILED),
        )
    )

    assert below(scan(not_evaluated=lacking))["Not evaluated"] == [
        "b, d: too busy (1 row); INCOMPLETE",
        "a: not asked for (2 rows)",
        "c: no archive (1 row)",
    ]


@pytest.mark.parametrize("show_spam", [False, True])
def test_spam_has_its_evidence(*, show_spam: bool) -> None:
    """Each token once, by its rows; nothing where it stands in the table."""
    rows = audit([*wallet.spam(), *wallet.spam()], context()).records
    of = scan(allowances=rows)
    found = list(sections.spam(shown(of, View(show_spam=show_spam)), of))
    if show_spam:
        assert found == []
        return
    ((heading, lines),) = found

    assert heading.startswith("Suspected spam (not counted by --fail-on")
    assert len(lines) == 2
    digits = rows[20].record.allowance.fingerprint(1)[:8]
    spender = short(rows[20].record.spender.address)
    assert lines[0].startswith(f"#21 {digits} to {spender}, #22 {digits} to ")
    assert ': "visit https[:...", 0x608F' in lines[0]
    assert "no price is known; its symbol holds a link" in lines[0]


def test_a_flood_of_spam_is_counted() -> None:
    """Anyone can plant any number of tokens."""
    visit = wallet.spam()[3]
    many = [
        replace(
            visit,
            token=replace(visit.token, address=address(n)),
            allowance=allowance(Amount(amount=1, maximum=2**255), token=address(n)),
        )
        for n in range(100)
    ]
    of = scan(allowances=audit(many, context()).records)
    ((_, lines),) = sections.spam(shown(of, View()), of)

    assert len(lines) == 9
    assert lines[-1].startswith("and 92 more")


def test_reasons_of_strangers_do_not_act() -> None:
    """A node's and a list's words may stand in them, and lines are broken anew."""
    reason = "x" * 40 + " ::error::owned ##vso[task.setvariable]\x1b[2J"
    lacking = (NotEvaluated(rule="eoa-spender", reason=reason, lack=Lack.FAILED),)
    (line,) = below(scan(not_evaluated=lacking))["Not evaluated"]
    assert "::" not in line
    assert "##" not in line
    assert line.isprintable()
