"""The jobs in examples/ci, run against a real node in a project that is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import junitparser
import pytest

from tests.e2e.policies import Project, Treasury
from tests.markdown import anchors, links, text_of
from tests.nodes.anvil import Anvil
from tests.nodes.npm import ROOT
from tests.ready import gitlab
from tests.ready.runner import Runner, load

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("ready")]

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def treasury() -> Iterator[Treasury]:
    with Anvil() as anvil:
        yield Treasury.on(anvil)


@pytest.fixture
def project(treasury: Treasury, tmp_path: Path) -> Project:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return Project(folder=folder, treasury=treasury)


def test_github(project: Project, tmp_path: Path) -> None:
    """It passes, fails with annotations and an upload, and is no pass without a node.

    What was read is kept in the folder that is cached.
    """
    (job,) = load("examples/ci/github.yml")["jobs"].values()
    url = project.treasury.world.anvil.url

    def run(endpoint: str) -> tuple[int, str, list[str], Path]:
        secrets = {"ETH_RPC_URL": endpoint, "ETH_RPC_URL_BASE": NOBODY}
        runner = Runner(folder=tmp_path, workspace=project.folder, secrets=secrets)
        ended = runner.job(job["steps"])
        (cache,) = [each.inputs for each in ended.used if "/cache@" in each.name]
        uploads = [each["sarif_file"] for each in ended.uploads()]
        return ended.code, ended.out, uploads, Path(cache["path"])

    project.write(project.treasury.allow(project.treasury.key))
    code, _, uploads, cached = run(url)
    assert (code, len(uploads)) == (0, 1)
    assert (cached / "cache/cache.db").is_file()
    assert json.loads(Path(uploads[0]).read_text("utf-8"))["runs"]

    project.write()
    code, out, uploads, _ = run(url)
    assert (code, len(uploads)) == (1, 1)
    assert "::error file=allowctl.toml,line=" in out
    assert run(NOBODY)[0] == 3


def test_gitlab(project: Project) -> None:
    """The same; violations stand in the report, which is there when it fails, too."""
    job = load("examples/ci/gitlab.yml")["approvals"]
    url = project.treasury.world.anvil.url

    def run(endpoint: str) -> gitlab.Ended:
        return gitlab.Runner(
            project=project.folder, settings={"ETH_RPC_URL": endpoint}
        ).run(job)

    project.write(project.treasury.allow(project.treasury.key))
    passed = run(url)
    assert passed.code == 0, passed.said
    assert "cache.db" in {each.name for each in passed.cached}

    project.write()
    failed = run(url)
    assert failed.code == 1
    suites = junitparser.JUnitXml.fromfile(str(failed.artifacts["junit"]))
    assert suites.failures == 1
    assert json.loads(failed.artifacts["paths"].read_text("utf-8"))["violated"]
    assert failed.cached
    assert run(NOBODY).code == 3


def test_gitlab_asks_for_files_that_nobody_else_may_write(project: Project) -> None:
    """Without the feature flag the policy could be written by all, and is refused."""
    job = load("examples/ci/gitlab.yml")["approvals"]
    project.write().chmod(0o666)
    runner = gitlab.Runner(project=project.folder, settings={"ETH_RPC_URL": NOBODY})
    refused = runner.run(job)

    assert refused.code == 2
    assert "others may write it" in refused.said
    assert job["variables"]["FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR"] == "true"


@pytest.mark.parametrize("page", ["examples/README.md", "examples/ci/README.md"])
def test_links_lead_somewhere(page: str) -> None:
    """Each is a file that is there, each anchor a heading."""
    for link in links(text_of(page)):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path

        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text("utf-8")), link
