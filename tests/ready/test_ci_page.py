"""docs/ci.md: each snippet is run as it stands there."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import junitparser
import pytest

from allowctl.errors import ExitCode
from tests.e2e.command import command, environment
from tests.e2e.policies import Project, Treasury
from tests.markdown import rows, shown, text_of
from tests.nodes.anvil import Anvil
from tests.nodes.npm import ROOT
from tests.nodes.process import finish
from tests.ready import gitlab
from tests.ready.container import stages
from tests.ready.runner import Runner, load, parse

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("ready")]

PAGE = "docs/ci.md"
_BARE = {"--rm", "--read-only"}
"""Options of `docker run` that have no value."""


@pytest.fixture(scope="module")
def treasury() -> Iterator[Treasury]:
    with Anvil() as anvil:
        yield Treasury.on(anvil)


@pytest.fixture
def project(treasury: Treasury, tmp_path: Path) -> Project:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return Project(folder=folder, treasury=treasury)


def snippet(heading: str) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """The section's YAML."""
    section = text_of(PAGE).split(f"\n## {heading}\n")[1].split("\n## ")[0]
    (found,) = re.findall(r"^```yaml\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return parse(found)


def commands(program: str) -> list[str]:
    """What the page's console blocks run."""
    found = [each.command for each in shown(ROOT / PAGE)]
    return [each for each in found if each.startswith(program)]


def test_every_code_is_there() -> None:
    """Those that a check ends with, by its own doing."""
    table = text_of(PAGE).split("\n## ")[0]
    codes = {row[0] for row in rows(table)} - {"code"}

    assert codes == {
        str(int(each))
        for each in (
            ExitCode.OK,
            ExitCode.POLICY,
            ExitCode.USAGE,
            ExitCode.INCOMPLETE,
        )
    }


def test_github(project: Project, tmp_path: Path) -> None:
    """The step alone is enough: it passes, and fails."""
    secrets = {"ETH_RPC_URL": project.treasury.world.anvil.url}
    runner = Runner(folder=tmp_path, workspace=project.folder, secrets=secrets)

    project.write(project.treasury.allow(project.treasury.key))
    assert runner.job(snippet("GitHub")).code == 0
    project.write()
    assert runner.job(snippet("GitHub")).code == 1


def test_gitlab(project: Project) -> None:
    """The job alone is enough, and leaves its report."""
    settings = {"ETH_RPC_URL": project.treasury.world.anvil.url}
    runner = gitlab.Runner(project=project.folder, settings=settings)
    project.write()
    ended = runner.run(snippet("GitLab")["approvals"])

    assert ended.code == 1, ended.said
    assert junitparser.JUnitXml.fromfile(str(ended.artifacts["junit"])).failures == 1


def test_pre_commit() -> None:
    """It is what the example has."""
    assert snippet("pre-commit") == load("examples/ci/pre-commit-config.yaml")["repos"]


def test_the_container_needs_no_more_than_it_is_given(
    project: Project, tmp_path: Path
) -> None:
    """What `docker run` hands in is enough, and nothing but the volume is written.

    No daemon is here: allowctl is run with the variables, arguments and folders that
    the container would have.
    """
    (line,) = [each for each in commands("docker") if " run " in each]
    words = iter(shlex.split(line)[2:])
    handed: dict[str, list[str]] = {}
    image = ""
    for word in words:
        if not word.startswith("-"):
            image = word
            break
        handed.setdefault(word, []).append("" if word in _BARE else next(words))
    assert image == "allowctl"
    assert handed["-v"] == ["allowctl:/data", "$PWD:/work:ro"]
    assert "--read-only" in handed

    (said,) = [each.rest for each in stages()[-1] if each.word == "ENV"]
    data = tmp_path / "data"
    inside = {
        name: value.replace("/data", str(data))
        for name, value in re.findall(r"(\w+)=(\S+)", said)
        if name != "PATH"
    }
    url = project.treasury.world.anvil.url
    env = {name: {"ETH_RPC_URL": url}[name] for name in handed["-e"]}
    project.write().chmod(0o666)
    before = {*project.folder.rglob("*")}
    home = tmp_path / "home"
    home.mkdir()
    kept = {k: v for k, v in environment(home).items() if k.startswith("COV")}
    code, _, err = finish(
        command(*words),
        env={"PATH": os.defpath, "HOME": str(home), "ALLOWCTL_OFFLINE": "1"}
        | {**kept, **inside, **env},
        cwd=project.folder,
    )

    assert code == 1, err.decode()
    assert {*project.folder.rglob("*")} == before
    assert [*home.rglob("*")] == []
    assert (data / "cache/cache.db").is_file()


def test_anywhere_else(project: Project, tmp_path: Path) -> None:
    """The command writes each of its files."""
    (line,) = commands("allowctl")
    project.write()
    url = project.treasury.world.anvil.url
    env = environment(tmp_path / "home", ETH_RPC_URL=url)
    words = shlex.split(line)[1:]
    code, out, _ = finish(command(*words), env=env, cwd=project.folder)

    assert code == 1
    assert b"treasury" in out
    files = [each.split("=")[1] for each in words if "=" in each]
    assert len(files) == 3
    assert all((project.folder / each).is_file() for each in files)
