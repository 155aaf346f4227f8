"""What hypothesis draws from: policies and reports whose parts meet.

There are few addresses, chains and names, so that entries cover rows, miss them by
one condition, and are left over (test_strategies.py). Each row and each entry is made
of a handful of bytes: drawn part by part, a report would take ten times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st

from allowctl.model import approval
from allowctl.model.approval import (
    Allowance,
    Amount,
    Candidate,
    Dead,
    DeadReason,
    Everything,
    Grant,
    Item,
    Kind,
    NotServed,
    Refused,
)
from allowctl.model.chain import Address, BlockRange, Chain
from allowctl.model.coverage import Coverage, Difference, Gap
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Confidence, Finding, Level, NotEvaluated, Severity
from allowctl.model.missing import Lack, Missing
from allowctl.model.naming import NameCheck, NameClaim
from allowctl.model.policy import (
    Acknowledgement,
    Action,
    AllowEntry,
    Condition,
    Limits,
    OnRefused,
    OnUnpriced,
    Policy,
    PolicyRule,
    ProbeEntry,
    Target,
)
from allowctl.model.report import SPAM, AuditedRecord, Record, Report, Scan, Unscanned
from allowctl.model.settings import Origin, Wallet
from allowctl.model.value import Unpriced
from tests import build
from tests.build import MAINNET, NOW, UNLIMITED, address
from tests.policy.making import BASE, EVIL, FILE, TODAY, place

DAY = 86_400
CHAINS = (MAINNET, BASE)
OWNERS = (address(0xA1), address(0xA2))
TOKENS = (address(0x71), address(0x72))
SPENDERS = (address(0x51), address(0x52))
NOBODY = address(0xDEAD)
"""An address that only entries speak of."""
HASHES = ("0x" + "11" * 32, "0x" + "22" * 32)
WALLETS = (
    Wallet(
        name="treasury",
        address=OWNERS[0],
        chains=("eth",),
        origin=Origin.PROJECT,
        place=place(10, "wallet[0]"),
    ),
    Wallet(
        name="ops",
        address=OWNERS[0],
        origin=Origin.PROJECT,
        place=place(14, "wallet[1]"),
    ),
    Wallet(
        name="cold",
        address=OWNERS[1],
        chains=("8453", "ethereum"),
        origin=Origin.PROJECT,
        ens="cold.example.eth",
        place=place(18, "wallet[2]"),
    ),
)
"""The first and the second have one address, and share mainnet."""
FOUND = ("eoa-spender", "unlimited-amount", "upgradeable-spender")
_AMOUNTS = (1, 5, 1_000, 10**20, UNLIMITED)
_ENDS = (NOW + 60, NOW + 3_600, 2**48 - 1)
_DAYS = (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=400))
_AGES = (0, 10, 100, 400)
_AGO = (0, 10 * DAY, 100 * DAY, 365 * DAY)


LEVELS = tuple(each for each in Level if each is not Level.UNKNOWN)
_CHAIN_IDS = tuple(str(each.id) for each in CHAINS)
_NAMES = tuple(each.name for each in WALLETS)
_MISSING = tuple(Missing(lack, "no archive") for lack in Lack)
_TIMES = tuple(NOW - days * DAY for days in _AGES)
_ASKED: tuple[int | Missing, ...] = (*_TIMES, *_MISSING)
_WORTH = tuple(build.worth(usd) for usd in (0, 1, 900, 50_000))
_USD = tuple(Decimal(each) for each in ("0", "100.5", "90000"))
T = TypeVar("T")


class Dice:
    """Choices made of bytes: all zeros choose the first of everything."""

    def __init__(self, raw: bytes) -> None:
        self._rest = iter(raw)

    def one(self, of: Sequence[T]) -> T:
        return of[next(self._rest) % len(of)]

    def some(self, of: Sequence[T], most: int) -> list[T]:
        """Different ones, up to so many."""
        return list(
            dict.fromkeys(self.one(of) for _ in range(self.one(range(most + 1))))
        )


def dice(size: int) -> st.SearchStrategy[Dice]:
    return st.binary(min_size=size, max_size=size).map(Dice)


def _candidate(by: Dice, owner: Address) -> Candidate:
    kind, token = by.one(tuple(Kind)), by.one(TOKENS)
    return build.candidate(
        kind=kind,
        owner=owner,
        token=token,
        contract=build.PERMIT2 if kind is Kind.PERMIT2 else token,
        spender=by.one(SPENDERS),
        token_id=by.one((1, 2)) if kind is Kind.ERC721 else None,
    )


def _grant(by: Dice, of: Candidate) -> Grant:
    match of.kind:
        case Kind.ERC20:
            return Amount(amount=by.one(_AMOUNTS), maximum=2**255)
        case Kind.PERMIT2:
            return Amount(
                amount=by.one(_AMOUNTS[:-1]),
                maximum=2**160 - 1,
                expiration=by.one(_ENDS),
                root_amount=by.one((UNLIMITED, 5, 1_000)),
            )
        case Kind.ERC721:
            return Item(token_id=of.token_id or 0)
        case Kind.OPERATOR:
            return Everything()


def _record(by: Dice, owner: Address) -> Record:
    of = _candidate(by, owner)
    return Record(
        allowance=Allowance(candidate=of, spender=of.spender, grant=_grant(by, of)),
        token=build.token_facts(
            address=of.token, symbol=EVIL, balance=by.one((0, 500, None))
        ),
        spender=build.spender_facts(
            by.one(tuple(SpenderKind)),
            address=of.spender,
            label=EVIL,
            code_hash=by.one((*HASHES, *HASHES, None, *_MISSING)),
        ),
        value=by.one((*_WORTH, *Unpriced)),
        raised_at=by.one(_ASKED),
        used_at=by.one((*_ASKED, None)),
    )


def _findings(by: Dice) -> tuple[Finding, ...]:
    """Of a few rules, spam now and then."""
    return tuple(
        Finding(
            rule=rule,
            severity=Severity.INFO,
            confidence=by.one((Confidence.HIGH, Confidence.LOW)),
            points=0,
            evidence="seen",
            case="eoa" if rule == "upgradeable-spender" else None,
        )
        for rule in by.some((*FOUND, SPAM), 2)
    )


def _row(by: Dice, owner: Address) -> AuditedRecord:
    """Any level with any findings: what a policy does must not rest on how they fit."""
    level = by.one((*LEVELS, *LEVELS, Level.UNKNOWN))
    failed = ("eoa-spender",) if level is Level.UNKNOWN else ()
    findings = _findings(by)
    absent = by.one((None, *FOUND))
    lacks = {absent: Lack.UNAVAILABLE} | dict.fromkeys(failed, Lack.FAILED)
    there = {None, *(each.rule for each in findings)} - {*failed}
    return AuditedRecord(
        record=_record(by, owner),
        findings=findings,
        points=0,
        level=level,
        failed=failed,
        lacking=tuple(
            NotEvaluated(rule=rule, reason="no archive", lack=lack)
            for rule, lack in lacks.items()
            if rule is not None and rule not in there
        ),
    )


def _slot(row: AuditedRecord) -> object:
    of = row.record.allowance.candidate
    return of.kind, of.token, of.token_id, of.spender


def _coverage(by: Dice) -> Coverage:
    gap = Gap(blocks=BlockRange(5, 9), reason=EVIL)
    told = Difference(blocks=BlockRange(5, 9), hosts=("a.example", "b.example"))
    return replace(
        build.coverage(),
        gaps=(gap,) * by.one((0, 0, 1, 2)),
        differences=(told,) * by.one((0, 0, 1, 2)),
    )


def _codeless(by: Dice, owner: Address) -> Dead:
    """A pair that somebody named, where no contract is."""
    pair = build.candidate(
        owner=owner,
        token=by.one(TOKENS),
        spender=by.one(SPENDERS),
        origin=approval.Origin.NAMED,
    )
    return Dead(candidate=pair, reason=DeadReason.NO_CODE)


def _not_evaluated(by: Dice, live: Sequence[AuditedRecord]) -> tuple[NotEvaluated, ...]:
    """Of its rows; and what nobody asked for, which only the scan tells."""
    told = {each: None for row in live for each in row.lacking}
    rule = by.one((None, None, *FOUND))
    if rule is not None:
        reason = "not asked for (1 row)"
        told[NotEvaluated(rule=rule, reason=reason, lack=Lack.NOT_ASKED)] = None
    return tuple(told)


@st.composite
def scans(draw: st.DrawFn, owner: Address, chain: Chain, *, whole: bool) -> Scan:
    """One owner on one chain; where it need not be whole, anything may lack."""
    row = dice(28).map(lambda by: _row(by, owner))
    live = draw(st.lists(row, max_size=4, unique_by=_slot))
    by = draw(dice(80))
    found = build.scan(
        chain=chain,
        owner=owner,
        allowances=tuple(live),
        dormant=tuple(_record(by, owner) for _ in range(by.one((0, 1)))),
        expired=tuple(_row(by, owner) for _ in range(by.one((0, 1)))),
        refused=tuple(
            Refused(candidate=_candidate(by, owner), reason=EVIL)
            for _ in range(by.one((0, 1)))
        ),
        dead=tuple(_codeless(by, owner) for _ in range(by.one((0, 1)))),
        not_evaluated=_not_evaluated(by, live),
    )
    if whole:
        return found
    return replace(
        found,
        coverage=_coverage(by),
        unserved=tuple(
            NotServed(candidate=_candidate(by, owner), reason=EVIL)
            for _ in range(by.one((0, 0, 1)))
        ),
        restricted=by.one((False, False, True)),
    )


def _unscanned(by: Dice) -> Unscanned:
    return Unscanned(
        reason=EVIL, chain=by.one((*CHAINS, None)), owner=by.one((*OWNERS, None))
    )


def _name(by: Dice) -> NameCheck:
    claim = NameClaim(wallet="cold", name="cold.example.eth", address=OWNERS[1])
    return NameCheck(claim=claim, found=by.one((*OWNERS, None, *_MISSING)))


_EVERY = [(owner, chain) for owner in OWNERS for chain in CHAINS]


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Up to each owner on each chain; more often than not nothing lacks."""
    by = draw(dice(16))
    asked = by.one((_EVERY, None)) or by.some(_EVERY, 4) or _EVERY[:1]
    whole = by.one((True, True, False))
    found = [draw(scans(owner, chain, whole=whole)) for owner, chain in asked]
    untold = () if whole or by.one((True, False)) else (_unscanned(by),)
    return replace(
        build.scan_report(*found),
        unscanned=untold,
        names=tuple(_name(by) for _ in range(by.one((0, 1)))),
    )


def _limits(by: Dice) -> Limits:
    """Half of them lenient: under the others nearly every approval violates."""
    if by.one((True, False)):
        return Limits(fail_on=Level.CRITICAL, unpriced=by.one((None, *OnUnpriced)))
    allowed = by.one((None, None, frozenset(by.some(tuple(Kind), 2))))
    seconds, usd = (None, *_AGO), (None, None, *_USD)
    return Limits(
        fail_on=by.one(LEVELS),
        fail_on_incomplete=by.one((True, False)),
        refused=by.one(tuple(OnRefused)),
        max_value_at_risk_usd=by.one(usd),
        max_total_value_at_risk_usd=by.one(usd),
        unpriced=by.one((None, *OnUnpriced)),
        max_age=by.one(seconds),
        max_unused=by.one(seconds),
        allow_unlimited=by.one((True, False)),
        allowed_kinds=allowed,
        denied_kinds=frozenset(() if allowed else by.some(tuple(Kind), 1)),
        places={"fail_on": place(3, "policy.fail_on")},
    )


def _targets(by: Dice, addresses: tuple[Address, ...]) -> frozenset[Target]:
    count = by.one((1, 2))
    return frozenset(
        Target(address=by.one(addresses), chain=by.one((None, *_CHAIN_IDS)))
        for _ in range(count)
    )


def _condition(by: Dice) -> Condition:
    """Two of its conditions at the most: of more hardly any holds."""
    every: dict[str, Any] = {
        "min_level": by.one(LEVELS),
        "max_level": by.one(LEVELS),
        "rules": frozenset(by.some((*FOUND, SPAM, "upgradeable-spender.eoa"), 3)),
        "spender_kinds": frozenset(by.some(tuple(SpenderKind), 3)),
        "tokens": _targets(by, TOKENS),
        "spenders": _targets(by, SPENDERS),
        "min_amount": by.one((0, 1, 2, 10**20)),
        "unlimited": by.one((True, False)),
        "min_value_usd": by.one((Decimal(0), Decimal(500))),
        "min_age": by.one(_AGO),
        "kinds": frozenset(by.some(tuple(Kind), 2)),
        "chains": frozenset(by.some(_CHAIN_IDS, 1)),
        "wallets": frozenset(by.some(_NAMES, 2)),
    }
    chosen = by.some((*sorted(every), "rules", "rules"), 2)
    return replace(Condition(), **{name: every[name] for name in chosen})


def _rule(by: Dice, number: int) -> PolicyRule:
    return PolicyRule(
        place=place(20 + number, f"rule[{number}]"),
        id=f"rule-{number}",
        action=by.one(tuple(Action)),
        when=_condition(by),
        reason=EVIL,
    )


def _allow(by: Dice, number: int) -> AllowEntry:
    about = by.one(("token", "spender", "contract"))
    every: dict[str, Any] = {
        "kind": by.one(tuple(Kind)),
        "chain": by.one(_CHAIN_IDS),
        "wallet": by.one(_NAMES),
        "spender": by.one(SPENDERS),
        "code_hash": by.one(HASHES),
        "max_amount": by.one((0, 1, 999, 10**20, UNLIMITED)),
        "max_level": by.one(LEVELS),
        "expires": by.one((_DAYS[0], *_DAYS)),
    }
    parts = {name: every[name] for name in by.some(sorted(every), 2)}
    pool = SPENDERS if about == "spender" else TOKENS
    parts[about] = by.one((*pool, *pool, NOBODY))
    plain = AllowEntry(
        place=place(40 + number, f"allow[{number}]"),
        reason=by.one(("settlement", EVIL)),
        owner=by.one((None, EVIL)),
    )
    return replace(plain, **parts)


def _acknowledgement(by: Dice, number: int) -> Acknowledgement:
    return Acknowledgement(
        place=place(60 + number, f"acknowledge[{number}]"),
        chain=by.one(_CHAIN_IDS),
        token=by.one(TOKENS),
        reason=by.one(("known", EVIL)),
        expires=by.one((None, *_DAYS)),
    )


def _probe(by: Dice, number: int) -> ProbeEntry:
    return ProbeEntry(
        place=place(80 + number, f"probe[{number}]"),
        chain=by.one(_CHAIN_IDS),
        token=by.one(TOKENS),
        spender=by.one(SPENDERS),
        wallet=by.one((None, *_NAMES)),
    )


def allows(number: int) -> st.SearchStrategy[AllowEntry]:
    """An entry about a few approvals, often with a limit that some of them pass."""
    return dice(20).map(lambda by: _allow(by, number))


def acknowledgements(number: int) -> st.SearchStrategy[Acknowledgement]:
    return dice(8).map(lambda by: _acknowledgement(by, number))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """A settled policy, as a file may say it."""
    by = draw(dice(24))
    rules, entries, contracts, pairs = (by.one(range(most)) for most in (4, 5, 3, 3))
    return Policy(
        file=FILE,
        limits=_limits(by),
        rules=tuple(_rule(draw(dice(48)), number) for number in range(rules)),
        allows=tuple(draw(allows(number)) for number in range(entries)),
        acknowledged=tuple(
            draw(acknowledgements(number)) for number in range(contracts)
        ),
        probes=tuple(_probe(draw(dice(4)), number) for number in range(pairs)),
    )


def lasts(expires: date | None) -> bool:
    """Whether an entry applies on the day of all tests."""
    return expires is None or expires >= TODAY
