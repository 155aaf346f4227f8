"""What gas costs, as people read it; integers in, never a float."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from allowctl.codec.shown import printable
from allowctl.model.chain import Chain
from allowctl.output.money import dollars

_EXACT = Context(prec=120)
_DIGITS = 4
_UP = Context(prec=_DIGITS, rounding=ROUND_CEILING)
_DOWN = Context(prec=_DIGITS, rounding=ROUND_FLOOR)
_SYMBOL = 12
_COIN = 18
_GWEI = 9


def gwei(wei: int) -> str:
    """A price of one gas, exactly."""
    return f"{_plain(_EXACT.scaleb(Decimal(wei), -_GWEI))} gwei"


def at_most(wei: int, chain: Chain) -> str:
    """A bound in the chain's own coin: never rounded to less than it is."""
    return _coins(_UP.plus(_of(wei)), chain)


def about(wei: int, chain: Chain) -> str:
    """What there is of it: digits that nobody reads are cut off, and that is said."""
    exact = _of(wei)
    cut = _DOWN.plus(exact)
    return ("~" if cut != exact else "") + _coins(cut, chain)


def in_dollars(wei: int, usd_per_native: Decimal | None) -> str:
    """The same in USD, to stand behind it; nothing where no price is known."""
    if usd_per_native is None:
        return ""
    return f" ({dollars(usd(wei, usd_per_native))})"


def usd(wei: int, usd_per_native: Decimal) -> Decimal:
    """What so much of the chain's coin is worth."""
    return _EXACT.multiply(_of(wei), usd_per_native)


def _of(wei: int) -> Decimal:
    return _EXACT.scaleb(Decimal(wei), -_COIN)


def _coins(amount: Decimal, chain: Chain) -> str:
    return f"{_plain(amount)} {printable(chain.native_symbol, _SYMBOL)}"


def _plain(amount: Decimal) -> str:
    """Digits without an exponent, and without zeros that say nothing."""
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
