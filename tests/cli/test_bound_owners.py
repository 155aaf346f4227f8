"""Owners that are bound to a chain: scanned there, or told of; never left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.build import OWNER, SPENDER
from tests.cli.runs import here, serving
from tests.fakes.rpc import FakeRpc

CLOSED = "http://127.0.0.1:1"


def scanned(out: str) -> list[tuple[str, str]]:
    return [(s["chain"], s["owner"].lower()) for s in json.loads(out)["scans"]]


def test_beside_an_open_one() -> None:
    """Nobody serves its chain, and all say which they serve: 2, nothing is scanned."""
    with serving(FakeRpc()) as url:
        ended = here("scan", OWNER, f"base:{SPENDER}", "-r", url)
    assert (ended.code, ended.out) == (2, "")
    assert "no endpoint serves base (8453)" in ended.err


def test_beside_an_endpoint_that_is_silent() -> None:
    """It may be the one that serves it: a gap of its chain, and the rest goes on."""
    with serving(FakeRpc()) as url:
        arguments = ("scan", OWNER, f"base:{SPENDER}", "-r", url, "-r", CLOSED)
        ended = here(*arguments, "--json")
    assert ended.code == 3
    assert scanned(ended.out) == [("ethereum", OWNER)]
    missing = json.loads(ended.out)["unscanned"]
    assert "base" in [each["chain"] for each in missing]
    assert all("127.0.0.1:1" in each["reason"] for each in missing)


def test_where_both_chains_are_served() -> None:
    """The open one on both, the bound one on its own."""
    with serving(FakeRpc()) as mainnet, serving(FakeRpc(chain=8453)) as base:
        ended = here(
            *("scan", OWNER, f"base:{SPENDER}", "-r", mainnet, "-r", base, "--json")
        )
    assert ended.code == 0
    assert scanned(ended.out) == [
        ("ethereum", OWNER),
        ("base", OWNER),
        ("base", SPENDER),
    ]


def configure(folder: Path, text: str) -> None:
    (folder / "config").mkdir()
    (folder / "config" / "allowctl.toml").write_text(text, "utf-8")


def test_wallets_with_and_without_chains(own_folders: Path) -> None:
    """One that leaves it open is sought on the configured chains, the other on its."""
    with serving(FakeRpc()) as mainnet, serving(FakeRpc(chain=8453)) as base:
        configure(
            own_folders,
            f'[chains.ethereum]\nrpc = ["{mainnet}"]\n'
            f'[chains.base]\nrpc = ["{base}"]\n'
            f'[[wallet]]\nname = "open"\naddress = "{OWNER}"\n'
            f'[[wallet]]\nname = "bound"\naddress = "{SPENDER}"\nchains = ["base"]\n',
        )
        ended = here("scan", "--json")
        named = here("scan", "-r", mainnet)
    assert ended.code == 0
    assert scanned(ended.out) == [
        ("ethereum", OWNER),
        ("base", OWNER),
        ("base", SPENDER),
    ]
    assert named.code == 2
    assert "no endpoint serves base (8453)" in named.err


@pytest.mark.parametrize("name", ["ALLOWCTL_RPC_URL", "ETH_RPC_URL"])
def test_a_variable_leaves_configured_chains_in(
    name: str, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It serves its chain, and the file serves the others; -r serves alone."""
    with serving(FakeRpc()) as mainnet, serving(FakeRpc(chain=8453)) as base:
        configure(own_folders, f'[chains.base]\nrpc = ["{base}"]\n')
        monkeypatch.setenv(name, mainnet)
        both = here("scan", OWNER, f"base:{SPENDER}", "--json")
        picked = here("scan", OWNER, "-c", "base", "--json")
        alone = here("scan", OWNER, "-r", f"{mainnet}/", "--json")
    assert (both.code, picked.code, alone.code) == (0, 0, 0)
    assert sorted(scanned(both.out)) == sorted(
        [("ethereum", OWNER), ("base", OWNER), ("base", SPENDER)]
    )
    assert scanned(picked.out) == [("base", OWNER)]
    assert scanned(alone.out) == [("ethereum", OWNER)]


def test_verify_with_one_endpoint() -> None:
    """Nobody is there to ask: said on stderr, and among what was not seen."""
    said = "nothing can be verified on ethereum: one endpoint alone serves it"
    with serving(FakeRpc()) as url:
        ended = here("scan", OWNER, "-r", url, "--verify", "100", "--json")
        plain = here("scan", OWNER, "-r", url, "--json")
        table = here("scan", OWNER, "-r", url, "--verify", "100", "-q")
    (scan,) = json.loads(ended.out)["scans"]
    assert ended.err.splitlines() == [said]
    assert scan["coverage"]["checked"] == "unchecked"
    assert any(said in each for each in scan["blind_spots"])
    assert said in table.out
    assert table.err == ""
    assert said not in plain.out + plain.err


def test_verify_with_two_endpoints() -> None:
    """Then nothing of the kind is said."""
    with serving(FakeRpc()) as one, serving(FakeRpc()) as two:
        ended = here("scan", OWNER, "-r", one, "-r", two, "--verify", "100", "--json")
    (scan,) = json.loads(ended.out)["scans"]
    assert (ended.code, ended.err) == (0, "")
    assert scan["coverage"]["checked"] == "agreed"
    assert not any("--verify was" in each for each in scan["blind_spots"])
