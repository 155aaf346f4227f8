"""`allowctl chains`: what --chain takes."""

from __future__ import annotations

import json
from pathlib import Path

from allowctl.chains.registry import chains
from tests.cli.runs import here
from tests.nodes.jsonrpc import Json
from tests.output.schemas import validator


def listed(*arguments: str) -> list[Json]:
    ended = here("chains", *arguments, "--json")
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    validator("chains").validate(found)
    return list(found["chains"])


def test_every_chain() -> None:
    """Each of the table, in its order, with its endpoints counted."""
    found = listed()
    assert [each["chain_id"] for each in found] == [each.id for each in chains()]
    assert [each["public_endpoints"] for each in found] == [
        len(each.endpoints) for each in chains()
    ]
    lines = here("chains").out.splitlines()
    assert max(map(len, lines)) <= 80
    for each in chains():
        assert any(line.split()[:2] == [each.name, str(each.id)] for line in lines)


def test_some_chains() -> None:
    """By name, alias, id or group, as --chain takes them."""
    assert [each["chain"] for each in listed("eth,8453", "polygon")] == [
        "ethereum",
        "base",
        "polygon",
    ]
    assert all(each["testnet"] for each in listed("testnets"))
    (row,) = here("chains", "sepolia").out.splitlines()[1:]
    assert row.endswith("(testnet)")


def test_the_nearest_name() -> None:
    """2, and what may have been meant."""
    ended = here("chains", "arbitum")
    assert (ended.code, ended.out) == (2, "")
    assert "did you mean 'arbitrum'?" in ended.err


def test_configured_chains(own_folders: Path) -> None:
    """One's own stand beside the table's; endpoints are counted, never shown."""
    folder = own_folders / "config"
    folder.mkdir()
    (folder / "allowctl.toml").write_text(
        '[chains.ours]\nid = 4242\nrpc = ["https://node.example/key"]\n'
        '[chains.base]\nrpc = ["https://node.example/key"]\n',
        "utf-8",
    )
    ours, base = listed("ours", "base")
    assert (ours["public_endpoints"], ours["configured_endpoints"]) == (0, 1)
    assert base["configured_endpoints"] == 1
    assert base["public_endpoints"] > 0
    text = here("chains").out
    assert "(1 configured)" in text
    assert "node.example" not in text
