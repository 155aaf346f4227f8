"""What is written in action.yml, in the workflows and in the action's scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.markdown import rows, text_of
from tests.nodes.npm import ROOT
from tests.nodes.process import finish
from tests.ready.runner import OURS, load, parse

ACTION = "action.yml"
WORKFLOWS = [
    *sorted(str(each.relative_to(ROOT)) for each in ROOT.glob(".github/workflows/*")),
    "examples/ci/github.yml",
]
SCRIPTS = sorted((ROOT / "tools/action").iterdir())
_PINNED = re.compile(r"([\w.-]+/[\w./-]+)@([0-9a-f]{40})")
_SECRET = re.compile(r"key|secret|token|pass|url|rpc|mnemonic|header")


def steps(file: str) -> list[Any]:
    """Every step in it."""
    read = load(file)
    jobs = read["jobs"].values() if "jobs" in read else [read["runs"]]
    return [step for job in jobs for step in job["steps"]]


def scripts(node: object) -> Iterator[str]:
    """Every `run`, however deep."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "run":
                yield value
            yield from scripts(value)
    elif isinstance(node, list):
        for each in node:
            yield from scripts(each)


@pytest.mark.parametrize("file", [ACTION, *WORKFLOWS])
def test_nothing_is_put_into_a_script(file: str) -> None:
    """No `run` holds an expression: what an input says is never read as a command."""
    found = [*scripts(load(file))]

    assert [each for each in found if "${{" in each] == []
    assert found or file == "examples/ci/github.yml"


@pytest.mark.parametrize("file", [ACTION, *WORKFLOWS])
def test_every_action_is_pinned(file: str) -> None:
    """By a whole commit, with its version behind it; ours is for the reader to fill."""
    text = (ROOT / file).read_text("utf-8")
    named = [step["uses"] for step in steps(file) if "uses" in step]

    assert all(_PINNED.fullmatch(each) for each in named)
    for each in named:
        if not OURS.fullmatch(each):
            assert re.search(
                rf"{re.escape(each)} # v\d+\.\d+\.\d+$", text, re.MULTILINE
            )


def test_one_action_has_one_pin() -> None:
    """The same commit everywhere."""
    pins: dict[str, set[str]] = {}
    for file in (ACTION, *WORKFLOWS):
        for step in steps(file):
            if found := _PINNED.fullmatch(step.get("uses", "")):
                pins.setdefault(found[1], set()).add(found[2])

    assert {name: len(each) for name, each in pins.items()} == dict.fromkeys(pins, 1)


@pytest.mark.parametrize("file", WORKFLOWS)
def test_jobs_may_do_no_more_than_they_must(file: str) -> None:
    """Nothing by default; a job reads the repository, and may upload its results."""
    workflow = load(file)

    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        rights = job["permissions"]
        uploads = any("upload-sarif" in step.get("with", {}) for step in job["steps"])
        writes = {"security-events": "write"} if uploads else {}
        assert rights == {"contents": "read"} | writes
        checkout = [s for s in job["steps"] if "actions/checkout@" in s.get("uses", "")]
        assert [each["with"]["persist-credentials"] for each in checkout] == [False]


def test_every_input_is_followed_and_comes_by_the_environment() -> None:
    """Each is one variable of the script, or an input of another action."""
    action = load(ACTION)
    handed = [
        value
        for step in action["runs"]["steps"]
        for value in (*step.get("env", {}).values(), *step.get("with", {}).values())
    ]
    used = {name for each in handed for name in re.findall(r"inputs\.([\w-]+)", each)}
    conditions = " ".join(step.get("if", "") for step in action["runs"]["steps"])
    used |= {*re.findall(r"inputs\.([\w-]+)", conditions)}

    assert used == action["inputs"].keys()
    assert all(isinstance(each["default"], str) for each in action["inputs"].values())


def test_the_script_reads_what_it_is_given() -> None:
    """Each CHECK_ variable that action.yml sets is read, and no other."""
    (step,) = [each for each in steps(ACTION) if each.get("id") == "check"]
    text = text_of("tools/action/check.sh")

    assert {*re.findall(r"\bCHECK_[A-Z_]+\b", text)} == step["env"].keys()


def test_no_secret_is_an_input() -> None:
    """Inputs are printed by the runner: endpoints come from the environment."""
    assert [name for name in load(ACTION)["inputs"] if _SECRET.search(name)] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_bash_and_stop_at_errors(script: Any) -> None:  # noqa: ANN401 - a path
    """They parse; an unset variable and a failing command end them; none runs text."""
    text = script.read_text("utf-8")
    code, _, err = finish(["bash", "-n", script])

    assert (code, err) == (0, b"")
    assert "\nset -euo pipefail\n" in text
    assert not re.search(r"\beval\b|\bsource\b|set -x|\bbash -c\b", text)


def test_installing_is_pinned_and_looks_nowhere_else() -> None:
    """With hashes, wheels alone, isolated from the job's folder, no index named."""
    text = text_of("tools/action/install.sh")

    assert "--require-hashes --only-binary :all:" in text
    assert {*re.findall(r"-r \"\$GITHUB_ACTION_PATH/(\S+)\"", text)} == {
        "requirements/runtime.txt",
        "requirements/build.txt",
    }
    assert "index-url" not in text
    assert len(re.findall(r"^python -I -m|python\" -I -m", text, re.MULTILINE)) == 2


@pytest.mark.parametrize("what", ["inputs", "outputs"])
def test_every_input_and_output_is_documented(what: str) -> None:
    """docs/ci.md has a row for each, with its default."""
    section = text_of("docs/ci.md").split("## GitHub")[1].split("\n## ")[0]
    tables = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)
    (table,) = [each for each in tables if each.startswith(f"| {what[:-1]} |")]
    listed = {row[0].strip("`"): row for row in rows(table)[1:]}
    there = load(ACTION)[what]

    assert listed.keys() == there.keys()
    if what == "inputs":
        for name, row in listed.items():
            quoted = row[1].startswith("`")
            assert (row[1].strip("`") if quoted else "") == there[name]["default"]


def test_yaml_is_read_as_it_is() -> None:
    """A block of a script keeps its lines."""
    assert [*scripts(parse("steps:\n  - run: |\n      a\n      b\n"))] == ["a\nb\n"]
