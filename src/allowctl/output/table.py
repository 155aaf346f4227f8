"""The report for people: what was scanned, what was found, what could not be read."""

from __future__ import annotations

import io
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount, Kind
from allowctl.model.chain import Address
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Level
from allowctl.model.report import AuditedRecord, Record, Report, Scan
from allowctl.output import account, overview
from allowctl.output.amounts import granted, movable, until
from allowctl.risk.rules import TITLES

WIDE = 118
"""Columns from which the reasons fit beside a whole address."""
_WHOLE = 66
"""Columns of a line with a whole address and what stands there."""
_ROWS_OF_A_TOKEN = 20
_NARROWEST = 60
"""Columns below which a row has no room for an address: the terminal breaks it."""

# box.SIMPLE_HEAD in ASCII: not every stdout can take more.
_BOX = box.Box("    \n" * 2 + " -- \n" + "    \n" * 5, ascii=True)

_STYLES = {
    Level.CRITICAL: "bold red",
    Level.HIGH: "red",
    Level.MEDIUM: "yellow",
    Level.LOW: "cyan",
    Level.INFO: "dim",
}
_SPENDERS = {
    SpenderKind.CONTRACT: "contract",
    SpenderKind.EOA: "EOA",
    SpenderKind.DELEGATED_EOA: "EOA, delegated",
    SpenderKind.UNUSED: "unused",
    SpenderKind.UNKNOWN: "not read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where the text will stand."""

    width: int = WIDE
    colors: Literal["standard", "256", "truecolor"] | None = None


def render(report: Report, screen: Screen, *, show_dead: bool = False) -> str:
    """Every scan under the other. Addresses are never cut, whatever the width."""
    text = io.StringIO()
    screen = replace(screen, width=max(screen.width, _NARROWEST))
    console = Console(
        file=text,
        width=screen.width,
        force_terminal=screen.colors is not None,
        color_system=screen.colors,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    several = len(report.scans) > 1
    elsewhere = overview.shared(report) if several else None
    for number, scan in enumerate(report.scans, 1):
        who, *rest = account.scanned(scan)
        if several:
            text.write("=" * screen.width + "\n")
            who = f"{number} of {len(report.scans)}: {who}"
        text.write(_wrapped([who, *rest], screen))
        if scan.allowances:
            console.print(_table(scan, screen))
            text.write(_wrapped(_capped(scan)[1], screen))
        else:
            text.write("\n")
        text.write(_wrapped(account.found(scan), screen))
        below = account.sections(scan, show_dead=show_dead, elsewhere=elsewhere)
        for heading, body in below:
            _section(console, screen, heading, body)
        text.write("\n")
    _end(report, console, screen, elsewhere or ())
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    return "\n".join(lines).strip("\n") + "\n"


def _end(
    report: Report, console: Console, screen: Screen, elsewhere: Sequence[str]
) -> None:
    """What is true of all scans together."""
    several = len(report.scans) > 1
    if several:
        console.file.write("=" * screen.width + "\n")
    if report.unscanned:
        heading = "NOT SCANNED (nothing is known of all blocks)"
        _section(console, screen, heading, overview.not_scanned(report))
    if elsewhere:
        _section(console, screen, "Not seen by any of these scans", elsewhere)
    if several:
        _section(console, screen, "In all", list(overview.totals(report)))
    steps = list(overview.next_steps(report))
    if steps and (several or report.unscanned):
        _section(console, screen, "What to do next", steps)


def _section(
    console: Console, screen: Screen, heading: str, body: Sequence[str]
) -> None:
    console.file.write("\n")
    console.print(Text(heading, style="bold"))
    console.file.write(_wrapped(body, screen, indent="  "))


def _table(scan: Scan, screen: Screen) -> Table:
    """One row for each allowance; narrow screens have the reasons below it."""
    beside = screen.width >= WIDE
    table = Table(box=_BOX, pad_edge=False, padding=(0, 1))
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("level", no_wrap=True)
    width = _WHOLE if beside else None
    table.add_column("who may take what", overflow="fold", min_width=width)
    if beside:
        table.add_column("why", overflow="fold")
    shown, _ = _capped(scan)
    for number, each in shown:
        reasons = list(_reasons(each, scan))
        what = _what(each.record, scan)
        if not beside:
            what += [f"         {reason}" for reason in reasons]
        last = number == shown[-1][0]
        table.add_row(
            str(number),
            Text(str(each.level), style=_STYLES[each.level]),
            _lines((*what, *([] if last else [""]))),
            *([_lines(reasons)] if beside else []),
        )
    return table


def _capped(
    scan: Scan,
) -> tuple[list[tuple[int, AuditedRecord]], list[str]]:
    """The rows by rank, so many of a token at the most, and what was left out.

    A contract that answers what it likes can have any number of rows for the
    price of their logs; it must not bury the others.
    """
    seen: Counter[Address] = Counter()
    kept = []
    for number, each in enumerate(scan.allowances, 1):
        token = each.record.token.address
        seen[token] += 1
        if seen[token] <= _ROWS_OF_A_TOKEN:
            kept.append((number, each))
    return kept, [
        f"and {count - _ROWS_OF_A_TOKEN} more rows of {checksum(token)}: "
        "--format json has them all"
        for token, count in seen.items()
        if count > _ROWS_OF_A_TOKEN
    ]


def _what(record: Record, scan: Scan) -> list[str]:
    candidate = record.allowance.candidate
    lines = [
        f"{candidate.kind}: {granted(record)}, {movable(record)} can move now",
        f"token    {checksum(record.token.address)}",
        f"spender  {checksum(record.spender.address)} {_spender(record)}",
    ]
    if _in_a_copy(record, scan):
        lines.append(f"in       {checksum(candidate.contract)}")
    return lines


def _in_a_copy(record: Record, scan: Scan) -> bool:
    """Whether it stands in a Permit2 that is not the chain's own."""
    candidate = record.allowance.candidate
    return candidate.kind is Kind.PERMIT2 and candidate.contract != scan.chain.permit2


def _spender(record: Record) -> str:
    label = record.spender.label
    kind = _SPENDERS[record.spender.kind]
    return f"{label} ({kind})" if label else kind


def _reasons(each: AuditedRecord, scan: Scan) -> Iterator[str]:
    """The findings by weight, then what else has to be known of the row."""
    for finding in each.findings:
        yield f"{TITLES[finding.rule]} (+{finding.points})"
    if not each.findings:
        yield "nothing found against it"
    record = each.record
    match record.allowance.grant:
        case Amount(expiration=int(expiration)):
            yield until(expiration)
            yield "in a copy of Permit2" if _in_a_copy(record, scan) else "in Permit2"
        case _:
            pass
    if record.token.ambiguous:
        yield "answers as ERC-20 and ERC-721 at once (ERC-404)"


def _lines(lines: Sequence[str]) -> Text:
    return Text("\n".join(lines), overflow="fold")


def _wrapped(lines: Iterable[str], screen: Screen, indent: str = "") -> str:
    """Lines broken between words alone: what is copied from them stays whole."""
    return "".join(
        textwrap.fill(
            line,
            screen.width,
            initial_indent=indent,
            subsequent_indent=indent + "  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        + "\n"
        for line in lines
    )
