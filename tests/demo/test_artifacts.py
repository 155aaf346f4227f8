"""The committed artifacts are what the Solidity in contracts/demo compiles to."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from allowctl.demo.artifacts import artifacts
from tests.nodes.npm import node_binary, npm_path

ROOT = Path(__file__).parents[2]


def test_fresh_build_is_the_same() -> None:
    """`node tools/build_contracts.mjs --check` finds no difference."""
    assert npm_path("solc").is_dir()
    done = subprocess.run(
        [node_binary(), "tools/build_contracts.mjs", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_one_artifact_per_source() -> None:
    """Every contract has its source file, and is small enough to be deployed."""
    sources = {it.stem for it in (ROOT / "contracts" / "demo").glob("*.sol")}

    assert set(artifacts()) == sources
    assert max(len(it.runtime) for it in artifacts().values()) < 24_576


@pytest.mark.parametrize(
    ("contract", "function", "selector"),
    [
        ("DemoPermit2", "approve", "87517c45"),
        ("DemoPermit2", "lockdown", "cc53287f"),
        ("DemoPermit2", "invalidateNonces", "65d9723c"),
        ("DemoPermit2", "allowance", "927da105"),
        ("DemoPermit2", "permit", "2b67b570"),
        ("DemoPermit2", "transferFrom", "36c78516"),
        ("DemoMulticall", "aggregate3", "82ad56cb"),
        ("DemoToken", "permit", "d505accf"),
        ("DemoPunks", "setApprovalForAll", "a22cb465"),
    ],
)
def test_selectors(contract: str, function: str, selector: str) -> None:
    """The interfaces are the published ones."""
    zeros = {
        "address": "0x" + "00" * 20,
        "bool": False,
        "bytes32": b"\0" * 32,
        "bytes": b"",
        "tuple": (("0x" + "00" * 20, 0, 0, 0), "0x" + "00" * 20, 0),
    }
    found = artifacts()[contract]
    inputs = found.entry("function", function)["inputs"]
    arguments = [
        [] if it["type"].endswith("[]") else zeros.get(it["type"], 0) for it in inputs
    ]

    assert found.call(function, *arguments)[:4].hex() == selector


def test_unknown_names() -> None:
    """A function that is not there, or there twice, is an error."""
    with pytest.raises(KeyError, match="0 entries"):
        artifacts()["DemoToken"].call("mint")
    with pytest.raises(KeyError, match="2 entries"):
        artifacts()["DemoPunks"].call("safeTransferFrom")
