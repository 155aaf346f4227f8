"""Laws of carrying out: a nonce for each step, and nobody gets more than there was."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from allowctl.codec.signed import of_signed
from allowctl.errors import AllowctlError, UnservedError
from allowctl.model.outcome import Outcome, Result, Verdict
from allowctl.model.plan import Plan, Role
from allowctl.revoke.goal import LimitTo
from allowctl.revoke.ports import Answer, Entry, Event
from tests.build import SPENDER
from tests.revoke.making_chain import FakeChain, Reply
from tests.revoke.making_plans import CAPS, GWEI
from tests.revoke.making_runs import (
    BEFORE,
    OTHER_TOKEN,
    TERMS,
    TOKEN,
    KilledError,
    Life,
    Rig,
    amount,
    child,
    limiting,
    plan_of,
    revoking,
    rig,
    signed_for,
)
from tests.revoke.making_state import decoded


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@dataclass(frozen=True)
class _Event:
    """Something that happens before a block is made."""

    tick: int
    what: str
    number: int

    def put(self, chain: FakeChain) -> None:
        pair = (TOKEN, SPENDER)
        acts: dict[str, Callable[[], None]] = {
            "early": lambda: chain.spends.append((*pair, self.number)),
            "late": lambda: chain.late.append((*pair, self.number)),
            "undone": lambda: chain.reorganise(1 + self.number % 3),
            "forgotten": lambda: chain.reorganise(1 + self.number % 3, forget=True),
            "dear": lambda: setattr(chain, "floor", 23 * GWEI),
            "cheap": lambda: setattr(chain, "floor", 0),
            "drop": chain.pool.clear,
            "hide": lambda: chain.hidden.update(tx.name for tx in chain.pool.values()),
            "show": chain.hidden.clear,
            "foreign": lambda: chain.foreign(chain.state.nonce),
        }
        chain.on(self.tick, acts[self.what])


_WHATS = (
    *("early", "late", "early", "late", "undone", "forgotten", "undone"),
    *("dear", "cheap", "drop", "hide", "show"),
)
_EVENTS = st.builds(
    _Event,
    tick=st.integers(1, 30),
    what=st.sampled_from(_WHATS),
    number=st.integers(1, BEFORE),
)
_REPLIES: st.SearchStrategy[Reply] = st.sampled_from(
    ("lost", "dropped", *(each for each in Answer if each is not Answer.TAKEN))
)


@dataclass(frozen=True)
class _Story:
    """What happens to a plan."""

    plan: Plan
    events: tuple[_Event, ...] = ()
    replies: tuple[Reply, ...] = ()
    silent: frozenset[int] = frozenset()
    """Questions that nobody answers, counted from the beginning."""
    kills: tuple[int, ...] = ()
    """After so many calls to the outside the process is killed; then another begins."""


_PLANS = (
    limiting(400),
    limiting(999, least=1),
    plan_of(amount(), amount(OTHER_TOKEN), goal=LimitTo("400 units"), way=2),
    plan_of(amount(), goal=LimitTo("400 units")),
    plan_of(child(), goal=LimitTo("600 units")),
    revoking(2),
)


def _stories(*extra: str) -> st.SearchStrategy[_Story]:
    more = st.builds(
        _Event,
        tick=st.integers(1, 12),
        what=st.sampled_from(extra or _WHATS),
        number=st.integers(1, BEFORE),
    )
    return st.builds(
        _Story,
        plan=st.sampled_from(_PLANS),
        events=st.lists(_EVENTS | more, max_size=8).map(tuple),
        replies=st.lists(_REPLIES, max_size=4).map(tuple),
        silent=st.frozensets(st.integers(3, 80), max_size=6),
        kills=st.lists(st.integers(0, 90), max_size=3).map(tuple),
    )


class _Told:
    """A story, from its first line to an end at which all is quiet."""

    def __init__(self, story: _Story, folder: Path) -> None:
        self.story = story
        self.at: Rig = rig(
            folder / "state",
            story.plan,
            terms=replace(TERMS, patience=150, finality=240),
        )
        self.at.on_entry = self._entry
        self.at.chain.gate = self._gate
        self.at.chain.replies.extend(story.replies)
        for event in story.events:
            event.put(self.at.chain)
        self.nonces: set[tuple[int, int]] = set()
        """Steps, and what they were signed for."""
        self.ended = False
        self._asked = 0
        self._runs = 0

    def tell(self) -> tuple[Outcome, ...]:
        """It is begun and resumed until it ends, or until nothing more can happen.

        Without outcomes where it was killed after its end was written.
        """
        found: tuple[Outcome, ...] = ()
        chain = self.at.chain
        for life in (*map(Life, self.story.kills), *(Life() for _ in range(4))):
            result = self._once(life)
            found = result.outcomes if result else found
            if any(run.signed and not run.open for run in self.at.runs):
                break
            if life.mortal:
                continue
            if result is not None and not self.open:
                break
            chain.script.clear()
            chain.hidden.clear()
            chain.replies.clear()
            chain.floor = 0
            self._asked = 10**6
        return found

    @property
    def open(self) -> bool:
        return any(run.open and run.signed for run in self.at.runs)

    def _once(self, life: Life) -> Result | None:
        try:
            if any(run.open for run in self.at.runs):
                return self.at.resume(life)
            self._runs += 1
            return self.at.carry(f"run {self._runs}", life)
        except (KilledError, AllowctlError):
            return None

    def _gate(self, what: str) -> None:
        chain = self.at.chain
        if what == "send":
            # `send` keeps it only after this: the journal has it before.
            return
        if what == "sent":
            raw = chain.sent[-1].hex()
            assert f'"raw":"0x{raw}"' in self.at.place.journal.read_text()
            return
        self._asked += 1
        if what != "sleep" and self._asked in self.story.silent:
            raise UnservedError("nobody answers")

    def _entry(self, entry: Entry) -> None:
        """A SET follows its own zeroing, mined, passed and final; and not too much."""
        if entry.what is not Event.SIGNED:
            return
        steps = {step.number: step for step in self.story.plan.steps}
        step = steps[entry.step]
        if step.role is not Role.SET:
            return
        chain = self.at.chain
        names = [
            e.transaction
            for e in self.at.of(Event.SIGNED)
            if e.step == step.waits_for and e.run == entry.run
        ]
        receipt = next(filter(None, map(chain.receipt, names)), None)
        assert receipt is not None
        assert receipt.succeeded
        assert chain.is_final(receipt)
        (change,) = step.changes
        _, arguments = decoded(of_signed(bytes.fromhex(entry.raw[2:])).data)
        number = next(each for each in arguments if isinstance(each, int))
        of = change.allowance.candidate
        spent = chain.taken_before(of.token, receipt)
        assert number <= min(change.after, change.before - spent)


def _told(story: _Story) -> tuple[_Told, tuple[Outcome, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        told = _Told(story, Path(folder))
        outcomes = told.tell()
        _check(told, outcomes)
        told.ended = not told.open
        return told, outcomes


def _check(told: _Told, outcomes: Sequence[Outcome]) -> None:
    """What holds whatever has happened."""
    at, chain = told.at, told.at.chain
    signed = at.of(Event.SIGNED)
    begun = [run.id for run in at.runs if run.signed]
    # One nonce for a step, and one step for a nonce, for ever.
    steps = {(each.run, each.step) for each in signed}
    pairs = {(each.run, each.step, each.nonce) for each in signed}
    told.nonces = {(each.step, each.nonce) for each in signed}
    assert len(pairs) == len(steps)
    assert len({each.nonce for each in signed}) == len(pairs)
    assert len(begun) <= 1 or all(not run.open for run in at.runs[:-1])
    # Only what is written was ever sent.
    assert {"0x" + raw.hex() for raw in chain.sent} <= {each.raw for each in signed}
    for each in signed:
        sent = of_signed(bytes.fromhex(each.raw[2:]))
        assert sent.nonce == each.nonce
        assert sent.fees.max_fee <= CAPS.fee_per_gas
    for offers in signed_for(at.entries).values():
        fees = [of_signed(bytes.fromhex(each.raw[2:])).fees for each in offers]
        for before, after in itertools.pairwise(fees):
            assert 8 * after.max_fee >= 9 * before.max_fee
            assert 8 * (after.tip or 0) >= 9 * (before.tip or 0)
    # In no block did a spender get more, with what is left, than was granted; where a
    # token refuses 0, no more than the least that can be left besides.
    least = max(
        each.changes[0].after if each.role is Role.ZERO else 0
        for each in told.story.plan.steps
    )
    for mined in chain.blocks:
        for goal in told.story.plan.goals:
            pair = (goal.allowance.candidate.token, goal.allowance.spender)
            taken = mined.state.taken.get(pair, 0)
            assert taken + mined.state.granted(pair) <= goal.before + least
    assert not at.key.held
    # A good verdict is what state says.
    for outcome in outcomes:
        change = outcome.change
        pair = (change.allowance.candidate.token, change.allowance.spender)
        if outcome.verdict.good:
            assert outcome.left is not None
            assert outcome.left <= change.after
            assert chain.state.granted(pair) <= change.after
            assert (outcome.verdict is Verdict.REVOKED) == (outcome.left == 0)


@settings(max_examples=70)
@given(_stories())
@example(_Story(_PLANS[0], kills=(12,)))
@example(_Story(_PLANS[0], (_Event(2, "undone", 2), _Event(2, "early", 900))))
def test_nobody_gets_more_and_no_nonce_has_two_steps(story: _Story) -> None:
    """Spends, undone blocks, lost replies, silence and kills, in any order.

    Once all is quiet the run comes to an end, and not with more than was to be left.
    """
    told, outcomes = _told(story)
    assert told.ended
    for outcome in outcomes:
        assert outcome.verdict is not Verdict.UNVERIFIED, outcome
        if outcome.verdict is Verdict.REVERTED:
            # A difference that is more than what the spender has left of it.
            assert told.at.chain.state.taken[TOKEN, SPENDER]


@settings(max_examples=30)
@given(_stories("foreign"))
@example(_Story(_PLANS[0], (_Event(1, "foreign", 1),), ("dropped",)))
@example(_Story(_PLANS[0], (_Event(6, "foreign", 1),)))
def test_another_program_on_the_same_account_changes_no_law(story: _Story) -> None:
    """It takes nonces away: what was signed for them is given up, never signed anew."""
    _told(story)


_CALLS = 130
"""More than an undisturbed limit makes."""


def _calls_of(plan: Plan, folder: Path) -> int:
    life = Life()
    rig(folder, plan).carry(life=life)
    return life.lived


def test_killed_at_any_moment_it_ends_as_if_it_had_not_been(state: Path) -> None:
    """Before and after every call to the chain and every line of the journal."""
    plan = limiting(400)
    count = _calls_of(plan, state)
    assert count <= _CALLS
    for calls_left in range(count):
        told, outcomes = _told(_Story(plan, kills=(calls_left,)))
        assert [each.verdict for each in outcomes] in ([Verdict.LOWERED], [])
        assert told.ended
        assert told.at.chain.state.amounts[TOKEN, SPENDER] == 400
        assert len(told.at.chain.sent) >= 2
        assert told.nonces == {(1, 0), (2, 1)}
