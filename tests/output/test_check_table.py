"""A check for people: the verdict first, nothing buried, nothing loose, any width."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from allowctl.codec.words import checksum
from allowctl.model.evaluation import Evaluation, Subject
from allowctl.output.check_table import render
from allowctl.output.check_words import approval, verdict
from allowctl.output.columns import SHORT_ID
from allowctl.output.table import Screen
from tests.output import checked, evaluations
from tests.policy import making
from tests.policy.making import ROOT

WIDTHS = (60, 80, 120, 200)
CODE = re.compile(r"\x1b\[[0-9;]*m")
ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}\b")


def text_of(of: Evaluation, width: int = 120) -> str:
    return render(of, Screen(width=width), ROOT)


@pytest.mark.parametrize("width", [60, 120])
def test_failing(width: int, snapshot: SnapshotAssertion) -> None:
    """Two wallets of many years under a policy that has all there is."""
    assert text_of(evaluations.treasury(), width) == snapshot


@pytest.mark.parametrize("width", [60, 100])
def test_rich(width: int, snapshot: SnapshotAssertion) -> None:
    """Everything that an evaluation can hold, in hostile words."""
    assert text_of(making.rich(), width) == snapshot


def test_passing(snapshot: SnapshotAssertion) -> None:
    """What was seen, by whose word, and what nobody could see; no advice."""
    assert text_of(making.passing(), 80) == snapshot


def test_incomplete(snapshot: SnapshotAssertion) -> None:
    """No violation is not a pass where not all was seen."""
    assert text_of(evaluations.incomplete(), 80) == snapshot


def test_forgiven(snapshot: SnapshotAssertion) -> None:
    """It passes, and says what it passes over."""
    assert text_of(evaluations.forgiven(), 80) == snapshot


def test_flooded(snapshot: SnapshotAssertion) -> None:
    """One token, dead contracts and gaps by the dozen: one row is not buried."""
    text = text_of(evaluations.flooded(22), 100)

    assert "0x0000000000000000000000000000000000000AcE" in text
    assert text == snapshot


def test_very_many(snapshot: SnapshotAssertion) -> None:
    """From the forty-first on a row has one line; all are there."""
    text = text_of(evaluations.tokens(43), 100)
    every = [each.subject for each in evaluations.tokens(43).violations]

    assert all((approval(each) or "")[:SHORT_ID] in text for each in every)
    listed = text[
        text.index("    FAILS", text.index((approval(every[39]) or "")[:8])) :
    ]
    assert listed[: listed.index("What to do")] == snapshot


def test_colors(snapshot: SnapshotAssertion) -> None:
    """On the verdict, headings, levels, and what fails or warns."""
    coloured = render(making.rich(), Screen(width=100, colors="standard"), ROOT)
    assert coloured == snapshot


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "of",
    [making.rich(), evaluations.treasury(), evaluations.incomplete()],
    ids=["rich", "treasury", "incomplete"],
)
def test_colors_change_nothing_else(of: Evaluation, width: int) -> None:
    """Without its colours the text is the same, and has no codes."""
    plain = text_of(of, width)
    coloured = render(of, Screen(width=width, colors="truecolor"), ROOT)

    assert CODE.sub("", coloured) == plain
    assert all(line.isascii() and line.isprintable() for line in plain.splitlines())


def test_the_verdict_comes_first() -> None:
    """In the first line of a log, whatever stands below it."""
    for each in (making.passing(), making.rich(), evaluations.incomplete()):
        assert text_of(each, 200).splitlines()[0] == verdict(each)


@pytest.mark.parametrize("width", [1, 40, *range(58, 84), 100, 120, 200])
def test_width_is_kept(width: int) -> None:
    """No line is wider than the screen, but for what must not be broken."""
    for line in text_of(evaluations.treasury(), width).splitlines():
        assert len(line) <= max(width, 60) or re.search(r"\S{42,}", line)


@pytest.mark.parametrize("width", [1, 40, *range(58, 84), 100, 120, 200])
def test_addresses_are_whole_or_short(width: int) -> None:
    """On no screen is an address cut anywhere but in its middle, or broken."""
    text = text_of(evaluations.treasury(), width)
    short = re.compile(r"0x[0-9a-fA-F]{4}\.\.\.[0-9a-fA-F]{4}\b")

    assert "0x" not in short.sub("", ADDRESS.sub("", text))


@pytest.mark.parametrize("width", [60, 80])
def test_a_command_can_be_copied_from_a_narrow_screen(width: int) -> None:
    """Where it goes on below, the shell is told; joined it is the command."""
    text = text_of(making.rich(), width)
    row = making.rich().violations[0].subject
    joined = re.sub(r" \\\n +", " ", text)
    owner = "0x0A0A0a0a0a0a0a0A0a0a0A0a0A0A0A0a0a0a0a0a"
    short = (approval(row) or "")[:SHORT_ID]

    assert f"allowctl revoke {owner} --chain ethereum --id {short} --dry-run" in joined


def test_what_is_covered_says_by_what() -> None:
    """An entry, its reason, its day and who answers for it; never in silence."""
    text = text_of(evaluations.treasury(), 200)
    assert (
        'ops/allowctl.toml:40: allow[0]: allowed until 2027-03-31: "settlement, '
        'OPS-12"; owner "ops@example[.]org"'.replace("@", "\\x40")
    ) in text


def test_no_path_of_the_machine() -> None:
    """Files are told from the root."""
    assert "/repo" not in text_of(making.rich()) + text_of(evaluations.treasury())


def test_several_scans_of_one_wallet() -> None:
    """Each wallet on each chain has its own heading."""
    seen = making.judged()
    other = replace(seen, chain=making.BASE)
    of = Subject(wallet=making.wallet(), scan=seen, row=seen.allowances[0])
    text = text_of(
        making.evaluation(
            making.violation(of, number=1),
            making.violation(replace(of, scan=other), number=2),
        )
    )
    assert "Violations: treasury on ethereum (1), 0x" in text
    assert "Violations: treasury on base (8453), 0x" in text


@settings(max_examples=60)
@given(checked.evaluations(), st.sampled_from(WIDTHS))
def test_any_evaluation(evaluation: Evaluation, width: int) -> None:
    """Whatever anybody says: printable ASCII, no command, each violation there."""
    text = text_of(evaluation, width)
    flat = " ".join(text.split())

    assert all(line.isascii() and line.isprintable() for line in text.splitlines())
    assert not any(mark in text for mark in ("://", "::", "##"))
    assert flat.startswith(" ".join(verdict(evaluation).split()))
    for each in evaluation.violations:
        of = each.subject
        assert each.check in flat
        assert (approval(of) or "")[:SHORT_ID] in flat
        if of.row is not None and each.cover is None:
            assert checksum(of.row.record.allowance.spender) in flat
