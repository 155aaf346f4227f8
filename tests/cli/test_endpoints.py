"""`allowctl endpoints`: who answers, how quickly, how far, and what was learned."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from allowctl.cli import reach
from allowctl.model.chain import Chain
from tests.cli.runs import here
from tests.fakes.provider import Provider
from tests.fakes.provider_build import build, owner_of
from tests.fakes.provider_profiles import PROFILES
from tests.fakes.server import Raw, ScriptedServer, always
from tests.nodes.jsonrpc import Json
from tests.output.schemas import validator

CLOSED = "http://127.0.0.1:1/a-path-that-is-a-key"
BLOCKS = 5_000


def probed(*arguments: str, code: int = 0) -> Json:
    """The chains of the JSON document."""
    ended = here("endpoints", *arguments, "--json")
    assert ended.code == code, ended
    found = json.loads(ended.out)
    validator("endpoints").validate(found)
    return found["chains"]


def test_an_endpoint_that_answers() -> None:
    """Its host, its latency, its head; it is asked once and for nothing of worth."""
    with Provider(build(blocks=BLOCKS), PROFILES["plain"], log=True) as node:
        (chain,) = probed("-r", f"{node.url}/v3/secret-key")
        asked = node.stats.log or []
    (one,) = chain["endpoints"]
    assert (chain["chain"], chain["working"], chain["head"]) == ("ethereum", True, 5000)
    assert (one["host"], one["health"], one["lag"]) == (node.host, "ok", 0)
    assert one["learned"] is None
    assert asked
    assert not any("eth_getLogs" in str(each) for each in asked)


def test_latency_is_the_endpoint_s() -> None:
    """In milliseconds."""
    slow = replace(PROFILES["plain"], latency=0.2)
    with Provider(build(blocks=BLOCKS), slow) as node:
        (chain,) = probed("-r", node.url)
    assert 200 <= chain["endpoints"][0]["latency_ms"] < 5000


def test_lag() -> None:
    """Behind the best of the chain; lagging from the depth of finality on."""
    with (
        Provider(build(blocks=BLOCKS)) as best,
        Provider(build(blocks=BLOCKS - 3)) as near,
        Provider(build(blocks=BLOCKS - 500)) as far,
    ):
        (chain,) = probed("-r", best.url, "-r", near.url, "-r", far.url)
        text = here("endpoints", "-r", best.url, "-r", far.url).out
    found = [(one["lag"], one["health"]) for one in chain["endpoints"]]
    assert found == [(0, "ok"), (3, "ok"), (500, "lagging")]
    assert "500 behind" in text


@pytest.mark.parametrize(
    "raw",
    [Raw(body=b"<html>"), Raw(status=403, body=b"no"), Raw(body=b"{", length=99)],
    ids=["html", "forbidden", "cut"],
)
def test_a_bad_endpoint(raw: Raw) -> None:
    """It is refused with a reason; the chain it should serve has none left: 3."""
    with ScriptedServer(always(raw)) as server:
        asked, nobody = probed("-r", server.url, "-c", "base", code=3)
    assert (asked["chain"], asked["working"], asked["endpoints"]) == ("base", False, [])
    (one,) = nobody["endpoints"]
    assert (one["host"], one["health"]) == (server.host, "refused")
    assert server.host in one["reason"]


def test_another_chain_than_asked() -> None:
    """It is refused, by host only, with the chain that it serves."""
    with Provider(build(blocks=BLOCKS)) as node:
        base, nobody = probed("-r", f"{node.url}/k3y", "-c", "base", code=3)
        text = here("endpoints", "-r", f"{node.url}/k3y", "-c", "base").out
    assert base["endpoints"] == []
    assert nobody["endpoints"][0]["reason"] == (
        f"{node.host} serves chain 1, not base (8453)"
    )
    assert "base (8453): no endpoint is known" in text
    assert "k3y" not in text


def test_one_of_two_down_is_enough() -> None:
    """0 as long as each chain that was asked for has one; the other is shown."""
    with Provider(build(blocks=BLOCKS)) as node:
        ended = here("endpoints", "-r", node.url, "-r", CLOSED, "-c", "ethereum")
    assert ended.code == 0
    assert "ethereum (1): 1 of 1 endpoint works, head 5,000" in ended.out
    assert "127.0.0.1:1 cannot be reached: connection refused" in ended.out
    assert "a-path" not in ended.out + ended.err


def test_all_down() -> None:
    """3, also where no chain was asked for."""
    ended = here("endpoints", "-r", CLOSED)
    assert ended.code == 3
    assert "127.0.0.1:1" in ended.out


def test_what_was_learned() -> None:
    """What a scan found out is shown with its age, and is kept for the host only."""
    with Provider(build(blocks=30_000), PROFILES["cap-comma-10k"]) as node:
        assert here("scan", owner_of(0), "-r", node.url).code == 0
        (chain,) = probed("-r", node.url)
        text = here("endpoints", "-r", node.url).out
        (other,) = probed("-r", f"{node.url}/other")
    learned = chain["endpoints"][0]["learned"]
    assert learned["results"] == 10_000 or learned["span"] == 10_000
    assert 0 <= learned["age_seconds"] < 100
    assert "learned 0 min ago: " in text
    assert "10,000" in text
    assert other["endpoints"][0]["learned"] is None


def test_no_cache_is_made_by_looking(own_folders: Path) -> None:
    """Nothing is remembered of a mere look."""
    here("endpoints", "-r", CLOSED)
    assert not list(own_folders.rglob("cache.db"))


def test_configured_endpoints(own_folders: Path) -> None:
    """Without --rpc-url, those of the configured chains; its public ones on demand."""
    with Provider(build(blocks=BLOCKS, chain_id=4242)) as node:
        folder = own_folders / "config"
        folder.mkdir()
        (folder / "allowctl.toml").write_text(
            f'[chains.ours]\nid = 4242\nrpc = ["{node.url}/key"]\n', "utf-8"
        )
        (chain,) = probed()
    assert (chain["chain"], chain["endpoints"][0]["named"]) == ("ours", True)


def test_the_usual_chain() -> None:
    """Where nothing is configured, it is Ethereum, at its public endpoints."""
    (chain,) = reach.usual([Chain(id=1, name="ethereum"), Chain(id=10, name="other")])
    assert chain.id == 1
    endpoints = reach.endpoints_of(chain, public=False)
    assert endpoints
    assert not any(each.named for each in endpoints)


def test_bad_input() -> None:
    """2, with the nearest name, and no URL repeated."""
    ended = here("endpoints", "-c", "etherum")
    assert (ended.code, ended.out) == (2, "")
    assert "did you mean 'ethereum'?" in ended.err
    ended = here("endpoints", "-r", "ftp://secret")
    assert ended.code == 2
    assert "secret" not in ended.err
