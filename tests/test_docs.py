"""Documentation says what there is, and nothing that is not (DESIGN, rule 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import typer
from typer.main import get_command

from allowctl.cli.app import app
from allowctl.cli.report_options import Format, LevelName, PriceName, SortName
from allowctl.cli.take_options import UrgencyName
from allowctl.errors import ExitCode
from allowctl.model.approval import DeadReason, Kind
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Level
from allowctl.model.outcome import Verdict
from allowctl.model.plan import Proof
from allowctl.model.sources import PriceMode
from allowctl.output.view import Sort
from allowctl.revoke.ports import Event
from allowctl.risk.rule import Rule
from allowctl.risk.rules import RULES
from tests.markdown import anchors, links, pages, rows, text_of
from tests.nodes.npm import ROOT

CLI = text_of("docs/cli.md")
_OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
_VARIABLE = re.compile(r"\b(?:ALLOWCTL|ETH)_[A-Z_]+\b")


def options() -> dict[str, set[str]]:
    """Every command's options, short forms included; the program's own under "".

    A command below another has both names; one that only holds others is none.
    """
    group = get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    context = typer.Context(group)
    return {
        name: {
            form
            for parameter in command.get_params(context)
            for form in (*parameter.opts, *parameter.secondary_opts)
            if form.startswith("-")
        }
        for name, command in [("", group), *commands(group)]
    }


def commands(
    group: typer.core.TyperGroup, above: str = ""
) -> Iterator[tuple[str, typer.core.TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from commands(command, f"{above}{name} ")
        else:
            assert isinstance(command, typer.core.TyperCommand)
            yield above + name, command


def sections() -> dict[str, str]:
    """docs/cli.md by command; the program's own under ""."""
    parts = re.split(
        r"^## `allowctl ?([a-z ]*?) ?(?:[A-Z\[][^`]*)?`$", CLI, flags=re.MULTILINE
    )
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {name: text.split("\n## ")[0] for name, text in found.items()}


def test_every_command_is_documented() -> None:
    """docs/cli.md has a section for each command, and for nothing else."""
    assert sections().keys() == options().keys()


@pytest.mark.parametrize("command", sorted(options()))
def test_every_option_is_documented(command: str) -> None:
    """Each long and short form stands in the command's tables, and no other does."""
    first_cells = [row[0] for row in rows(sections()[command])]
    documented = {form for cell in first_cells for form in _OPTION.findall(cell)}
    everywhere = {"--help", "-h"}

    assert documented - everywhere == options()[command] - everywhere
    assert everywhere <= {*_OPTION.findall(sections()[""])}


def test_every_environment_variable_is_documented() -> None:
    """Each variable that the source names stands in docs/cli.md, and no other."""
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src").glob("**/*.py"))

    assert {*_VARIABLE.findall(source)} == {*_VARIABLE.findall(CLI)}


def test_every_exit_code_is_documented() -> None:
    """docs/cli.md lists exactly the exit codes there are, the README some of them."""
    listed = [row[0] for row in rows(CLI.split("## Exit codes")[1])]
    codes = {str(int(code)) for code in ExitCode}
    summary = [row[0] for row in rows(text_of("README.md")) if row[0].isdigit()]

    assert {code for code in listed if code.isdigit()} == codes
    assert {*summary} <= codes


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--format", Format),
        ("--fail-on", LevelName),
        ("--min-level", LevelName),
        ("--sort", SortName),
        ("--prices", PriceName),
        ("--kind", Kind),
    ],
    ids=["formats", "levels to fail on", "levels to show", "orders", "prices", "kinds"],
)
def test_every_value_is_documented(
    option: str, values: type[Format | LevelName | SortName | PriceName | Kind]
) -> None:
    """The row of an option with closed values names exactly those."""
    (row,) = [row for row in rows(sections()["scan"]) if row[0] == f"`{option}`"]
    named = {*re.findall(r"`([a-z0-9]+)`", " ".join(row[1:]))}

    assert named >= {each.value for each in values}
    assert named <= {each.value for each in values}


def test_levels_of_the_option_are_the_levels() -> None:
    """--fail-on and --min-level take each level there is, but what is not known."""
    known = [level for level in Level if level is not Level.UNKNOWN]

    assert [each.value for each in LevelName] == [str(level) for level in known]
    assert [each.value for each in SortName] == [each.value for each in Sort]
    assert [each.value for each in PriceName] == [each.value for each in PriceMode]


def test_every_kind_is_documented() -> None:
    """docs/kinds.md has a row and a section for each kind."""
    text = text_of("docs/kinds.md")
    listed = {row[0].strip("`") for row in rows(text)} - {"kind"}
    headings = {*re.findall(r"^## (\w+)$", text, re.MULTILINE)}

    assert listed == headings == {kind.value for kind in Kind}


def test_every_fate_is_documented() -> None:
    """docs/completeness.md names each reason to be dead, report.md each spender."""
    dead = [row for row in rows(text_of("docs/completeness.md")) if row[0] == "dead"]
    named = {*re.findall(r"`([a-z ]+)`", dead[0][1])}
    report = text_of("docs/report.md")

    assert named == {reason.value for reason in DeadReason}
    assert [kind for kind in SpenderKind if f"`{kind}`" not in report] == []


def test_what_taking_back_can_say_is_documented() -> None:
    """docs/revoke.md has each verdict, each proof and each urgency, and no other."""
    text = text_of("docs/revoke.md")
    (urgency,) = [row for row in rows(sections()["revoke"]) if row[0] == "`--urgency`"]

    assert first_words(text, "verdict") == {each.value for each in Verdict}
    assert first_words(text, "`effect`") == {
        "EFFECT UNPROVEN" if each is Proof.UNPROVEN else each.value for each in Proof
    }
    assert {*re.findall(r"`(\w+)`", urgency[2])} == {each.value for each in UrgencyName}


def test_every_event_of_a_journal_is_documented() -> None:
    """docs/journal.md says when each line is written."""
    assert first_words(text_of("docs/journal.md"), "`what`") == {
        each.value for each in Event
    }


def first_words(text: str, heading: str) -> set[str]:
    """The first cells of the table whose first column is called so."""
    (table,) = re.findall(
        rf"^\| {re.escape(heading)} \|.*\n\| ---.*\n(?:\|.*\n?)+", text, re.MULTILINE
    )
    return {row[0].strip("`") for row in rows(table)[1:]}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.card.id)
def test_every_rule_is_documented(rule: Rule) -> None:
    """A rule has its page, which names it and its weight, and its line in the index."""
    card = rule.card
    page = text_of(f"docs/rules/{card.id}.md")
    index = text_of("docs/rules/README.md")

    assert page.startswith("# ")
    assert card.id in page.splitlines()[0]
    assert re.search(rf"\b{card.points}\b", page)
    assert card.severity in page
    assert f"({card.id}.md)" in index


def test_every_rule_page_has_its_rule() -> None:
    """No page is left of a rule that is gone."""
    written = {path.stem for path in (ROOT / "docs/rules").glob("*.md")} - {"README"}

    assert written == {rule.card.id for rule in RULES}


@pytest.mark.parametrize("page", [str(page.relative_to(ROOT)) for page in pages()])
def test_every_link_leads_somewhere(page: str) -> None:
    """Each relative link is a file or folder that is there, each anchor a heading."""
    for link in links(text_of(page)):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page

        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text("utf-8")), link


def test_documentation_is_reachable() -> None:
    """The index of docs/ leads to each page of it; the README leads to the index."""
    index = {*links(text_of("docs/README.md"))}
    here = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}

    assert here <= index
    assert "docs/README.md" in {*links(text_of("README.md"))} or not text_of(
        "README.md"
    )
