"""What a node means when it does not serve a request, and what to do about it.

Codes do not decide: the same code means a range too wide here and too many
requests there (facts/scanning.md, section 2). The text does, then the error's
`data`, then the HTTP status, then words that may mean anything, then the code.
Where a refusal may mean two things, what was asked decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from allowctl.rpc import phrases, said, suggestions
from allowctl.rpc.client import RefusalKind
from allowctl.rpc.phrases import Meaning
from allowctl.rpc.said import Leaf
from allowctl.rpc.suggestions import Unit

_LOGS = "eth_getLogs"
_FEW = 8
"""Alternatives in one position that no limit of a request's size minds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was refused. The defaults mean: one request, nothing known of it."""

    method: str = ""
    blocks: int | None = None
    """How many an eth_getLogs spans."""
    topics: int = 0
    """The most alternatives in one position."""
    batch: int = 1
    """Requests in the HTTP body."""
    at: float | None = None
    """Unix seconds: what a Retry-After that is a date counts from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What to do. The numbers as in `RefusalError`: None where it does not say."""

    kind: RefusalKind
    width: int | None = None
    cap: int | None = None
    wait: float | None = None


_BY_MEANING = {
    Meaning.EXECUTION: RefusalKind.EXECUTION,
    Meaning.SPENT: RefusalKind.FATAL,
    Meaning.RATE: RefusalKind.RATE,
    Meaning.TOPICS: RefusalKind.TOPICS,
    Meaning.PRUNED: RefusalKind.PRUNED,
    Meaning.TIMEOUT: RefusalKind.TIMEOUT,
    Meaning.RESULTS: RefusalKind.RESULTS,
    Meaning.HEAD: RefusalKind.HEAD,
    Meaning.RANGE: RefusalKind.RANGE,
    Meaning.UNSUPPORTED: RefusalKind.UNSUPPORTED,
    Meaning.FATAL: RefusalKind.FATAL,
}
_BY_STATUS = {
    429: RefusalKind.RATE,
    501: RefusalKind.UNSUPPORTED,
    # Not let in, or nothing of the kind lives there: no retry helps.
    **dict.fromkeys(
        (301, 302, 303, 307, 308, 401, 402, 403, 404, 405, 407, 451),
        RefusalKind.FATAL,
    ),
    **dict.fromkeys((408, 504, 524), RefusalKind.TIMEOUT),
    **dict.fromkeys(
        (410, 425, 502, 503, 520, 521, 522, 523, 525, 526, 530), RefusalKind.TRANSIENT
    ),
}
_BY_CODE = {
    3: RefusalKind.EXECUTION,
    4444: RefusalKind.PRUNED,
    -32601: RefusalKind.UNSUPPORTED,
    # A method that is switched off, at QuickNode.
    -32612: RefusalKind.UNSUPPORTED,
    -32613: RefusalKind.UNSUPPORTED,
}
"""Only codes that mean one thing wherever they were seen."""


def classify(  # noqa: PLR0913 - the parts of one refusal, all by name
    *,
    status: int,
    code: int | None,
    text: str,
    data: object = None,
    retry_after: str | None = None,
    asked: Asked = Asked(),
) -> Remedy:
    """What to do about a refusal, from all its parts. It always finds something.

    `text` may be a message or a body that is no JSON, of any length; `data` any
    value; `retry_after` the HTTP header as sent.
    """
    leaves = said.leaves(data)
    words, more = said.words(text), said.detail(leaves)
    both = f"{words} {more}".strip()
    kind = (
        _clear(words, asked)
        or _first(phrases.clear(more), asked)
        or _by_fields(leaves)
        or _by_status(status, asked)
        or _first(phrases.vague(words), asked)
        or _first(phrases.vague(more), asked)
        or (None if code is None else _BY_CODE.get(code))
        or RefusalKind.TRANSIENT
    )
    return Remedy(
        kind=kind,
        width=_width(kind, both, leaves, asked),
        cap=_cap(kind, both, asked),
        wait=(
            suggestions.wait(both, leaves, retry_after=retry_after, now=asked.at)
            if kind in {RefusalKind.RATE, RefusalKind.TRANSIENT}
            else None
        ),
    )


@lru_cache(maxsize=256)
def _clear(words: str, asked: Asked) -> RefusalKind | None:
    """A node says the same of each item of a batch: once is enough to read it."""
    return _first(phrases.clear(words), asked)


def _first(meanings: Iterable[Meaning], asked: Asked) -> RefusalKind | None:
    kinds = (_kind(meaning, asked) for meaning in meanings)
    return next((kind for kind in kinds if kind is not None), None)


def _kind(meaning: Meaning, asked: Asked) -> RefusalKind | None:
    """The kind of a meaning. None if it does not fit what was asked."""
    if meaning in _BY_MEANING:
        return _BY_MEANING[meaning]
    if meaning in {Meaning.BODY, Meaning.REPLY}:
        return _less(asked, reply=meaning is Meaning.REPLY)
    if meaning is Meaning.BATCH:
        # A lone request for logs is no batch, whatever the text advises.
        lone = asked.batch == 1 and asked.blocks is not None
        return None if lone else RefusalKind.BATCH
    if meaning is Meaning.BARE_LIMIT:
        # Where it comes alone, logs are not served at all, however few.
        return RefusalKind.UNSUPPORTED if asked.method == _LOGS else RefusalKind.RATE
    # Firewalls take a long list of alternatives for an attack.
    many = RefusalKind.TOPICS if asked.topics > _FEW else None
    return many if meaning is Meaning.BLOCKED else _some_limit(asked)


def _less(asked: Asked, *, reply: bool) -> RefusalKind:
    """Too many bytes, of the reply or the request: what can be made less."""
    if asked.batch > 1:
        return RefusalKind.BATCH
    long = asked.topics > _FEW or asked.method not in {"", _LOGS}
    return RefusalKind.TOPICS if long and not reply else RefusalKind.RESULTS


def _some_limit(asked: Asked) -> RefusalKind | None:
    """A limit of who knows what: the largest thing that was asked for."""
    if asked.batch > 1:
        return RefusalKind.BATCH
    if asked.blocks is not None and asked.blocks > 1:
        return RefusalKind.RANGE
    return RefusalKind.TOPICS if asked.topics > _FEW else None


def _by_fields(leaves: list[Leaf]) -> RefusalKind | None:
    """The kind that the fields in `data` give away without a word."""
    if suggestions.fields_width(leaves) is not None:
        return RefusalKind.RANGE
    backs_off = suggestions.fields_wait(leaves) is not None
    return RefusalKind.RATE if backs_off else None


def _by_status(status: int, asked: Asked) -> RefusalKind | None:
    if status == 413:  # noqa: PLR2004 - Content Too Large
        return _less(asked, reply=False)
    if status == 403 and asked.topics > _FEW:  # noqa: PLR2004 - Forbidden
        return RefusalKind.TOPICS
    return _BY_STATUS.get(status)


def _width(
    kind: RefusalKind, text: str, leaves: list[Leaf], asked: Asked
) -> int | None:
    match kind:
        case RefusalKind.RANGE:
            bare = True
        case RefusalKind.RESULTS | RefusalKind.TIMEOUT:
            bare = False
        case _:
            return None
    return suggestions.width(text, leaves, asked=asked.blocks, bare=bare)


def _cap(kind: RefusalKind, text: str, asked: Asked) -> int | None:
    match kind:
        case RefusalKind.RESULTS:
            return suggestions.cap(text, Unit.LOGS)
        case RefusalKind.TOPICS:
            return suggestions.cap(text, Unit.TOPICS, asked=asked.topics or None)
        case RefusalKind.BATCH:
            size = asked.batch if asked.batch > 1 else None
            stated = suggestions.cap(text, Unit.REQUESTS, asked=size)
            return stated or (1 if phrases.no_batches(text) else None)
        case _:
            return None
