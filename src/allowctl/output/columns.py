"""The table's columns: what each says of a row, in plain ASCII."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount, Everything, Item
from allowctl.model.missing import Missing
from allowctl.model.report import Record, Scan
from allowctl.output import names
from allowctl.output.amounts import brief, movable
from allowctl.output.family import is_copy
from allowctl.output.money import age, at_risk, dollars
from allowctl.output.reasons import level, reasons
from allowctl.output.view import Row
from allowctl.risk.rule import DAY

SHORT_ID = 8
"""Digits of a fingerprint in the table: enough to name it to `allowctl explain`."""
_SYMBOL = 10
_SHORT_SYMBOL = 8
_LONG_ITEM = 10**9
_ADDRESS = 42
_SHORT_ADDRESS = 13
_REASON = 30

Text = Callable[[Record, Scan], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its heading, and its cell for a row."""

    heading: str
    cell: Callable[[Row, Scan, int], str]
    """Of a row of a scan, in no more columns than that if it can give way."""
    justify: Literal["left", "right"] = "left"
    least: int | None = None
    """Columns down to which it gives way; None: not at all."""


def fingerprint(record: Record, scan: Scan) -> str:
    """The approval's whole fingerprint."""
    return record.allowance.fingerprint(scan.chain.id)


def _amount(record: Record, _scan: Scan) -> str:
    """What is granted, without the token's name."""
    match record.allowance.grant:
        case Item(token_id=token_id) if token_id < _LONG_ITEM:
            return f"#{token_id}"
        case Item(token_id=token_id):
            return f"#{str(token_id)[:5]}..."
        case Everything():
            return "all items"
        case Amount(amount=granted, maximum=maximum):
            if granted >= maximum or record.unlimited:
                return "unlimited"
            return brief(granted, record.token.decimals)


def _age(record: Record, scan: Scan) -> str:
    """Since the last event that raised it."""
    raised = record.raised_at
    if isinstance(raised, Missing):
        return age(raised)
    return age(max(0, scan.as_of.timestamp - raised) // DAY)


def _token(record: Record, _scan: Scan) -> str:
    token = record.token
    return f"{names.token_name(token, _SYMBOL)} {names.short(token.address)}"


def _token_whole(record: Record, _scan: Scan) -> str:
    token = record.token
    return f"{checksum(token.address)} {names.token_name(token, _SYMBOL)}"


def _kind(record: Record, scan: Scan) -> str:
    kind = record.allowance.candidate.kind
    return f"{kind} copy" if is_copy(record, scan) else str(kind)


def _loss(row: Row, _scan: Scan, _room: int) -> str:
    loss = row.audited.expected_loss
    return "-" if loss is None else dollars(loss)


def _plain(heading: str, text: Text) -> Column:
    """A column of words."""
    return Column(
        heading=heading, cell=lambda row, scan, _: text(row.audited.record, scan)
    )


def _figure(heading: str, text: Text) -> Column:
    """A column of figures."""
    return Column(
        heading=heading,
        cell=lambda row, scan, _: text(row.audited.record, scan),
        justify="right",
    )


COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "rank": Column(
            heading="#", cell=lambda row, _scan, _: str(row.rank), justify="right"
        ),
        "level": Column(heading="level", cell=lambda row, _scan, _: level(row.audited)),
        "value": _figure("at risk", lambda record, _: at_risk(record)),
        "token": _plain("token", _token),
        "symbol": _plain(
            "token", lambda record, _: names.token_name(record.token, _SHORT_SYMBOL)
        ),
        "token-address": _plain("token", _token_whole),
        "spender": Column(
            heading="spender",
            cell=lambda row, _, room: names.spender(row.audited.record.spender, room),
            least=_SHORT_ADDRESS,
        ),
        "spender-address": Column(
            heading="spender",
            cell=lambda row, _, room: names.spender_whole(
                row.audited.record.spender, room
            ),
            least=_ADDRESS,
        ),
        "amount": _figure("amount", _amount),
        "movable": _figure("can move now", lambda record, _: movable(record)),
        "age": _figure("age", _age),
        "kind": _plain("kind", _kind),
        "points": Column(
            heading="points",
            cell=lambda row, _scan, _: str(row.audited.points),
            justify="right",
        ),
        "loss": Column(heading="expected loss", cell=_loss, justify="right"),
        "id": _plain("id", lambda record, scan: fingerprint(record, scan)[:SHORT_ID]),
        "why": Column(
            heading="why",
            cell=lambda row, _, room: reasons(row.audited, room),
            least=_REASON,
        ),
    }
)
"""By the names that --columns takes."""
