"""A check for pull requests: tables and code, and nothing that strangers wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from syrupy.assertion import SnapshotAssertion

from allowctl.model.evaluation import CoverKind, Evaluation, OpenEnd, Subject
from allowctl.model.place import Place
from allowctl.output.check_items import MOST
from allowctl.output.check_markdown import LONGEST, render
from allowctl.output.check_words import approval
from allowctl.output.columns import SHORT_ID
from tests.output import checked, evaluations
from tests.policy import making
from tests.policy.making import EVIL, ROOT
from tests.strategies import hostile_text

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HTML = {"<br>", "<details>", "</details>"}
SUMMARY = re.compile(
    r"<details>\n<summary>[0-9,]+ (allowed|acknowledged|known before|ignored)</summary>"
)
MADE = re.compile(
    r"@\w|#\d|://|\bwww\.|\bgh-\d|(?<!\w):[a-z+-][a-z0-9+_-]*:", re.IGNORECASE
)
"""What GitHub makes mentions, issues, links and emoji of, outside of code."""
FORMULA = re.compile(r"(?<!\\)\$")
IN_CODE = re.compile(r"(?<!\\)`[^`\n]*`")


def parts(tokens: list[Token]) -> Iterator[Token]:
    for each in tokens:
        yield each
        yield from parts(each.children or [])


def harmless(text: str) -> None:
    """No link, image, HTML or emphasis but our own; ASCII without a command."""
    tokens = list(parts(MARKDOWN.parse(text)))
    kinds = {each.type for each in tokens}

    assert not kinds & {"link_open", "image", "em_open", "s_open", "code_block"}
    for each in tokens:
        if each.type == "html_inline":
            assert each.content in HTML
        elif each.type == "html_block":
            said = each.content.strip()
            assert said in HTML or SUMMARY.fullmatch(said)
        elif each.type == "text":
            assert not MADE.search(each.content)
    strong = [
        tokens[at + 1].content
        for at, each in enumerate(tokens)
        if each.type == "strong_open"
    ]
    assert {each.split(":")[0] for each in strong} <= {
        *("FAILS", "FAILED", "PASSED", "INCOMPLETE")
    }
    assert not FORMULA.search(IN_CODE.sub("", text))
    assert text.isascii()
    assert all(line.isprintable() or not line for line in text.split("\n"))
    assert "::" not in text
    assert "##[" not in text


def cells(text: str) -> list[int]:
    """How many cells each row of the tables has."""
    found, open_ = [], 0
    for each in parts(MARKDOWN.parse(text)):
        if each.type in {"td_open", "th_open"}:
            open_ += 1
        elif each.type == "tr_close":
            found.append(open_)
            open_ = 0
    return found


def test_rich(snapshot: SnapshotAssertion) -> None:
    """Everything that an evaluation can hold, in hostile words."""
    assert render(making.rich(), ROOT) == snapshot


def test_failing(snapshot: SnapshotAssertion) -> None:
    """Two wallets of many years under a policy that has all there is."""
    assert render(evaluations.treasury(), ROOT) == snapshot


def test_passing(snapshot: SnapshotAssertion) -> None:
    """What was seen, and what nobody could see."""
    assert render(making.passing(), ROOT) == snapshot


def test_incomplete(snapshot: SnapshotAssertion) -> None:
    """No violation is not a pass where not all was seen."""
    assert render(evaluations.incomplete(), ROOT) == snapshot


def test_tables_are_tables() -> None:
    """Each row has three cells, whatever stands in it."""
    text = render(making.rich(), ROOT)

    harmless(text)
    assert set(cells(text)) == {3}
    assert len(cells(text)) == 4 + 2 + 2 + 6


@settings(max_examples=60)
@given(checked.evaluations())
def test_any_evaluation(evaluation: Evaluation) -> None:
    """Whatever anybody says: our own markup, whole tables, each violation there."""
    text = render(evaluation, ROOT)

    harmless(text)
    assert set(cells(text)) <= {3}
    for each in evaluation.violations:
        assert f"`{each.check}`" in text
        assert (approval(each.subject) or "")[:SHORT_ID] in text


loose = hostile_text | st.sampled_from(
    (
        "@octocat",
        "fixes #12",
        "GH-12",
        ":tada:",
        "$`x`$",
        "$x$",
        "www.evil.example",
        "~~x~~",
        "**x**",
        "_x_",
        "![x](y)",
        "<img src=x>",
        "&lt;script&gt;",
        "| a | b |",
        "```",
        "- [ ] x",
        "[x]: http://evil.example",
        "a@evil.example",
    )
)


@settings(max_examples=200)
@given(loose, loose)
def test_no_word_becomes_markup(one: str, other: str) -> None:
    """A message, a check, a place, an open end and a rule's file are only told."""
    where = Place(file=f"/repo/{one}", key=other)
    each = replace(making.violation(where=where, check=f"rule.{one}"), message=other)
    end = OpenEnd(reason=one or "x", chain=other, chain_id=7)
    evaluation = making.evaluation(each, open_ends=(end,))
    policy = replace(evaluation.policy, file=f"/repo/{other}")

    harmless(render(replace(evaluation, policy=policy), ROOT))


def test_a_flood_is_counted() -> None:
    """Of one token so many rows, of what is covered too; the rest is a number."""
    text = render(evaluations.flooded(60), ROOT)

    harmless(text)
    assert text.count("**FAILS**") == 2 * MOST + 1
    assert "and 40 more approvals of 0x0000000000000000000000000000000000F1000D" in text
    assert "and 40 more contracts that do not answer" in text
    assert "and 40 more known before" in text
    assert "and 20 more: --format json has them all" in text
    assert "<summary>60 known before</summary>" in text


def test_it_never_outgrows_a_step_s_summary() -> None:
    """What has no room is counted, and all tables are whole."""
    seen = making.judged()
    of = Subject(wallet=making.wallet(), scan=seen)
    long = [
        replace(
            making.violation(of, check="wallet-ens", number=number),
            message="x" * 590,
            check=f"rule.r{number}",
        )
        for number in range(4_000)
    ]
    ends = tuple(OpenEnd(reason=EVIL * 9, chain="x" * 99) for _ in range(500))
    text = render(making.evaluation(*long, open_ends=ends), ROOT)
    shown = text.count("**FAILS**")

    harmless(text)
    assert len(text.encode()) <= LONGEST < 2**20
    assert 0 < shown < len(long)
    assert f"no room here for {len(long) - shown:,} more rows" in text
    assert set(cells(text)) == {3}
    assert "What to do next" in text


def test_what_is_covered_is_folded() -> None:
    """One part for each way, with its number, closed again."""
    text = render(making.rich(), ROOT)
    assert text.count("<details>") == text.count("</details>") == 2
    assert {*CoverKind} >= {CoverKind.ALLOW, CoverKind.BASELINE}
    assert "/repo" not in text
