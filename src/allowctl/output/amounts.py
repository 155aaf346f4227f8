"""Amounts and times as people read them; integers in, never a float."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Context, Decimal

from allowctl.model.approval import Amount, Everything, Item
from allowctl.model.report import Record
from allowctl.output.names import token_name

_DIGITS = 6
_LONG = 10**15
_WIDEST = 26
"""Characters beyond which an amount is written with a power of ten."""
_SYMBOL = 16
_BRIEF = 12
"""Characters of an amount in a table."""
_POWERS = ((10**12, "T"), (10**9, "B"), (10**6, "M"))
_LAST_SECOND = 253402300799
"""The end of year 9999, beyond which a date has no common form."""


def units(amount: int, decimals: int | None) -> str:
    """Smallest units in whole tokens; as they are where decimals are unknown.

    Never rounded to nothing: what is there but too small to write is "<0.000001".
    """
    if decimals is None:
        return f"{amount:,} raw" if amount < _LONG else f"{_short(amount)} raw"
    whole, rest = divmod(amount, 10**decimals)
    if whole >= _LONG:
        return _short(whole)
    every = str(rest).rjust(decimals, "0")
    digits = every[:_DIGITS].rstrip("0")
    if not whole and rest and not digits:
        return "<0." + "0" * (_DIGITS - 1) + "1"
    about = "~" if every[_DIGITS:].strip("0") else ""
    text = f"{about}{whole:,}.{digits}" if digits else f"{about}{whole:,}"
    return text if len(text) <= _WIDEST else _short(whole)


def brief(amount: int, decimals: int | None) -> str:
    """`units` for a table: digits that it has no room for are cut off, not rounded."""
    text = units(amount, decimals)
    if len(text) <= _BRIEF:
        return text
    if decimals is None:
        return f"{_short(amount)} raw"
    for power, letter in _POWERS:
        if amount >= power * 10**decimals:
            cents, rest = divmod(amount * 100, power * 10**decimals)
            number = f"{cents // 100}.{cents % 100:02}"
            return "~" * bool(rest) + _trimmed(number) + letter
    return "~" + _trimmed(text.removeprefix("~")[: _BRIEF - 1])


def _trimmed(number: str) -> str:
    return number.rstrip("0").rstrip(".")


def granted(record: Record) -> str:
    """What the allowance lets a spender take, in a few words."""
    symbol = token_name(record.token, _SYMBOL)
    match record.allowance.grant:
        case Item(token_id=token_id):
            return f"{symbol} #{token_id}"
        case Everything():
            return f"all {symbol}"
        case Amount(amount=amount, maximum=maximum):
            if amount >= maximum:
                return f"unlimited {symbol}"
            whole = ", all there is" if record.unlimited else ""
            return f"{units(amount, record.token.decimals)} {symbol}{whole}"


def movable(record: Record) -> str:
    """What can move now, in a few words."""
    effective = record.effective
    if effective is None:
        return "unknown"
    match record.allowance.grant:
        case Amount():
            return brief(effective, record.token.decimals)
        case Item() | Everything():
            return f"{effective:,}" if effective < _LONG else _short(effective)


def moment(timestamp: int) -> str:
    """Unix seconds as a date and time in UTC."""
    if timestamp > _LAST_SECOND:
        return "for ever"
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M:%S} UTC"


def until(expiration: int) -> str:
    """The last second of an allowance, in words."""
    last = moment(expiration)
    return last if expiration > _LAST_SECOND else f"until {last}"


def _short(amount: int) -> str:
    return f"{Context(prec=4).create_decimal(Decimal(amount)):.3e}"
