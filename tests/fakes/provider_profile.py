"""What one provider does: its limits, its moods, and the words of its refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import NoReturn

Data = Mapping[str, object] | str | None


class Form(Enum):
    """How a refusal is written down."""

    JSON = auto()
    STRING = auto()
    """The `error` member is a plain string, and nothing else is there."""
    TEXT = auto()
    """The body is the text itself, also in reply to a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error. `{names}` in its text, data and headers are filled in.

    For ranges: first, last, fits (the last block that would pass), late (the
    first block of the last range that would pass), blocks, cap, lie (ten times
    too far). For results: first, last, fits, cap, count. For topics: cap, count.
    For rates: cap, wait (seconds).
    """

    text: str
    code: int = -32000
    status: int = 200
    """HTTP status, where it is the answer to a whole request."""
    data: Data = None
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Form = Form.JSON

    def filled(self, **facts: int) -> Refusal:
        """The same with its names filled in."""
        return replace(
            self,
            text=self.text.format(**facts),
            data=_filled(self.data, facts),
            headers={name: v.format(**facts) for name, v in self.headers.items()},
        )


def _filled(data: Data, facts: Mapping[str, int]) -> Data:
    if data is None or isinstance(data, str):
        return None if data is None else data.format(**facts)
    return {name: _filled_field(value, facts) for name, value in data.items()}


def _filled_field(value: object, facts: Mapping[str, int]) -> object:
    """What is nothing but a name stays a number."""
    if isinstance(value, dict):
        return _filled(value, facts)
    if isinstance(value, str):
        return facts.get(value[1:-1], value.format(**facts))
    return value


class RefusedError(Exception):
    """One request is refused."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


def refuse(refusal: Refusal) -> NoReturn:
    """RefusedError."""
    raise RefusedError(refusal)


class Counting(Enum):
    """Which ranges fit a cap."""

    INCLUSIVE = auto()
    """Both ends count: last - first + 1 <= cap."""
    DIFFERENCE = auto()
    """last - first <= cap: one block more."""
    SMALLER = auto()
    """Both ends count, and there must be fewer: last - first + 1 < cap."""

    def width(self, cap: int) -> int:
        """The most blocks that pass."""
        match self:
            case Counting.INCLUSIVE:
                return cap
            case Counting.DIFFERENCE:
                return cap + 1
            case Counting.SMALLER:
                return cap - 1


class Beyond(Enum):
    """What happens to a range that ends above the provider's own head."""

    ERROR = auto()
    EMPTY = auto()
    CLAMP = auto()


class ByHash(Enum):
    """What happens to a state read that names its block by hash (EIP-1898)."""

    SERVED = auto()
    LATEST = auto()
    """The hash is ignored: the state of the head is given out."""
    REFUSED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """At most so many blocks."""

    cap: int
    refusal: Refusal
    counting: Counting = Counting.INCLUSIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most so many of something. Without a refusal the rest is left out."""

    cap: int
    refusal: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most so many requests in a second; a second's worth may come at once."""

    per_second: float
    refusal: Refusal
    windows: bool = False
    """Counted afresh in each second of the clock, not by a bucket that fills."""
    items: bool = False
    """Each request in a batch counts, and is refused by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """How many requests one HTTP request may carry."""

    cap: int
    """0: only single requests."""
    refusal: Refusal
    each: bool = False
    """The items beyond the cap are refused one by one; those before are served."""


class Fault(Enum):
    """How a reply goes wrong on the wire."""

    RESET = auto()
    HANG = auto()
    REDIRECT = auto()
    GIANT = auto()
    """A result of a gigabyte."""
    DRIP = auto()
    """One byte of the body in a second."""
    CUT = auto()
    """Half of the JSON, in a reply that is otherwise whole."""
    SHORT = auto()
    """Less than Content-Length says, then the connection closes."""
    CHUNKS = auto()
    """A chunked body that is none."""
    DUPLICATES = auto()
    """The first item of a batch stands there twice."""
    FOREIGN = auto()
    """Ids that nobody gave."""
    NULL = auto()
    """The result is null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that goes wrong with some HTTP requests."""

    what: Fault | Refusal
    every: int = 1
    """Each so-manieth of those it can befall."""
    after: int = 0
    until: int | None = None
    """It befalls the requests after the first `after`, up to this one."""
    methods: frozenset[str] = frozenset()
    """What must be in a request; empty for anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One provider. As it stands: an honest archive node without limits."""

    honest: bool = True
    """False if it ever gives too little, or what is false, and calls it an answer."""
    tell: str = ""
    """What gives a dishonest one away to who looks: chain id, canary, filter, head,
    round count, state. Empty: nothing does, but another provider's answer.
    """
    span: Span | None = None
    results: Cap | None = None
    topics: Cap | None = None
    """Alternatives at one position; a refusal is needed."""
    body: Cap | None = None
    """Bytes of a request; a refusal is needed."""
    batches: Batches | None = None
    reply_bytes: Cap | None = None
    """Bytes of a batch's reply: items behind them are refused."""
    rate: Rate | None = None
    in_flight: Cap | None = None
    """Requests served at the same time."""
    latency: float = 0.0
    """Seconds before each reply."""
    scan_rate: float = 0.0
    """Seconds added for each block that a log request covers."""
    lag: int = 0
    """Blocks that its head is behind."""
    beyond: Beyond = Beyond.ERROR
    head_back: tuple[int, int] | None = None
    """(n, blocks): each n-th time it is asked, its head is so many blocks lower."""
    pruned: float = 0.0
    """The share of the chain, from its beginning, whose logs are gone."""
    pruned_refusal: Refusal | None = None
    """None: there is simply nothing there."""
    archive_gate: int | None = None
    """Blocks below the head beyond which logs and state cost money."""
    keep_states: int | None = None
    """Blocks below the head whose state is still there."""
    by_hash: ByHash = ByHash.SERVED
    max_calls: int | None = None
    """Calls in one aggregate beyond which it runs out of gas."""
    wrong_chain: int | None = None
    """Requests after which it speaks of another chain; 0: always."""
    needs_address: bool = False
    numeric_only: bool = False
    """Block tags are refused in log requests."""
    no_python: bool = False
    """HTTP 403 for the user agents of Python's own clients."""
    mixes_in: int = 0
    """Each n-th log reply also holds logs nobody asked for; 0: never."""
    drops: int = 0
    """One in so many logs is missing; 0: none."""
    troubles: tuple[Trouble, ...] = ()
    methods_missing: frozenset[str] = frozenset()
