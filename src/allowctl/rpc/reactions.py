"""What a refusal of a range changes: at the endpoint, and in what is asked next.

Rate refusals never make ranges smaller; range refusals never make anyone wait.
"""

from __future__ import annotations

from allowctl.errors import DeadlineError, OversizeError, UnservedError
from allowctl.model.chain import BlockRange
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.endpoints import Node
from allowctl.rpc.unit import Unit

_TRIES = 4
"""Times that one endpoint is asked for one unit that it fails in passing."""
_RATE_TRIES = 40
_DEADLINES = 4
"""Deadlines missed in a row before an endpoint is asked for no more logs."""
_SAME = 2
"""Failures in a row before less than was ever served is asked for."""
_MOST_DOUBLINGS = 5
_LESS = 16
_WAIT = 0.25


def react(node: Node, unit: Unit, error: UnservedError) -> list[Unit]:
    """The units to be asked in place of one that an endpoint did not serve."""
    match error:
        case OversizeError():
            return _fewer(node, unit, error, None)
        case DeadlineError():
            return _deadline(node, unit, error)
        case RefusalError():
            return _refused(node, unit, error)
        case _:
            return _later(node, unit, error)


def cut(host: str, count: int) -> RefusalError:
    """As if it had refused: so many logs look like a cap, not like all."""
    return RefusalError(
        f"{host} tells {count} logs, which looks cut off", kind=RefusalKind.RESULTS
    )


def _refused(node: Node, unit: Unit, refusal: RefusalError) -> list[Unit]:
    reaction = _REACTIONS.get(refusal.kind, _later)
    return reaction(node, unit, refusal)


def _range(node: Node, unit: Unit, refusal: RefusalError) -> list[Unit]:
    asked = len(unit.blocks)
    node.refuse_span(asked, refusal.width)
    return [unit] if asked > 1 else _never(node, unit, refusal)


def _results(node: Node, unit: Unit, refusal: RefusalError) -> list[Unit]:
    node.refuse_results(len(unit.blocks), refusal.cap)
    return _fewer(node, unit, refusal, refusal.width)


def _topics(node: Node, unit: Unit, refusal: RefusalError) -> list[Unit]:
    longest = max(map(len, unit.wanted.topics))
    node.refuse_topics(longest, refusal.cap, len(unit.wanted.topics[0]))
    return [unit]


def _timeout(node: Node, unit: Unit, refusal: RefusalError) -> list[Unit]:
    asked = len(unit.blocks)
    if asked == 1:
        return _later(node, unit, refusal)
    node.ran_out_of_time(asked, refusal.width)
    node.pace.pause(_WAIT)
    return [unit]


def _deadline(node: Node, unit: Unit, error: UnservedError) -> list[Unit]:
    """It may be the size, and it may be gone: it gets a few chances to be slow."""
    asked = len(unit.blocks)
    node.ran_out_of_time(asked, asked // _LESS)
    node.deadlines += 1
    if node.deadlines >= _DEADLINES:
        node.mute = error.message
    return [unit] if asked > 1 else _later(node, unit, error)


def _transient(node: Node, unit: Unit, refusal: RefusalError) -> list[Unit]:
    """Said to pass; but some say so of what is too much, so later it is less.

    Not where it has served as much before: then it is only not well.
    """
    asked = len(unit.blocks)
    if node.in_a_row + 1 < _SAME or asked <= max(1, node.widest):
        return _later(node, unit, refusal)
    node.in_a_row += 1
    node.ran_out_of_time(asked, asked // _LESS)
    node.pace.pause(_WAIT)
    return [unit]


def _head(node: Node, unit: Unit, refusal: RefusalError) -> list[Unit]:
    node.lags(unit.blocks.last)
    return _later(node, unit, refusal)


def _pruned(node: Node, unit: Unit, refusal: RefusalError) -> list[Unit]:
    node.pruned(unit.blocks.first)
    return _halves(unit) if len(unit.blocks) > 1 else _never(node, unit, refusal)


def _unsupported(node: Node, unit: Unit, refusal: RefusalError) -> list[Unit]:
    if not node.served:
        node.mute = refusal.message
    return _never(node, unit, refusal)


def _fatal(node: Node, unit: Unit, refusal: RefusalError) -> list[Unit]:
    """Later it may be one bad reply among good ones."""
    if node.served:
        return _later(node, unit, refusal)
    node.dropped = refusal.message
    return [unit]


def _rate(node: Node, unit: Unit, refusal: RefusalError) -> list[Unit]:
    """The same again, later: unless nothing but this has come for long."""
    node.rate_refusals += 1
    if node.rate_refusals >= _RATE_TRIES:
        node.mute = refusal.message
    return [unit]


def _fewer(
    node: Node, unit: Unit, error: UnservedError, width: int | None
) -> list[Unit]:
    """Parts of this unit alone: only here is there too much."""
    asked = len(unit.blocks)
    if asked == 1:
        return _never(node, unit, error)
    if width is None or not 0 < width < asked * 9 // 10:
        return _halves(unit)
    newer = BlockRange(unit.blocks.last - width + 1, unit.blocks.last)
    older = BlockRange(unit.blocks.first, unit.blocks.last - width)
    return [unit.part(older), unit.part(newer)]


def _halves(unit: Unit) -> list[Unit]:
    return [unit.part(half) for half in unit.blocks.halves()]


def _later(node: Node, unit: Unit, error: UnservedError) -> list[Unit]:
    """The same again, by whoever is well; a few times at most by this one."""
    tried = unit.failed_at(id(node))
    node.in_a_row += 1
    node.pace.pause(_WAIT * 2.0 ** min(node.in_a_row - 1, _MOST_DOUBLINGS))
    if tried.attempts[id(node)] >= _TRIES:
        return _never(node, tried, error)
    return [tried]


def _never(node: Node, unit: Unit, error: UnservedError) -> list[Unit]:
    node.failed(error.message)
    if not node.served and len(unit.blocks) == 1:
        node.mute = error.message
    return [unit.refused_by(id(node), error.message)]


_REACTIONS = {
    RefusalKind.RANGE: _range,
    RefusalKind.RESULTS: _results,
    RefusalKind.TOPICS: _topics,
    RefusalKind.TIMEOUT: _timeout,
    RefusalKind.HEAD: _head,
    RefusalKind.RATE: _rate,
    RefusalKind.PRUNED: _pruned,
    RefusalKind.UNSUPPORTED: _unsupported,
    RefusalKind.FATAL: _fatal,
    RefusalKind.TRANSIENT: _transient,
}
