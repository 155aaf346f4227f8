"""Seeking the logs of many owners on one chain: what is known already is not asked.

Logs up to finality are remembered with the ranges that they are all of; what is
above is read anew each time. A block's hash anchors what is remembered: where the
chain no longer has that block, all above the last one it has is forgotten.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from allowctl.codec import words
from allowctl.model.chain import Address, BlockRange, Log
from allowctl.model.coverage import Checked, Difference, Gap
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.logs import Fetched, Terms, Tick, merge
from allowctl.rpc.pool import Pin, Pool
from allowctl.rpc.search import fetch
from allowctl.scan.keep import Keeper
from allowctl.scan.shape import Shape, covered, filters, grouped, subtracted, versions
from allowctl.standards import STANDARDS
from allowctl.store.cache import Cache

Progress = Callable[[Tick], None]

_FEW = 2_000
"""Logs that may wait in memory while state is read."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What a search came to, apart from the logs that are in the cache."""

    keepers: list[Keeper] = field(default_factory=list)
    """They hold what is not in the cache, some of it only once they are closed."""
    last: int | None = None
    """The last block whose logs count, where a newer search has those above it."""
    gaps: dict[Address, list[Gap]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    checked: Checked | None = None
    """None where nothing was asked."""
    canary: int | None = None
    remembered: dict[Address, int] = field(default_factory=dict)
    """Blocks of each owner that were not asked for again."""

    def up_to(self, settled: int) -> Found:
        """The same without what lies above finality, which is sought anew."""
        below = {
            owner: [
                replace(
                    gap,
                    blocks=BlockRange(gap.blocks.first, min(gap.blocks.last, settled)),
                )
                for gap in gaps
                if gap.blocks.first <= settled
            ]
            for owner, gaps in self.gaps.items()
        }
        return replace(self, gaps=below, last=settled)

    def held(self, owner: Address) -> list[Log]:
        """The logs of an owner that are not in the cache, or not yet."""
        logs = [log for keeper in self.keepers for log in keeper.of(owner)]
        if self.last is None:
            return logs
        return [log for log in logs if log.block <= self.last]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeker:
    """Seeks on one chain. `verify`: percent of what is read that is read twice."""

    pool: Pool
    cache: Cache
    progress: Progress
    verify: float = 0.0
    chance: Callable[[], float] = random.random
    _open: list[Keeper] = field(default_factory=list, init=False)
    """What may not be written yet: a few logs wait for the chain to be confirmed."""

    async def history(self, owners: Sequence[Address], first: int, pin: Pin) -> Found:
        """Every approval log of the owners from a block up to the pinned one."""
        await self.anchor(pin)
        found = Found()
        last = pin.block.number
        for shape in filters(STANDARDS):
            known = {} if self.verify else covered(self.cache, self.pool, shape, owners)
            missing = {
                owner: subtracted(
                    BlockRange(first, last), known.get(owner, ()), pin.settled
                )
                for owner in owners
            }
            for owner, ranges in missing.items():
                asked = sum(map(len, ranges))
                found.remembered[owner] = last - first + 1 - asked
            await self._fetch(shape, missing, pin, found)
        return found

    async def close(self) -> None:
        """Write what waits, however the scan ended. CacheError if that fails.

        After a difference nothing is: who errs in one range is not believed about
        the others, nor about what was remembered before.
        """
        if not self._open:
            return
        disputed = self._distrust()
        for keeper in self._open:
            await keeper.flush()
        if disputed:
            # Only now: one may have been writing until here.
            self.forget()
        else:
            self._compact()
        self._open.clear()

    async def tail(self, owners: Sequence[Address], first: int, pin: Pin) -> Found:
        """The same above finality alone, when the pinned block is a newer one."""
        found = Found()
        start = max(first, pin.settled + 1)
        if start > pin.block.number:
            return found
        ranges = (BlockRange(start, pin.block.number),)
        for shape in filters(STANDARDS):
            await self._fetch(shape, dict.fromkeys(owners, ranges), pin, found)
        return found

    def logs(
        self, owner: Address, first: int, pin: Pin, found: Iterable[Found]
    ) -> list[Log]:
        """All logs of an owner that were found, remembered or not."""
        held = [log for each in found for log in each.held(owner)]
        if first > pin.settled:
            return held
        blocks = BlockRange(first, pin.settled)
        chain_id = self.pool.chain.id
        for shape in filters(STANDARDS):
            # Of all: one that is asked no more may have been written down before.
            for version in versions(self.pool.nodes, shape):
                held += self.cache.logs(chain_id, version, owner, blocks)
        return held

    async def anchor(self, pin: Pin) -> None:
        """Forget what rests on blocks that the chain no longer has."""
        chain_id = self.pool.chain.id
        anchors = self.cache.anchors(chain_id)
        tried, low, high = 0, 0, len(anchors)
        while low < high:
            # What stands on a block that stands does so too.
            if await self._stands(*anchors[tried], pin):
                high = tried
            else:
                low = tried + 1
            tried = (low + high) // 2
        if low:
            newest = anchors[low][0] if low < len(anchors) else -1
            self.cache.rewind(chain_id, newest)
        if pin.final is not None:
            self.cache.add_anchor(chain_id, pin.final.number, pin.final.hash)

    async def _stands(self, number: int, block_hash: str, pin: Pin) -> bool:
        """Whether the chain has a block. One above all heads it has not."""
        if pin.final is not None and number == pin.final.number:
            return pin.final.hash == block_hash
        heads = [node.head.number for node in self.pool.usable if node.head]
        if number > max(heads, default=0):
            return False
        try:
            return (await self.pool.block(number)).hash == block_hash
        except RefusalError as refusal:
            if refusal.kind in {RefusalKind.HEAD, RefusalKind.PRUNED}:
                return False
            raise

    def _sampler(self) -> Callable[[], bool]:
        """Whether the next range is read twice: the first always, then by chance."""
        first = iter((True,))

        def again() -> bool:
            if not self.verify:
                return False
            return next(first, False) or self.chance() * 100 < self.verify

        return again

    def forget(self) -> None:
        """Remember nothing of this chain's logs: not all were this chain's."""
        self.cache.rewind(self.pool.chain.id, -1)

    def remember(self) -> None:
        """Keep what was learned of the endpoints that served anything."""
        for key, host, limits in self.pool.lessons(int(time.time())):
            self.cache.save_limits(key, host, self.pool.chain.id, limits)

    async def _fetch(
        self,
        shape: Shape,
        missing: Mapping[Address, Sequence[BlockRange]],
        pin: Pin,
        found: Found,
    ) -> None:
        sought = grouped(shape, missing)
        if not sought:
            return
        keeper = Keeper(
            self.cache,
            chain_id=self.pool.chain.id,
            version=shape.version,
            settled=pin.settled,
            owners={words.topic(owner): owner for owner in missing},
            vouch=self.pool.vouch,
            learned=self.remember,
        )
        terms = Terms(
            sink=keeper.take,
            progress=self.progress,
            room=keeper.room,
            again=self._sampler(),
            canary=self.cache.canary(self.pool.chain.id),
        )
        self._open.append(keeper)
        try:
            fetched = await fetch(self.pool.usable, sought, pin.block.number, terms)
        except BaseException:
            await self.close()
            raise
        self._add(found, fetched, keeper)
        if keeper.waits > _FEW:
            await keeper.flush()

    def _distrust(self) -> bool:
        """Whether two endpoints told different logs: then no more is written."""
        disputed = any(keeper.disputed for keeper in self._open)
        if disputed:
            for keeper in self._open:
                keeper.distrust()
        return disputed

    def _compact(self) -> None:
        for shape in filters(STANDARDS):
            for version in versions(self.pool.nodes, shape):
                self.cache.compact(self.pool.chain.id, version)

    def _add(self, found: Found, fetched: Fetched, keeper: Keeper) -> None:
        found.keepers.append(keeper)
        for missed in fetched.missed:
            for topic in missed.wanted.topics[-1]:
                owner = words.address_of_topic(topic)
                found.gaps.setdefault(owner, []).append(missed.gap)
        found.differences.extend(fetched.differences)
        self._distrust()
        found.checked = together((found.checked, fetched.checked))
        found.canary = fetched.canary
        if fetched.canary is not None:
            self.cache.save_canary(self.pool.chain.id, fetched.canary)


def together(parts: Iterable[Checked | None]) -> Checked | None:
    """By how many endpoints all was told whose parts were told so."""
    told = {part for part in parts if part is not None}
    if not told:
        return None
    return told.pop() if len(told) == 1 else Checked.SAMPLED


def gaps_of(found: Iterable[Found], owner: Address) -> tuple[Gap, ...]:
    """All gaps of one owner."""
    return merge(gap for each in found for gap in each.gaps.get(owner, ()))
