"""The rows of the outcomes' table, in the columns that fit a width."""

from __future__ import annotations

from collections.abc import Iterator

from allowctl.codec.shown import printable
from allowctl.model.chain import Chain
from allowctl.model.outcome import Outcome, Result, Transacted
from allowctl.output.amounts import brief
from allowctl.output.change_words import granted, spender, token
from allowctl.output.columns import SHORT_ID
from allowctl.output.grid import GAP, Body, Head, Note, widths
from allowctl.output.names import short
from allowctl.output.open_ends import SAID

MIDDLE = 100
"""Columns from which a token has its short address."""
NARROW = 76
"""Columns from which what it was stands beside what is left of it."""
_SYMBOL = 8
_SHORT_ADDRESS = 13
_ENOUGH = 100
"""Columns that no spender needs."""

_WAS = Head(text="was", justify="right")
_HEADS = (
    Head(text="#", justify="right"),
    Head(text="verdict"),
    Head(text="token"),
    Head(text="spender", least=_SHORT_ADDRESS),
    _WAS,
    Head(text="left", justify="right"),
)
_SPENDER = 3


def grid(result: Result, width: int) -> tuple[list[Head], list[int], list[Body]]:
    """Headings, the width of each column, and a row for each outcome."""
    at = [n for n, head in enumerate(_HEADS) if head is not _WAS or width >= NARROW]
    heads = [_HEADS[n] for n in at]
    every = [
        _cells(number, each, width) for number, each in enumerate(result.outcomes, 1)
    ]
    cells = [[row[n] for n in at] for row in every]
    columns = widths(heads, cells, width)
    for each, row in zip(result.outcomes, cells, strict=True):
        row[_SPENDER] = spender(each.change, columns[_SPENDER])
    below = [list(_below(each, result, width)) for each in result.outcomes]
    return (
        heads,
        columns,
        [Body(cells=row, below=notes) for row, notes in zip(cells, below, strict=True)],
    )


def _cells(number: int, of: Outcome, width: int) -> list[str]:
    change = of.change
    name = token(change, _SYMBOL)
    if width >= MIDDLE:
        name = f"{name} {short(change.allowance.candidate.token)}"
    return [
        str(number),
        of.verdict.value,
        name,
        spender(change, _ENOUGH),
        granted(change, change.before, brief),
        "not read" if of.left is None else granted(change, of.left, brief),
    ]


def _below(of: Outcome, result: Result, width: int) -> Iterator[Note]:
    """Its id and its transactions; why, where there is more to be said."""
    lead, rest = of.change.fingerprint[:SHORT_ID] + GAP, " " * (SHORT_ID + len(GAP))
    sent = [each for each in result.transacted if each.number in of.steps]
    for each in sent:
        yield Note(lead=lead, text=became(each, result.plan.chain))
        lead = rest
    if not sent:
        yield Note(lead=lead, text="nothing was sent")
    said = printable(of.note, SAID)
    was = "" if width >= NARROW else f"was {granted(of.change, of.change.before)}"
    more = "; ".join(filter(None, (was, said)))
    if more:
        yield Note(lead=rest, text=more)


def became(of: Transacted, chain: Chain) -> str:
    """Where its transaction can be looked at, and what became of it."""
    if of.receipt is None:
        newest = of.hashes[-1] if of.hashes else ""
        return f"{link(newest, chain)} not mined"
    end = "mined" if of.receipt.succeeded else "failed"
    return f"{link(of.receipt.transaction, chain)} {end} in block {of.receipt.block}"


def link(transaction: str, chain: Chain) -> str:
    """Where a transaction can be looked at; its hash where no explorer is known."""
    if not chain.explorer:
        return printable(transaction, SAID)
    return printable(f"{chain.explorer}/tx/{transaction}", SAID)
