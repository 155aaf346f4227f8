"""The table's columns: names, cells, and how much room they need."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount, Everything, Item, Kind
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import AuditedRecord, Record
from allowctl.output.columns import COLUMNS, fingerprint
from allowctl.output.family import is_copy
from allowctl.output.view import Row
from allowctl.risk.audit import audit
from tests import build
from tests.markdown import rows as table_rows
from tests.markdown import text_of
from tests.output import anything, wallet

WIDE = 10_000


def cell(name: str, of: Record | AuditedRecord, room: int = WIDE) -> str:
    audited = audit([of], build.context()).records[0] if isinstance(of, Record) else of
    scan = build.scan(allowances=(audited,))
    return COLUMNS[name].cell(Row(rank=7, audited=audited), scan, room)


@given(anything.records(), st.integers(0, 120))
def test_any_cell_is_a_line_of_plain_text(record: Record, room: int) -> None:
    """Whatever anybody says; and in the room that there is, down to the least."""
    (audited,) = audit([record], build.context()).records
    for name, column in COLUMNS.items():
        text = cell(name, audited)
        assert text.isascii()
        assert text.isprintable()
        assert text.strip()
        assert not any(mark in text for mark in ("://", "::", "##"))
        if column.least is None:
            assert cell(name, audited, room) == text
        else:
            assert len(cell(name, audited, room)) <= max(room, column.least)


def test_columns_are_documented() -> None:
    """Each has its line in docs/cli.md, and no other."""
    section = text_of("docs/cli.md").split("### Columns")[1].split("\n## ")[0]
    listed = re.findall(r"`([a-z-]+)`", " ".join(row[0] for row in table_rows(section)))

    assert sorted(listed) == sorted(COLUMNS)


def test_addresses_are_never_cut() -> None:
    """A column that has a whole one keeps it, however narrow."""
    record = wallet.records()[0]
    for name, address in (
        ("spender-address", record.spender.address),
        ("token-address", record.token.address),
    ):
        assert checksum(address) in cell(name, record, 1)
    assert cell("spender", record, 1) == "0x17F2...feE5"
    assert cell("spender", record) == '"A bridge of renown" 0x17F2...feE5'
    assert cell("spender", record, 25) == '"A brid..." 0x17F2...feE5'


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        (build.record(), "0.001"),
        (build.record(build.allowance(build.amount(2**256 - 1))), "unlimited"),
        (build.record(build.allowance(build.amount(10**15))), "unlimited"),
        (build.record(build.allowance(build.amount(10**13))), "10,000,000"),
        (build.record(build.allowance(build.amount(10**14 + 1))), "~100M"),
        (build.record(build.allowance(kind=Kind.ERC721, token_id=42)), "#42"),
        (build.record(build.allowance(Item(token_id=10**12))), "#10000..."),
        (build.record(build.allowance(Everything(), kind=Kind.OPERATOR)), "all items"),
    ],
)
def test_amounts(record: Record, shown: str) -> None:
    """Unlimited is said, not written out; a large number is cut."""
    assert cell("amount", record) == shown


@pytest.mark.parametrize(
    ("raised_at", "shown"),
    [
        (build.NOW, "<1 d"),
        (build.NOW + 50, "<1 d"),
        (build.NOW - 86_400, "1 d"),
        (build.NOW - 86_400 * 1_095, "3.0 y"),
        (Missing(Lack.FAILED, "no"), "?"),
    ],
)
def test_ages(raised_at: int | Missing, shown: str) -> None:
    """Since the block that raised it; a block of the future is young."""
    assert cell("age", build.record(raised_at=raised_at)) == shown


def test_ids_name_rows() -> None:
    """The beginning of the fingerprint that JSON has."""
    record = wallet.records()[0]
    whole = fingerprint(record, build.scan())

    assert re.fullmatch(r"[0-9a-f]{32}", whole)
    assert cell("id", record) == whole[:8]
    assert json.dumps(whole) == f'"{record.allowance.fingerprint(1)}"'


def test_a_copy_of_permit2_is_told_from_permit2() -> None:
    """Anyone can deploy one that says things."""
    own = build.record(build.allowance(kind=Kind.PERMIT2))
    copy = build.record(build.allowance(kind=Kind.PERMIT2, contract=wallet.COPY))

    assert (cell("kind", own), is_copy(own, build.scan())) == ("permit2", False)
    assert (cell("kind", copy), is_copy(copy, build.scan())) == ("permit2 copy", True)


def test_judgement() -> None:
    """Rank, level, points, value and loss of a row."""
    record = wallet.records()[0]
    found = {name: cell(name, record) for name in COLUMNS}

    assert (found["rank"], found["level"], found["points"]) == ("7", "critical", "100")
    assert (found["value"], found["loss"]) == ("$9,875", "$7,406")
    assert found["movable"] == "10,000"
    assert cell("loss", build.record()) == "-"


def test_amounts_have_a_maximum() -> None:
    """What fits between the others at eighty columns."""
    for exponent in range(78):
        for decimals in (None, 0, 6, 18):
            record = build.record(
                build.allowance(Amount(amount=10**exponent + 1, maximum=2**256)),
                token=build.token_facts(decimals=decimals, total_supply=None),
            )
            assert len(cell("amount", record)) <= 13
