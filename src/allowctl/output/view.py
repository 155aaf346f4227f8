"""What of a scan is shown, in what order; nothing is left out without a count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from allowctl.model.finding import Level
from allowctl.model.report import AuditedRecord, Scan


class Sort(StrEnum):
    """What the rows are sorted by."""

    RANK = "rank"
    LEVEL = "level"
    VALUE = "value"
    AGE = "age"
    TOKEN = "token"  # noqa: S105 - a column's name
    SPENDER = "spender"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the person wants to see of what was found."""

    sort: Sort = Sort.RANK
    min_level: Level | None = None
    show_spam: bool = False
    show_dead: bool = False
    columns: tuple[str, ...] = ()
    """The table's, by name; () for those that fit the screen."""
    kept: bool = False
    """Whether `allowctl explain` will know the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An allowance, and its place among all of its scan."""

    rank: int
    """From 1; the same whatever is shown and however it is sorted."""
    audited: AuditedRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The rows of a scan, sorted out."""

    rows: tuple[Row, ...]
    spam: tuple[Row, ...] = ()
    """Not among the rows: they are told of in short."""
    below: int = 0
    """Rows below the level that is asked for."""


def shown(scan: Scan, view: View) -> Shown:
    """The rows that a view has of a scan. Spam below the level is counted there."""
    every = [
        Row(rank=number, audited=each) for number, each in enumerate(scan.allowances, 1)
    ]
    least = view.min_level
    high = [row for row in every if least is None or _counts(row.audited, least)]
    apart = [row for row in high if row.audited.spam and not view.show_spam]
    rows = [row for row in high if not row.audited.spam or view.show_spam]
    return Shown(
        rows=tuple(sorted(rows, key=_KEYS[view.sort])),
        spam=tuple(apart),
        below=len(every) - len(high),
    )


def _counts(audited: AuditedRecord, least: Level) -> bool:
    """Of an unknown level, or one that may be worse, nobody can say it is below."""
    doubtful = bool(audited.failed) or audited.record.half_known
    return audited.level >= least or doubtful


def _by_value(row: Row) -> tuple[object, ...]:
    usd = row.audited.record.usd
    return (usd is None, 0 if usd is None else -usd, row.rank)


def _by_age(row: Row) -> tuple[object, ...]:
    raised = row.audited.record.raised_at
    known = isinstance(raised, int)
    return (not known, raised if known else 0, row.rank)


def _by_token(row: Row) -> tuple[object, ...]:
    """By symbol, without one last; two tokens of one symbol are not mixed."""
    token = row.audited.record.token
    symbol = (token.symbol or "").strip().lower()
    return (not symbol, symbol, token.address, row.rank)


_KEYS: dict[Sort, Callable[[Row], tuple[object, ...]]] = {
    Sort.RANK: lambda row: (row.rank,),
    Sort.LEVEL: lambda row: (-row.audited.level, row.rank),
    Sort.VALUE: _by_value,
    Sort.AGE: _by_age,
    Sort.TOKEN: _by_token,
    Sort.SPENDER: lambda row: (row.audited.record.spender.address, row.rank),
}
