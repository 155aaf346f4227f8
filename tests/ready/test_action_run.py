"""The action, run as GitHub's runner runs it, against a real node."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import junitparser
import pytest

from tests.e2e.policies import Project, Treasury
from tests.fakes.range_proxy import Refused
from tests.fakes.scripted_proxy import ScriptedProxy
from tests.nodes.anvil import Anvil
from tests.ready.runner import Runner

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("ready")]

NOBODY = "http://127.0.0.1:9"
HOSTILE = "; touch pwned; $(touch pwned) `touch pwned` '; touch pwned; ' *"
_FOREIGN = re.compile(
    r"^::(?!error title=allowctl(::the input | check::))", re.MULTILINE
)
"""A workflow command that is not the script's own."""
_LINES = re.compile(r"(::(error|warning|notice)( [^:]*)?::.*\n)*")


@pytest.fixture(scope="module")
def treasury() -> Iterator[Treasury]:
    with Anvil() as anvil:
        yield Treasury.on(anvil)


@pytest.fixture
def project(treasury: Treasury, tmp_path: Path) -> Project:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return Project(folder=folder, treasury=treasury)


@pytest.fixture
def runner(project: Project, tmp_path: Path) -> Runner:
    url = project.treasury.world.anvil.url
    env = {"ETH_RPC_URL": url}
    return Runner(folder=tmp_path, workspace=project.folder, env=env)


def files(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*")}


def test_what_is_allowed_passes(project: Project, runner: Runner) -> None:
    """0: SARIF in the temporary folder, a summary, no upload, no other file."""
    project.write(project.treasury.allow(project.treasury.key))
    before = files(project.folder)
    ended = runner.action()

    assert ended.code == 0, ended
    assert ended.outputs["exit-code"] == "0"
    sarif = Path(ended.outputs["sarif-file"])
    assert sarif == runner.temp / "allowctl.sarif"
    assert json.loads(sarif.read_text("utf-8"))["version"] == "2.1.0"
    assert ended.outputs["junit-file"] == ""
    assert "treasury" in runner.summary.read_text("utf-8")
    assert ended.uploads() == []
    assert files(project.folder) == before


def test_what_is_violated_fails_and_is_uploaded_all_the_same(
    project: Project, runner: Runner
) -> None:
    """1: annotations and nothing else on stdout, and the upload comes after it."""
    project.write()
    ended = runner.action({"upload-sarif": "true"})

    assert (ended.code, ended.outputs["exit-code"]) == (1, "1")
    assert ended.out.startswith("::error file=allowctl.toml,line=")
    assert _LINES.fullmatch(ended.out)
    assert ended.uploads() == [{"sarif_file": ended.outputs["sarif-file"]}]


def test_inputs_steer_the_check(project: Project, runner: Runner) -> None:
    """exit-zero, fail-on, wallets, chains, working-directory, config and files."""
    project.write(project.treasury.allow(project.treasury.key))
    assert runner.action({"fail-on": "info"}).code == 1
    assert runner.action({"fail-on": "info", "exit-zero": "true"}).code == 0
    assert runner.action({"wallets": "\n treasury,\ttreasury\n"}).code == 0
    assert runner.action({"wallets": "treasury,nobody"}).code == 2
    assert runner.action({"chains": ", 31337 anvil,"}).code == 0
    assert runner.action({"chains": "base"}).code == 2

    below = project.folder / "a b"
    below.mkdir()
    (project.folder / "allowctl.toml").rename(below / "policy.toml")
    inputs = {
        "working-directory": "a b",
        "config": "policy.toml",
        "junit-file": "$(x) *.xml",
        "sarif-file": str(below / "r'.sarif"),
    }
    ended = runner.action(inputs)
    assert ended.code == 0, ended
    assert ended.outputs["sarif-file"] == str(below / "r'.sarif")
    assert ended.outputs["junit-file"] == str(below / "$(x) *.xml")
    suites = junitparser.JUnitXml.fromfile(ended.outputs["junit-file"])
    assert suites.failures == 0
    assert files(below) == {"policy.toml", "r'.sarif", "$(x) *.xml"}


def test_what_was_not_served_is_no_pass(project: Project, runner: Runner) -> None:
    """3, with exit-zero too; a chain that is named may be incomplete."""
    project.write(project.treasury.allow(project.treasury.key))
    nobody = {"ETH_RPC_URL": NOBODY}
    for exit_zero in ("false", "true"):
        ended = runner.action({"exit-zero": exit_zero, "upload-sarif": "true"}, nobody)
        assert (ended.code, ended.outputs["exit-code"]) == (3, "3")
        assert len(ended.uploads()) == 1

    with ScriptedProxy(project.treasury.world.anvil.url) as proxy:
        proxy.refused_methods = {"eth_getLogs": Refused(message="busy")}
        busy = {"ETH_RPC_URL": proxy.url}
        assert runner.action(env=busy).code == 3
        assert runner.action({"allow-incomplete": "base,\nanvil"}, busy).code == 0


def test_nothing_old_is_uploaded(project: Project, runner: Runner) -> None:
    """2: what an earlier step left behind is no result of this one."""
    project.write("\n[policy]\nfail_no = 1\n")
    runner.temp.mkdir()
    (runner.temp / "allowctl.sarif").write_text("{}")
    ended = runner.action({"upload-sarif": "true"})

    assert (ended.code, ended.outputs["exit-code"]) == (2, "2")
    assert ended.outputs["sarif-file"] == ""
    assert ended.uploads() == []
    assert "allowctl.toml:9" in ended.err


@pytest.mark.parametrize(
    "name",
    [
        "config",
        "wallets",
        "chains",
        "fail-on",
        "allow-incomplete",
        "exit-zero",
        "working-directory",
    ],
)
def test_hostile_inputs_are_only_text(
    project: Project, runner: Runner, name: str
) -> None:
    """2: they run nothing, write nothing, add no option, output or annotation."""
    project.write()
    before = files(project.folder)
    ended = runner.action({name: HOSTILE})

    assert (ended.code, ended.outputs["exit-code"]) == (2, "2"), ended
    assert files(project.folder) == before
    assert [*runner.folder.rglob("*pwned*")] == []
    assert not _FOREIGN.search(ended.out)
    assert not _FOREIGN.search(ended.err)


def test_no_secret_is_told(project: Project, runner: Runner) -> None:
    """An endpoint's path and user stand in no output, file or summary."""
    project.write()
    with ScriptedProxy(project.treasury.world.anvil.url) as proxy:
        secret = proxy.url.replace("://", "://user:hunter2@") + "/v3/0a1b2c3d4e5f"
        ended = runner.action({"junit-file": "r.xml"}, {"ETH_RPC_URL": secret})
    assert ended.code == 1, ended
    written = [each for each in runner.folder.rglob("*") if each.is_file()]
    said = [ended.out, ended.err, *ended.outputs.values()]
    said += [each.read_bytes().decode("utf-8", "replace") for each in written]

    assert not [each for each in said if "0a1b2c3d" in each or "hunter2" in each]


def test_code_of_the_workspace_is_not_run(project: Project, runner: Runner) -> None:
    """Modules that lie in a pull request's folder are not imported."""
    project.write(project.treasury.allow(project.treasury.key))
    for name in ("typer", "tomli", "allowctl", "sitecustomize", "pip", "venv"):
        code = "from pathlib import Path\nPath('pwned').touch()\n"
        (project.folder / f"{name}.py").write_text(code)
    ended = runner.action()

    assert ended.code == 0, ended
    assert not (project.folder / "pwned").exists()
