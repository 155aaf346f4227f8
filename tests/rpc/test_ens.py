"""Names resolve by what stands on mainnet, and by nothing else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import aiohttp
import pytest

from allowctl.errors import UsageError
from allowctl.model.chain import ZERO_ADDRESS, Address
from allowctl.model.endpoint import Endpoint
from allowctl.net.http import HttpClient
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.ens import resolve_name
from allowctl.rpc.http import HttpRpc
from tests.fakes.range_proxy import RangeProxy, Refused
from tests.lab.ens import UNIVERSAL_RESOLVER, Ens
from tests.lab.solidity import contract
from tests.nodes.anvil import Anvil

pytestmark = pytest.mark.node

ALICE = Address("0x" + "a1" * 20)


class Canary:
    """A web server that counts who comes."""

    def __init__(self) -> None:
        self.visits = 0
        canary = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canary.visits += 1
                self.send_error(404)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/{{sender}}/{{data}}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def ens() -> Iterator[Ens]:
    with Anvil(chain_id=1) as anvil:
        yield Ens(anvil)


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.stop()


def resolve(url: str, name: str) -> Address:
    async def ask() -> Address:
        async with HttpClient() as client:
            return await resolve_name(HttpRpc(client, Endpoint(url)), name)

    return asyncio.run(ask())


def test_name_resolves(ens: Ens) -> None:
    """A registered name gives its address, however it is capitalised."""
    ens.register("alice.eth")
    ens.point("alice.eth", ALICE)
    ens.register("pay.alice.eth")
    ens.point("pay.alice.eth", "0x" + "b2" * 20)
    found = [
        resolve(ens.anvil.url, name)
        for name in ("alice.eth", "ALICE.eth", "pay.alice.eth")
    ]

    assert found == [ALICE, ALICE, "0x" + "b2" * 20]


def test_name_that_points_to_nothing_does_not_resolve(ens: Ens) -> None:
    """Nobody's name, one without a record, and one that says zero are all errors."""
    ens.register("empty.eth")
    ens.register("zero.eth")
    ens.point("zero.eth", ALICE)
    ens.point("zero.eth", ZERO_ADDRESS)
    ens.register("parent.eth")
    ens.point("parent.eth", ALICE)
    for name in ("nobody.eth", "empty.eth", "zero.eth", "child.parent.eth", "x.test"):
        with pytest.raises(UsageError, match="does not resolve") as caught:
            resolve(ens.anvil.url, name)

        assert caught.value.hint


@pytest.mark.parametrize("length", [3, 32, 100])
def test_garbage_is_no_address(ens: Ens, length: int) -> None:
    """A name's owner chooses the resolver; what it answers is not believed."""
    made = contract("GarbageResolver").create(length)
    ens.register("garbage.eth", ens.anvil.deploy(made))
    with pytest.raises(UsageError, match="does not resolve"):
        resolve(ens.anvil.url, "garbage.eth")


def test_bomb_is_no_address(ens: Ens) -> None:
    """A resolver whose revert data no compiler made changes nothing."""
    bombs = [contract("RevertBomb").create(), contract("FakeLogs").create()]
    for index, code in enumerate(bombs):
        ens.register(f"bomb{index}.eth", ens.anvil.deploy(code))
        with pytest.raises(UsageError, match="does not resolve"):
            resolve(ens.anvil.url, f"bomb{index}.eth")


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away web3's own guards, which let no loopback URL be called."""
    from web3.providers.async_base import AsyncBaseProvider  # noqa: PLC0415 - slow
    from web3.utils import async_exception_handling as ccip  # noqa: PLC0415 - slow

    async def anywhere(url: str) -> None:
        del url

    monkeypatch.setattr(AsyncBaseProvider, "ccip_read_allow_http", True)
    monkeypatch.setattr(ccip, "async_validate_ccip_url_host", anywhere)


@pytest.mark.usefixtures("unguarded")
def test_nobody_is_called_off_the_chain(ens: Ens, canary: Canary) -> None:
    """A wildcard name whose answer lies behind a URL is refused; nothing is fetched."""
    made = contract("OffchainResolver").create(canary.url)
    ens.register("offchain.eth", ens.anvil.deploy(made))
    for name in ("offchain.eth", "anything.offchain.eth"):
        with pytest.raises(UsageError, match="off the chain") as caught:
            resolve(ens.anvil.url, name)

        assert "0x address" in str(caught.value.hint)
    assert canary.visits == 0


@pytest.mark.usefixtures("unguarded")
def test_canary_sings_when_web3_may_call(ens: Ens, canary: Canary) -> None:
    """The proof above means something: web3 left to itself calls that URL."""
    from web3 import AsyncHTTPProvider, AsyncWeb3  # noqa: PLC0415 - slow to load

    async def ask() -> None:
        provider = AsyncHTTPProvider(ens.anvil.url)
        names: Any = AsyncWeb3(provider).ens
        try:
            await names.address("offchain.eth")
        finally:
            await provider.disconnect()

    made = contract("OffchainResolver").create(canary.url)
    ens.register("offchain.eth", ens.anvil.deploy(made))
    with pytest.raises(aiohttp.ClientResponseError):
        asyncio.run(ask())

    assert canary.visits == 1


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "alice..eth", ".eth", "alice.eth.", "al ice.eth", "_x_.eth"),
        *("\u0430pple.eth", "\u202ealice.eth", "\ud800.eth", "\x1b[31m.eth"),
        "\N{GRINNING FACE}" * 100 + ".eth",
        "a" * 256 + ".eth",
    ],
)
def test_malformed_name_is_a_usage_error(ens: Ens, name: str) -> None:
    """What ENSIP-15 does not allow is refused before anything is asked."""
    with RangeProxy(ens.anvil.url) as proxy:
        with pytest.raises(UsageError, match="is no ENS name") as caught:
            resolve(proxy.url, name)

        assert caught.value.hint
        assert caught.value.message.isascii()
        assert caught.value.message.isprintable()
        assert proxy.requests == 0


def test_only_mainnet_is_asked(ens: Ens) -> None:
    """Other chains have an ENS of their own, whose names belong to others."""
    ens.register("alice.eth")
    ens.point("alice.eth", ALICE)
    with RangeProxy(ens.anvil.url) as proxy:
        proxy.false_chain_id = 11_155_111
        with pytest.raises(UsageError, match="serves chain 11155111"):
            resolve(proxy.url, "alice.eth")

        assert proxy.counts == {"eth_chainId": 1}


def test_two_requests_are_enough(ens: Ens) -> None:
    """A name costs the chain id and one call; the clock is not consulted."""
    ens.register("alice.eth")
    ens.point("alice.eth", ALICE)
    with RangeProxy(ens.anvil.url) as proxy:
        assert resolve(proxy.url, "alice.eth") == ALICE
        assert proxy.counts == {"eth_chainId": 1, "eth_call": 1}


def test_refusal_stays_a_refusal(ens: Ens) -> None:
    """An endpoint that does not serve says nothing about the name."""
    with RangeProxy(ens.anvil.url) as proxy:
        proxy.refused_methods["eth_call"] = Refused(
            message="unauthorized", code=-32000, status=401
        )
        with pytest.raises(RefusalError) as caught:
            resolve(proxy.url, "alice.eth")

        assert caught.value.kind is RefusalKind.FATAL


def test_mainnet_without_ens_is_a_refusal(ens: Ens) -> None:
    """An endpoint that has no code where ENS is cannot say that a name is free."""
    snapshot = ens.anvil.snapshot()
    ens.anvil.set_code(UNIVERSAL_RESOLVER, b"")
    try:
        with pytest.raises(RefusalError, match="has no ENS"):
            resolve(ens.anvil.url, "alice.eth")
    finally:
        ens.anvil.revert(snapshot)
