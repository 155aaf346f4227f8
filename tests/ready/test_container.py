"""What is written in the Dockerfile: no daemon is here to build it."""

from __future__ import annotations

import re

import pytest

from tests.markdown import text_of
from tests.nodes.npm import ROOT
from tests.ready.container import Instruction, context, stages, taken

KEPT_OUT = (
    ".git/config",
    ".env",
    ".venv/bin/python",
    ".github/workflows/ci.yml",
    "node_modules/ganache/index.js",
    "tests/conftest.py",
    "tests/fixtures/UTC--2026-01-01T00-00-00Z--d8da6bf26964af9d7eed9e03e53415d37aa96045",
    "demo-keystore/demo-owner.json",
    "demo-keystore/demo-password.txt",
    "keystore.json",
    "allowctl.toml",
    "requirements/dev.txt",
    "docs/cli.md",
    "src/allowctl/__pycache__/errors.cpython-311.pyc",
    "src/allowctl/errors.pyc",
    "dist/allowctl-0.1.0-py3-none-any.whl",
)


def build() -> list[Instruction]:
    return stages()[0]


def last() -> list[Instruction]:
    return stages()[-1]


def only(word: str, stage: list[Instruction]) -> str:
    (found,) = [each.rest for each in stage if each.word == word]
    return found


def test_it_is_built_in_one_stage_and_run_in_another() -> None:
    """Both from one slim base, pinned by a tag that can be pinned further."""
    (argument,) = [each.rest for each in build() if each.word == "ARG"]

    assert len(stages()) == 2
    assert re.fullmatch(r"BASE=python:3\.\d+-slim-\w+", argument)
    assert only("FROM", build()) == "${BASE} AS build"
    assert only("FROM", last()) == "${BASE}"


def test_it_is_nobody_in_particular() -> None:
    """A fixed user that is not root, and none after it."""
    words = [each.word for each in last()]

    assert only("USER", last()) == "10001:10001"
    assert {*words[words.index("USER") + 1 :]} <= {"HEALTHCHECK", "ENTRYPOINT", "CMD"}
    assert "--uid 10001" in text_of("Dockerfile")


def test_it_starts_allowctl_and_nothing_else() -> None:
    """No shell between, no health check: it runs and ends."""
    assert only("ENTRYPOINT", last()) == '["allowctl"]'
    assert only("CMD", last()) == '["--help"]'
    assert only("HEALTHCHECK", last()) == "NONE"


def test_what_it_writes_is_on_the_volume() -> None:
    """Cache and state; so all else can be read-only."""
    said = dict(re.findall(r"(\w+)=(\S+)", only("ENV", last())))

    assert only("VOLUME", last()) == '["/data"]'
    assert said["ALLOWCTL_CACHE_DIR"] == "/data/cache"
    assert said["ALLOWCTL_STATE_DIR"] == "/data/state"
    assert said["PYTHONDONTWRITEBYTECODE"] == "1"


def test_it_fetches_nothing_but_pinned_wheels() -> None:
    """Each package with its hash, the tree's own wheel from no index; no ADD."""
    installs = [
        each.rest for each in build() if each.word == "RUN" and " pip " in each.rest
    ]
    pinned = (
        r".*install -q --require-hashes --only-binary :all: -r requirements/\w+\.txt"
    )

    assert not [each for stage in stages() for each in stage if each.word == "ADD"]
    assert not re.search(r"https?://|curl|wget|index-url|apt", text_of("Dockerfile"))
    assert len(installs) == 3
    for each in installs:
        assert re.fullmatch(pinned, each) or "--no-deps --no-index" in each
    assert "pip" not in " ".join(each.rest for each in last())


def test_it_holds_no_secret() -> None:
    """No build argument but the base, no variable that could be one."""
    said = [each for stage in stages() for each in stage if each.word in {"ARG", "ENV"}]
    names = {name for each in said for name in re.findall(r"(\w+)=", each.rest)}

    assert names == {
        "BASE",
        "PATH",
        "PIP_NO_CACHE_DIR",
        "PIP_DISABLE_PIP_VERSION_CHECK",
        "PYTHONDONTWRITEBYTECODE",
        "ALLOWCTL_CACHE_DIR",
        "ALLOWCTL_STATE_DIR",
    }


def test_only_what_is_needed_is_copied() -> None:
    """By name, never the whole folder; the last stage takes what was installed."""
    copied = [each.rest.split() for each in build() if each.word == "COPY"]
    sources = [source.rstrip("/") for *found, _ in copied for source in found]

    assert sorted(sources) == [
        "LICENSE",
        "README.md",
        "docs/rules",
        "pyproject.toml",
        "requirements/build.txt",
        "requirements/runtime.txt",
        "src",
    ]
    for source in sources:
        assert (ROOT / source).exists()
        assert taken(f"{source}/x" if (ROOT / source).is_dir() else source)
    assert only("COPY", last()) == "--from=build /opt/allowctl /opt/allowctl"


@pytest.mark.parametrize("path", KEPT_OUT)
def test_the_rest_is_kept_out(path: str) -> None:
    """Whatever lies there: only what is named gets in."""
    assert not taken(path)


def test_the_build_is_given_the_package_and_nothing_more() -> None:
    """Its source, the rules' pages, and what pins and describes it."""
    inside = {re.sub(r"^(src|docs/rules)/.*", r"\1", each) for each in context()}

    assert inside == {
        "LICENSE",
        "README.md",
        "docs/rules",
        "pyproject.toml",
        "requirements/build.txt",
        "requirements/runtime.txt",
        "src",
    }
