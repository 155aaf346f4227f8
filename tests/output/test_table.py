"""The report for people: what to fix first, no foreign words loose, at any width."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount
from allowctl.model.finding import Level
from allowctl.model.report import Record, Report
from allowctl.output.columns import COLUMNS, SHORT_ID
from allowctl.output.table import Screen, render
from allowctl.output.view import Sort, View
from allowctl.risk.audit import audit
from tests import build, strategies
from tests.build import allowance, context, record, scan, scan_report, token_facts
from tests.output import anything, wallet
from tests.output.sample import empty, many, rich, unscanned

WIDTHS = (80, 120, 200)
CODE = re.compile(r"\x1b\[[0-9;]*m")
ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
EVERYTHING = View(show_dead=True, show_spam=True)


def of(*rows: Record) -> Report:
    return scan_report(scan(allowances=audit(rows, context()).records))


def ranks(text: str) -> list[int]:
    """The rows of a table, by their numbers."""
    return [int(n) for n in re.findall(r"^ {0,3}(\d{1,3})  [a-z]", text, re.MULTILINE)]


@pytest.mark.parametrize("width", WIDTHS)
def test_rich(width: int, snapshot: SnapshotAssertion) -> None:
    """Everything that a report can hold."""
    assert render(rich(), Screen(width=width)) == snapshot


def test_show_everything(snapshot: SnapshotAssertion) -> None:
    """The dead by name, and suspected spam among the rows."""
    assert render(rich(), Screen(), EVERYTHING) == snapshot


def test_empty(snapshot: SnapshotAssertion) -> None:
    """What "nothing found" means, and how far it reaches."""
    assert render(empty(), Screen(width=80)) == snapshot


def test_chosen_columns(snapshot: SnapshotAssertion) -> None:
    """All that there are, side by side, and nothing below a row."""
    view = View(columns=tuple(COLUMNS))
    assert render(of(*wallet.records()[:8]), Screen(width=400), view) == snapshot


def test_colors(snapshot: SnapshotAssertion) -> None:
    """Levels have colours where the terminal has them."""
    assert render(of(*wallet.records()), Screen(colors="standard")) == snapshot


@pytest.mark.parametrize("width", WIDTHS)
def test_colors_change_nothing_else(width: int) -> None:
    """Without its colours the text is the same: they are on levels and headings."""
    plain = render(rich(), Screen(width=width), EVERYTHING)
    coloured = render(rich(), Screen(width=width, colors="256"), EVERYTHING)
    painted = re.findall(r"\x1b\[[0-9;]+m([^\x1b]*)\x1b\[0m", coloured)
    levels = [str(level) for level in Level]

    assert CODE.sub("", coloured) == plain
    assert {each.strip(" ?") for each in painted} >= {"critical", "medium", "info"}
    for each in painted:
        assert each.strip(" ?") in levels or each in plain.splitlines()


def test_no_colors_no_codes() -> None:
    """Without colours nothing but printable ASCII and newlines comes out."""
    text = render(rich(), Screen(), EVERYTHING)
    assert all(line.isascii() and line.isprintable() for line in text.splitlines())


@pytest.mark.parametrize("width", [1, 20, 40, *range(56, 130), 160, 200, 500])
def test_addresses_are_whole_or_short(width: int) -> None:
    """On no screen is an address cut anywhere but in its middle, or broken."""
    text = render(rich(), Screen(width=width), EVERYTHING)
    short = re.compile(r"0x[0-9a-fA-F]{4}\.\.\.[0-9a-fA-F]{4}\b")
    rest = short.sub("", ADDRESS.sub("", re.sub(r"0x[0-9a-f]{64,}\b", "", text)))

    assert "0x" not in rest
    for each in wallet.spam():
        row = each.token.address
        assert checksum(row)[:6] in text or width < 100


@pytest.mark.parametrize("width", [60, 72, 80, 99, 100, 120, 159, 160, 200])
def test_width_is_kept(width: int) -> None:
    """No line is wider than the screen, but for what must not be broken."""
    for line in render(rich(), Screen(width=width), EVERYTHING).splitlines():
        assert len(line) <= width or re.search(r"\S{42,}", line)


def test_the_table_fits_eighty_columns() -> None:
    """Its rows, and what is below each, without exception."""
    text = render(of(*wallet.records()), Screen(width=80), EVERYTHING)
    table = text[text.index("\n #") : text.index("in quotes:")]

    assert max(map(len, table.splitlines())) <= 80
    assert ranks(table) == list(range(1, len(wallet.records()) + 1))


@settings(max_examples=60)
@given(anything.reports(), st.sampled_from((60, 80, 100, 120, 200)))
def test_any_report(report: Report, width: int) -> None:
    """Whatever anybody says, it is printable ASCII lines, and each row is there."""
    text = render(report, Screen(width=width), EVERYTHING)

    assert all(line.isascii() and line.isprintable() for line in text.splitlines())
    assert not any(mark in text for mark in ("://", "::", "##"))
    assert ranks(text) == list(range(1, len(report.scans[0].allowances) + 1)) * len(
        report.scans
    )
    for each in report.scans[0].allowances:
        fingerprint = each.record.allowance.fingerprint(1)
        assert fingerprint[:SHORT_ID] in text


@given(strategies.hostile_text)
def test_a_symbol_adds_no_lines(symbol: str) -> None:
    """A hostile symbol takes no more lines than an honest one."""
    hostile = record(token=token_facts(symbol=symbol))
    for width in WIDTHS:
        lines = render(of(hostile), Screen(width=width), EVERYTHING).splitlines()
        table = [line for line in lines if "unpriced" in line or "TKN" in line]
        assert len(table) <= 1
        assert ranks("\n".join(lines)) == [1]


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("least", [None, Level.MEDIUM])
def test_a_view_leaves_nothing_out_in_silence(sort: Sort, least: Level | None) -> None:
    """Rows that are shown, spam and rows below the level are all there are."""
    report = of(*wallet.records())
    text = render(report, Screen(), View(sort=sort, min_level=least))
    below = re.search(r"(\d+) rows? \w+ below --min-level", text)
    found = len(ranks(text)) + int(below[1] if below else 0)
    found += len(re.findall(r"^  #\d+ [0-9a-f]{8} to ", text, re.MULTILINE))

    assert found == len(wallet.records())
    assert re.search(r"live: .*[1-9]\d* suspected spam", text)
    assert bool(below) is (least is not None)


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
    total = text.split("\nIn all\n")[1].split("\nWhat to do next\n")[0]
    assert "50 owners with nothing live" in total
    assert len(re.findall(r"^ +0x", total, re.MULTILINE)) == 1


def test_nothing_was_scanned() -> None:
    """No heading, no sum: what was asked for, and why nothing is known of it."""
    report = replace(scan_report(), unscanned=unscanned())
    text = render(report, Screen(width=80))
    assert text.startswith("NOT SCANNED")
    assert "base (8453): no endpoint is known for base" in text
    assert "a chain: other[.]example cannot be reached" in text
    assert "\x1b" not in text


def test_rows_are_ranked() -> None:
    """Numbered from the worst, as the report has them."""
    text = render(of(*wallet.records()), Screen(), EVERYTHING)
    assert ranks(text) == list(range(1, len(wallet.records()) + 1))


def test_nothing_is_rounded_to_nothing() -> None:
    """The smallest amount is still shown as one."""
    row = record(
        allowance(Amount(amount=1, maximum=2**255)), token=token_facts(decimals=18)
    )
    assert "<0.000001" in render(of(row), Screen())


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

    assert ranks(text) == list(range(1, 21))
    assert f"and 30 more rows of {checksum(build.TOKEN)}" in text
    assert "50 live" in text
