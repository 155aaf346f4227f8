"""Public endpoints: when they are asked, and that it is said once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from allowctl.chains.registry import chains
from allowctl.cli import reach
from allowctl.model.chain import Chain
from tests.cli.runs import here
from tests.fakes.provider import Provider
from tests.fakes.provider_build import build, owner_of

OWNER = owner_of(0)
NOTICE = "public endpoints are asked: their operators learn which owners"


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The one public endpoint that there is, of Ethereum."""
    with Provider(build(blocks=5_000)) as node:
        table = (Chain(id=1, name="ethereum", endpoints=(node.url,)), chains()[1])
        monkeypatch.setattr(reach, "chains", lambda: table)
        yield node


def configure(folder: Path, url: str) -> None:
    (folder / "config").mkdir()
    text = f'[chains.ethereum]\nrpc = ["{url}"]\n'
    (folder / "config" / "allowctl.toml").write_text(text, "utf-8")


def test_without_any_configuration(public: Provider) -> None:
    """Ethereum, at its public endpoints; said the first time ever and not again."""
    first, second = (here("scan", OWNER, "--json") for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    (scan,) = json.loads(first.out)["scans"]
    assert (scan["chain"], scan["coverage"]["endpoints"]) == ("ethereum", [public.host])
    assert first.err.startswith(NOTICE)
    assert len(first.err.splitlines()) == 1
    assert second.err == ""


def test_who_did_not_hear_it_is_told_later(public: Provider) -> None:
    """-q neither says it nor uses it up."""
    assert here("scan", OWNER, "-q").err == ""
    assert here("scan", OWNER).err.startswith(NOTICE)
    assert public.stats.http


def test_a_configured_chain_never_falls_back(
    public: Provider, own_folders: Path
) -> None:
    """Its own endpoint is down: that is a gap, and the public one is not asked."""
    configure(own_folders, "http://127.0.0.1:1/key")
    ended = here("scan", OWNER, "--json")
    assert ended.code == 3
    (gap,) = json.loads(ended.out)["unscanned"]
    assert gap["chain"] == "ethereum"
    assert "127.0.0.1:1 cannot be reached" in gap["reason"]
    assert public.stats.http == 0
    assert NOTICE not in ended.err


def test_unless_public_says_so(public: Provider, own_folders: Path) -> None:
    """--public: then it does, and the report says who was left out."""
    configure(own_folders, "http://127.0.0.1:1/key")
    ended = here("scan", OWNER, "--json", "--public")
    assert ended.code == 0
    (scan,) = json.loads(ended.out)["scans"]
    assert scan["coverage"]["endpoints"] == [public.host]
    assert any("left out: 127.0.0.1:1" in each for each in scan["blind_spots"])
    assert ended.err.startswith(NOTICE)


def test_a_named_endpoint_is_not_public(public: Provider) -> None:
    """--rpc-url takes the place of all others, in silence."""
    with Provider(build(blocks=5_000)) as node:
        ended = here("scan", OWNER, "-r", node.url)
    assert (ended.code, ended.err) == (0, "")
    assert public.stats.http == 0
