"""The result of a check in GitHub Actions: annotations that are ours, a summary."""

# Not `from __future__ import annotations`: what is tested has this name.

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from allowctl.model.evaluation import Evaluation, Subject
from allowctl.model.place import Place
from allowctl.model.policy import Action, Policy
from allowctl.output import check_markdown, github
from allowctl.output.github import LARGEST, MOST, annotations, summary
from tests.output import checked
from tests.policy.making import (
    EVIL,
    ROOT,
    evaluation,
    judged,
    passing,
    place,
    rich,
    violation,
    wallet,
)

_COMMAND = re.compile(
    r"::(?P<kind>error|warning|notice) "
    r"(?:file=(?P<file>[^,:]*),line=(?P<line>\d+),)?title=(?P<title>[^,:]*)"
    r"::(?P<message>.*)"
)
"""As the runner reads it: properties up to the next colons."""


def lines(of: Evaluation) -> list[dict[str, str | None]]:
    """Each line as a command; there is no other."""
    found = [_COMMAND.fullmatch(each) for each in annotations(of, ROOT).splitlines()]
    assert all(found)
    return [each.groupdict() for each in found if each]


def kinds(of: Evaluation) -> list[str | None]:
    return [each["kind"] for each in lines(of)]


def test_rich(snapshot: SnapshotAssertion) -> None:
    """Everything that an evaluation can hold."""
    assert annotations(rich(), ROOT) == snapshot


def test_passing(snapshot: SnapshotAssertion) -> None:
    """One notice."""
    assert annotations(passing(), ROOT) == snapshot


def test_what_is_what() -> None:
    """Violations and what was not seen are errors, in this order; then warnings."""
    assert kinds(rich()) == ["error"] * 5 + ["warning"] * 3 + ["notice"]
    titles = [unquote(each["title"] or "") for each in lines(rich())]
    assert titles == [
        "allowctl check: fail-on",
        "allowctl check: max-value-at-risk",
        "allowctl check: allow-expired",
        "allowctl check: refused",
        "allowctl check: not seen",
        "allowctl check: rule.no-operators",
        "allowctl check: allow-unused",
        "allowctl check: not seen, and forgiven",
        "allowctl check",
    ]


def test_places() -> None:
    """The wallet's line, and the policy's in words; an option's is the file's first."""
    first, *_ = lines(rich())
    assert (first["file"], first["line"]) == ("ops/allowctl.toml", "10")
    assert (first["message"] or "").endswith("(ops/allowctl.toml:3: policy.fail_on)")
    option = violation(where=Place(file="--fail-on", line=0))
    told, _ = lines(evaluation(option))
    assert (told["file"], told["line"]) == ("ops/allowctl.toml", "1")
    told, _ = lines(evaluation(option, policy=Policy(file="")))
    assert (told["file"], told["line"]) == (None, None)


def test_files_cannot_end_a_property() -> None:
    """A comma, a colon, a percent sign or a line's end in a path."""
    name = "a,b:c%0A\r\nd::é.toml"
    told = annotations(
        evaluation(violation(where=Place(file=f"/repo/{name}", line=7))), ROOT
    ).split("\n")
    assert told[0].startswith(
        "::error file=a%2Cb%3Ac%250A%0D%0Ad%3A%3Aé.toml,line=7,title="
    )
    assert len(told) == 3


@pytest.mark.parametrize("count", [0, 1, MOST, MOST + 1, 100])
@pytest.mark.parametrize("action", [Action.DENY, Action.WARN])
def test_ten_of_a_kind(count: int, action: Action) -> None:
    """GitHub takes no more: the last of them says how many more there are."""
    of = evaluation(*(violation(number=n, action=action) for n in range(count)))
    told = lines(of)[:-1]
    assert len(told) == min(count, MOST)
    if count > MOST:
        assert told[-1]["message"] == (
            f"and {count - MOST + 1} more: the step's summary and the files of results "
            "list them"
        )
    else:
        assert not any("more:" in (each["message"] or "") for each in told)


def test_the_worst_come_first() -> None:
    """Nine violations bury what was not seen; the notice says it."""
    of = evaluation(
        *(violation(number=number) for number in range(20)),
        open_ends=rich().open_ends,
    )
    *_, notice = lines(of)
    assert "INCOMPLETE" in (notice["message"] or "")
    assert kinds(of) == ["error"] * MOST + ["warning", "notice"]


def test_covered_is_no_annotation() -> None:
    """It is counted in the notice."""
    of = replace(rich(), violations=rich().covered, open_ends=())
    (notice,) = lines(of)
    assert "2 covered" in (notice["message"] or "")


def test_nobody_begins_a_command() -> None:
    """A symbol, a label, a reason, a chain's name, a message: all in its place."""
    named = replace(judged(), chain=replace(judged().chain, name=EVIL))
    of = Subject(wallet=wallet(), scan=named, row=named.allowances[0])
    evil = replace(violation(of, where=place(3, EVIL)), message=EVIL)
    text = annotations(evaluation(evil, open_ends=rich().open_ends), ROOT)
    assert len(text.splitlines()) == 4
    for each in text.splitlines():
        assert each.startswith(("::error ", "::warning ", "::notice "))
        assert each.count("::") == 2
        assert "##" not in each
        assert "\x1b" not in each


@settings(max_examples=50)
@given(checked.evaluations())
def test_any_evaluation(of: Evaluation) -> None:
    """Whatever anybody says: commands of ours, printable, bounded, the same."""
    text = annotations(of, ROOT)
    assert text == annotations(of, ROOT)
    assert text.isascii()
    assert "##" not in text
    found = lines(of)
    for each in found:
        assert "::" not in (each["message"] or "")
        assert (each["message"] or "").isprintable()
    assert len(found) <= 2 * MOST + 1
    errors = len(of.failing) + sum(not each.forgiven for each in of.open_ends)
    assert kinds(of).count("error") == min(MOST, errors)


@given(st.text(), st.text())
def test_escapes_are_the_runners(title: str, message: str) -> None:
    """What it undoes gives back what was said: in no other text is there an escape."""
    of = replace(violation(where=place(3)), check=title, message=message)
    (told, _) = lines(evaluation(of))
    data = told["message"] or ""
    for code, letter in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        data = data.replace(code, letter)
    assert data.isprintable()
    assert "%" not in message or "%" in data or len(message) > 900


def test_summary() -> None:
    """The Markdown, as it is."""
    assert summary(rich(), ROOT) == check_markdown.render(rich(), ROOT)


def _long(begin: str, line: str, monkeypatch: pytest.MonkeyPatch) -> str:
    text = begin + f"{line}\n" * (2 * LARGEST // len(line.encode()))
    monkeypatch.setattr(check_markdown, "render", lambda *_: text)
    found = github.summary(rich(), ROOT)
    assert len(found.encode()) <= LARGEST - 60_000
    assert found.endswith("**The rest is left out here: it is too long.**\n")
    return found


@pytest.mark.parametrize("line", ["| a row |", "é" * 100, "日本" * 30])
def test_a_long_summary_is_cut(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between lines, by its bytes, and it says so: GitHub would drop it as a whole."""
    found = _long("# head\n", line, monkeypatch)
    assert set(found.split("\n\n**")[0].splitlines()) == {"# head", line}


def test_a_cut_ends_what_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or its last words would be code, or folded away."""
    found = _long("- so\n  ```toml\n", "  a = 1", monkeypatch)
    assert "\n  ```\n\n**" in found
    found = _long("<details>\n", "a", monkeypatch)
    assert "\n\n</details>\n\n**" in found
