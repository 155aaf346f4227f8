"""Rows, attempts and plans for tests: any that there can be, and small plain ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from allowctl.model.approval import Allowance, Kind
from allowctl.model.chain import Address
from allowctl.model.finding import Confidence, Finding, Level, Severity
from allowctl.model.plan import Attempt, Caps, Fees, LeftOut, Plan, Proof, Settled
from allowctl.model.report import SPAM, AuditedRecord, Record
from allowctl.revoke.attempts import attempts
from allowctl.revoke.goal import Goal, LimitTo, LimitToBalance, Revoke
from allowctl.revoke.plan import Terms, build
from tests import build as make
from tests import strategies

GWEI = 10**9
COIN = 10**18
FEES = Fees(max_fee=20 * GWEI, tip=GWEI, base_fee=9 * GWEI)
CAPS = Caps(
    fee_per_gas=100 * GWEI, gas=300_000, per_transaction=COIN, per_run=1_000 * COIN
)
TERMS = Terms(fees=FEES, caps=CAPS, balance=COIN, usd_per_native=Decimal("3021.5"))
GAS = 60_000
DELTA = 4_096


def erc20(number: int = 1, amount: int = 1_000) -> Record:
    """An ERC-20 allowance of a token by its number."""
    return make.record(
        make.allowance(make.amount(amount), token=token(number), contract=token(number))
    )


def child(number: int = 1, amount: int = 1_000, **parts: int) -> Record:
    """An allowance in Permit2, of a token by its number."""
    grant = replace(make.child(amount), **parts)
    return make.record(make.allowance(grant, kind=Kind.PERMIT2, token=token(number)))


def token(number: int) -> Address:
    """A token's address."""
    return make.address(0x7000 + number)


def judged(
    of: Record, level: Level = Level.HIGH, *, spam: bool = False, failed: bool = False
) -> AuditedRecord:
    """A record at a level, whatever the rules would say."""
    finding = Finding(
        rule=SPAM,
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        points=0,
        evidence="it is",
    )
    return AuditedRecord(
        record=of,
        findings=(finding,) if spam else (),
        points=50,
        level=level,
        failed=("unverified-spender",) if failed else (),
    )


def fingerprint(of: Record | AuditedRecord) -> str:
    """On mainnet."""
    record = of.record if isinstance(of, AuditedRecord) else of
    return record.allowance.fingerprint(make.MAINNET.id)


def tried(
    rows: Sequence[Record | AuditedRecord],
    goal: Goal | None = None,
    cancel: Callable[[], int] | None = None,
) -> tuple[tuple[Attempt, ...], tuple[LeftOut, ...]]:
    """The attempts for rows on mainnet; to revoke them, if no goal is named."""
    return attempts(
        rows,
        goal or Revoke(),
        chain_id=make.MAINNET.id,
        at=make.block(),
        cancel=cancel,
    )


def works(attempt: Attempt, way: int = 0, gas: int = GAS) -> Settled:
    """One of its ways does what it should, for so much gas."""
    found = attempt.ways[way]
    return Settled(
        attempt=attempt,
        way=found,
        gas=tuple(gas for _ in found.stages),
        proof=Proof.SIMULATED,
    )


def fails(attempt: Attempt, reason: str = "it reverts") -> Settled:
    """None of its ways does."""
    return Settled(attempt=attempt, way=None, reason=reason)


def planned(
    settled: Sequence[Settled],
    left_out: Sequence[LeftOut] = (),
    terms: Terms = TERMS,
    *,
    cancelled: bool = False,
) -> Plan:
    """The plan of the owner on mainnet."""
    return build(
        chain=make.MAINNET,
        owner=make.OWNER,
        as_of=make.block(),
        settled=settled,
        left_out=left_out,
        terms=terms,
        cancelled=cancelled,
    )


def plan(
    *rows: Record | AuditedRecord,
    goal: Goal | None = None,
    cancel: Callable[[], int] | None = None,
) -> Plan:
    """A plan in which the first way of each attempt works."""
    found, left_out = tried(rows, goal, cancel)
    return planned(
        [works(each) for each in found], left_out, cancelled=cancel is not None
    )


goals: st.SearchStrategy[Goal] = st.one_of(
    st.just(Revoke()),
    st.just(LimitToBalance()),
    st.builds(
        LimitTo,
        st.sampled_from(("0", "0.000", "100.5", "7", "1 unit", "12 wei"))
        | st.integers(0, 2**256).map(lambda amount: f"{amount} units"),
    ),
)


@st.composite
def rows(draw: st.DrawFn) -> Record | AuditedRecord:
    """Any row of the owner's, some of them in one of two Permit2s."""
    record = draw(strategies.records())
    candidate = replace(record.allowance.candidate, owner=make.OWNER)
    if candidate.kind is Kind.PERMIT2:
        contract = draw(st.sampled_from((make.PERMIT2, make.address(0xF2))))
        candidate = replace(candidate, contract=contract)
    elif candidate.kind is Kind.ERC20 and draw(st.booleans()):
        hybrid = replace(record.token, interfaces=("erc20", "erc721"))
        record = replace(record, token=hybrid)
    allowance = Allowance(
        candidate=candidate,
        spender=record.allowance.spender,
        grant=record.allowance.grant,
    )
    of = replace(record, allowance=allowance)
    return judged(of, draw(st.sampled_from(Level))) if draw(st.booleans()) else of


many_rows: st.SearchStrategy[list[Record | AuditedRecord]] = st.lists(
    rows(), max_size=6
)
deltas: st.SearchStrategy[int] = st.integers(4_096, 65_535)


@st.composite
def settlings(draw: st.DrawFn, attempt: Attempt) -> Settled:
    """Whatever trying an attempt can show."""
    way = draw(st.none() | st.sampled_from(attempt.ways))
    if way is None:
        return fails(attempt, draw(st.sampled_from(("", "it reverts"))))
    gas = st.integers(21_000, 400_000)
    return Settled(
        attempt=attempt,
        way=way,
        gas=tuple(draw(gas) for _ in way.stages),
        proof=draw(st.sampled_from(Proof)),
    )


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Any fees and caps."""
    caps = Caps(
        fee_per_gas=draw(st.integers(10 * GWEI, 10**12)),
        gas=draw(st.integers(50_000, 400_000)),
        per_transaction=draw(st.integers(0, COIN // 50)),
        per_run=draw(st.integers(0, COIN // 20)),
    )
    fees = Fees(
        max_fee=draw(st.integers(0, 30 * GWEI)),
        tip=draw(st.none() | st.integers(0, GWEI)),
        base_fee=draw(st.integers(0, GWEI)),
    )
    return Terms(
        fees=fees,
        caps=caps,
        balance=draw(st.none() | strategies.amounts),
        usd_per_native=draw(st.none() | strategies.dollars),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan that can come of any rows."""
    source = draw(st.none() | deltas)
    cancel = None if source is None else lambda: source
    found, left_out = tried(draw(many_rows), draw(goals), cancel)
    return planned(
        [draw(settlings(each)) for each in found],
        left_out,
        draw(terms()),
        cancelled=cancel is not None,
    )
