"""`[[allow]]`: what an entry covers, what it does not, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from allowctl.model.approval import Kind
from allowctl.model.chain import Address
from allowctl.model.evaluation import CoverKind, Evaluation
from allowctl.model.finding import Level
from allowctl.model.missing import Lack, Missing
from allowctl.model.policy import AllowEntry
from allowctl.model.report import AuditedRecord
from allowctl.policy.entries import Allows
from allowctl.policy.evaluate import evaluate
from tests import build
from tests.build import OWNER, PERMIT2, SPENDER, TOKEN, UNLIMITED, address, amount
from tests.policy.making import BASE, TODAY, allow, place, wallet
from tests.policy.making_rows import evaluated, limits, only, row

HASH, OTHER = "0x" + "11" * 32, "0x" + "22" * 32
BAD = row(
    build.record(
        build.allowance(amount(1_000)),
        spender=build.spender_facts(code_hash=HASH),
        value=build.worth(1),
    ),
    level=Level.CRITICAL,
)
ITEM = row(build.record(build.allowance(kind=Kind.ERC721)), level=Level.CRITICAL)
OPERATOR = row(build.record(build.allowance(kind=Kind.OPERATOR)), level=Level.CRITICAL)
CHILD = row(build.record(build.allowance(kind=Kind.PERMIT2)), level=Level.CRITICAL)
UNKNOWN = replace(BAD, level=Level.UNKNOWN)
EVERYTHING = limits(allow_unlimited=False, max_age=1)


def under(*entries: AllowEntry, of: AuditedRecord = BAD) -> Evaluation:
    return evaluated(limits(), of, allows=entries)


def covered(entry: AllowEntry, of: AuditedRecord = BAD) -> bool:
    """Whether it covers all that is against a row, where a lot is."""
    found = [
        each.cover is not None
        for each in evaluated(EVERYTHING, of, allows=(entry,)).violations
        if each.subject.row
    ]
    assert len(set(found)) == 1
    return found[0]


@pytest.mark.parametrize(
    ("fits", "fails"),
    [
        ({"wallet": "treasury"}, {"wallet": "ops"}),
        ({"chain": "1"}, {"chain": "8453"}),
        ({"kind": Kind.ERC20}, {"kind": Kind.PERMIT2}),
        ({"contract": TOKEN}, {"contract": PERMIT2}),
        ({"token": TOKEN}, {"token": SPENDER}),
        ({"spender": SPENDER}, {"spender": TOKEN}),
        ({"code_hash": HASH}, {"code_hash": OTHER}),
        ({"max_amount": 1_000}, {"max_amount": 999}),
        ({"max_amount": None}, {"max_amount": 0}),
        ({"max_level": Level.CRITICAL}, {"max_level": Level.HIGH}),
        ({"expires": TODAY}, {"expires": TODAY - timedelta(days=1)}),
        ({"expires": TODAY + timedelta(days=1)}, {"expires": date.min}),
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_each_part(fits: dict[str, Any], fails: dict[str, Any]) -> None:
    """An entry covers a row that is as each of its parts says, and no other."""
    assert covered(allow(**fits))
    assert not covered(allow(**fails))
    assert not covered(allow(**{"token": TOKEN, "kind": Kind.ERC20} | fails))


@pytest.mark.parametrize(
    ("of", "most", "fits"),
    [
        (ITEM, 1, True),
        (ITEM, 0, False),
        (OPERATOR, UNLIMITED, False),
        (OPERATOR, None, True),
    ],
)
def test_max_amount(of: AuditedRecord, most: int | None, *, fits: bool) -> None:
    """An item is one; an operator is covered by no number."""
    assert covered(allow(max_amount=most), of) is fits


def test_all_there_is_is_compared_as_it_is() -> None:
    """An amount that is unlimited by its supply alone is the number that it is."""
    supply = build.token_facts(total_supply=1_000)
    of = row(
        build.record(build.allowance(amount(1_000)), token=supply), level=Level.CRITICAL
    )

    assert of.record.unlimited
    assert covered(allow(max_amount=1_000), of)
    assert not covered(allow(max_amount=999), of)


def test_unknown_level() -> None:
    """A worst level does not cover one that nobody knows."""
    aged = limits(max_age=1)
    for worst, fits in ((None, True), (Level.CRITICAL, False)):
        found = evaluated(aged, UNKNOWN, allows=(allow(max_level=worst),))
        assert found.violated is not fits


def test_inside_permit2() -> None:
    """The contract is the one that holds the state, the token what may be taken."""
    assert covered(allow(spender=None, contract=PERMIT2), CHILD)
    assert covered(allow(token=TOKEN, kind=Kind.PERMIT2), CHILD)
    assert not covered(allow(spender=None, contract=TOKEN), CHILD)


@pytest.mark.parametrize("code", [OTHER, None, Missing(Lack.FAILED, "a timeout")])
def test_other_code(code: str | Missing | None) -> None:
    """Code that changed, is gone or is not known is not what was allowed."""
    of = replace(
        BAD,
        record=replace(BAD.record, spender=build.spender_facts(code_hash=code)),
    )
    found = only(under(allow(3, code_hash=HASH), of=of))
    why = (
        "what code the spender runs is not known"
        if isinstance(code, Missing)
        else "the spender runs other code"
    )

    assert found.message == (
        "its level is critical, and the policy fails on critical; "
        f"allow[3] does not apply: {why}"
    )


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"max_amount": 999}, "its max_amount is 999"),
        ({"max_level": Level.LOW}, "its max_level is low, and the level is critical"),
        ({"expires": date(2026, 3, 31)}, "it expired on 2026-03-31"),
    ],
)
def test_why_it_does_not_apply(parts: dict[str, Any], why: str) -> None:
    """Whoever relied on an entry reads what has changed."""
    found = under(allow(**parts)).violations

    told = "its level is critical, and the policy fails on critical"

    assert [each.message for each in found if each.subject.row] == [
        f"{told}; allow[0] does not apply: {why}"
    ]


def test_the_cover() -> None:
    """It says who allowed it, why, and until when; the words are not looked at."""
    entry = allow(2, reason="\x1b[2J", owner="<b>", expires=TODAY)
    found = only(under(entry))

    assert found.cover is not None
    assert (found.cover.kind, found.cover.place) == (CoverKind.ALLOW, entry.place)
    assert (found.cover.reason, found.cover.owner) == ("\x1b[2J", "<b>")
    assert found.cover.expires == TODAY


ENTRIES = [
    allow(0, expires=TODAY),
    allow(1, expires=TODAY + timedelta(days=9)),
    allow(2, token=TOKEN, max_amount=5),
    allow(3, expires=TODAY + timedelta(days=9), owner="ops"),
]


@pytest.mark.parametrize("entries", [*permutations(ENTRIES)])
def test_which_entry_is_named(entries: tuple[AllowEntry, ...]) -> None:
    """The one that lasts longest, then by what it says; never by where it stands."""
    found = only(under(*entries))

    assert found.cover is not None
    assert found.cover.place == place(41, "allow[1]")


@pytest.mark.parametrize("number", [0, 1])
def test_which_of_different_entries_is_named(number: int) -> None:
    """The same of entries that ask by different parts of an approval."""
    entries = [allow(0), allow(1, spender=None, token=TOKEN)]
    entries[1 - number] = replace(entries[1 - number], expires=TODAY)
    found = only(under(*entries))

    assert found.cover is not None
    assert found.cover.place == entries[number].place


def test_any_name_of_an_address() -> None:
    """Of two wallets with one address on one chain, entries may name either."""
    report = build.scan_report(build.scan(allowances=(BAD,)))
    wallets = [wallet(), replace(wallet("ops", number=1), address=OWNER)]
    for name in ("treasury", "ops"):
        policy = replace(limits(), allows=(allow(wallet=name),))
        found = evaluate(report, policy, wallets, today=TODAY)
        assert not found.violated
        assert {each.subject.wallet for each in found.violations} == {wallets[0]}


def test_another_chain_of_the_same_address() -> None:
    """An entry for one chain says nothing of another."""
    scans = [
        build.scan(chain=chain, allowances=(BAD,)) for chain in (build.MAINNET, BASE)
    ]
    policy = replace(limits(), allows=(allow(chain="8453"),))
    found = evaluate(build.scan_report(*scans), policy, [wallet()], today=TODAY)

    assert [
        each.subject.scan and each.subject.scan.chain for each in found.failing
    ] == [build.MAINNET]


def test_entries_and_rows_are_not_all_paired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of many rows meets no more than its own of many entries."""
    asked = 0
    obstacle = Allows._obstacle  # noqa: SLF001 - counted, not called

    def counted(self: Allows, entry: AllowEntry, of: Any) -> str | None:  # noqa: ANN401
        nonlocal asked
        asked += 1
        return obstacle(self, entry, of)

    monkeypatch.setattr(Allows, "_obstacle", counted)
    entries = tuple(
        allow(
            number,
            spender=(SPENDER, None)[number % 2],
            token=Address(address(number)),
            wallet=("treasury", None)[number % 3 == 0],
            max_amount=0,
        )
        for number in range(600)
    )
    rows = [
        row(build.record(build.allowance(token=address(n))), level=Level.CRITICAL)
        for n in range(900)
    ]
    found = evaluated(limits(), *rows, allows=entries)

    assert len(found.failing) == len(rows)
    assert asked <= 2 * len(rows)
