"""Plans for the key of the tests, and carrying them out on a chain in memory."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from allowctl.model.approval import Allowance, Kind
from allowctl.model.chain import Address
from allowctl.model.outcome import Outcome, Receipt, Result
from allowctl.model.plan import Caps, Fees, Plan, Step
from allowctl.revoke import journal
from allowctl.revoke.attempts import attempts
from allowctl.revoke.carry import Carrier
from allowctl.revoke.execute import Execution
from allowctl.revoke.follow import Terms
from allowctl.revoke.goal import Goal, LimitTo, Revoke
from allowctl.revoke.hardening import Secret
from allowctl.revoke.history import Run
from allowctl.revoke.plan import Terms as Costs
from allowctl.revoke.plan import build
from allowctl.revoke.ports import Entry, Event, Posted, Signer
from allowctl.revoke.sendoff import Sendoff
from allowctl.revoke.sign import KeystoreSigner
from tests import build as make
from tests.build import NOW
from tests.revoke import making_plans
from tests.revoke.making_chain import CHAIN, FIRST, FakeChain
from tests.revoke.making_journals import clock, entries_of, place_in
from tests.revoke.making_keys import KEY, OWNER

GWEI = 10**9
TERMS = Terms(confirmations=None, poll=6, stuck=36, patience=600, finality=1_200)
"""A block is twelve seconds, and four of them are final."""
TOKEN = making_plans.token(1)
OTHER_TOKEN = making_plans.token(2)
BEFORE = 1_000
GAS = making_plans.GAS
AT = make.block(FIRST)


def amount(token: Address = TOKEN, before: int = BEFORE) -> Allowance:
    """An ERC-20 allowance."""
    return make.allowance(make.amount(before), token=token, owner=OWNER)


def child(number: int = 1, before: int = BEFORE) -> Allowance:
    """One inside Permit2, with its nonce at 0."""
    grant = make.child(before, expiration=NOW + 10**6)
    token = making_plans.token(number)
    return make.allowance(grant, kind=Kind.PERMIT2, token=token, owner=OWNER)


def plan_of(
    *allowances: Allowance,
    goal: Goal | None = None,
    way: int = 0,
    fees: Fees = making_plans.FEES,
    caps: Caps = making_plans.CAPS,
    cancel: int | None = None,
) -> Plan:
    """A plan that the key's owner can carry out. `way`: which of those there are."""
    delta = cancel or 0
    found, left_out = attempts(
        [make.record(each) for each in allowances],
        goal or Revoke(),
        chain_id=CHAIN.id,
        at=AT,
        cancel=None if cancel is None else lambda: delta,
    )
    return build(
        chain=CHAIN,
        owner=OWNER,
        as_of=AT,
        settled=[
            making_plans.works(each, min(way, len(each.ways) - 1), GAS)
            for each in found
        ],
        left_out=left_out,
        terms=Costs(fees=fees, caps=caps, balance=10**18),
        cancelled=cancel is not None,
    )


def revoking(count: int = 1, **parts: Fees | Caps) -> Plan:
    """Allowances of the first tokens, all taken back."""
    tokens = [making_plans.token(number) for number in range(1, count + 1)]
    return plan_of(*map(amount, tokens), **parts)  # type: ignore[arg-type] # by name


def limiting(after: int = 400, *, least: int = 0, tokens: int = 1) -> Plan:
    """A zeroing and a setting for each token; `least` is what the zeroing leaves."""
    allowances = [amount(making_plans.token(each)) for each in range(1, tokens + 1)]
    return plan_of(*allowances, goal=LimitTo(f"{after} units"), way=2 + least)


def chain_of(plan: Plan, **state: object) -> FakeChain:
    """A chain on which a plan's approvals stand as it has them."""
    made = FakeChain(**state)
    for step in plan.steps:
        for change in step.changes:
            of = change.allowance.candidate
            pair = (of.token, change.allowance.spender)
            match of.kind:
                case Kind.ERC20:
                    made.state.amounts[pair] = change.before
                case Kind.PERMIT2:
                    until = change.allowance.grant.expiration  # type: ignore[union-attr] # it is an Amount
                    made.state.children[pair] = (change.before, until or 0, 0)
                case Kind.OPERATOR:
                    made.state.operators.add(pair)
                case Kind.ERC721:
                    made.state.items[of.token, of.token_id or 0] = pair[1]
    return made


@functools.cache
def _signed(payload: bytes) -> bytes:
    return KeystoreSigner(Secret(KEY), OWNER).sign(payload)


class Key:
    """The real signer, watched. Signing the same again costs nothing."""

    def __init__(self) -> None:
        self.unlocked = 0
        self.signed: list[bytes] = []
        self.forgotten = 0
        self._signer: KeystoreSigner | None = None

    def unlock(self) -> Signer:
        self.unlocked += 1
        return _Held(self)

    @property
    def held(self) -> bool:
        return self.unlocked > self.forgotten


class _Held:
    """What `Key` gives out."""

    def __init__(self, key: Key) -> None:
        self._key = key
        self._gone = False

    @property
    def address(self) -> Address:
        return OWNER

    def sign(self, payload: bytes) -> bytes:
        assert not self._gone, "the key was forgotten"
        self._key.signed.append(payload)
        return _signed(payload)

    def forget(self) -> None:
        if not self._gone:
            self._gone = True
            self._key.forgotten += 1


@dataclass
class Told:
    """A `Tell` that keeps what it is told."""

    lines: list[str] = field(default_factory=list)

    def sent(self, step: Step, transaction: str, posted: Sequence[Posted]) -> None:
        answers = ",".join(each.answer for each in posted)
        self.lines.append(f"sent {step.number} {transaction[:6]} {answers}")

    def mined(self, step: Step, receipt: Receipt) -> None:
        self.lines.append(f"mined {step.number} in {receipt.block}")

    def lost(self, step: Step, transaction: str) -> None:
        self.lines.append(f"lost {step.number} {transaction[:6]}")

    def waiting(self, words: str) -> None:
        self.lines.append(words)


class KilledError(BaseException):
    """The process is gone: nothing that is caught by mistake."""


class Life:
    """It ends at one of the calls to the outside, and then there is nothing more."""

    def __init__(self, calls: int | None = None) -> None:
        self._left = calls
        self.mortal = calls is not None
        self.lived = 0

    def step(self, _what: str = "") -> None:
        self.lived += 1
        if self._left is not None:
            if self._left <= 0:
                raise KilledError
            self._left -= 1


@dataclass(kw_only=True)
class Rig:
    """One account on one chain, and everything that a run needs."""

    state: Path
    chain: FakeChain
    plan: Plan
    key: Key = field(default_factory=Key)
    told: Told = field(default_factory=Told)
    terms: Terms = TERMS
    replace_pending: bool = False
    signs: bool = True
    unlock: Callable[[], Signer] | None = None
    on_entry: Callable[[Entry], None] = lambda _entry: None
    """Called before an entry is written."""

    def __post_init__(self) -> None:
        self.state.mkdir(exist_ok=True)
        self.place = place_in(self.state, CHAIN.id, OWNER)

    @property
    def entries(self) -> list[Entry]:
        return entries_of(self.place)

    @property
    def runs(self) -> tuple[Run, ...]:
        return journal.read(self.place).runs

    def of(self, *what: Event) -> list[Entry]:
        return [each for each in self.entries if each.what in what]

    def carry(self, run: str = "a", life: Life | None = None) -> Result:
        return self._do(lambda carrier: carrier.carry(self.plan, run), life)

    def resume(self, life: Life | None = None, run: Run | None = None) -> Result:
        if run is None:
            (run,) = journal.read(self.place).open_runs
        shown = run
        return self._do(lambda carrier: carrier.resume(shown), life)

    def _do(self, work: Callable[[Carrier], object], life: Life | None) -> Result:
        alive = life or Life()
        before = self.chain.gate
        with journal.opened(self.place, clock=clock) as opened:
            append = opened.append

            def watched(entry: Entry) -> None:
                alive.step("append")
                self.on_entry(entry)
                append(entry)
                alive.step("appended")

            def gate(what: str) -> None:
                alive.step(what)
                before(what)

            vars(opened)["append"] = watched
            self.chain.gate = gate
            carrier = Carrier(
                outbox=self.chain,
                journal=opened,
                unlock=self.unlock or self.key.unlock,
                terms=self.terms,
                clock=self.chain.clock,
                sleep=self.chain.sleep,
                tell=self.told,
                replace_pending=self.replace_pending,
                signs=self.signs,
            )
            try:
                return asyncio.run(work(carrier))  # type: ignore[arg-type] # its coroutine
            finally:
                self.chain.gate = before


def rig(state: Path, plan: Plan, **parts: object) -> Rig:
    """A rig on a chain on which the plan can be carried out."""
    return Rig(state=state, chain=chain_of(plan), plan=plan, **parts)  # type: ignore[arg-type] # by name


class Entries:
    """A journal in memory, for parts that are tried alone."""

    def __init__(self) -> None:
        self.kept: list[Entry] = []

    def append(self, entry: Entry) -> None:
        self.kept.append(entry)

    def of(self, *what: Event) -> list[Entry]:
        return [each for each in self.kept if each.what in what]


def sendoff(chain: FakeChain, plan: Plan, key: Key, entries: Entries) -> Sendoff:
    """Where a plan's transactions leave."""
    return Sendoff(
        run="a",
        plan=plan,
        outbox=chain,
        journal=entries,
        unlock=key.unlock,
        clock=chain.clock,
        tell=Told(),
    )


def execution(chain: FakeChain, plan: Plan, key: Key, entries: Entries) -> Execution:
    """A plan, before its first signature."""
    return Execution(
        plan=plan,
        outbox=chain,
        sendoff=sendoff(chain, plan, key, entries),
        terms=TERMS,
        sleep=chain.sleep,
    )


def only(result: Result) -> Outcome:
    """The one outcome."""
    (found,) = result.outcomes
    return found


def signed_for(entries: Sequence[Entry]) -> dict[int, list[Entry]]:
    """What was signed, by nonce, in its order."""
    found: dict[int, list[Entry]] = {}
    for each in entries:
        if each.what is Event.SIGNED:
            found.setdefault(each.nonce, []).append(each)
    return found
