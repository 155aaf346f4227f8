"""Every example does what its first lines say, on the demo's chain."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomli

from allowctl import demo
from allowctl.model.chain import Address
from tests.e2e.command import allowctl
from tests.lab.abi import encode_call
from tests.lab.ens import Ens
from tests.lab.world import MAX, World
from tests.markdown import links
from tests.nodes.anvil import Anvil

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
_FOLDERS = ("ALLOWCTL_CACHE_DIR", "ALLOWCTL_CONFIG_DIR", "ALLOWCTL_STATE_DIR")


@pytest.fixture(scope="module")
def chain() -> Iterator[demo.RunningDemo]:
    with demo.start(clock_base=1_790_000_000) as running:
        yield running


def _run(
    chain: demo.RunningDemo, *command: str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    scripts = Path(sys.executable).parent
    environment = {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "ETH_RPC_URL": chain.url,
        "ALLOWCTL_OFFLINE": "1",
        **{name: os.environ[name] for name in _FOLDERS},
    }
    return subprocess.run(
        command,
        env=environment,
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("folder", [EXAMPLES, EXAMPLES / "ci"], ids=lambda p: p.name)
def test_every_example_is_listed(folder: Path) -> None:
    """A folder's README names each file in it and each folder's README, no other."""
    listed = (folder / "README.md").read_text("utf-8")
    files = {
        f"{path.name}/README.md" if path.is_dir() else path.name
        for path in folder.iterdir()
    }
    own = {link for link in links(listed) if not link.startswith("..")}

    assert own == files - {"README.md"}


def test_nightly_scan_keeps_reports_and_ends_with_the_worst_code(
    chain: demo.RunningDemo, tmp_path: Path
) -> None:
    """A wallet with a critical row, a clean one and a typing error: 2 wins."""
    wallets = tmp_path / "wallets.txt"
    clean = "0x" + "12" * 20
    wallets.write_text(f"# ours\n{chain.owner}\n\n{clean}\n0x12\n", "utf-8")
    folder = tmp_path / "reports"

    done = _run(chain, "sh", "examples/nightly-scan.sh", str(wallets), str(folder))

    assert done.returncode == 2, done
    assert f"{chain.owner}: something of level high or worse" in done.stdout
    assert "0x12: allowctl ended with 2" in done.stdout
    assert clean not in done.stdout
    report = json.loads((folder / f"{chain.owner}.json").read_text("utf-8"))
    assert report["complete"] is True
    assert "No live approval" in (folder / f"{clean}.txt").read_text("utf-8")


def test_largest_exposures_reads_a_report(chain: demo.RunningDemo) -> None:
    """Each spender stands there once, the most dangerous first."""
    allowctl = (sys.executable, "-m", "allowctl", "scan", chain.owner)
    report = _run(chain, *allowctl, "--json")
    assert report.returncode == 0, report.stderr

    script = "examples/largest-exposures.py"
    done = _run(chain, sys.executable, script, stdin=report.stdout)

    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len({line.split()[-1] for line in lines}) == len(lines) > 3
    assert lines[0].startswith("100 points")


# The policy

POLICY = EXAMPLES / "allowctl.toml"


def as_json(value: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
    """As editors see it, to whom a day is a text."""
    match value:
        case dict():
            return {key: as_json(each) for key, each in value.items()}
        case list():
            return [as_json(each) for each in value]
        case date():
            return value.isoformat()
    return value


def test_the_policy_is_valid_without_any_variable() -> None:
    """For allowctl and for editors that go by the published schema."""
    schema = (ROOT / "docs/schema/allowctl.schema.json").read_text("utf-8")
    jsonschema.validate(
        as_json(tomli.loads(POLICY.read_text("utf-8"))), json.loads(schema)
    )
    done = allowctl("policy", "validate", str(POLICY))

    assert (done.code, done.err) == (0, "")


def test_the_policy_has_every_table_of_a_policy() -> None:
    """So that each can be copied from it; what is judgement stands elsewhere."""
    found = tomli.loads(POLICY.read_text("utf-8"))

    assert found.keys() == {
        *("version", "chains", "wallet", "policy", "rule", "allow"),
        *("acknowledge", "probe", "baseline"),
    }
    assert {each["action"] for each in found["rule"]} == {"deny", "warn", "ignore"}


@pytest.mark.node
def test_the_policy_is_followed(tmp_path: Path) -> None:
    """On two chains with nothing on them: it passes, and idle entries are warnings.

    An approval that no entry is about fails it; known from before, it passes.
    """
    shutil.copy(POLICY, tmp_path / POLICY.name)
    with Anvil(chain_id=1) as anvil, Anvil(chain_id=8453) as base:
        treasury, payroll = tomli.loads(POLICY.read_text("utf-8"))["wallet"]
        world, ens = World(anvil), Ens(anvil)
        ens.register(treasury["ens"])
        ens.point(treasury["ens"], treasury["address"])
        env = {"ETH_RPC_URL": anvil.url, "ETH_RPC_URL_BASE": base.url}

        def check(*options: str) -> Any:  # noqa: ANN401 - JSON
            named = ("--config", POLICY.name, "--prices", "none")
            done = allowctl("check", "--json", *named, *options, env=env, cwd=tmp_path)
            assert done.code in {0, 1}, done.err
            return done.document

        baseline = ("--write-baseline", ".allowctl-baseline.json")
        first = check(*baseline)
        assert (first["violated"], first["complete"]) == (False, True)
        assert {each["check"] for each in first["violations"]} == {
            "allow-unused",
            "acknowledge-unused",
            "probe-no-code",
        }
        assert check()["violated"] is False

        owner, spender = Address(payroll["address"].lower()), world.spenders[0]
        anvil.fund(owner)
        data = encode_call("approve(address,uint256)", spender, MAX)
        anvil.send(owner, world.token(), data)
        second = check()
        fails = {each["check"] for each in second["violations"] if each["fails"]}
        assert second["violated"] is True
        assert fails == {"fail-on", "unlimited", "rule.keys-hold-nothing"}
        assert check(*baseline)["violated"] is False
        assert check()["violated"] is False
