"""What a policy says of its wallets as CSV: a row for everything that was found."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from allowctl.model.evaluation import Evaluation, Violation
from allowctl.output import check_v1
from allowctl.output.check_words import own
from allowctl.output.row_v1 import Json
from allowctl.output.safe import cell

COLUMNS = (
    "status",
    "check",
    "action",
    "fails",
    "level",
    "wallet",
    "chain_id",
    "chain",
    "owner",
    "kind",
    "token",
    "symbol",
    "decimals",
    "spender",
    "spender_kind",
    "spender_label",
    "contract",
    "token_id",
    "amount",
    "unlimited",
    "expiration",
    "raised_at",
    "used_at",
    "value_at_risk_usd",
    "unpriced",
    "rules",
    "message",
    "reason",
    "file",
    "line",
    "key",
    "cover",
    "cover_reason",
    "cover_owner",
    "cover_expires",
    "cover_file",
    "cover_line",
    "cover_key",
    "approval",
    "fingerprint",
)
_FOREIGN = frozenset(
    ("chain", "symbol", "spender_label", "reason", "cover_reason", "cover_owner")
)
"""Columns that hold strangers' words."""
_TEXT = 600
_FORMULA = ("=", "+", "-", "@")

Row = dict[str, object]


def render(evaluation: Evaluation, root: str) -> str:
    """A header and the rows; no cell is a formula.

    `status` is violation, warning or covered, and open_end or forgiven for what was
    not seen.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for row in _rows(evaluation, root):
        writer.writerow({name: _cell(name, value) for name, value in row.items()})
    return text.getvalue()


def _rows(evaluation: Evaluation, root: str) -> Iterator[Row]:
    for each in evaluation.violations:
        found = check_v1.violation(each, root)
        told = {name: found[name] for name in COLUMNS if name in found}
        cover = found["cover"]
        yield {
            **told,
            "status": _status(each),
            "reason": found["refused"],
            **_place(found["place"], ""),
            **(_cover(cover) if isinstance(cover, dict) else {"cover": ""}),
        }
    for end in evaluation.open_ends:
        yield {
            "status": "forgiven" if end.forgiven else "open_end",
            "wallet": None if end.wallet is None else end.wallet.name,
            "chain_id": end.chain_id,
            "chain": end.chain,
            "reason": end.reason,
        }


def _status(of: Violation) -> str:
    if of.cover is not None:
        return "covered"
    return "violation" if of.fails else "warning"


def _cover(cover: Json) -> Row:
    return {
        "cover": cover["kind"],
        "cover_reason": cover["reason"],
        "cover_owner": cover["owner"],
        "cover_expires": cover["expires"],
        **_place(cover["place"], "cover_"),
    }


def _place(place: object, before: str) -> Row:
    of = place if isinstance(place, Mapping) else {}
    return {f"{before}{name}": of.get(name) for name in ("file", "line", "key")}


def _cell(name: str, value: object) -> object:
    """A value as a spreadsheet may have it: no formula, lists in one cell."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return cell(value, _TEXT) if name in _FOREIGN else _own(value)
        case list():
            return _own(" ".join(map(str, value)))
        case _:
            return value


def _own(text: str) -> str:
    """Words of our own, files and keys: whole, and no formula either."""
    shown = own(text, _TEXT).replace(";", "\\x3b")
    return "'" + shown if shown.startswith(_FORMULA) else shown
