"""A search among fakes, in no time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from allowctl.codec import words
from allowctl.model.chain import Address, BlockRange, Log, LogFilter
from allowctl.rpc.endpoints import Node
from allowctl.rpc.logs import Fetched, Served, Sought, Terms, Tick
from allowctl.rpc.pace import Pace
from allowctl.rpc.search import fetch
from tests.build import OWNER, candidate
from tests.fakes.rpc import FakeRpc
from tests.fakes.virtual import simulate
from tests.fakes.worlds import approval_log

SIGNATURE = approval_log(candidate(), number=0, index=0).topics[0]
WHOLE = BlockRange(0, 999)


def wanted(*owners: Address) -> LogFilter:
    """Approvals of these owners, of the usual one if none is named."""
    topics = tuple(words.topic(each) for each in owners or (OWNER,))
    return LogFilter(topics=((SIGNATURE,), topics))


def logs_at(blocks: Sequence[int]) -> list[Log]:
    return [
        approval_log(candidate(), number=number, index=index)
        for index, number in enumerate(blocks)
    ]


@dataclass(slots=True)
class Heard:
    """What came out of a search."""

    served: list[Served] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    fetched: Fetched = field(default_factory=Fetched)
    nodes: list[Node] = field(default_factory=list)

    @property
    def logs(self) -> list[Log]:
        return [log for each in self.served for log in each.logs]

    @property
    def places(self) -> list[tuple[int, int]]:
        return sorted((log.block, log.index) for log in self.logs)

    @property
    def missed(self) -> list[int]:
        """The blocks in gaps, each as often as it stands in one."""
        gaps = (each.gap.blocks for each in self.fetched.missed)
        return sorted(n for gap in gaps for n in range(gap.first, gap.last + 1))

    @property
    def blocks(self) -> list[int]:
        """The blocks served, the same."""
        spans = (each.blocks for each in self.served)
        return sorted(n for span in spans for n in range(span.first, span.last + 1))


def seek(  # noqa: PLR0913 - what a search can be told
    *rpcs: FakeRpc,
    filters: Sequence[LogFilter] | None = None,
    blocks: BlockRange = WHOLE,
    most: int = 4,
    verify: float = 0.0,
    canary: int | None = None,
    node: Callable[[FakeRpc], Node] | None = None,
) -> Heard:
    """All logs of the filters, from these endpoints."""
    heard = Heard()

    async def work() -> None:
        for rpc in rpcs:
            made = node(rpc) if node else Node(rpc, pace=Pace(most))
            made.head = rpc.block_at(rpc.newest)
            heard.nodes.append(made)
        chances = itertools.cycle([0.05, 0.45, 0.75, 0.95])
        terms = Terms(
            sink=heard.served.append,
            progress=heard.ticks.append,
            room=_room,
            again=lambda: next(chances) * 100 < verify,
            canary=canary,
        )
        sought = [Sought(wanted=f, blocks=blocks) for f in filters or [wanted()]]
        heard.fetched = await fetch(heard.nodes, sought, rpcs[0].newest, terms)

    simulate(work())
    return heard


async def _room() -> None:
    """There always is."""
