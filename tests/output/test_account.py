"""The sentences of a report: what was proven, what is open, what comes next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from allowctl.model.approval import Amount, Dead, DeadReason, Kind, NotServed, Refused
from allowctl.model.chain import BlockRange
from allowctl.model.coverage import Checked, Coverage, Difference, Gap
from allowctl.model.facts import SpenderKind
from allowctl.model.report import Scan
from allowctl.output import account
from tests.build import (
    UNLIMITED,
    address,
    allowance,
    audited,
    candidate,
    child,
    record,
    scan,
    spender_facts,
)

GAP = Gap(blocks=BlockRange(10, 19), reason="node.example: too busy")
DIFFERENCE = Difference(blocks=BlockRange(4, 5), hosts=("a", "b"))
REFUSED = Refused(candidate=candidate(), reason="reverts")
UNSERVED = NotServed(candidate=candidate(), reason="not now")
DEAD = Dead(candidate=candidate(), reason=DeadReason.ZERO)
UNLIMITED_ROW = audited(record(allowance(Amount(amount=UNLIMITED, maximum=2**255))))
WORST_ROW = audited(record(spender=spender_facts(SpenderKind.EOA)))
PAIRS = scan(coverage=Coverage(blocks=None, endpoints=("h",), requests=1))


def with_gap(of: Scan) -> Scan:
    return replace(of, coverage=replace(of.coverage, gaps=(GAP,)))


def below(of: Scan, *, show_dead: bool = False) -> dict[str, list[str]]:
    return {
        heading.split(" (")[0]: list(lines)
        for heading, lines in account.sections(of, show_dead=show_dead)
    }


def test_scanned() -> None:
    """Owner with checksum, chain, block, and what was covered by whose word."""
    who, when, what, cost = account.scanned(scan(owner_name="alice.eth"))
    assert "(alice[.]eth) on ethereum (1)" in who
    assert who.startswith("0x0A0A")
    assert "24000000 of 2026-09-21 14:13:20 UTC, 0x" in when
    assert what.endswith("covered without a gap, by the word of node.example alone")
    assert cost == "7 requests of 0 items"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, "by the word of a and b alone"),
        ({"remembered": 9}, "by the word of a and b and of earlier runs alone"),
        ({"checked": Checked.SAMPLED}, "by the word of a and b, a part of it told"),
        ({"checked": Checked.AGREED}, "each range told alike by two of a, b"),
        (
            {"differences": (DIFFERENCE,)},
            "INCOMPLETE: of blocks 0 to 9, endpoints tell",
        ),
    ],
    ids=["one word each", "remembered", "sampled", "agreed", "differ"],
)
def test_by_whose_word(parts: dict[str, Any], said: str) -> None:
    """One witness, several, witnesses that agree or not: each is said."""
    covered = Coverage(blocks=BlockRange(0, 9), endpoints=("a", "b"), **parts)
    line = account.scanned(scan(coverage=covered))[2]
    assert said in line
    assert ("without a gap" in line) is not bool(covered.differences)


def test_what_it_took() -> None:
    """Requests, what was known before, the canary, and where state was read."""
    covered = Coverage(
        blocks=BlockRange(0, 9),
        endpoints=("a", "b"),
        state_by=("a",),
        requests=1_000,
        items=2_000,
        remembered=5,
        canary=3,
    )
    assert account.scanned(scan(coverage=covered))[3] == (
        "1,000 requests of 2,000 items; 5 blocks known from earlier runs; "
        "old logs seen from block 3 on; state read at a"
    )


def test_differences_are_listed() -> None:
    """With the blocks and both hosts."""
    covered = Coverage(
        blocks=BlockRange(0, 9), endpoints=("a", "b"), differences=(DIFFERENCE,)
    )
    assert below(scan(coverage=covered))["Differences"] == ["4 to 5: a and b"]


def test_what_several_scans_share_is_told_elsewhere() -> None:
    """Their own blind spots stay; what to do next is told once for all."""
    alone = replace(scan(), blind_spots=("x", "y"))
    found = dict(account.sections(with_gap(alone), show_dead=False, elsewhere=("x",)))
    assert found["Not seen by this scan"] == ["y"]
    assert "What to do next" not in found


def test_a_gap_is_not_covered() -> None:
    """No scan with one is called "without a gap"."""
    text = "\n".join(account.scanned(with_gap(scan())))
    assert "INCOMPLETE: of blocks 0 to 24000000, 10 were not served" in text
    assert "without a gap" not in text


def test_pairs_cover_no_blocks() -> None:
    """Where no log was sought, no range is claimed."""
    text = "\n".join(account.scanned(PAIRS))
    assert "named pairs read from state, by the word of h alone" in text
    assert "covered" not in text


def test_an_owner_s_name_is_tamed() -> None:
    """A name of one's own choosing can hold anything."""
    text = account.scanned(scan(owner_name="x\x1b[2J\u202e.eth"))[0]
    assert text.isascii()
    assert text.isprintable()


@pytest.mark.parametrize(
    ("of", "clean"),
    [
        (scan(), True),
        (scan(dead=(DEAD,)), True),
        (scan(refused=(REFUSED,)), False),
        (scan(unserved=(UNSERVED,)), False),
        (with_gap(scan()), False),
        (PAIRS, False),
    ],
    ids=["empty", "dead", "refused", "unserved", "gap", "pairs"],
)
def test_clean_is_said_only_when_proven(of: Scan, *, clean: bool) -> None:
    """Every block served and every candidate read: nothing less is called that."""
    said, _ = account.found(of)
    sentence = "No live approval: every block was served and every candidate read."
    assert (said == sentence) is clean
    assert said.startswith("No live approval")


def test_every_fate_is_counted() -> None:
    """The counts add up to the candidates."""
    of = scan(
        allowances=(UNLIMITED_ROW,),
        dead=(DEAD, replace(DEAD, reason=DeadReason.EXPIRED)),
        refused=(REFUSED,) * 3,
        unserved=(UNSERVED,) * 4,
        dormant=(record(),) * 5,
    )
    (counts,) = account.found(of)
    assert counts == (
        "15 candidates: 1 live, 2 dead (1 expired, 1 zero), 5 dormant, "
        "3 refused, 4 unserved"
    )


def test_what_is_listed() -> None:
    """Gaps, unserved, dormant and refused by name; the dead where asked for."""
    of = scan(
        coverage=with_gap(scan()).coverage,
        unserved=(UNSERVED,),
        refused=(REFUSED,),
        dead=(DEAD,),
        dormant=(record(allowance(child(7, root_amount=0), kind=Kind.PERMIT2)),),
    )
    found = below(of, show_dead=True)
    assert list(found) == [
        "Gaps",
        "Unserved",
        "Dormant",
        "Refused",
        "Dead",
        "Not seen by this scan",
        "What to do next",
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


def test_next_steps() -> None:
    """The worst row's revocation, ready to send; a second endpoint for gaps."""
    steps = below(with_gap(scan(allowances=(WORST_ROW,))))["What to do next"]
    assert "another --rpc-url" in steps[0]
    assert (
        "take back #1, if you know that contract: from the owner, send to 0x7070"
        in steps[1]
    )
    assert steps[2].startswith("value 0, data 0x095ea7b3")
    assert steps[2].endswith("0" * 64)


def test_nothing_to_do() -> None:
    """A clean wallet is told nothing to do."""
    assert "What to do next" not in below(scan())
    assert below(scan(dead=(DEAD,)))["What to do next"] == [
        "see what was once approved: --show-dead"
    ]


def test_a_restricted_scan_proves_no_more_than_it_asked() -> None:
    """Kinds or blocks left out: the headline does not speak for them."""
    whole = account.found(scan())
    part = account.found(replace(scan(), restricted=True))

    assert whole[0].startswith("No live approval: every block was served")
    assert part[0].startswith("No live approval of what was asked for, which is not")
