"""Trying every way on top of a block, so that only what works is planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from allowctl.model.chain import Address, Block, Reverted, Unserved
from allowctl.model.plan import Attempt, Proof, Settled, Way
from allowctl.revoke.effect import Shown, flaw, limits, reads
from allowctl.rpc.pool import Pool
from allowctl.rpc.rehearsal import Trial
from allowctl.rpc.simulate import Outcome, Rehearser

_MOST_GAS = 5_000_000
"""Gas that one call is tried with, unless the cap is higher: what any block holds."""


class Simulator:
    """One owner's attempts on one chain, tried on top of one block.

    `gas_cap` is what one approval may cost; a lockdown has it for each of its pairs.
    What an endpoint can do is found out once.
    """

    def __init__(self, pool: Pool, owner: Address, at: Block, *, gas_cap: int) -> None:
        self._pool = pool
        self._owner = owner
        self._at = at
        self._cap = gas_cap
        self._rehearsers: dict[int, Rehearser] = {}

    async def settle(self, attempts: Sequence[Attempt]) -> list[Settled]:
        """For each attempt, in their order, the first way that works, or why none does.

        All first ways are tried together, then the second ways of those that
        failed, and so on. What nobody serves is tried no further: the way that was
        not served may be the best.
        """
        courses = [_Course(each, self._at) for each in attempts]
        while under_way := [each for each in courses if each.ways]:
            for each in under_way:
                each.start(self._cap)
            await self._try(under_way)
            await self._estimate(under_way)
            for each in under_way:
                each.judge()
        return [each.end() for each in courses]

    async def _try(self, courses: Sequence[_Course]) -> None:
        """Each by the first endpoint that shows effects and serves it.

        Only where no endpoint shows any, the calls are made alone.
        """
        endpoints = self._endpoints()
        seen = False
        for each in endpoints:
            left = [course for course in courses if course.unserved]
            made = await each.seen([course.trial for course in left])
            for course, outcome in zip(left, made or (), strict=made is not None):
                course.outcome, course.by = outcome, each
            seen = seen or made is not None
        for each in () if seen else endpoints:
            left = [course for course in courses if course.unserved]
            made = await each.unseen([course.trial for course in left])
            for course, outcome in zip(left, made, strict=True):
                course.outcome, course.by = outcome, each

    async def _estimate(self, courses: Sequence[_Course]) -> None:
        """What a node says that is needed for what seems to work."""
        for each in self._endpoints():
            if each.proof is Proof.UNPROVEN:
                continue
            sound = [c for c in courses if c.by is each and c.shown and not c.why]
            gas = await each.estimated([course.trial for course in sound])
            for course, estimate in zip(sound, gas, strict=True):
                course.estimate = estimate

    def _endpoints(self) -> list[Rehearser]:
        """Those that have the block, in order of preference."""
        there = [
            node.rpc
            for node in self._pool.met
            if node.head is not None and node.head.number >= self._at.number
        ]
        for rpc in there:
            if id(rpc) not in self._rehearsers:
                self._rehearsers[id(rpc)] = Rehearser(rpc, self._owner, self._at)
        return [self._rehearsers[id(rpc)] for rpc in there]


@dataclass(slots=True)
class _Course:
    """How far an attempt has come."""

    attempt: Attempt
    at: Block
    ways: tuple[Way, ...] = field(init=False)
    """Those that are still to be tried; none once it is settled."""
    trial: Trial = field(init=False)
    """Of the first of them; and what came of that."""
    outcome: Outcome = field(init=False)
    by: Rehearser | None = field(init=False)
    estimate: int | Reverted | None = field(init=False)
    _cap: int = field(init=False)
    _settled: Settled | None = field(default=None, init=False)
    _reasons: dict[str, None] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.ways = self.attempt.ways

    def start(self, gas_cap: int) -> None:
        """Make the first way ready to be tried.

        With more gas than the cap, so that what burns more is seen to do so.
        """
        read = [call for each in self.attempt.changes for call in reads(each)]
        cap = gas_cap * len(self.attempt.changes)
        gas = min(2 * cap, max(gas_cap, _MOST_GAS))
        self._cap = min(cap, gas)
        self.trial = Trial(
            calls=tuple(stage.call for stage in self.ways[0].stages),
            reads=tuple(dict.fromkeys(read)),
            gas=gas,
        )
        self.outcome = Unserved(f"no endpoint has block {self.at.number}")
        self.by = self.estimate = None

    @property
    def unserved(self) -> bool:
        """Whether another endpoint may serve it."""
        return isinstance(self.outcome, Unserved)

    @property
    def shown(self) -> Shown | None:
        """What is there to be judged; None where nothing was shown."""
        if isinstance(self.outcome, Unserved | Reverted):
            return None
        return Shown(
            way=self.ways[0],
            changes=self.attempt.changes,
            asked=self.trial.reads,
            acted=self.outcome,
            at=self.at,
            gas_cap=self._cap,
            estimate=self.estimate,
        )

    @property
    def why(self) -> str:
        """Why the first way does not work, as far as is known; nothing if it does."""
        match self.outcome:
            case Unserved(reason=reason):
                return f"not served: {reason}"
            case Reverted(reason=reason):
                return reason
        return flaw(self.shown) if self.shown else ""

    def judge(self) -> None:
        """Settle it if the first way works, or go on to the next one."""
        why, shown = self.why, self.shown
        if shown is not None and not why:
            self._settled = Settled(
                attempt=self.attempt,
                way=self.ways[0],
                gas=limits(shown),
                proof=self.by.proof if self.by else Proof.UNPROVEN,
            )
        else:
            self._reasons[why] = None
        done = self._settled is not None or self.unserved
        self.ways = () if done else self.ways[1:]

    def end(self) -> Settled:
        """What came of it: each sort of reason once, in the order of the ways."""
        reason = "; ".join(self._reasons) or "there is no way to do it"
        return self._settled or Settled(attempt=self.attempt, way=None, reason=reason)
