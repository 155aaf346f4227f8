"""The owners that a file lists."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.chains.owners import OwnerAddress, OwnerName, parse_owner
from allowctl.chains.owners_file import LONGEST, owners_file
from allowctl.chains.registry import chain_by_id
from allowctl.errors import UsageError
from allowctl.model.chain import Address
from tests.strategies import addresses

A = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
B = "0x" + "22" * 20
C = "0x" + "33" * 20


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{A}\n{B}\n", [A, B]),
        (f"{A}", [A]),
        (f"\ufeff{A}\r\n\r\n  {B}  \r\n", [A, B]),
        (f"{A}\r{B}", [A, B]),
        (f"# ours\n\n{A} # the treasurer's, mostly\n  # it's \"off\n{B}", [A, B]),
        (f"{A}\t# after a tab\n{B}\n", [A, B]),
        (
            f"vitalik.eth\neth:{A}\neip155:10:{B}\n",
            ["vitalik.eth", f"eth:{A}", f"eip155:10:{B}"],
        ),
        (f"Address\n{A}\n", [A]),
        (f"name,Owner ,note\nx,{A},\n,{B},y\n,,\n", [A, B]),
        (f"owner,address\nAlice,{A}\n", [A]),
        (f'\ufeff"address"\n"{A}"\n', [A]),
        (
            f"label;address;chain\nx;{A};base\ny;{B};10\nz;{C};\n",
            [f"base:{A}", f"eip155:10:{B}", C],
        ),
        (f"chain\taddress\n1\t{A}\n", [f"eip155:1:{A}"]),
        (f"address,chain\n{A}\n", [A]),
        (f'{A},treasury\n{B},"two\nlines, one owner"\n{C}\n', [A, B, C]),
        (f'address,note\n{A},"say ""hi"""\n', [A]),
        (f"address,note\n{A},#1\n{B},x # y\n", [A, B]),
        (f'{A},"two\n# lines"\n{B},\n# no "line\n{C},"x"\n', [A, B, C]),
    ],
)
def test_owners_are_listed_in_many_ways(text: str, expected: list[str]) -> None:
    """Plain text and CSV, as editors and spreadsheets of all systems write them."""
    assert owners_file(text) == expected


def test_each_owner_is_parsed() -> None:
    """A file's owners are what they are on the command line."""
    text = f"chain,address\nbase,{A}\n10,{B}\n,vitalik.eth\n"

    assert owners_file(text, parse_owner) == [
        OwnerAddress(address=Address(A.lower()), chain=chain_by_id(8453)),
        OwnerAddress(address=Address(B), chain=chain_by_id(10)),
        OwnerName(name="vitalik.eth"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the owners' file names no owner"),
        ("# nothing\n\n,,\n", "the owners' file names no owner"),
        ("address,chain\n", "the owners' file names no owner"),
        ("\n\nvitalik\n", "line 3: 'vitalik' is no owner"),
        (f"{A}\n# c\n\n{A[:-1]}\n", f"line 4: '{A[:-1]}' is no owner"),
        (
            f"{A}\n{A[:-1]}4\n",
            (
                f"line 2: the checksum of {A[:-1]}4 is wrong: "
                "a digit or its case was mistyped"
            ),
        ),
        (f"{A} {B}\n", f"line 1: '{A} {B[: 80 - len(A) - 1]}' is no owner"),
        (f"name,wallet\nx,{A}\n", "line 1: 'name' is no owner"),
        (f"address,chain\n{A},etherum\n", "line 2: unknown chain 'etherum'"),
        ("address,chain\nvitalik.eth,eth\n", "line 2: 'eth:vitalik.eth' is no owner"),
        (
            f"address,chain\neth:{A},eth\n",
            "line 2: the owner names a chain, and so does its column",
        ),
        (f"note,address\n,{A}\nx,\n", "line 3: no owner in this row"),
        (f'note,address\n"a\nb",{A}\nx\n', "line 4: no owner in this row"),
        (f"address,Address\n{A},{B}\n", "line 1: two columns are called address"),
        (f"address,chain,chain\n{A},1,1\n", "line 1: two columns are called chain"),
        (f'{A}\n"{B}\n{C}\n', "line 2: a quoted field does not end, or is too long"),
        (
            f"{A},{'x' * 140_000}\n",
            "line 1: a quoted field does not end, or is too long",
        ),
        ("\x1b[2J\n", "line 1: '\\x1b[2J' is no owner"),
        ("https://rpc.example/KEY\n", "line 1: a URL is no owner"),
    ],
)
def test_what_is_no_owner_is_told_with_its_line(text: str, message: str) -> None:
    """Comments, blank lines and fields over several lines are counted."""
    with pytest.raises(UsageError) as refused:
        owners_file(text, parse_owner)

    assert refused.value.message == message


def test_a_header_without_the_column_is_told_what_it_lacks() -> None:
    """What looks like an owner called "name" is a header of another tool."""
    with pytest.raises(UsageError) as refused:
        owners_file(f"name,wallet\nx,{A}\n", parse_owner)

    assert refused.value.hint == (
        "one owner to a line, or CSV with a column called address or owner"
    )


def test_a_chain_of_a_first_row_is_told_the_nearest_one() -> None:
    """Below a header, what is wrong with the row is not what the file lacks."""
    with pytest.raises(UsageError) as refused:
        owners_file(f"address,chain\n{A},etherum\n", parse_owner)

    assert refused.value.hint == "did you mean 'ethereum'?"


def test_a_file_may_be_too_long() -> None:
    """LONGEST owners are taken, one more is not; nothing is cut off in silence."""
    full = f"{B}\n" * LONGEST

    assert len(owners_file(full, str)) == LONGEST
    with pytest.raises(UsageError, match="line 100001: more than 100,000 owners"):
        owners_file(full + C, str)


@given(st.lists(st.tuples(addresses, st.text()), min_size=1, max_size=20))
def test_a_csv_that_a_library_writes_is_read(rows: list[tuple[Address, str]]) -> None:
    """Whatever stands in the column beside."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("owner", "note"))
    writer.writerows((owner, f"n{note}") for owner, note in rows)

    assert owners_file(out.getvalue(), str) == [owner for owner, _ in rows]


@given(
    st.text()
    | st.lists(
        st.sampled_from((A, B, "address", "chain", ",", ";", "\n", '"', "#", "1", "\r"))
    ).map("".join)
)
def test_any_text_is_a_list_or_a_usage_error(text: str) -> None:
    """The message is one line of printable ASCII, whatever the file holds."""
    shown = ""
    try:
        found = owners_file(text, parse_owner)
    except UsageError as error:
        shown = error.message
    else:
        assert found

    assert shown.isascii()
    assert shown.isprintable()
