"""The whole engine on nodes in memory, without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TypeVar

from allowctl.model.chain import Chain
from allowctl.model.question import Question
from allowctl.model.report import Scan, Unscanned
from allowctl.pipeline import Work, scan_chain
from allowctl.rpc.endpoints import Node
from allowctl.rpc.logs import Tick
from allowctl.rpc.pace import Pace
from allowctl.rpc.pool import Pool
from allowctl.scan.around import Around, Sources
from allowctl.scan.seek import Seeker
from allowctl.store.cache import Cache
from tests.build import MAINNET
from tests.fakes.hurry import hurried
from tests.fakes.rpc import FakeRpc

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Engine:
    """Nodes of one chain, and what is done with them. Each run knows them anew."""

    rpcs: Sequence[FakeRpc]
    chain: Chain = MAINNET
    cache: Cache | None = None
    """What is remembered between runs; None for nothing."""
    keyed: bool = False
    """Whether each node's word is remembered as its own; else as anybody's."""
    verify: float = 0.0
    chance: Callable[[], float] = lambda: 0.0
    """Below it in percent, a range is read twice."""
    sources: Sources = field(default_factory=Sources)
    """What is known apart from the nodes."""
    clock: Callable[[], float] | None = None
    """What the pipeline takes for the time; None for the loop's."""
    ticks: list[Tick] = field(default_factory=list)
    """The progress of all runs."""

    def scan(self, *questions: Question) -> list[Scan]:
        """What the program finds, where it finds anything."""
        found = self.outcomes(*questions)
        scans = [each for each in found if isinstance(each, Scan)]
        assert len(scans) == len(found), found
        return scans

    def outcomes(self, *questions: Question) -> list[Scan | Unscanned]:
        """What becomes of each question."""

        async def run(seeker: Seeker) -> list[Scan | Unscanned]:
            clock = self.clock or asyncio.get_running_loop().time
            work = Work(
                pool=seeker.pool,
                seeker=seeker,
                around=Around(seeker.pool, self.sources),
                clock=clock,
            )
            return await scan_chain(work, questions)

        return self.run(run)

    def run(self, use: Callable[[Seeker], Awaitable[T]]) -> T:
        """What is done with a seeker comes to this."""

        async def run() -> T:
            with nullcontext(self.cache) if self.cache else Cache.open(None) as cache:
                nodes = [
                    Node(rpc, key=rpc.host if self.keyed else "", pace=Pace(8))
                    for rpc in self.rpcs
                ]
                pool = Pool(self.chain, nodes)
                seeker = Seeker(
                    pool=pool,
                    cache=cache,
                    progress=self.ticks.append,
                    verify=self.verify,
                    chance=self.chance,
                )
                return await use(seeker)

        return hurried(run())
