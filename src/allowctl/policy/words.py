"""Numbers as a violation's sentence has them; integers and Decimals, never a float."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Context, Decimal

from allowctl.model.finding import Level

_LENGTHS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_LONG = 10**15
_CENTS_BELOW = 1_000
_LAST_SECOND = 253_402_300_799
"""Of the year 9999: dates know no later one."""
_UP = Context(prec=60, rounding=ROUND_CEILING)
_BRIEF = Context(prec=4, rounding=ROUND_CEILING)


def several(count: int, what: str, plural: str = "") -> str:
    """`1 row`, `2,000 rows`."""
    return f"{count:,} {what if count == 1 else plural or what + 's'}"


def were(count: int, what: str) -> str:
    """`1 row was`, `2 rows were`."""
    return f"{several(count, what)} {'was' if count == 1 else 'were'}"


def listed(words: Iterable[str], joint: str = "and") -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} {joint} {last}" if most else last


def duration(seconds: int) -> str:
    """In the largest unit that it is a whole number of."""
    length, unit = _unit(seconds)
    return several(seconds // length, unit)


def ago(seconds: int, limit: int) -> str:
    """How long ago something beyond a limit is, in the limit's unit.

    Never the limit itself: what is just beyond it is more than that ago.
    """
    length, unit = _unit(limit)
    whole = max(seconds, 0) // length
    more = "more than " if whole * length <= limit < seconds else ""
    return f"{more}{several(whole, unit)} ago"


def moment(timestamp: int) -> str:
    """Unix seconds as a date and time in UTC; what has none as they are."""
    if timestamp > _LAST_SECOND:
        return f"second {units(timestamp)}"
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _unit(seconds: int) -> tuple[int, str]:
    return next(each for each in _LENGTHS if seconds % each[0] == 0)


def units(amount: int) -> str:
    """Smallest units of a token: as they are, or four digits and a power of ten."""
    return f"{amount:,}" if amount < _LONG else _power(Decimal(amount))


def dollars(usd: Decimal, *, cents: bool = False) -> str:
    """Rounded up, so that what is above a limit looks so; cents where it is small."""
    if usd >= _LONG:
        return f"${_power(usd)}"
    whole = usd == usd.to_integral_value() or (usd >= _CENTS_BELOW and not cents)
    step = Decimal(1) if whole else Decimal("0.01")
    return f"${usd.quantize(step, context=_UP):,}"


def has_cents(usd: Decimal) -> bool:
    """Whether whole dollars do not say it."""
    return usd < _LONG and usd != usd.to_integral_value()


def up_to(level: Level) -> str:
    """That level and all that are worse."""
    return str(level) if level is Level.CRITICAL else f"{level} and worse"


def _power(number: Decimal) -> str:
    return f"{_BRIEF.create_decimal(number):.3e}"
