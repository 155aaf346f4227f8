"""`allowctl explain`."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from allowctl.errors import CodecError, UsageError

_FINGERPRINT = re.compile(r"(?:0x)?[0-9a-f]{6,32}")
_LISTED = 8
_WIDTH = 100
"""Columns where no terminal says how many there are."""

What = Annotated[
    str,
    typer.Argument(
        metavar="WHAT",
        show_default=False,
        help="A row's id (6 digits of its fingerprint or more), or a rule's id.",
    ),
]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        show_default="the last scans",
        help="Look the row up in a report that was saved as JSON; - for stdin.",
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="The row as one document, allowctl.row/v1.")
]


def explain(*, what: What, report: ReportFile = None, json: Json = False) -> None:
    """Show one approval in full, as it was last read, or what a rule means."""
    from allowctl.risk.rules import TITLES

    if what in TITLES:
        if json:
            raise UsageError(f"{what} is a rule: its page has no --json")
        _print_page(what)
        return
    prefix = what.lower()
    if not _FINGERPRINT.fullmatch(prefix):
        raise _unknown(what, [*TITLES])
    prefix = prefix.removeprefix("0x")
    rows = _from_report(prefix, report) if report else _remembered(prefix)
    _print(*_only(prefix, rows), json=json)


def _unknown(what: str, rules: Sequence[str]) -> UsageError:
    import difflib

    near = difflib.get_close_matches(what[:64].lower(), rules, n=1)
    return UsageError(
        f"{what[:64]!a} is neither a rule nor 6 to 32 digits of a row's fingerprint",
        hint=f"did you mean {near[0]}?"
        if near
        else "ids of rows stand in the table, rules in docs/rules",
    )


def _remembered(prefix: str) -> Mapping[str, str]:
    """The rows of the last reports whose fingerprints begin so. CacheError."""
    from allowctl.store.paths import state_folder
    from allowctl.store.statedb import StateDb

    file = state_folder() / "state.db"
    if not file.exists():
        return {}
    with StateDb.open(file) as kept:
        return {each.fingerprint: each.document for each in kept.rows(prefix)}


def _from_report(prefix: str, file: Path) -> Mapping[str, str]:
    """The same out of a file. UsageError if it is no report."""
    from allowctl.output import kept_v1

    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return kept_v1.in_report(text, prefix)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a usable name"
        raise UsageError(f"cannot read {str(file)!a}: {why}") from None
    except CodecError as error:
        raise UsageError(
            f"cannot read {str(file)!a}: {error.message}",
            hint="save one with `allowctl scan OWNER -o report.json`",
        ) from None


def _only(prefix: str, rows: Mapping[str, str]) -> tuple[str, str]:
    """The one that is meant. UsageError if there is none, or are several."""
    if not rows:
        raise UsageError(
            f"no row is known whose fingerprint begins with {prefix}",
            hint="scan its owner first, or name a saved report with --report",
        )
    if len(rows) > 1:
        more = f" and {len(rows) - _LISTED} more" if len(rows) > _LISTED else ""
        raise UsageError(
            f"{prefix} is the beginning of several: "
            f"{', '.join([*rows][:_LISTED])}{more}",
            hint="give more digits of the one that is meant",
        )
    ((fingerprint, document),) = rows.items()
    return fingerprint, document


def _print_page(rule: str) -> None:
    """Made for a terminal's width; elsewhere as it is written."""
    from rich.console import Console

    from allowctl.cli.pages import page
    from allowctl.output.page import rendered

    console, text = Console(), page(rule)
    typer.echo(rendered(text, console.width) if console.is_terminal else text, nl=False)


def _print(fingerprint: str, document: str, *, json: bool) -> None:
    from rich.console import Console

    from allowctl.errors import CacheError
    from allowctl.output import explain, kept_v1

    console = Console()
    width = console.width if console.is_terminal else _WIDTH
    try:
        told = kept_v1.read(document, fingerprint)
        text = (
            kept_v1.text(document)
            if json
            else explain.render(told, int(time.time()), width)
        )
    except CodecError as error:
        raise CacheError(
            f"the row {fingerprint} cannot be read: {error.message}",
            hint="scan its owner again",
        ) from None
    typer.echo(text, nl=False)
