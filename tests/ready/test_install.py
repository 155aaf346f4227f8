"""What installs allowctl for others, run in a folder of its own.

Both fetch what is pinned from where pip is told to look, as `make` does. Tests reach
nothing but loopback, so these run only where somebody asks for them:
ALLOWCTL_TEST_INSTALL=1 python -m pytest tests/ready/test_install.py
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from allowctl import __version__
from tests.e2e.command import environment
from tests.nodes.npm import ROOT
from tests.nodes.process import finish
from tests.ready.container import context, stages
from tests.ready.runner import Runner

pytestmark = [
    pytest.mark.xdist_group("ready-install"),
    pytest.mark.skipif(
        "ALLOWCTL_TEST_INSTALL" not in os.environ,
        reason="fetches packages: set ALLOWCTL_TEST_INSTALL=1",
    ),
]

_SECONDS = 250


def shell(command: str, env: Mapping[str, str], cwd: Path) -> str:
    """What a command of the Dockerfile prints."""
    code, out, err = finish(
        ["/bin/sh", "-c", command], env=env, cwd=cwd, seconds=_SECONDS
    )
    assert code == 0, f"{command}\n{err.decode()}"
    return out.decode()


def proxies() -> dict[str, str]:
    """What pip goes by here, and tests of allowctl itself do not."""
    names = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
    return {k: v for k, v in os.environ.items() if k.lower() in names}


def built() -> list[Path]:
    """What a build leaves in a checkout where it is not kept out of it."""
    found = [*ROOT.glob("build"), *ROOT.glob("dist"), *ROOT.glob("src/*")]
    return sorted(found)


def a_python(folder: Path) -> str:
    """A folder with a `python`: the one that runs the tests."""
    folder.mkdir()
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def as_it_is_run(allowctl: list[str | Path], tmp_path: Path) -> None:
    """It says its version, knows its rules' pages, and reads the example's policy."""
    env = environment(tmp_path / "home")
    for arguments, wanted in [
        (["--version"], __version__),
        (["explain", "eoa-spender"], "eoa-spender"),
        (["policy", "validate", str(ROOT / "examples/allowctl.toml")], ""),
    ]:
        code, out, err = finish([*allowctl, *arguments], env=env, cwd=tmp_path)
        assert code == 0, err.decode()
        assert wanted in out.decode()


def test_the_containers_steps_install_it(tmp_path: Path) -> None:
    """Each RUN of the build, on the files that it is given; no pip is left in it.

    Python, user and base are this machine's: no daemon is here to build it whole.
    """
    source, opt = tmp_path / "src", tmp_path / "opt"
    for name in context():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, source / name)
    # Its ENV has pip keep nothing; here what is fetched is kept for the next time.
    env = {**os.environ, "PATH": a_python(tmp_path / "bin")}
    runs = [each.rest for each in stages()[0] if each.word == "RUN"]
    for each in runs:
        shell(each.replace("/opt/", f"{opt}/"), env, source)

    inside = opt / "allowctl"
    assert len(runs) == 6
    assert [*inside.glob("lib/python*/site-packages/pip*")] == []
    assert [*inside.glob("lib/python*/site-packages/hatchling")] == []
    as_it_is_run([inside / "bin/allowctl"], tmp_path)


def test_the_action_installs_itself(tmp_path: Path) -> None:
    """From its own checkout, which stays as it is, and not from the job's folder."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    for name in ("pip", "venv", "hatchling"):
        (workspace / f"{name}.py").write_text("raise SystemExit('not this one')\n")
    runner = Runner(
        folder=tmp_path,
        workspace=workspace,
        python=None,
        env={**proxies(), "PATH": a_python(tmp_path / "bin")},
    )
    before = built()
    ended = runner.action({"config": "nowhere.toml"})
    python = ended.outputs.get("steps.install.outputs.python")
    assert python, ended.err

    assert python == str(runner.temp / "allowctl-venv/bin/python")
    assert (ended.code, ended.outputs["exit-code"]) == (2, "2")
    assert "nowhere.toml" in ended.err
    assert built() == before
    as_it_is_run([python, "-I", "-m", "allowctl"], tmp_path)
