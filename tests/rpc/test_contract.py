"""What every node must be for the rest of the program, whatever it is written in.

One suite over anvil, Hardhat, EthereumJS (whose eth_getLogs looks at the first
topic alone) and the embedded demo chain.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TypeVar

import pytest

from allowctl.model.chain import (
    Address,
    Answer,
    Block,
    BlockRange,
    Call,
    Log,
    LogFilter,
    Returned,
    Reverted,
    Unserved,
)
from allowctl.model.question import Question
from allowctl.model.report import Report, Scan
from allowctl.net.http import HttpClient
from allowctl.output import json_v1
from allowctl.pipeline import Work, scan_chain
from allowctl.rpc.client import RefusalError, RefusalKind, Rpc
from allowctl.rpc.endpoints import Node as Endpoint
from allowctl.rpc.http import HttpRpc
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.pool import Pool
from allowctl.scan.around import Around, Sources
from allowctl.scan.seek import Seeker
from allowctl.scan.shape import filters
from allowctl.standards import STANDARDS
from allowctl.store.cache import Cache
from tests.e2e.books import account_of, differences, law_holds, told
from tests.fakes.client import rpc_at
from tests.fakes.range_proxy import RangeProxy
from tests.lab.abi import encode_call, word
from tests.lab.reading import ALLOWANCE, APPROVAL
from tests.nodes.anvil import Anvil
from tests.nodes.demo import Demo
from tests.nodes.ethereumjs import EthereumJS
from tests.nodes.hardhat import Hardhat
from tests.nodes.jsonrpc import Json, NodeError
from tests.nodes.node import Node
from tests.rpc.small_story import ONE, TWO, SmallStory, loader, tell

pytestmark = pytest.mark.node

T = TypeVar("T")

NODES: dict[str, Callable[[], Node]] = {
    # With history, because old state is read.
    "anvil": lambda: Anvil(history=True),
    "hardhat": Hardhat,
    "ethereumjs": EthereumJS,
    "demo": Demo,
}
NOBODY = Address("0x" + "0d" * 20)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.xdist_group(f"contract-{name}"))
        for name in NODES
    ],
)
def story(request: pytest.FixtureRequest) -> Iterator[SmallStory]:
    """A node, and the small story told on it."""
    with NODES[request.param]() as node:
        yield tell(node)


def ask(url: str, question: Callable[[HttpRpc], Awaitable[T]]) -> T:
    """Put one question through the real client, which waits for nothing."""

    async def talk() -> T:
        async with HttpClient(deadline=60) as client:
            return await question(rpc_at(client, url))

    return asyncio.run(talk())


def everything(owner: Address) -> LogFilter:
    """All approvals of an owner."""
    (shape,) = filters(STANDARDS)
    return shape.of([owner])


def places(logs: list[Json]) -> set[tuple[str, int, int]]:
    """What logs of a node are known by."""
    return {
        (log["address"].lower(), int(log["blockNumber"], 16), int(log["logIndex"], 16))
        for log in logs
    }


def found_places(logs: list[Log]) -> list[tuple[str, int, int]]:
    """The same of logs that the client gave."""
    return sorted((log.address, log.block, log.index) for log in logs)


def allowance(story: SmallStory, spender: Address, owner: Address) -> Call:
    return Call(story.token, encode_call(ALLOWANCE, owner, spender))


async def whole(rpc: Rpc, wanted: LogFilter) -> list[Log]:
    head = await rpc.block()
    return [*await rpc.logs(wanted, BlockRange(0, head.number))]


async def at_head(rpc: Rpc, *calls: Call) -> list[Answer]:
    return await rpc.calls(calls, await rpc.block())


def test_chain_id_is_the_node_s(story: SmallStory) -> None:
    """The chain's id is a number, the one the node was started with."""
    assert ask(story.node.url, lambda rpc: rpc.chain_id()) == story.node.chain_id


def test_block_by_number_and_head(story: SmallStory) -> None:
    """The head is the newest block; any block has its number, hash and time."""
    head = story.node.head
    newest = ask(story.node.url, lambda rpc: rpc.block())
    asked = {
        n: ask(story.node.url, partial(HttpRpc.block, number=n)) for n in (0, head)
    }
    for number, block in asked.items():
        raw = story.node.block(number)

        assert block == Block(
            number=number,
            hash=raw["hash"].lower(),
            timestamp=int(raw["timestamp"], 16),
        )
    assert newest == asked[head]


def test_missing_block_is_refused(story: SmallStory) -> None:
    """A block that is not there yet is an error, and not the head in its stead."""
    number = story.node.head + 1_000
    with pytest.raises(RefusalError) as caught:
        ask(story.node.url, lambda rpc: rpc.block(number))
    assert caught.value.kind is RefusalKind.HEAD


def test_blocks_are_those_asked_one_by_one(story: SmallStory) -> None:
    """Many together, in order; one that is not there yet is none of the others."""
    head = story.node.head
    numbers = [head, 0, story.early, 0, head + 1_000]

    async def apart(rpc: Rpc) -> list[Block]:
        return [await rpc.block(number) for number in numbers[:-1]]

    together = ask(story.node.url, lambda rpc: rpc.blocks(numbers))

    assert together[:-1] == ask(story.node.url, apart)
    assert isinstance(together[-1], Unserved)


def test_head_is_all_it_takes_to_begin(story: SmallStory) -> None:
    """Chain, newest block and (where the node knows one) final block."""
    found = ask(story.node.url, HttpRpc.head)

    assert found.chain_id == story.node.chain_id
    assert found.block.number == story.node.head
    assert found.final is None or found.final.number <= found.block.number


def test_confirm(story: SmallStory) -> None:
    """Chain and block together, as they are one by one; none for a missing block."""
    number = story.early
    block = ask(story.node.url, partial(HttpRpc.block, number=number))
    found = ask(story.node.url, lambda rpc: rpc.confirm(number))

    assert found == (story.node.chain_id, block)
    with pytest.raises(RefusalError) as caught:
        ask(story.node.url, lambda rpc: rpc.confirm(story.node.head + 1_000))
    assert caught.value.kind is RefusalKind.HEAD


def test_logs_are_the_owner_s_and_all_of_them(story: SmallStory) -> None:
    """Exactly the logs with the asked topics; another owner's never come through."""
    wanted = everything(story.owner)
    found = ask(story.node.url, lambda rpc: whole(rpc, wanted))
    told_ = story.node.logs()
    mine = [
        log
        for log in told_
        if log["topics"][0] in wanted.topics[0]
        and log["topics"][1:2] == [word(story.owner)]
    ]
    others = [log for log in told_ if log["topics"][0] in wanted.topics[0]]

    assert found_places(found) == sorted(places(mine))
    assert {log.topics[1] for log in found} == {word(story.owner)}
    assert len(others) > len(mine) > 10


def test_empty_range_has_no_logs(story: SmallStory) -> None:
    """The first block, and an owner who did nothing, give an empty list."""
    wanted = everything(story.owner)
    nobody = everything(NOBODY)
    first = ask(story.node.url, lambda rpc: rpc.logs(wanted, BlockRange(0, 0)))

    assert list(first) == []
    assert ask(story.node.url, lambda rpc: whole(rpc, nobody)) == []


def test_empty_position_is_a_wildcard(story: SmallStory) -> None:
    """Anything matches where nothing is said: all owners who approved one spender."""
    wanted = LogFilter(topics=((APPROVAL,), (), (word(ONE),)))
    found = ask(story.node.url, lambda rpc: whole(rpc, wanted))
    owners = {log.topics[1] for log in found}
    first = LogFilter(topics=((), (word(story.other),)))
    by_owner = ask(story.node.url, lambda rpc: whole(rpc, first))

    assert owners == {word(story.owner), word(story.other)}
    assert {log.topics[2] for log in found} == {word(ONE)}
    assert {log.address for log in by_owner} == {story.fake, story.token}


def test_any_split_finds_the_same(story: SmallStory) -> None:
    """The logs of a range are those of its parts, block for block."""
    wanted = everything(story.owner)

    async def parts(rpc: Rpc, width: int) -> list[Log]:
        head = await rpc.block()
        ranges = BlockRange(0, head.number).cut(width)
        return [log for each in ranges for log in await rpc.logs(wanted, each)]

    undivided = ask(story.node.url, lambda rpc: whole(rpc, wanted))
    for width in (7, 50):
        divided = ask(story.node.url, partial(parts, width=width))

        assert found_places(divided) == found_places(undivided)


def test_call_returns(story: SmallStory) -> None:
    """A contract's answer comes as bytes; an address without code answers none."""
    calls = (allowance(story, ONE, story.owner), Call(NOBODY, b"\x01\x02\x03\x04"))
    found = ask(story.node.url, lambda rpc: at_head(rpc, *calls))

    assert found == [Returned((100).to_bytes(32, "big")), Returned(b"")]


FAILURES = {
    "reverts": "60006000fd",
    "reverts with a word": "602a60005260206000fd",
    "invalid opcode": "fe",
    "opcode of no fork": "0c",
    "code of a reserved kind": "600056",
    "jump to nowhere": "600556",
    "stack underflow": "01",
    "stack overflow": "5b6000600056",
    "return data out of bounds": "6001600060003e",
    "memory that no gas pays": "600064e8d4a5100052",
    "memory beyond all numbers": "6000600019" + "52",
    "sends what it has not": "60006000600060006001325af1" + "60006000fd",
}
"""Runtime code by how it fails, whatever it is asked."""


@pytest.mark.parametrize("how", FAILURES)
def test_contract_that_fails_has_reverted(story: SmallStory, how: str) -> None:
    """However a contract fails, it is the contract's doing, not the node's refusal.

    Or anybody could plant a log that makes every scan incomplete.
    """
    broken = story.node.deploy(loader(bytes.fromhex(FAILURES[how])))
    call = Call(broken, encode_call(ALLOWANCE, story.owner, TWO))
    (found,) = ask(story.node.url, lambda rpc: at_head(rpc, call))

    assert isinstance(found, Reverted)


def test_many_calls_keep_their_order(story: SmallStory) -> None:
    """Far more calls than one body takes, failures among them: each its answer."""
    right = allowance(story, ONE, story.owner)
    less = allowance(story, ONE, story.other)
    wrong = Call(story.fake, encode_call(ALLOWANCE, story.owner, TWO))
    found = ask(story.node.url, lambda rpc: at_head(rpc, *[right, wrong, less] * 70))
    kinds = [each.data if isinstance(each, Returned) else None for each in found]

    assert kinds == [(100).to_bytes(32, "big"), None, (7).to_bytes(32, "big")] * 70
    assert not [each for each in found if isinstance(each, Unserved)]


def test_codes_and_nonces(story: SmallStory) -> None:
    """Code and number of transactions of many addresses, in order."""
    addresses = (story.token, NOBODY, story.owner, story.permit2) * 40
    node = story.node

    async def both(
        rpc: Rpc,
    ) -> tuple[list[bytes | Unserved], list[int | Unserved]]:
        head = await rpc.block()
        return await rpc.codes(addresses, head), await rpc.nonces(addresses, head)

    codes, nonces = ask(node.url, both)
    direct = [
        bytes.fromhex(node.rpc("eth_getCode", each, "latest")[2:])
        for each in addresses[:4]
    ]
    sent = [
        int(node.rpc("eth_getTransactionCount", each, "latest"), 16)
        for each in addresses[:4]
    ]

    assert codes == direct * 40
    assert nonces == sent * 40
    assert direct[1:3] == [b"", b""]
    assert sent[1] == 0 < sent[2]


def test_accounts_are_codes_and_nonces(story: SmallStory) -> None:
    """The same as asked apart."""
    addresses = (story.token, NOBODY, story.owner)

    async def both(rpc: Rpc) -> tuple[list[object], list[object]]:
        head = await rpc.block()
        codes, nonces = (
            await rpc.codes(addresses, head),
            await rpc.nonces(addresses, head),
        )
        return [*await rpc.accounts(addresses, head)], [
            *zip(codes, nonces, strict=True)
        ]

    together, apart = ask(story.node.url, both)

    assert together == apart


def test_storage_is_what_stands_there(story: SmallStory) -> None:
    """The 32 bytes of a slot at a block, zero where nothing is."""
    # Among the first slots Solidity keeps what the constructor set.
    asked = [(story.token, slot) for slot in range(6)] + [(NOBODY, 0)]

    async def read(rpc: Rpc) -> list[bytes | Unserved]:
        return await rpc.slots(asked, await rpc.block())

    raw = [
        story.node.rpc("eth_getStorageAt", address, hex(slot), "latest")
        for address, slot in asked
    ]
    found = ask(story.node.url, read)

    assert found == [int(each, 16).to_bytes(32, "big") for each in raw]
    assert found[-1] == bytes(32)
    assert any(int(each, 16) for each in raw)


def test_accounts_are_read_at_blocks_of_old(story: SmallStory) -> None:
    """Code and nonce as they were, by number: none before there was a contract."""
    head = story.node.head
    asked = [(story.token, 0), (story.token, head), (story.owner, 0)]

    async def read(rpc: Rpc) -> tuple[list[int | Unserved], list[bytes | Unserved]]:
        return await rpc.old_nonces(asked), await rpc.old_codes(asked)

    nonces, codes = ask(story.node.url, read)

    assert nonces == [0, 1, 0]
    assert [bool(each) for each in codes] == [False, True, False]


def test_old_state_is_read_as_it_was(story: SmallStory) -> None:
    """State at an older block is that block's."""

    async def then(rpc: Rpc) -> list[Answer]:
        early = await rpc.block(story.early)
        call = allowance(story, ONE, story.owner)
        return [await rpc.call(call, early), *await at_head(rpc, call)]

    found = ask(story.node.url, then)

    assert found == [Returned(n.to_bytes(32, "big")) for n in (60, 100)]


class Listener(RangeProxy):
    """Keeps what eth_call was asked at."""

    def answer(self, body: bytes) -> tuple[int, bytes]:
        asked = json.loads(body)
        for each in asked if isinstance(asked, list) else [asked]:
            if each["method"] == "eth_call":
                self.heard.append(each["params"][1])
        return super().answer(body)

    heard: list[object]


def test_state_is_read_by_hash_where_the_node_can(story: SmallStory) -> None:
    """EIP-1898's block hash where it is understood, the number elsewhere."""
    block = story.node.block(story.early)
    by_hash = {"blockHash": block["hash"]}
    try:
        story.node.rpc("eth_getBalance", NOBODY, by_hash)
        wanted: object = by_hash
    except NodeError:
        wanted = hex(story.early)

    async def read(rpc: Rpc) -> Answer:
        early = await rpc.block(story.early)
        return await rpc.call(allowance(story, ONE, story.owner), early)

    with Listener(story.node.url) as proxy:
        proxy.heard = []
        found = ask(proxy.url, read)

        assert proxy.heard[-1] == wanted
    assert found == Returned((60).to_bytes(32, "big"))


def test_aggregates_say_what_single_calls_say(story: SmallStory) -> None:
    """With Multicall3 and without, every answer is the same, failures included."""
    calls = [
        *(allowance(story, each, story.owner) for each in (ONE, TWO, story.permit2)),
        Call(story.items, encode_call("ownerOf(uint256)", 0)),
        Call(story.items, encode_call("ownerOf(uint256)", 99)),
        Call(story.fake, encode_call(ALLOWANCE, story.owner, TWO)),
        Call(story.burner, encode_call(ALLOWANCE, story.owner, TWO)),
        Call(NOBODY, b"\x01\x02\x03\x04"),
        *(allowance(story, Address(f"0x{n:040x}"), story.owner) for n in range(5)),
    ]

    async def read(rpc: Rpc, aggregator: Address) -> list[Answer]:
        return await StateReader(rpc, await rpc.block(), aggregator).read(calls)

    with RangeProxy(story.node.url) as proxy:
        together = ask(proxy.url, lambda rpc: read(rpc, story.multicall))
        few = proxy.counts["eth_call"]
        alone = ask(proxy.url, lambda rpc: read(rpc, NOBODY))
        many = proxy.counts["eth_call"] - few

    assert together == alone
    assert many <= len(calls) + 3, "three calls get to know the endpoint"
    assert few < 2 * len(calls)
    assert [isinstance(each, Reverted) for each in alone[3:8]] == [
        *(False, True, True, True, False)
    ]


def test_whole_scan_is_the_truth(story: SmallStory) -> None:
    """Discover, resolve, enrich and audit on this node give what was done on it."""
    question = Question(chain=story.chain, owner=story.owner)

    async def scan(rpc: HttpRpc) -> Scan:
        pool = Pool(story.chain, [Endpoint(rpc, pace=rpc.pace)])
        with Cache.open(None) as cache:
            seeker = Seeker(pool=pool, cache=cache, progress=lambda _: None)
            (found,) = await scan_chain(
                Work(pool=pool, seeker=seeker, around=Around(pool, Sources())),
                [question],
            )
            assert isinstance(found, Scan)
            return found

    found = ask(story.node.url, scan)
    report = Report(version="test", created_at=0, scans=(found,))
    document: Json = json.loads(json_v1.render(report, show_dead=True))
    (said,) = document["scans"]
    truth = account_of(story.node, story.owner, story.truth)

    assert document["complete"]
    assert law_holds(said)
    assert differences(told(said), truth) == []
