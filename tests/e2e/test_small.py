"""Scans of small chains: moments, reorganisations, owners' names, two faces."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from eth_utils.address import to_checksum_address

from allowctl.model.chain import Address
from tests.e2e.books import Told, differences, expected, law_holds, told
from tests.e2e.command import allowctl, scan
from tests.e2e.tale import unnamed
from tests.fakes.scripted_proxy import ScriptedProxy
from tests.lab.artifacts import MULTICALL3
from tests.lab.ens import Ens
from tests.lab.story import CHAPTERS
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import Json
from tests.nodes.node import address_of

pytestmark = pytest.mark.node

SPENDER = Address("0x" + "5e" * 20)


class Album:
    """The story on a chain that keeps old states, with a picture after each chapter."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pictures: dict[int, Told] = {}
        """Block -> the truth at it."""
        for chapter in CHAPTERS:
            chapter(world)
            world.idle(3)
            hidden = unnamed(world).keys()
            known = world.truth | world.books.silent
            truth = {key: known[key] for key in known.keys() - hidden}
            self.pictures[world.anvil.head] = expected(world, truth)


@pytest.fixture(scope="module")
def album() -> Iterator[Album]:
    with Anvil(history=True) as anvil:
        yield Album(World(anvil))


@pytest.fixture
def world() -> Iterator[World]:
    """An owner with one grant, on a chain that keeps old states."""
    with Anvil(history=True) as anvil:
        world = World(anvil)
        token = world.token()
        world.approve(token, SPENDER, 5)
        world.idle(3)
        yield world


@pytest.mark.xdist_group("album")
@pytest.mark.parametrize("chapter", range(len(CHAPTERS)))
def test_earlier_moment_is_told_as_it_was(album: Album, chapter: int) -> None:
    """--to-block N gives the truth at N: logs up to it, state and time at it."""
    number = sorted(album.pictures)[chapter]
    asked = (album.world.owner, "--show-dead", "--to-block", number)
    found = scan(album.world.anvil.url, *asked)

    assert found.code == 0
    assert differences(told(found.scan), album.pictures[number]) == []
    assert found.scan["as_of"]["number"] == number
    assert found.scan["coverage"]["to_block"] == number


@pytest.mark.xdist_group("album")
def test_block_to_come_is_a_usage_error(album: Album) -> None:
    """--to-block above the head cannot be answered, and is not."""
    head = album.world.anvil.head
    found = scan(album.world.anvil.url, album.world.owner, "--to-block", head + 1)

    assert found.code == 2
    assert f"block {head + 1} is not there yet" in found.document["error"]["message"]


@pytest.mark.xdist_group("album")
def test_from_block_misses_what_was_before(album: Album) -> None:
    """--from-block finds only what later logs name, and says what was not sought."""
    first = sorted(album.pictures)[-2] + 1
    found = scan(
        album.world.anvil.url, album.world.owner, "--show-dead", "--from-block", first
    )
    late = {address_of(log["address"]) for log in album.world.anvil.logs(first=first)}
    said, whole = told(found.scan), album.pictures[max(album.pictures)]
    named = [*said.live, *said.dormant, *said.dead, *said.refused]

    assert found.code == 0
    assert said.live.items() < whole.live.items()
    assert said.live
    assert {key.token for key in named} <= late
    assert (
        f"approvals before block {first} were not sought" in (found.scan["blind_spots"])
    )
    assert found.scan["coverage"]["from_block"] == first


def test_reorganised_scan_begins_anew(world: World) -> None:
    """What a block said that is no longer there is not reported.

    The last block grants, is pinned, and is replaced by an empty one before the
    logs are read: the report is true at the new block.
    """
    kept = expected(world)
    world.approve(world.token(), SPENDER, MAX)
    pinned = world.anvil.block()["hash"]
    with ScriptedProxy(world.anvil.url) as proxy:
        proxy.cues["eth_call"] = lambda: world.anvil.reorg(2)
        found = scan(proxy.url, world.owner, "--show-dead")

        assert proxy.cued.is_set()
        assert proxy.counts["eth_getLogs"] == 2
    assert found.code == 0
    assert differences(told(found.scan), kept) == []
    assert found.scan["as_of"]["hash"] == world.anvil.block()["hash"] != pinned


def test_chain_that_never_holds_still_is_not_reported(world: World) -> None:
    """Where every try is reorganised away there is no report: exit 3."""

    def again() -> bool:
        world.anvil.reorg(1)
        return True

    with ScriptedProxy(world.anvil.url) as proxy:
        proxy.cues["eth_getLogs"] = again
        found = scan(proxy.url, world.owner)

        assert proxy.counts["eth_getLogs"] == 4
    assert found.code == 3
    (unscanned,) = found.document["unscanned"]
    assert found.document["scans"] == []
    assert "was reorganised" in unscanned["reason"]


class PlainProxy(ScriptedProxy):
    """A node that makes calls, and takes neither overrides nor creations."""

    def answer(self, body: bytes) -> tuple[int, bytes]:
        asked = json.loads(body)
        requests = asked if isinstance(asked, list) else [asked]
        if any(_is_special(each) for each in requests):
            error = {"code": -32602, "message": "too many arguments, want at most 2"}
            replies = [{"id": each["id"], "error": error} for each in requests]
            return 200, json.dumps(
                replies if asked is requests else replies[0]
            ).encode()
        return super().answer(body)


def _is_special(request: Json) -> bool:
    params = request["params"]
    is_call = request["method"] == "eth_call"
    return is_call and (len(params) > 2 or "to" not in params[0])


def test_two_faced_token_is_believed_by_contracts(world: World) -> None:
    """A token that answers contracts otherwise than others is counted, not missed.

    Through Multicall3, or what takes its place, it says zero and is dead; where
    calls are made one by one, it says everything and is live. Only a token that
    lies can do so, and it guards nothing but itself. Each report says so.
    """
    liar = world.lab("CallerDependent")
    world.bait(liar, SPENDER)
    through = scan(world.anvil.url, world.owner, "--show-dead").scan
    world.anvil.set_code(MULTICALL3, b"")
    instead = scan(world.anvil.url, world.owner, "--show-dead").scan
    with PlainProxy(world.anvil.url) as proxy:
        alone = scan(proxy.url, world.owner, "--show-dead").scan
    fates = [
        {key.token: "live" for key in told(each).live}
        | {key.token: "dead" for key in told(each).dead}
        for each in (through, instead, alone)
    ]

    assert [each[liar] for each in fates] == ["dead", "dead", "live"]
    for each in (through, instead, alone):
        assert law_holds(each)
        spots = each["blind_spots"]
        assert "tokens that tell different askers different things" in spots


@pytest.fixture(scope="module")
def mainnet() -> Iterator[World]:
    """A chain that says it is mainnet, with ENS and an owner who has a name."""
    with Anvil(chain_id=1) as anvil:
        world = World(anvil)
        ens = Ens(anvil)
        ens.register("alice.eth")
        ens.point("alice.eth", world.owner)
        world.approve(world.token(), SPENDER, 5)
        yield world


@pytest.mark.xdist_group("mainnet")
@pytest.mark.parametrize(
    "written",
    ["{}", "eip155:1:{}", "eth:{}", "alice.eth", "ALICE.eth"],
    ids=["0x", "CAIP-10", "EIP-3770", "ENS", "ENS in capitals"],
)
def test_owner_in_any_spelling(mainnet: World, written: str) -> None:
    """The same owner, however written; the report says the resolved address."""
    owner = to_checksum_address(mainnet.owner)
    asked = written.format(owner)
    found = scan(mainnet.anvil.url, asked, "--show-dead")
    name = None if owner in asked else asked

    assert found.code == 0
    assert (found.scan["owner"], found.scan["owner_name"]) == (owner, name)
    assert (found.scan["chain"], found.scan["chain_id"]) == ("ethereum", 1)
    assert differences(told(found.scan), expected(mainnet)) == []


@pytest.mark.xdist_group("mainnet")
def test_resolved_address_is_printed(mainnet: World) -> None:
    """The table of a scan by name shows the address, and the name without a link."""
    found = allowctl("scan", "alice.eth", "--rpc-url", mainnet.anvil.url)

    assert found.code == 0
    assert (
        f"{to_checksum_address(mainnet.owner)} (alice[.]eth) on ethereum" in found.out
    )


@pytest.mark.xdist_group("mainnet")
@pytest.mark.parametrize(
    "asked", ["eip155:10:{}", "oeth:{}", "bob.eth", "eth:0x12", "0x12"]
)
def test_owner_who_cannot_be_is_a_usage_error(mainnet: World, asked: str) -> None:
    """Another chain's account, a name that is nobody's, half an address: exit 2."""
    found = scan(mainnet.anvil.url, asked.format(mainnet.owner))

    assert found.code == 2
    assert found.document["schema"] == "allowctl.error/v1"


@pytest.mark.xdist_group("mainnet")
def test_owners_are_scanned_in_one_run(mainnet: World) -> None:
    """Several owners give several scans, in the order asked, each its own."""
    other = World(mainnet.anvil, owner=mainnet.anvil.accounts[2])
    other.approve(other.token(), SPENDER, 7)
    owners = [to_checksum_address(each.owner) for each in (other, mainnet)]
    found = scan(mainnet.anvil.url, owners[0], owners[1], "--show-dead")
    scans = found.document["scans"]

    assert found.code == 0
    assert [each["owner"] for each in scans] == owners
    assert differences(told(scans[0]), expected(other)) == []
    assert differences(told(scans[1]), expected(mainnet)) == []


@pytest.mark.xdist_group("mainnet")
def test_environment_names_the_endpoint(mainnet: World) -> None:
    """ETH_RPC_URL serves where no --rpc-url is given; ALLOWCTL_RPC_URL comes first."""
    url, nowhere = mainnet.anvil.url, "http://127.0.0.1:9"
    eth = allowctl("scan", mainnet.owner, env={"ETH_RPC_URL": url})
    both = {"ALLOWCTL_RPC_URL": url, "ETH_RPC_URL": nowhere}
    own = allowctl("scan", mainnet.owner, env=both)
    none = allowctl("scan", mainnet.owner, "--chain", "31337")

    assert (eth.code, own.code, none.code) == (0, 0, 2)
    assert "no endpoint is known for anvil (31337)" in none.err


@pytest.mark.xdist_group("mainnet")
def test_chains_are_scanned_in_one_run(mainnet: World, world: World) -> None:
    """One endpoint for each chain: the owner is scanned on both."""
    more = ("--rpc-url", world.anvil.url, "--show-dead")
    found = scan(mainnet.anvil.url, mainnet.owner, *more)
    scans = found.document["scans"]

    assert found.code == 0
    assert [each["chain_id"] for each in scans] == [1, 31337]
    assert differences(told(scans[0]), expected(mainnet)) == []
    assert differences(told(scans[1]), expected(world)) == []
