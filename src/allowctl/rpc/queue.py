"""What is still to be asked, and which part of it an endpoint can take."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from allowctl.model.chain import BlockRange
from allowctl.rpc.endpoints import Node
from allowctl.rpc.unit import Unit

_REASONS = 3


class Queue:
    """Units in the order in which they are wanted; what is cut off stays in it."""

    def __init__(self, nodes: Sequence[Node], units: Iterable[Unit]) -> None:
        self._nodes = nodes
        self._units = deque(units)

    def __bool__(self) -> bool:
        return bool(self._units)

    def first(self, unit: Unit) -> None:
        """Put a unit before all others."""
        self._units.appendleft(unit)

    def back(self, unit: Unit) -> None:
        """Put a unit back to what it was cut from, to be cut otherwise."""
        rest = self._units[0] if self._units else None
        if rest is not None and _belongs(rest, unit):
            whole = BlockRange(rest.blocks.first, unit.blocks.last)
            self._units[0] = replace(rest, blocks=whole)
        else:
            self.first(unit)

    def last(self, unit: Unit) -> None:
        """Put a unit behind all others."""
        self._units.append(unit)

    def take(self, node: Node) -> Unit | None:
        """The first part of anything that the endpoint serves at once."""
        for index, unit in enumerate(self._units):
            blocks = self._fit(node, unit)
            if blocks is not None:
                del self._units[index]
                return self._cut(index, unit, blocks, node.topics)
        return None

    def drop_hopeless(self) -> list[Unit]:
        """Take out the units that no endpoint may serve any more."""
        lost = [
            unit
            for unit in self._units
            if not any(may_serve(node, unit) for node in self._nodes)
        ]
        for unit in lost:
            self._units.remove(unit)
        return lost

    def _cut(self, index: int, unit: Unit, blocks: BlockRange, topics: int) -> Unit:
        """The part of a unit in a range, for some owners; the rest goes back."""
        rest: list[Unit] = []
        if unit.blocks.first < blocks.first:
            rest.append(unit.part(BlockRange(unit.blocks.first, blocks.first - 1)))
        if blocks.last < unit.blocks.last:
            rest.append(unit.part(BlockRange(blocks.last + 1, unit.blocks.last)))
        part = unit.part(blocks)
        owners = unit.wanted.topics[unit.keys]
        if len(owners) > topics:
            rest.append(part.only(unit.keys, owners[topics:]))
            part = part.only(unit.keys, owners[:topics])
        for each in rest:
            self._units.insert(index, each)
        return part

    def _fit(self, node: Node, unit: Unit) -> BlockRange | None:
        """The newest part of a unit that the endpoint serves at once."""
        if node.head is None or not may_serve(node, unit):
            return None
        last = min(unit.blocks.last, node.head.number)
        first = max(unit.blocks.first, node.floor or 0)
        if first > last:
            return None
        span = node.width(last - first + 1)
        if not node.settled and any(n.settled and n.usable for n in self._nodes):
            # It may sit on the whole of it while the others have nothing to do.
            span = min(span, max(1, len(unit.blocks) // 2))
        return BlockRange(max(first, last - span + 1), last)


def _belongs(older: Unit, newer: Unit) -> bool:
    """Whether two units are one that was cut."""
    return (
        older.blocks.last + 1 == newer.blocks.first
        and older.told is newer.told is None
        and older.wanted == newer.wanted
        and not (older.refused or newer.refused or older.attempts or newer.attempts)
    )


def may_serve(node: Node, unit: Unit) -> bool:
    """Whether it could serve a part of the unit, now or when it has caught up."""
    confirms_itself = unit.told is not None and unit.told.machine == node.machine
    return (
        node.usable
        and not confirms_itself
        and id(node) not in unit.refused
        and (node.floor or 0) <= unit.blocks.last
    )


def why_not(nodes: Sequence[Node], unit: Unit) -> str:
    """Why no endpoint serves a unit."""
    reasons = dict.fromkeys(
        node.dropped
        or node.mute
        or unit.refused.get(id(node))
        or f"{node.host} keeps no logs before block {node.floor}"
        for node in nodes
    )
    return "; ".join(list(reasons)[:_REASONS])
