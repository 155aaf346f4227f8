"""The registry of rules: one file, one page and one test for each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given

from allowctl.model.finding import Finding, NotEvaluated, Severity
from allowctl.model.lists import Charge
from allowctl.model.missing import Missing
from allowctl.model.report import Record
from allowctl.risk import rules as rules_package
from allowctl.risk.audit import level_of
from allowctl.risk.rule import Rule
from allowctl.risk.rules import RULES, TITLES
from tests import build
from tests.risk.facts import charges_absent, spender_records
from tests.risk.pages import cases, example

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "rules"
SECTIONS = [
    "What it finds",
    "Why it is a risk",
    "Example",
    "What to do",
    "References",
]
_TABLE = "| severity | confidence | points |\n| --- | --- | --- |\n| "

of_each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.card.id)


def page(rule: Rule) -> str:
    return (PAGES / f"{rule.card.id}.md").read_text("utf-8")


def test_every_rule_has_its_files_and_no_file_is_an_orphan() -> None:
    """Module, page and test are called after the rule."""
    ids = {rule.card.id for rule in RULES}
    modules = {each.replace("-", "_") for each in ids}
    package = Path(rules_package.__file__).parent
    tests = Path(__file__).parent / "rules"

    assert len(ids) == len(RULES)
    assert {p.stem for p in package.glob("*.py")} == modules | {"__init__"}
    assert {p.stem for p in PAGES.glob("*.md")} == ids | {"README"}
    assert {p.stem for p in tests.glob("*.py")} == {f"test_{each}" for each in modules}


@of_each_rule
def test_a_rule_lives_in_the_file_of_its_id(rule: Rule) -> None:
    """The id, the module and the class are one name."""
    module = rule.card.id.replace("-", "_")

    assert type(rule).__module__ == f"allowctl.risk.rules.{module}"
    assert type(rule).__name__ == "".join(
        part.capitalize() for part in rule.card.id.split("-")
    )


@of_each_rule
def test_a_card_is_well_formed(rule: Rule) -> None:
    """The id is kebab-case; one finding alone weighs what its severity says."""
    card = rule.card

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", card.id)
    assert TITLES[card.id] == card.title
    assert 0 <= card.points <= 100
    assert card.points == max(card.cases.values(), default=card.points)
    assert all(re.fullmatch(r"[a-z]+", case) for case in card.cases)
    assert all(0 <= points <= 100 for points in card.cases.values())
    assert (card.points == 0) is (card.severity is Severity.INFO)
    assert (str(level_of(card.points)) == "critical") is (
        card.severity is Severity.CRITICAL
    )


@of_each_rule
def test_a_page_says_what_the_card_says(rule: Rule) -> None:
    """Severity, confidence and points, in the table under the title."""
    card = rule.card
    row = f"{card.severity} | {card.confidence} | {card.points} |"

    assert page(rule).startswith(f"# {card.id}: {card.title}\n\n{_TABLE}{row}\n")


@of_each_rule
def test_a_page_has_the_cases_of_the_card(rule: Rule) -> None:
    """In a table, each with its points and when it is one; no table without cases."""
    assert (cases(rule.card.id) or {}) == dict(rule.card.cases)


@of_each_rule
def test_a_page_tells_a_case_of_other_severity(rule: Rule) -> None:
    """In the case's row; no other row names one."""
    rows = re.findall(
        r"^\| `([a-z]+)` \|.*\(severity (\w+)\) \|$", page(rule), re.MULTILINE
    )

    assert dict(rows) == {
        case: str(severity) for case, severity in rule.card.severities.items()
    }
    assert set(dict(rows)) <= set(rule.card.cases)


@of_each_rule
def test_a_page_shows_the_example_twice(rule: Rule) -> None:
    """As a line of the table and as JSON: the same title, the same points."""
    card = rule.card
    shown = example(card.id)
    assert isinstance(shown, dict)

    assert f"In the table: `{card.title} (+{shown['points']})`." in page(rule)
    assert shown["rule"] == card.id
    case = shown["case"]
    assert shown["points"] == (card.cases[case] if case else card.points)


@of_each_rule
def test_a_page_has_the_sections_of_the_template(rule: Rule) -> None:
    """In their order, and none of them empty."""
    parts = re.split(r"^## (.+)$", page(rule), flags=re.MULTILINE)

    assert parts[1::2] == SECTIONS
    assert all(body.strip() for body in parts[2::2])


def test_the_index_lists_every_rule_with_its_weight() -> None:
    """In the order of the registry, each with a link to its page."""
    text = (PAGES / "README.md").read_text("utf-8")
    rows = re.findall(
        r"^\| \[([a-z0-9-]+)\]\(\1\.md\) \| (.+) \| (\w+) \| (\d+) \|$",
        text,
        re.MULTILINE,
    )

    assert rows == [
        (card.id, card.title, str(card.severity), str(card.points))
        for card in (rule.card for rule in RULES)
    ]


def test_the_index_has_the_levels_of_the_audit() -> None:
    """Every sum of points stands in the table, with its level."""
    text = (PAGES / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+)(?: to (\d+))? \| (\w+) \|$", text, re.MULTILINE)
    levels = {
        points: level
        for first, last, level in rows
        for points in range(int(first), int(last or first) + 1)
    }

    assert levels == {points: str(level_of(points)) for points in range(101)}


@given(spender_records(), charges_absent)
def test_a_rule_says_one_thing_of_any_record(
    record: Record, absent: dict[Charge, Missing]
) -> None:
    """A finding of its own, a missing fact of its own, or nothing."""
    for rule in RULES:
        match rule.judge(record, build.context(absent=absent)):
            case Finding() as found:
                assert found == rule.card.finding(
                    found.evidence, case=found.case, confidence=found.confidence
                )
                assert (found.case is not None) is bool(rule.card.cases)
            case NotEvaluated(rule=name):
                assert name == rule.card.id
            case None:
                pass


@given(spender_records())
def test_evidence_is_in_our_own_words(record: Record) -> None:
    """Printable ASCII on one line, and no markup: a stranger's word acts nowhere."""
    for rule in RULES:
        found = rule.judge(record, build.context())
        if isinstance(found, Finding):
            assert found.evidence.isascii()
            assert found.evidence.isprintable()
            assert not re.search(r"[<>|`@]|://|::|##", found.evidence)
            assert found.evidence[0].isalnum()
