"""The report for people: whole addresses, no foreign words loose, at any width."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount, Kind
from allowctl.model.report import Record, Report
from allowctl.output.table import Screen, render
from allowctl.risk.audit import audit
from tests import build, strategies
from tests.build import (
    allowance,
    context,
    record,
    scan,
    scan_report,
    token_facts,
)
from tests.output.sample import COPY, empty, many, records, rich, unscanned

WIDTHS = (60, 80, 118)
ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def of(*rows: Record) -> Report:
    return scan_report(scan(allowances=audit(rows, context()).records))


@pytest.mark.parametrize("width", WIDTHS)
def test_rich(width: int, snapshot: SnapshotAssertion) -> None:
    """Everything that a report can hold."""
    assert render(rich(), Screen(width=width)) == snapshot


def test_show_dead(snapshot: SnapshotAssertion) -> None:
    """The dead by name."""
    assert render(rich(), Screen(), show_dead=True) == snapshot


def test_empty(snapshot: SnapshotAssertion) -> None:
    """What "nothing found" means, and how far it reaches."""
    assert render(empty(), Screen(width=80)) == snapshot


def test_colors(snapshot: SnapshotAssertion) -> None:
    """Levels have colours where the terminal has them."""
    assert render(of(*records()[:3]), Screen(colors="standard")) == snapshot


def test_no_colors_no_codes() -> None:
    """Without colours nothing but printable ASCII and newlines comes out."""
    text = render(rich(), Screen(), show_dead=True)
    assert all(line.isascii() and line.isprintable() for line in text.splitlines())


@pytest.mark.parametrize("width", [1, 20, 40, *range(56, 130), 500])
def test_addresses_are_whole(width: int) -> None:
    """On no screen is an address cut or broken over lines."""
    text = render(of(*records()), Screen(width=width))
    for each in records():
        assert checksum(each.token.address) in text
        assert checksum(each.allowance.spender) in text
    assert text.count(checksum(COPY)) == 2


@pytest.mark.parametrize("width", WIDTHS)
def test_width_is_kept(width: int) -> None:
    """No line is wider than the screen, but for what must not be broken."""
    for line in render(rich(), Screen(width=width)).splitlines():
        assert len(line) <= width or re.search(r"\S{50,}", line)


@given(strategies.records(), st.sampled_from(WIDTHS))
def test_any_record(row: Record, width: int) -> None:
    """Whatever a token says of itself, the table is printable ASCII lines."""
    text = render(of(row), Screen(width=width))
    assert all(line.isascii() and line.isprintable() for line in text.splitlines())
    assert "://" not in text
    assert checksum(row.token.address) in text


@given(strategies.hostile_text)
def test_a_symbol_adds_no_lines(symbol: str) -> None:
    """A hostile symbol takes no more lines than an honest one of its length."""
    hostile = record(token=token_facts(symbol=symbol))
    lines = render(of(hostile), Screen(width=200)).splitlines()
    assert len(lines) == len(render(of(record()), Screen(width=200)).splitlines())


def test_three_owners_on_three_chains(snapshot: SnapshotAssertion) -> None:
    """A heading for each, what they share once at the end, and the sum."""
    assert render(many(), Screen(width=80)) == snapshot


def test_the_sum_is_the_scans_sum() -> None:
    """Live rows are counted once; each scan has its line below its owner."""
    text = render(many(), Screen(width=60))
    total = text[text.index("\nIn all\n") :]
    live = sum(len(each.allowances) for each in many().scans)
    assert f"3 owners on 3 chains: {live} live, the worst critical" in total
    for each in many().scans:
        assert checksum(each.owner) in total
    assert total.count("ethereum ") == total.count("base ") == 3
    assert total.count("INCOMPLETE") == 1


def test_owners_with_nothing_are_counted() -> None:
    """Of many owners only those with something to tell are named in the sum."""
    quiet = [scan(owner=build.address(1000 + n)) for n in range(50)]
    loud = scan(allowances=audit([record()], context()).records)
    text = render(scan_report(*quiet, loud), Screen())
    total = text[text.index("\nIn all\n") :]
    assert "50 owners with nothing live" in total
    assert total.count("0x") == 1


def test_nothing_was_scanned() -> None:
    """No heading, no sum: what was asked for, and why nothing is known of it."""
    report = replace(scan_report(), unscanned=unscanned())
    text = render(report, Screen(width=80))
    assert text.startswith("NOT SCANNED")
    assert "base (8453): no endpoint is known for base" in text
    assert "a chain: other[.]example cannot be reached" in text
    assert "\x1b" not in text


def test_rows_are_ranked() -> None:
    """Numbered from the worst."""
    text = render(of(*records()), Screen())
    numbers = [int(n) for n in re.findall(r"^ {0,2}(\d+)  ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(records()) + 1))


def test_a_copy_of_permit2_is_named() -> None:
    """A grant in a Permit2 that is not the chain's says where it is."""
    row = record(allowance(kind=Kind.PERMIT2, contract=COPY))
    text = render(of(row), Screen())
    assert f"in       {checksum(COPY)}" in text
    assert "in a copy of Permit2" in text
    own = record(allowance(kind=Kind.PERMIT2))
    assert "in Permit2" in render(of(own), Screen())


def test_nothing_is_rounded_to_nothing() -> None:
    """The smallest amount is still shown as one."""
    row = record(
        allowance(Amount(amount=1, maximum=2**255)), token=token_facts(decimals=18)
    )
    assert "<0.000001 TKN" in render(of(row), Screen())


def test_no_trailing_blanks() -> None:
    """Lines end where their text ends, and the text with one newline."""
    text = render(rich(), Screen())
    assert all(line == line.rstrip() for line in text.splitlines())
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_a_token_cannot_bury_the_others() -> None:
    """Rows of one token beyond the twentieth are counted, not printed."""
    spenders = (build.address(1000 + number) for number in range(50))
    flood = tuple(
        build.audited(build.record(build.allowance(build.amount(1), spender=spender)))
        for spender in spenders
    )
    text = render(build.scan_report(build.scan(allowances=flood)), Screen())

    assert text.count("spender  0x") == 20
    assert "and 30 more rows of 0x" in text
    assert "50 live" in text
