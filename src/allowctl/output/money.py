"""Dollars and ages as a table has room for them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record
from allowctl.model.value import Unpriced, Worth

_CENT = Decimal("0.01")
_CENTS_BELOW = 1_000
_MILLION = Decimal(10**6)
_BILLION = Decimal(10**9)
_HUGE = Decimal(10**12)
_MONEY = Context(prec=60, rounding=ROUND_HALF_UP)
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_YEAR = 365
_YEARS_FROM = 1_000
"""Days from which an age is told in years."""

_WORDS = {
    Unpriced.NOT_ASKED: "-",
    Unpriced.NO_PRICE: "unpriced",
    Unpriced.THIN: "thin",
    Unpriced.BEYOND: "beyond",
    Unpriced.NO_BALANCE: "unknown",
    Unpriced.FURTHER: "unknown",
    Unpriced.ITEMS: "NFT",
    Unpriced.UNSERVED: "unserved",
}


def dollars(usd: Decimal) -> str:
    """An amount of USD: to the cent where it is small, never rounded to nothing."""
    if 0 < usd < _CENT:
        return "<$0.01"
    if usd < _CENTS_BELOW:
        return f"${usd.quantize(_CENT, context=_MONEY):,}"
    if usd < _MILLION:
        return f"${usd.quantize(Decimal(1), context=_MONEY):,}"
    if usd < _BILLION:
        return f"${(usd / _MILLION).quantize(_CENT, context=_MONEY)}M"
    if usd < _HUGE:
        return f"${(usd / _BILLION).quantize(_CENT, context=_MONEY)}B"
    return f"${Context(prec=3).create_decimal(usd):.2e}"


def at_risk(record: Record) -> str:
    """A row's value at risk in one word; what is not known is never a number."""
    match record.value:
        case _ if record.idle:
            return "nothing"
        case Worth(usd=usd):
            return dollars(usd)
        case Unpriced() as reason:
            return _WORDS[reason]


def exact(usd: Decimal) -> str:
    """USD for programs: plain digits, no exponent, at least the cents."""
    text = f"{usd:f}"
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"


def per_token(usd_per_unit: Decimal, decimals: int | None) -> str:
    """A price of one smallest unit, of the whole token where its decimals are known."""
    if decimals is None:
        return f"{exact(usd_per_unit)} USD for a smallest unit"
    whole = _MONEY.multiply(usd_per_unit, Decimal(10**decimals))
    return f"{exact(whole)} USD"


def age(days: int | Missing) -> str:
    """How long ago, in days or years; "?" where it was asked for in vain."""
    if isinstance(days, Missing):
        return "?" if days.lack is Lack.FAILED else "-"
    if days < 1:
        return "<1 d"
    if days < _YEARS_FROM:
        return f"{days} d"
    return f"{Decimal(days) / _YEAR:.1f} y"


def since(seconds: int) -> str:
    """How long something is ago, in its largest whole unit."""
    for length, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{max(0, seconds)} s"
