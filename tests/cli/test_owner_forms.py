"""Who is scanned: an address, on one chain or on all, or a name."""

from __future__ import annotations

import json

import pytest

from allowctl.model.chain import Address
from allowctl.rpc import ens
from allowctl.rpc.client import Rpc
from tests.build import OWNER
from tests.cli.runs import here, serving
from tests.fakes.rpc import FakeRpc


@pytest.mark.parametrize("owner", [f"eip155:8453:{OWNER}", f"base:{OWNER}"])
def test_an_owner_on_one_chain(owner: str) -> None:
    """CAIP-10 and EIP-3770 name the chain: the others are left alone."""
    with serving(FakeRpc(chain=8453)) as base, serving(FakeRpc()) as mainnet:
        ended = here("scan", owner, "-r", base, "-r", mainnet, "--json")
    (scan,) = json.loads(ended.out)["scans"]
    assert (scan["chain"], scan["owner"].lower()) == ("base", OWNER)


def test_an_owner_on_a_chain_that_nobody_serves() -> None:
    """2, and what is served."""
    with serving(FakeRpc()) as url:
        ended = here("scan", f"base:{OWNER}", "-r", url)
    assert ended.code == 2
    assert "no endpoint serves base (8453)" in ended.err


def test_an_owner_on_another_chain_than_asked() -> None:
    """Owner and --chain must not contradict each other."""
    with serving(FakeRpc()) as url:
        ended = here("scan", f"base:{OWNER}", "-r", url, "--chain", "ethereum")
    assert ended.code == 2
    assert "the owner is given on base" in ended.err


@pytest.mark.parametrize(
    "owner",
    [
        "",
        "0x",
        OWNER[:-1],
        OWNER + "0",
        OWNER[2:],
        OWNER.replace("0x", "0X"),
        "0x" + "aB" * 20,
        f"eip155:x:{OWNER}",
        f"eip155:0:{OWNER}",
        f"solana:1:{OWNER}",
        f"nochain:{OWNER}",
        "alice",
        "\x1b[2J.eth\x00:1",
    ],
)
def test_what_is_no_owner(owner: str) -> None:
    """2, in printable words, before any request."""
    ended = here("scan", owner, "-r", "http://127.0.0.1:1")
    assert (ended.code, ended.out) == (2, "")
    assert all(line.isprintable() for line in ended.err.splitlines())


def test_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is resolved on mainnet, scanned where asked, and told with its address."""
    asked: list[tuple[str, str]] = []

    async def resolve(rpc: Rpc, name: str) -> Address:
        asked.append((rpc.host, name))
        return Address(OWNER)

    monkeypatch.setattr(ens, "resolve_name", resolve)
    with serving(FakeRpc(chain=8453)) as base, serving(FakeRpc()) as mainnet:
        ended = here(
            *("scan", "alice.eth", "-r", base, "-r", mainnet, "-c", "base", "--json")
        )
    (scan,) = json.loads(ended.out)["scans"]
    assert asked == [(mainnet.removeprefix("http://"), "alice.eth")]
    assert (scan["chain"], scan["owner_name"]) == ("base", "alice.eth")
    assert scan["owner"].lower() == OWNER


def test_a_name_without_mainnet() -> None:
    """Other chains' registries have other owners: none of them is asked."""
    with serving(FakeRpc(chain=8453)) as base:
        ended = here("scan", "alice.eth", "-r", base)
    assert ended.code == 2
    assert "mainnet" in ended.err
