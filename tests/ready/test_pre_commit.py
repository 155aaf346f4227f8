"""The hook, run as pre-commit runs it: the entry, and behind it the files that fit."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import environment
from tests.nodes.npm import ROOT
from tests.nodes.process import finish
from tests.ready.runner import load

GOOD = (ROOT / "examples/allowctl.toml").read_text("utf-8")
BAD = "version = 1\n[policy]\nfail_no = 1\n"


def hook() -> Any:  # noqa: ANN401 - whatever the YAML holds
    (only,) = load(".pre-commit-hooks.yaml")
    return only


def commit(folder: Path, *changed: str) -> tuple[int, str]:
    """What the hook says of files that are about to be committed.

    No variable of the files is set, and no endpoint is there.
    """
    files = [each for each in changed if re.search(hook()["files"], each)]
    if not files:
        return 0, "no files to check"
    env = environment(folder / "home")
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    words = [*shlex.split(hook()["entry"]), *files]
    code, out, err = finish(words, env=env, cwd=folder)
    return code, (out + err).decode()


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o644)


def test_a_good_policy_may_be_committed(tmp_path: Path) -> None:
    """The example passes, though none of its variables is set; others are no matter."""
    write(tmp_path, "allowctl.toml", GOOD)
    write(tmp_path, "other.toml", BAD)

    assert commit(tmp_path, "allowctl.toml", "other.toml", "README.md")[0] == 0
    assert commit(tmp_path, "other.toml") == (0, "no files to check")


def test_a_bad_policy_may_not(tmp_path: Path) -> None:
    """Wherever it lies and whatever is beside it: file and line are told."""
    write(tmp_path, "allowctl.toml", GOOD)
    write(tmp_path, "below/allowctl.toml", BAD)
    code, said = commit(tmp_path, "allowctl.toml", "below/allowctl.toml")

    assert code != 0
    assert "below/allowctl.toml:3: policy.fail_no" in said


@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("allowctl.toml", True),
        ("ops/allowctl.toml", True),
        ("my-allowctl.toml", False),
        ("allowctl.toml.bak", False),
        ("allowctl_toml", False),
    ],
)
def test_which_files_it_reads(path: str, *, fits: bool) -> None:
    """Those that allowctl would find, and no other."""
    assert bool(re.search(hook()["files"], path)) is fits


def test_pre_commit_knows_what_it_says() -> None:
    """Only keys that pre-commit has; it is installed from this repository."""
    assert hook().keys() == {
        "id",
        "name",
        "description",
        "entry",
        "language",
        "files",
        "pass_filenames",
        "require_serial",
    }
    assert (hook()["language"], hook()["pass_filenames"]) == ("python", True)


def test_the_example_calls_it_by_its_name() -> None:
    """Pinned by a commit, as what CI runs is."""
    (repository,) = load("examples/ci/pre-commit-config.yaml")["repos"]

    assert [each["id"] for each in repository["hooks"]] == [hook()["id"]]
    assert re.fullmatch(r"[0-9a-f]{40}", repository["rev"])
