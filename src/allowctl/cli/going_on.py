"""Going on where an earlier run stopped: what of a search is known already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from allowctl.model.chain import Address

if TYPE_CHECKING:
    from allowctl.rpc.logs import Tick
    from allowctl.rpc.pool import Pool
    from allowctl.store.cache import Cache


def broken_off(cache: Cache, pool: Pool, owners: Sequence[Address], first: int) -> bool:
    """Whether of any owner newer blocks are known and older ones are not.

    A search goes from the newest block to the oldest, so one that came to its end
    leaves no such hole. CacheError.
    """
    from allowctl.scan.shape import covered, filters
    from allowctl.standards import STANDARDS

    for shape in filters(STANDARDS):
        for ranges in covered(cache, pool, shape, owners).values():
            known = [each for each in ranges if each.last >= first]
            if known and (len(known) > 1 or known[0].first > first):
                return True
    return False


@dataclass(slots=True, kw_only=True)
class Search:
    """One chain's search, counted over all of its blocks."""

    pool: Pool
    owners: int
    first: int
    to_block: int | None
    say: Callable[[str], None] | None
    """Told once how much is known, if that is to be said."""
    _said: bool = field(default=False, init=False)

    def whole(self, tick: Tick) -> Tick:
        """The same tick with the blocks that earlier runs have read as done."""
        total = max(self.owners * self._blocks(), tick.total)
        known = total - tick.total
        if not self._said and self.say is not None and known:
            self.say(
                f"going on: {_percent(known, total)} of {self.pool.chain.name} "
                "is known from earlier runs"
            )
        self._said = True
        return replace(tick, done=known + tick.done, total=total)

    def _blocks(self) -> int:
        """How many are asked about: up to the head that the endpoints agree on."""
        heads = sorted(node.head.number for node in self.pool.nodes if node.head)
        last = self.to_block
        if last is None:
            last = heads[len(heads) // 2] if heads else 0
        return max(0, last - self.first + 1)


def _percent(part: int, whole: int) -> str:
    """Rounded down: what is not done is never said to be."""
    return f"{100 * part // whole} %" if 100 * part >= whole else "less than 1 %"
