"""The order in which to fix things: docs/risk.md says it in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from types import MappingProxyType

from allowctl.model.finding import Level
from allowctl.model.report import AuditedRecord

Key = tuple[int | Decimal | str, ...]

STANDING: Mapping[Level, int] = MappingProxyType(
    {
        Level.CRITICAL: 4,
        Level.HIGH: 3,
        Level.MEDIUM: 2,
        Level.UNKNOWN: 2,
        Level.LOW: 1,
        Level.INFO: 0,
    }
)
"""Levels in the order of the ranking: an unknown one may hide any, and is taken for
medium, as its chance is."""

_LEAST = Decimal(-1)
"""Below every expected loss."""
_NOTHING = Decimal(0)


class _Place(IntEnum):
    """What decides before anything is compared in dollars."""

    CRITICAL = 0
    CRITICAL_UNPRICED = 1
    CRITICAL_EMPTY = 2
    AT_RISK = 3
    EMPTY = 4


def ranked(rows: Iterable[AuditedRecord]) -> tuple[AuditedRecord, ...]:
    """All rows of one scan, the most urgent first, whatever order they came in.

    Spam comes last and moves nothing else. Critical first: by expected loss, then
    the unpriced, then those that have nothing to take. Then what can lose
    something, by expected loss; an unpriced row stands above every priced one of a
    lower level. Then what has nothing to take, by level. What is equal in that
    goes by level, value and points, in the end by what it is.
    """
    some = tuple(rows)
    return tuple(
        row
        for spam in (False, True)
        for row in _ranked([each for each in some if each.spam is spam])
    )


def _ranked(rows: Sequence[AuditedRecord]) -> list[AuditedRecord]:
    below = _greatest_below(rows)
    return sorted(rows, key=lambda row: _key(row, below))


def _key(row: AuditedRecord, below: Mapping[int, Decimal]) -> Key:
    place, standing = _place(row), STANDING[row.level]
    loss, value = row.expected_loss, row.record.usd
    guessed = loss is None and place is _Place.AT_RISK
    if loss is None:
        loss = below[standing] if guessed else _NOTHING
    return (
        place,
        -loss,
        # At the same loss a guessed one stands for "just above it".
        not guessed,
        -standing,
        -(_NOTHING if value is None else value),
        -row.points,
        # Beyond what is counted, too: of two at the cap one has more against it.
        -sum(finding.points for finding in row.findings),
        *_identity(row),
    )


def _place(row: AuditedRecord) -> _Place:
    critical = row.level is Level.CRITICAL
    if _empty(row):
        return _Place.CRITICAL_EMPTY if critical else _Place.EMPTY
    if not critical:
        return _Place.AT_RISK
    unpriced = row.expected_loss is None
    return _Place.CRITICAL_UNPRICED if unpriced else _Place.CRITICAL


def _empty(row: AuditedRecord) -> bool:
    """Whether nothing can be lost by it now, as far as that is known."""
    if row.expected_loss is not None:
        return row.expected_loss == 0
    return row.record.idle


def _greatest_below(rows: Iterable[AuditedRecord]) -> dict[int, Decimal]:
    """By standing: the greatest expected loss of the priced rows that stand lower."""
    greatest = dict.fromkeys(STANDING.values(), _LEAST)
    for row in rows:
        if row.expected_loss is not None and _place(row) is _Place.AT_RISK:
            standing = STANDING[row.level]
            greatest[standing] = max(greatest[standing], row.expected_loss)
    return {
        standing: max((greatest[low] for low in range(standing)), default=_LEAST)
        for standing in greatest
    }


def _identity(row: AuditedRecord) -> Key:
    """What tells it from every other row; it decides nothing but ties."""
    allowance = row.record.allowance
    candidate = allowance.candidate
    return (
        candidate.owner,
        candidate.kind,
        candidate.token,
        allowance.spender,
        candidate.contract,
        str(candidate.token_id),
    )
