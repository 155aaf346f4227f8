"""A scan's rows as the table has them at a width."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount
from allowctl.model.chain import Address
from allowctl.model.report import Record, Scan
from allowctl.output.amounts import until
from allowctl.output.columns import COLUMNS, SHORT_ID, fingerprint
from allowctl.output.family import inside, is_copy, is_root
from allowctl.output.grid import GAP, Body, Head, Note, widths
from allowctl.output.reasons import reasons
from allowctl.output.view import Row

WIDE = 160
"""Columns from which a row has its spender's whole address, and label."""
MIDDLE = 100
"""Columns from which a token has its short address."""
NARROW = 76
"""Columns from which amount and age stand beside the rest."""
_ROWS_OF_A_TOKEN = 20
_LISTED = 6
_ENOUGH = 10_000
"""Columns that no cell needs."""

_FIRST = ("rank", "level", "value")
_AT_WIDE = (*_FIRST, "token", "spender-address", "amount", "age")
_AT_MIDDLE = (*_FIRST, "token", "spender", "amount", "age")
_AT_NARROW = (*_FIRST, "symbol", "spender", "amount", "age")
_AT_NARROWEST = (*_FIRST, "symbol", "spender")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What is printed as a table."""

    names: tuple[str, ...]
    heads: list[Head]
    columns: list[int]
    """The width of each."""
    bodies: list[Body]
    rows: list[Row]
    """Beside the bodies, one for one."""
    left_out: list[str]
    """What a contract with very many rows has left out, in sentences."""


def grid(
    rows: Sequence[Row], scan: Scan, width: int, chosen: tuple[str, ...] = ()
) -> Grid:
    """The rows in the columns that were chosen, or in those that fit the width.

    Where nobody chose any, what has no column stands below its row.
    """
    names = chosen or _names_at(width)
    kept, left_out = _capped(rows)
    heads = [
        Head(text=each.heading, justify=each.justify, least=each.least)
        for each in (COLUMNS[name] for name in names)
    ]
    cells = [[COLUMNS[name].cell(row, scan, _ENOUGH) for name in names] for row in kept]
    columns = widths(heads, cells, width)
    for at, name in enumerate(names):
        for row, line in zip(kept, cells, strict=True):
            if len(line[at]) > columns[at]:
                line[at] = COLUMNS[name].cell(row, scan, columns[at])
    below = _Below(scan=scan, room=width - columns[0] - len(GAP), names=names)
    return Grid(
        names=names,
        heads=heads,
        columns=columns,
        bodies=[
            Body(cells=line, below=() if chosen else list(below.of(row)))
            for row, line in zip(kept, cells, strict=True)
        ],
        rows=kept,
        left_out=left_out,
    )


def _names_at(width: int) -> tuple[str, ...]:
    if width >= WIDE:
        return _AT_WIDE
    if width >= MIDDLE:
        return _AT_MIDDLE
    return _AT_NARROW if width >= NARROW else _AT_NARROWEST


def _capped(rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """So many rows of a token at the most, and what was left out.

    A contract that answers what it likes can have any number of rows for the
    price of their logs; it must not bury the others.
    """
    seen: Counter[Address] = Counter()
    kept = []
    for row in rows:
        token = row.audited.record.token.address
        seen[token] += 1
        if seen[token] <= _ROWS_OF_A_TOKEN:
            kept.append(row)
    return kept, [
        f"and {count - _ROWS_OF_A_TOKEN} more rows of {checksum(token)}: "
        "--format json has them all"
        for token, count in seen.items()
        if count > _ROWS_OF_A_TOKEN
    ]


class _Below:
    """What stands below the rows of a scan."""

    def __init__(self, *, scan: Scan, room: int, names: Sequence[str]) -> None:
        self._scan = scan
        self._room = room - SHORT_ID - len(GAP)
        self._names = names
        self._inside = {
            token: [rank for rank, _ in rows] for token, rows in inside(scan).items()
        }
        self._roots = {
            each.record.allowance.candidate.token: rank
            for rank, each in enumerate(scan.allowances, 1)
            if is_root(each.record, scan)
        }

    def of(self, row: Row) -> Iterator[Note]:
        """Its id and reasons; how it hangs together with other rows."""
        record = row.audited.record
        yield Note(
            lead=fingerprint(record, self._scan)[:SHORT_ID] + GAP,
            text=reasons(row.audited, self._room),
        )
        notes = "; ".join(self._notes(row))
        if notes:
            yield Note(lead=" " * (SHORT_ID + len(GAP)), text=notes)

    def _notes(self, row: Row) -> Iterator[str]:
        record = row.audited.record
        if "amount" not in self._names:
            for name in ("amount", "age"):
                column = COLUMNS[name]
                said = column.cell(row, self._scan, _ENOUGH)
                yield f"{column.heading} {said}"
        token = record.allowance.candidate.token
        if is_root(record, self._scan) and token in self._inside:
            ranks = self._inside[token]
            more = len(ranks) - _LISTED
            yield f"inside it: {', '.join(f'#{rank}' for rank in ranks[:_LISTED])}" + (
                f" and {more} more" if more > 0 else ""
            )
        match record.allowance.grant:
            case Amount(expiration=int(expiration)):
                yield f"inside {self._permit2(record)}, {until(expiration)}"
            case _:
                pass
        if record.token.ambiguous:
            yield "answers as ERC-20 and ERC-721 at once (ERC-404)"

    def _permit2(self, record: Record) -> str:
        candidate = record.allowance.candidate
        if is_copy(record, self._scan):
            return f"a copy of Permit2, {checksum(candidate.contract)}"
        root = self._roots.get(candidate.token)
        return "Permit2" if root is None else f"Permit2 (#{root})"
