"""A scan's rows in a table: how they hang together, at any width."""

from __future__ import annotations

import pytest

from allowctl.codec.words import checksum
from allowctl.model.approval import Kind
from allowctl.model.report import Record
from allowctl.output.names import label_text
from allowctl.output.rows import MIDDLE, NARROW, WIDE, Grid, grid
from allowctl.output.view import Row
from allowctl.risk.audit import audit
from tests import build
from tests.output import wallet


def table(*records: Record, width: int = 120, chosen: tuple[str, ...] = ()) -> Grid:
    rows = audit(records, build.context()).records
    every = [Row(rank=rank, audited=each) for rank, each in enumerate(rows, 1)]
    return grid(every, build.scan(allowances=rows), width, chosen)


def notes(found: Grid) -> list[list[str]]:
    """What stands below each row, but for its reasons."""
    return [[note.text for note in body.below][1:] for body in found.bodies]


@pytest.mark.parametrize(
    ("width", "has", "lacks"),
    [
        (WIDE, {"spender-address", "token", "amount"}, {"symbol", "spender", "why"}),
        (WIDE - 1, {"spender", "token", "amount"}, {"id", "why"}),
        (MIDDLE - 1, {"symbol", "spender", "amount", "age"}, {"token"}),
        (NARROW - 1, {"symbol", "spender"}, {"amount", "age"}),
    ],
)
def test_columns_by_width(width: int, has: set[str], lacks: set[str]) -> None:
    """Rank, level and value on every screen, the others as there is room."""
    names = set(table(*wallet.records(), width=width).names)

    assert has | {"rank", "level", "value"} <= names
    assert not lacks & names


@pytest.mark.parametrize("width", [WIDE - 1, WIDE, 200, 240])
def test_wide_screens_have_no_less(width: int) -> None:
    """All the reasons with their points that 120 columns have, and whole labels."""
    middle, wide = table(*wallet.records()), table(*wallet.records(), width=width)
    for row, before, after in zip(wide.rows, middle.bodies, wide.bodies, strict=True):
        assert len(after.below[0].text) >= len(before.below[0].text)
        label = row.audited.record.spender.label
        if label is not None and width >= WIDE:
            cell = after.cells[wide.names.index("spender-address")]
            assert label_text(label.text, label.source) in cell


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_amount_age_id_and_reason_are_always_there(width: int) -> None:
    """In a column or below the row."""
    found = table(wallet.records()[0], width=width)
    text = " ".join(
        [*found.bodies[0].cells, *(n.lead + n.text for n in found.bodies[0].below)]
    )

    for each in ("unlimited", "3.3 y", "fae4b3e3", "spender was exploited"):
        assert each in text


def test_permit2_and_what_is_inside_it_name_each_other() -> None:
    """By rank: the root tells its children, each of them the root."""
    root, router, exchange, copy = wallet.permit2()
    assert notes(table(root, router, exchange)) == [
        ["inside it: #2, #3"],
        ["inside Permit2 (#1), until 2026-09-21 15:13:20 UTC"],
        ["inside Permit2 (#1), until 2026-09-21 15:13:20 UTC"],
    ]
    assert notes(table(router)) == [["inside Permit2, until 2026-09-21 15:13:20 UTC"]]
    assert notes(table(root)) == [[]]
    assert notes(table(copy)) == [
        [f"inside a copy of Permit2, {checksum(wallet.COPY)}, for ever"]
    ]


def test_a_copy_is_nobody_s_child() -> None:
    """What stands in a Permit2 of somebody else does not go through ours."""
    root, _, _, copy = wallet.permit2()
    inside, outside = notes(table(root, copy))[::-1]

    assert inside == []
    assert "#" not in outside[0]


def test_many_children_are_counted() -> None:
    """Six by name."""
    root, router, *_ = wallet.permit2()
    many = [
        build.record(
            build.allowance(
                build.child(n + 1),
                kind=Kind.PERMIT2,
                token=router.token.address,
                spender=build.address(n),
            )
        )
        for n in range(9)
    ]
    (told,) = (
        note
        for each in notes(table(root, *many))
        for note in each
        if note.startswith("inside it")
    )

    assert told.endswith("#7 and 3 more")


def test_chosen_columns_stand_alone() -> None:
    """Nothing below a row: whoever chooses columns reads them by a program."""
    found = table(*wallet.records()[:3], chosen=("id", "why"))

    assert found.names == ("id", "why")
    assert [body.below for body in found.bodies] == [(), (), ()]
    assert [len(body.cells) for body in found.bodies] == [2, 2, 2]


def test_a_token_with_very_many_rows() -> None:
    """Twenty of them are shown, the others counted; other tokens have theirs."""
    flood = [
        build.record(build.allowance(spender=build.address(1_000 + n)))
        for n in range(25)
    ]
    other = wallet.records()[0]
    found = table(*flood, other)

    assert len(found.rows) == 21
    assert found.left_out == [
        f"and 5 more rows of {checksum(build.TOKEN)}: --format json has them all"
    ]


def test_two_things_at_once() -> None:
    """A token that answers as two standards says so in its row."""
    both = wallet.items()[2]
    assert notes(table(both)) == [["answers as ERC-20 and ERC-721 at once (ERC-404)"]]
