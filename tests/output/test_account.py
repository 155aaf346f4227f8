"""The sentences of a report: what was proven, what is open, what comes next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from allowctl.model.approval import Amount, Dead, DeadReason, NotServed, Refused
from allowctl.model.chain import BlockRange
from allowctl.model.coverage import Checked, Coverage, Difference, Gap
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Level
from allowctl.model.lists import Label
from allowctl.model.report import Scan
from allowctl.output import account
from allowctl.output.view import View, shown
from allowctl.risk.audit import audit
from tests.build import (
    UNLIMITED,
    allowance,
    audited,
    candidate,
    context,
    record,
    scan,
    spender_facts,
    token_facts,
)
from tests.output import wallet

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
        (
            {"remembered": 9, "endpoints": ()},
            "without a gap, by the word of earlier runs alone",
        ),
        ({"checked": Checked.SAMPLED}, "by the word of a and b, a part of it told"),
        ({"checked": Checked.AGREED}, "each range told alike by two of a, b"),
        (
            {"differences": (DIFFERENCE,)},
            "INCOMPLETE: of blocks 0 to 9, endpoints tell",
        ),
    ],
    ids=["one word each", "remembered", "all of it", "sampled", "agreed", "differ"],
)
def test_by_whose_word(parts: dict[str, Any], said: str) -> None:
    """One witness, several, witnesses that agree or not: each is said."""
    plain = Coverage(blocks=BlockRange(0, 9), endpoints=("a", "b"))
    covered = replace(plain, **parts)
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


def test_one_is_no_plural() -> None:
    """One request of one item."""
    covered = Coverage(blocks=None, state_by=("h",), requests=1, items=1)
    _, _, word, cost = account.scanned(scan(coverage=covered))

    assert word == "named pairs read from state, by the word of h alone"
    assert cost.startswith("1 request of 1 item;")


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


def test_a_restricted_scan_proves_no_more_than_it_asked() -> None:
    """Kinds or blocks left out: the headline does not speak for them."""
    whole = account.found(scan())
    part = account.found(replace(scan(), restricted=True))

    assert whole[0].startswith("No live approval: every block was served")
    assert part[0].startswith("No live approval of what was asked for, which is not")


def test_what_may_be_worse_is_said() -> None:
    """Facts and rules that nobody served make the levels doubtful."""
    unread = record(spender=spender_facts(SpenderKind.UNKNOWN))
    found = audit([unread], context())
    of = scan(allowances=found.records, not_evaluated=found.not_evaluated)
    _, half, rules = account.found(of)

    assert half == (
        "INCOMPLETE: of 1 row, token or spender was not served: the level may be "
        "worse than shown"
    )
    assert rules.startswith("INCOMPLETE: 5 rules could not be evaluated")


def test_levels() -> None:
    """How many of each, the worst first; spam is no level."""
    of = scan(allowances=audit(wallet.records(), context()).records)

    assert account.levels(of) == [
        "live: 6 critical, 7 medium, 1 low, 15 info, 1 unknown, 2 suspected spam"
    ]
    assert account.levels(scan()) == []


@pytest.mark.parametrize(
    ("least", "said"),
    [
        (None, []),
        (Level.INFO, []),
        (Level.LOW, ["1 row is below --min-level low, and not shown"]),
    ],
)
def test_what_a_view_leaves_out(least: Level | None, said: list[str]) -> None:
    """Is counted."""
    quiet = audited(record(allowance(Amount(amount=100, maximum=2**255))))
    view = View(min_level=least)
    seen = shown(scan(allowances=(quiet,)), view)

    assert account.left_out(seen, view) == said


@pytest.mark.parametrize(
    ("known", "source", "said"),
    [
        (True, "bundled", []),
        (False, "bundled", ["what a token calls itself"]),
        (True, "whois", ["what a list calls a spender"]),
        (
            False,
            "whois",
            ["what a token calls itself, or what a list calls a spender"],
        ),
    ],
)
def test_a_legend_stands_where_it_is_needed(
    *, known: bool, source: str, said: list[str]
) -> None:
    """Quotes are explained if there are any."""
    of = record(
        token=token_facts(known=known),
        spender=spender_facts(label=Label(text="x", source=source)),
    )
    seen = shown(scan(allowances=(audited(of),)), View())

    assert account.legend(seen) == [
        f"in quotes: {each}; the others are in the bundled table" for each in said
    ]
