"""The owners that --owners-file lists: one to a line, or a column of a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from allowctl.errors import UsageError

LONGEST = 100_000
"""Owners in one file at most."""
_COLUMNS = ("address", "owner")
_CHAIN = "chain"
_DELIMITERS = ",;\t"
_FORMS = "one owner to a line, or CSV with a column called address or owner"

_Owner = TypeVar("_Owner")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where in a row the owner stands, and where its chain, if there is a column."""

    owner: int = 0
    chain: int | None = None


@overload
def owners_file(text: str) -> list[str]: ...


@overload
def owners_file(text: str, parse: Callable[[str], _Owner]) -> list[_Owner]: ...


def owners_file(text: str, parse: Callable[[str], Any] = str) -> list[Any]:
    """What `parse` makes of each owner, in the order of the file.

    Plain text or CSV (RFC 4180; semicolons and tabs separate as well), with or
    without a header, a byte order mark, `#` comments and blank lines. A `chain`
    column, by name or id, makes an EIP-3770 or CAIP-10 owner of the row. UsageError
    with the line's number, also for what `parse` refuses, for a file without an
    owner and for one with more than LONGEST.
    """
    found: list[Any] = []
    layout: _Layout | None = None
    headed = False
    for line, row in _rows(text.removeprefix("\ufeff")):
        if layout is None:
            layout = _header(line, row)
            headed = layout is not None
            if headed:
                continue
            layout = _Layout()
        if len(found) == LONGEST:
            raise UsageError(
                f"line {line}: more than {LONGEST:,} owners in one file",
                hint="split it",
            )
        try:
            found.append(parse(_written(row, layout)))
        except UsageError as error:
            unheaded = not found and not headed and len(row) > 1
            hint = _FORMS if unheaded else error.hint
            raise UsageError(f"line {line}: {error.message}", hint=hint) from None
    if not found:
        raise UsageError("the owners' file names no owner", hint=_FORMS)
    return found


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, each with the number of its first line."""
    lines = list(_without_comments(text))
    first = next((line for line in lines if line.strip()), "")
    delimiter = next((each for each in _DELIMITERS if each in first), ",")
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise UsageError(
                f"line {line}: a quoted field does not end, or is too long",
                hint=_FORMS,
            ) from None
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield line, cells


def _without_comments(text: str) -> Iterator[str]:
    """The lines, those blank that start with #: but not inside of quotes."""
    quoted = False
    for line in io.StringIO(text, newline=None):
        if not quoted and line.lstrip().startswith("#"):
            yield "\n"
        else:
            quoted ^= line.count('"') % 2 == 1
            yield line


def _header(line: int, row: list[str]) -> _Layout | None:
    """Where a header puts the owner; None if the first row is none."""
    names = [cell.lower() for cell in row]
    for wanted in (*_COLUMNS, _CHAIN):
        if names.count(wanted) > 1:
            raise UsageError(f"line {line}: two columns are called {wanted}")
    for wanted in _COLUMNS:
        if wanted in names:
            return _Layout(
                owner=names.index(wanted),
                chain=names.index(_CHAIN) if _CHAIN in names else None,
            )
    return None


def _written(row: list[str], layout: _Layout) -> str:
    """An owner as it would be typed. UsageError if the row has none, or two chains."""
    owner = row[layout.owner] if layout.owner < len(row) else ""
    owner = owner.partition("#")[0].strip()
    if not owner:
        raise UsageError("no owner in this row")
    if layout.chain is None or layout.chain >= len(row) or not row[layout.chain]:
        return owner
    if ":" in owner:
        raise UsageError("the owner names a chain, and so does its column")
    chain = row[layout.chain]
    return f"eip155:{chain}:{owner}" if chain.isdigit() else f"{chain}:{owner}"
