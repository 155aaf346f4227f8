"""What a refusal tells in passing: blocks, logs or requests that would do, and when.

Only numbers that the text ties to a limit count, and only with the unit that is
sought: a cap of logs is no cap of blocks. Forms: facts/scanning.md, section 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.utils import parsedate_to_datetime
from enum import Enum, IntEnum, auto
from itertools import islice
from typing import NamedTuple

from allowctl.rpc.said import Leaf

LONGEST_WAIT = 60.0
"""Seconds; who asks for more is not waited for any longer at a time."""
_MOST_NUMBERS = 40
_LARGEST = 2**64

_MAX_FIELD = re.compile(r"max.{0,20}(range|blocks|span)")
_WAIT_FIELDS = {"backoffseconds", "retryafter", "retryafterseconds", "retryin"}
_PAIR = re.compile(
    r"\[\s?(0x[0-9a-f]{1,16})\s?,\s?(0x[0-9a-f]{1,16})\s?\]"
    r"|\[\s?([0-9]{1,16})\s?,\s?([0-9]{1,16})\s?\]"
    r"|(?<![\w.,-])([0-9]{1,16})\s?-\s?([0-9]{1,16})(?![\w-]|[.,][0-9])",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\w.,/-])([0-9]{1,3}(?:[,_'][0-9]{3}){1,5}|[0-9]{1,16})"
    r"( ?[kK]\b| ?M\b)?(?![\w]|[.,][0-9]|-[0-9])"
)
_SURE = re.compile(
    r"(?:limit(?:ed|s)?|max\w*|up to|only|(?:few|small|low|short)er than|less than"
    r"|down to|below|under|within|at most|no more than|restricted to|cap(?:ped)?"
    r"|allow(?:ed|s)?|threshold)\b(?:[^\d.;,\[]|\[[^\]]{0,20}\]){0,40}\Z",
    re.IGNORECASE,
)
_MAYBE = re.compile(
    r"(?:(?:exceed\w*|over|limit|max\w*|(?:great|larg|bigg|wid|long)er than"
    r"|more than)\b[^\d.;]{0,40}|max\w*\. |\b(?:tier|plan)\W{1,3}|[<>]=?\s?)\Z",
    re.IGNORECASE,
)
_STRICT = re.compile(
    r"(?:(?:few|small|low|short)er than|less than|below)\b[^\d.;]{0,30}\Z",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[\s-]*(?:(?:blocks?|logs?|results?|events?|calls?|requests?)\b[\s-]*)?(?:range\b|max\w*|limit\b"
    r"|(?:are |is )?allowed\b|at (?:once|most)\b"
    r"|or (?:few|less)|per (?:query|request|call)\b)",
    re.IGNORECASE,
)
_POSITION = re.compile(
    r"(?:\b(?:block|number|height|from|fromblock|toblock|head|latest|code|error|status"
    r"|(?<!limited )(?<!up )(?<!down )"
    r"(?<!set )(?<!restricted )(?<!capped )(?<!equal )to)"
    r"[\s:=#(]{1,3}|#)\Z",
    re.IGNORECASE,
)
_RETRY = re.compile(
    r"(?:retry|again|wait|back ?off|resets?)\b[^\d.;]{0,20}"
    r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?(ms|milli|s\b|sec|m\b|min|\Z|\W)",
    re.IGNORECASE,
)
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


class Unit(Enum):
    """What a number may count. The value: how the word behind it looks."""

    BLOCKS = r"[\s-]*(?:\w{1,12} )?blocks?\b"
    LOGS = r"[\s-]*(?:\w{1,12} )?(?:logs?|results?|events?|entries|records|receipts)\b"
    TOPICS = r"[\s-]*(?:\w{1,12} )?(?:topics?|address(?:es)?|filters?|values)\b"
    REQUESTS = r"[\s-]*(?:\w{1,12} )?(?:calls?|requests?|items?|elements?|queries)\b"
    OTHER = (
        r" ?(?:[kmg]?i?b(?:ytes?)?\b|%|m?s\b|sec|min|hour|day|milli|/|per\b|rps\b|cu\b)"
    )

    def follows(self, text: str) -> bool:
        """Whether a text begins with it."""
        return re.match(self.value, text, re.IGNORECASE) is not None


class Rank(IntEnum):
    """How surely a number is a limit; the surest first."""

    SURE = auto()
    MAYBE = auto()
    NAMED = auto()
    """It only stands there, with its unit."""


class Stated(NamedTuple):
    """One number in a text, the least it may mean as a limit."""

    number: int
    unit: Unit | None
    rank: Rank


def width(text: str, data: list[Leaf], *, asked: int | None, bare: bool) -> int | None:
    """Blocks that should work at once, or None if it does not say.

    `asked` is how many were refused: as many or more is no advice. With `bare` a
    limit without a unit is one of blocks.
    """
    advised = (fields_width(data), *_pairs(text))
    for found in advised:
        if found is not None and found >= 1 and (asked is None or found < asked):
            return found
    return _best(
        (
            each
            for each in _stated(text)
            if each.unit is Unit.BLOCKS
            or (bare and each.unit is None and each.rank < Rank.NAMED)
        ),
        asked,
    )


def fields_width(data: list[Leaf]) -> int | None:
    """The width in fields of `data` of its own: two ends, or a maximum."""
    fields = {leaf.key: _integer(leaf.value) for leaf in reversed(data)}
    for ends in (("from", "to"), ("fromblock", "toblock")):
        first, last = map(fields.get, ends)
        if first is not None and last is not None and first <= last:
            return last - first + 1
    stated = (
        number
        for key, number in fields.items()
        if number is not None and number >= 1 and _MAX_FIELD.search(key)
    )
    return next(stated, None)


def fields_wait(data: list[Leaf]) -> float | None:
    """The seconds to wait in a field of `data` of its own, 0 to 60."""
    found = (
        _seconds(leaf.value)
        for leaf in data
        if leaf.key.replace("_", "").replace("-", "") in _WAIT_FIELDS
    )
    return next((seconds for seconds in found if seconds is not None), None)


def cap(text: str, unit: Unit, *, asked: int | None = None) -> int | None:
    """The limit of that unit that a text states, at least 1; below what was asked."""
    limits = (each for each in _stated(text) if each.rank < Rank.NAMED)
    return _best((each for each in limits if each.unit in {unit, None}), asked)


def wait(
    text: str, data: list[Leaf], *, retry_after: str | None, now: float | None
) -> float | None:
    """Seconds to wait, 0 to 60, or None if it does not say.

    A Retry-After that is a date needs `now`, in unix seconds.
    """
    for told in (_header(retry_after, now), fields_wait(data)):
        if told is not None:
            return told
    found = _RETRY.search(text)
    if found is None:
        return None
    unit = found[2].lower()
    scale = {"ms": 0.001, "milli": 0.001, "m": 60.0, "min": 60.0}.get(unit, 1.0)
    return min(float(found[1]) * scale, LONGEST_WAIT)


def _integer(value: str | float) -> int | None:
    match value:
        case int() if value < _LARGEST:
            return value
        case str() if re.fullmatch(r"[0-9]{1,18}", value):
            return int(value)
        case str() if re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}", value):
            return int(value, 16)
        case _:
            return None


def _pairs(text: str) -> Iterator[int]:
    """Widths of the ranges written out; `0 - 50` is a cap of 50."""
    for found in _PAIR.finditer(text):
        low, high = (
            int(end, 0 if "x" in end.lower() else 10) for end in found.groups() if end
        )
        is_cap = low == 0 and found[5] is not None
        yield high if is_cap else high - low + 1


def _stated(text: str) -> list[Stated]:
    """The numbers in a text, but for those of one certain block."""
    found: list[Stated] = []
    for number in islice(_NUMBER.finditer(text), _MOST_NUMBERS):
        before = text[max(0, number.start() - 60) : number.start()]
        after = text[number.end() : number.end() + 30]
        unit = next((each for each in Unit if each.follows(after)), None)
        if _POSITION.search(before):
            continue
        if _SURE.search(before) or _AFTER.match(after):
            rank = Rank.SURE
        else:
            rank = Rank.MAYBE if _MAYBE.search(before) else Rank.NAMED
        strict = _STRICT.search(before) is not None
        found.append(Stated(_count(number) - strict, unit, rank))
    return found


def _count(number: re.Match[str]) -> int:
    scale = {"k": 1000, "m": 1_000_000}.get((number[2] or "").strip().lower(), 1)
    return int(re.sub(r"\D", "", number[1])) * scale


def _best(found: Iterable[Stated], asked: int | None) -> int | None:
    """The surest of the limits below what was asked.

    A limit of exactly what was asked, and refused, is meant without its end. A
    number without a word of a limit is one only if it is less than was asked.
    """
    ranked = sorted(found, key=lambda each: each.rank)
    limits = [each.number for each in ranked if each.rank < Rank.NAMED]
    if asked is not None:
        limits = [
            *(each.number for each in ranked if each.number < asked - 1),
            *(asked - 1 for number in limits if number in {asked - 1, asked}),
        ]
    return next((number for number in limits if number >= 1), None)


def _seconds(value: str | float) -> float | None:
    match value:
        case str():
            found = _SECONDS.fullmatch(value[:40].strip())
            return min(float(found[0]), LONGEST_WAIT) if found else None
        case int() | float() if value >= 0:
            return float(min(value, LONGEST_WAIT))
        case _:
            return None


def _header(value: str | None, now: float | None) -> float | None:
    """Seconds from a Retry-After: a number, or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    seconds = _seconds(value)
    if seconds is not None or now is None:
        return seconds
    try:
        date = parsedate_to_datetime(value[:40]).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(date - now, 0.0), LONGEST_WAIT)
