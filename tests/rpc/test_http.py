"""One endpoint: what it answers is checked before anybody believes it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from allowctl.codec import words
from allowctl.errors import DeadlineError, UnservedError
from allowctl.model.chain import (
    Address,
    Block,
    BlockRange,
    Call,
    Head,
    Log,
    LogFilter,
    Returned,
    Reverted,
    Sent,
    Unserved,
)
from allowctl.model.endpoint import Endpoint, Limits
from allowctl.net.http import HttpClient
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.http import HttpRpc
from tests.build import OWNER, TOKEN, TRANSACTION, block, candidate, word
from tests.fakes.client import Sleeper, over, refused, unserved
from tests.fakes.node import node
from tests.fakes.rpc import BURNT, EMPTY, REVERTS, FakeContract, FakeRpc
from tests.fakes.server import (
    Asked,
    Raw,
    ScriptedServer,
    always,
    answering,
    as_json,
    error,
    refusing,
    result,
)
from tests.fakes.worlds import approval_log
from tests.nodes.jsonrpc import Json

AT = block(500)
CALL = Call(TOKEN, b"\x01\x02\x03\x04")
WANTED = LogFilter(topics=((word(1), word(2)), (), (words.topic(OWNER),)))
BLOCKS = BlockRange(10, 20)


def wire_log(**fields: Json) -> Json:
    return {
        "address": TOKEN,
        "topics": [word(1), word(0), word(OWNER)],
        "data": "0x",
        "blockNumber": "0xf",
        "logIndex": "0x0",
        "transactionHash": word(3),
    } | fields


def logs(server: ScriptedServer) -> list[Log]:
    return list(over(server, lambda rpc: rpc.logs(WANTED, BLOCKS)))


NOWHERE = {"blockHash": "0x" + "de" * 32}


def state_at(values: Mapping[str, Json]) -> ScriptedServer:
    """A node that can read at a block hash, and knows which there are."""
    served = answering(values)

    def answer(asked: Asked) -> Raw:
        if not asked.is_batch and asked.json["params"][-1] == NOWHERE:
            unknown = {"code": -32000, "message": "header not found"}
            return as_json(error(asked.json, unknown))
        return served(asked)

    return ScriptedServer(answer)


# head and chain


@pytest.mark.parametrize(
    "value", [None, 1, 1.0, True, "1", "0x", "0xzz", "-0x1", "0x" + "1" * 17, [], {}]
)
def test_chain_id_garbage(value: Json) -> None:
    """A chain id is a hex quantity: numbers as numbers are no JSON-RPC."""
    answer = answering({"eth_chainId": value})
    assert refused(answer, HttpRpc.chain_id) is RefusalKind.TRANSIENT


def test_chain_id_in_any_case() -> None:
    """Upper-case hex is hex."""
    with ScriptedServer(answering({"eth_chainId": "0xA4B1"})) as server:
        assert over(server, HttpRpc.chain_id) == 42161


HEAD = {"number": "0x1F4", "hash": "0x" + "AB" * 32, "timestamp": "0x65"}


def test_block() -> None:
    """Number, hash and time; the hash in lower case, so that it can be compared."""
    with ScriptedServer(answering({"eth_getBlockByNumber": HEAD})) as server:
        found = over(server, lambda rpc: rpc.block())
        assert found == Block(number=500, hash="0x" + "ab" * 32, timestamp=101)
        assert over(server, lambda rpc: rpc.block(500)) == found
        assert [asked.json["params"] for asked in server.asked] == [
            ["latest", False],
            ["0x1f4", False],
        ]


@pytest.mark.parametrize(
    "head",
    [
        {},
        [],
        "0x1f4",
        HEAD | {"hash": None},
        HEAD | {"hash": "0x"},
        HEAD | {"hash": "0x" + "gg" * 32},
        HEAD | {"hash": "0x" + "ab" * 33},
        HEAD | {"number": 500},
        HEAD | {"number": None},
        HEAD | {"timestamp": None},
        HEAD | {"timestamp": "0x" + "1" * 17},
    ],
)
def test_head_garbage(head: Json) -> None:
    """A head that is none is never pinned."""
    answer = answering({"eth_getBlockByNumber": head})
    assert refused(answer, lambda rpc: rpc.block()) is RefusalKind.TRANSIENT


def test_another_block_than_asked() -> None:
    """Block 500 is no answer to the question for block 501."""
    answer = answering({"eth_getBlockByNumber": HEAD})
    assert refused(answer, lambda rpc: rpc.block(501)) is RefusalKind.TRANSIENT


def test_no_such_block() -> None:
    """Null is a block that is not there."""
    answer = answering({"eth_getBlockByNumber": None})
    assert refused(answer, lambda rpc: rpc.block(501)) is RefusalKind.HEAD


FINAL = {"number": "0x1C0", "hash": "0x" + "cd" * 32, "timestamp": "0x60"}
NO_BATCHES = {
    "id": None,
    "error": {"code": -32600, "message": "batch requests are not supported"},
}
UNKNOWN = {"code": -32000, "message": "header not found"}


def chain(
    final: Json = FINAL, *, batches: bool = True, head: Json = HEAD
) -> ScriptedServer:
    """A node with a head and a final block; `final` may be a refusal."""

    def one(asked: Json) -> Json:
        match asked["method"], asked["params"]:
            case "eth_chainId", _:
                return result(asked, "0x5")
            case "eth_getBlockByNumber", ["finalized", _]:
                refused_ = isinstance(final, dict) and "code" in final
                return error(asked, final) if refused_ else result(asked, final)
        return result(asked, head)

    def answer(asked: Asked) -> Raw:
        if asked.is_batch:
            return as_json([*map(one, asked.every)] if batches else NO_BATCHES)
        return as_json(one(asked.json))

    return ScriptedServer(answer)


def test_head_is_one_request() -> None:
    """Chain, head and final block together, where batches are taken."""
    with chain() as server:
        assert over(server, HttpRpc.head) == Head(
            chain_id=5,
            block=Block(number=500, hash="0x" + "ab" * 32, timestamp=101),
            final=Block(number=448, hash="0x" + "cd" * 32, timestamp=96),
        )
        assert len(server.asked) == 1


def test_head_without_batches() -> None:
    """One by one where they are not, and no second batch is tried."""

    async def twice(rpc: HttpRpc) -> bool:
        return await rpc.head() == await rpc.head()

    with chain(batches=False) as server:
        assert over(server, twice)
        assert [asked.is_batch for asked in server.asked].count(True) == 1
        assert len(server.asked) == 7


@pytest.mark.parametrize(
    "final",
    [None, {}, "0x1", {"code": -32602, "message": "invalid block tag"}, UNKNOWN],
)
def test_head_without_finality(final: Json) -> None:
    """Who has no such tag, or answers garbage to it, has a head all the same."""
    with chain(final) as server:
        found = over(server, HttpRpc.head)
    assert (found.final, found.block.number) == (None, 500)


def test_no_head() -> None:
    """A node without a block is behind: it is no node to pin at."""
    with chain(head=None) as server, pytest.raises(RefusalError) as caught:
        over(server, HttpRpc.head)
    assert caught.value.kind is RefusalKind.HEAD


def test_greeting_is_used_once() -> None:
    """What was asked to find out the chain is not asked again; later it is."""

    async def thrice(rpc: HttpRpc) -> bool:
        return await rpc.greet() == await rpc.head() == await rpc.head()

    with chain() as server:
        assert over(server, thrice)
        assert len(server.asked) == 2


def test_confirm_is_one_request() -> None:
    """Chain and block together, or one by one."""
    block_ = Block(number=500, hash="0x" + "ab" * 32, timestamp=101)
    for batches, requests in ((True, 1), (False, 3)):
        with chain(batches=batches) as server:
            assert over(server, lambda rpc: rpc.confirm(500)) == (5, block_)
            assert len(server.asked) == requests


def test_confirm_of_a_block_that_is_gone() -> None:
    """It is told as one that is not there (yet): a head may go backwards."""
    with chain(head=None) as server, pytest.raises(RefusalError) as caught:
        over(server, lambda rpc: rpc.confirm(500))
    assert caught.value.kind is RefusalKind.HEAD


def test_blooms() -> None:
    """Any bit means logs; none, or all of them, does not; garbage is not known."""
    blooms = {
        1: "0x" + "00" * 255 + "01",
        2: "0x" + "00" * 256,
        3: "0x" + "ff" * 256,
        4: "0x01",
    }

    def answer(asked: Asked) -> Raw:
        return as_json(
            [
                result(each, {"logsBloom": blooms[int(each["params"][0], 16)]})
                for each in asked.every
            ]
        )

    with ScriptedServer(answer) as server:
        found = over(server, lambda rpc: rpc.blooms([1, 2, 3, 4]))
        assert len(server.asked) == 1
    assert found[:3] == [True, False, False]
    assert isinstance(found[3], Unserved)


def test_blocks() -> None:
    """Each by its number, in one request; what is none is not known, or not there."""
    told: dict[int, Json] = {
        1: HEAD | {"number": "0x1"},
        2: None,
        3: HEAD | {"number": "0x1"},
        4: {"number": "0x4"},
    }

    def answer(asked: Asked) -> Raw:
        return as_json(
            [
                result(each, told[int(each["params"][0], 16)])
                for each in asked.every
                if each["params"][1] is False
            ]
        )

    with ScriptedServer(answer) as server:
        found = over(server, lambda rpc: rpc.blocks([1, 2, 3, 4]))
        assert len(server.asked) == 1
    assert found[0] == Block(number=1, hash="0x" + "ab" * 32, timestamp=101)
    assert [isinstance(each, Unserved) and each.expired for each in found] == [
        *(False, True, False, False)
    ]
    assert not [each for each in found[1:] if isinstance(each, Block)]


def test_recall() -> None:
    """What an earlier run learned holds from the first request on."""

    async def ask(rpc: HttpRpc) -> tuple[object, ...]:
        rpc.recall(Limits(batch=1, by_hash=False, per_second=7.0))
        await rpc.head()
        await rpc.call(CALL, AT)
        return rpc.batch, rpc.by_hash, rpc.pace.per_second

    with chain() as server:
        assert over(server, ask) == (1, False, 7.0)
        assert not any(asked.is_batch for asked in server.asked)
        assert server.asked[-1].json["params"][-1] == hex(AT.number)
        assert len(server.asked) == 4


def test_public_endpoints_are_asked_more_gently() -> None:
    """Sixty-four at once at most where the user chose it, sixteen elsewhere."""

    async def widest(url: str, *, named: bool, concurrency: int | None) -> int:
        async with HttpClient() as client:
            endpoint = Endpoint(url, named=named)
            rpc = HttpRpc(client, endpoint, concurrency=concurrency)
            for _ in range(200):
                rpc.pace.served(rpc.pace.now, alike=True)
            return rpc.pace.window

    def found(*, named: bool, concurrency: int | None = None) -> int:
        return asyncio.run(
            widest("http://127.0.0.1:9", named=named, concurrency=concurrency)
        )

    assert found(named=True) == 64
    assert found(named=False) == 16
    assert found(named=True, concurrency=3) == 3
    assert found(named=False, concurrency=100) == 16


# logs


def test_logs_as_asked() -> None:
    """Numbers as hex, wildcards as null, no address."""
    with ScriptedServer(answering({"eth_getLogs": [wire_log()]})) as server:
        (log,) = logs(server)
        (asked,) = server.asked
    assert log.address == TOKEN
    assert asked.json["params"] == [
        {
            "fromBlock": "0xa",
            "toBlock": "0x14",
            "topics": [[word(1), word(2)], None, [word(OWNER)]],
        }
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"topics": [word(1), word(0), word(TOKEN)]},
        {"topics": [word(3), word(0), word(OWNER)]},
        {"topics": [word(1), word(OWNER)]},
        {"topics": []},
    ],
)
def test_logs_that_nobody_asked_for(fields: Json) -> None:
    """Another owner's or another event's: thrown away, one by one."""
    found = [wire_log(**fields), wire_log()]
    with ScriptedServer(answering({"eth_getLogs": found})) as server:
        assert len(logs(server)) == 1


@pytest.mark.parametrize("number", ["0x9", "0x15", "-0xf", "15", "0xzz"])
def test_logs_of_another_range(number: str) -> None:
    """A reply that holds one is none: what else is wrong with it is not known."""
    found = [wire_log(blockNumber=number), wire_log()]
    with (
        ScriptedServer(answering({"eth_getLogs": found})) as server,
        pytest.raises(RefusalError, match="logs in a form that is none"),
    ):
        logs(server)


def test_logs_beside_an_error() -> None:
    """An empty list next to an error, or under a bad status, is no empty answer."""
    timeout = {"code": -32000, "message": "query timeout, partial result"}

    def both(asked: Asked) -> Raw:
        return as_json(result(asked.json, []) | {"error": timeout})

    def busy(asked: Asked) -> Raw:
        return as_json(result(asked.json, []), status=503)

    for answer in (both, busy):
        with ScriptedServer(answer) as server, pytest.raises(RefusalError):
            logs(server)


def test_logs_in_upper_case() -> None:
    """Hex in any case is the same log."""
    found = wire_log(
        address="0x" + TOKEN[2:].upper(),
        topics=["0x" + word(each)[2:].upper() for each in (1, 0, OWNER)],
        blockNumber="0xF",
    )
    with ScriptedServer(answering({"eth_getLogs": [found]})) as server:
        (log,) = logs(server)
    assert (log.address, log.block) == (TOKEN, 15)


@pytest.mark.parametrize(
    "fields",
    [
        {"address": None},
        {"address": "0x12"},
        {"address": "0x" + "zz" * 20},
        {"blockNumber": "latest"},
        {"blockNumber": None},
        {"blockNumber": 15},
        {"logIndex": "first"},
        {"logIndex": None},
        {"topics": None},
        {"topics": [None]},
        {"data": None},
        {"data": "\ud800"},
    ],
)
def test_malformed_logs(fields: Json) -> None:
    """One log that is none spoils the reply: what else is wrong with it is unknown."""
    found = [wire_log(), wire_log(**fields)]
    assert isinstance(
        unserved(answering({"eth_getLogs": found}), lambda r: r.logs(WANTED, BLOCKS)),
        RefusalError,
    )


@pytest.mark.parametrize("value", [None, {}, "0x", 0])
def test_no_list_of_logs(value: Json) -> None:
    """Null is not "no logs"."""
    answer = answering({"eth_getLogs": value})
    kind = refused(answer, lambda rpc: rpc.logs(WANTED, BLOCKS))
    assert kind is RefusalKind.TRANSIENT


@pytest.mark.parametrize(
    "body",
    [
        b'{"id":1,"x":' + b"[" * 100_000 + b"]" * 100_000 + b',"result":[]}',
        b'{"id":1,"result":[{"address":"\xff"}]}',
        b'{"id":1,"result":[' + b'{"topics":' * 50_000,
        b"\x1f\x8b garbage",
    ],
    ids=["deep", "no utf-8", "deep logs", "garbage"],
)
def test_logs_that_break_decoders(body: bytes) -> None:
    """They are a refusal like any other, never a crash."""
    kind = refused(always(Raw(body=body)), lambda rpc: rpc.logs(WANTED, BLOCKS))
    assert kind is RefusalKind.FATAL


def test_logs_refused() -> None:
    """The refusal's kind comes through."""
    refusal = {"code": -32005, "message": "query returned more than 10000 results"}
    kind = refused(refusing(refusal), lambda rpc: rpc.logs(WANTED, BLOCKS))
    assert kind is RefusalKind.RESULTS


@pytest.mark.parametrize(
    ("raw", "kind", "wait"),
    [
        (Raw(status=429, headers={"Retry-After": "7"}), RefusalKind.RATE, 7.0),
        (Raw(status=429), RefusalKind.RATE, None),
        (Raw(status=502), RefusalKind.TRANSIENT, None),
    ],
)
def test_logs_are_sent_once(raw: Raw, kind: RefusalKind, wait: float | None) -> None:
    """What to do about a refusal is the caller's to decide: it may go elsewhere."""
    sleeper = Sleeper()
    with ScriptedServer(always(raw)) as server:
        with pytest.raises(RefusalError) as caught:
            over(server, lambda rpc: rpc.logs(WANTED, BLOCKS), sleeper=sleeper)
        assert len(server.asked) == 1
    assert (caught.value.kind, caught.value.wait) == (kind, wait)
    assert sleeper.waits == []


def test_logs_have_a_deadline_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter than others': a node that needs so long is to be asked for less."""
    monkeypatch.setattr("allowctl.rpc.http.LOGS_DEADLINE", 0.2)
    with (
        ScriptedServer(always(Raw(body=b"x", hangs=True))) as server,
        pytest.raises(DeadlineError, match=r"within 0\.2 s"),
    ):
        logs(server)


def test_latency_of_logs_judges_the_pace() -> None:
    """Sixteen ranges served as quickly as the first widen the window."""

    async def ask(rpc: HttpRpc) -> tuple[int, int]:
        before = rpc.pace.window
        for _ in range(before):
            await rpc.logs(WANTED, BLOCKS)
        return before, rpc.pace.window

    with ScriptedServer(answering({"eth_getLogs": []})) as server:
        before, after = over(server, ask)
    assert after == 2 * before


@pytest.mark.parametrize(
    ("found", "holds"), [([], False), ([wire_log(blockNumber="0xa")], True)]
)
def test_holds_logs(found: Json, holds: bool) -> None:  # noqa: FBT001 - a parameter
    """One block, any topics: a log of it is one, whoever's it is."""
    with ScriptedServer(answering({"eth_getLogs": found})) as server:
        assert over(server, lambda rpc: rpc.holds_logs(10)) is holds
        (asked,) = server.asked
    assert asked.json["params"] == [{"fromBlock": "0xa", "toBlock": "0xa"}]


@pytest.mark.parametrize(
    "found", [None, "0x1", {}, [1], [{}], [wire_log(blockNumber="0xb")]]
)
def test_holds_logs_garbage(found: Json) -> None:
    """A log of another block, or none at all, shows nothing about this one."""
    answer = answering({"eth_getLogs": found})
    kind = refused(answer, lambda rpc: rpc.holds_logs(10))
    assert kind is RefusalKind.TRANSIENT


def test_receipts() -> None:
    """The logs of all receipts, those that were asked for."""
    receipts = [
        {"status": "0x1", "logs": [wire_log(), wire_log(topics=[])]},
        {"logs": []},
        {"logs": [wire_log(logIndex="0x5")]},
    ]
    with ScriptedServer(answering({"eth_getBlockReceipts": receipts})) as server:
        found = over(server, lambda rpc: rpc.receipts(WANTED, 15))
        assert server.asked[0].json["params"] == ["0xf"]
    assert [log.index for log in found] == [0, 5]


@pytest.mark.parametrize("found", [None, {}, [None], [{}], [{"logs": None}]])
def test_receipts_garbage(found: Json) -> None:
    """Null is a block that the node has no receipts of, and not an empty one."""
    answer = answering({"eth_getBlockReceipts": found})
    kind = refused(answer, lambda rpc: rpc.receipts(WANTED, 15))
    assert kind is RefusalKind.TRANSIENT


# state


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0x", Returned(b"")),
        ("0x0102", Returned(b"\x01\x02")),
        ("0xABCD", Returned(b"\xab\xcd")),
        (None, None),
        (12, None),
        ("0x1", None),
        ("0xzz", None),
        ("0102", None),
        ([], None),
    ],
)
def test_call(value: Json, expected: Returned | None) -> None:
    """Bytes are an answer; anything else says nothing, least of all zero."""
    with state_at({"eth_call": value}) as server:
        answer = over(server, lambda rpc: rpc.call(CALL, AT))
    assert (answer == expected) if expected else isinstance(answer, Unserved)


def test_state_of_a_dead_endpoint() -> None:
    """Nothing is known: every item says so, none is guessed."""

    async def all_of_it(rpc: HttpRpc) -> list[object]:
        return [
            *await rpc.calls([CALL, CALL], AT),
            *await rpc.codes([TOKEN], AT),
            *await rpc.nonces([TOKEN], AT),
        ]

    with ScriptedServer(always(Raw(closes=True))) as server:
        found = over(server, all_of_it)
    assert len(found) == 4
    assert all(isinstance(item, Unserved) for item in found)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"code": 3, "message": "execution reverted", "data": "0x"}, "reverts"),
        ({"code": -32000, "message": "execution reverted: no such id"}, "reverts"),
        ({"code": -32000, "message": "out of gas"}, "burns its gas"),
        ({"code": -32000, "message": "invalid opcode: INVALID"}, "reverts"),
        ({"code": -32000, "message": "missing trie node"}, None),
        ({"code": -32005, "message": "too many requests"}, None),
        ("busy", None),
    ],
)
def test_call_refused(said: Json, expected: str | None) -> None:
    """Only a contract's own failure is one; what a node refuses is not known."""

    def answer(asked: Asked) -> Raw:
        if asked.json["method"] == "eth_call":
            return as_json(error(asked.json, said))
        return as_json(result(asked.json, "0x0"))

    with ScriptedServer(answer) as server:
        found = over(server, lambda rpc: rpc.call(CALL, AT))
    if expected is None:
        assert isinstance(found, Unserved)
    else:
        assert found == Reverted(expected)


def test_a_contract_that_answers_megabytes() -> None:
    """It is the contract's doing, and ends like a revert; others are not touched."""

    def answer(asked: Asked) -> Raw:
        large = [each for each in asked.every if "01020304" in str(each["params"])]
        if asked.is_batch and large:
            return as_json(None)
        value = "0x" + "00" * 3_000_000 if large else "0x05"
        return as_json(result(asked.json, value))

    calls = [CALL, replace(CALL, data=b"")]
    with ScriptedServer(answer) as server:
        assert over(server, lambda rpc: rpc.calls(calls, AT)) == [
            Reverted("answers megabytes"),
            Returned(b"\x05"),
        ]


def test_codes_and_nonces() -> None:
    """Code as bytes, nonces as numbers, each in its place."""
    values = {"eth_getCode": "0xEF0100", "eth_getTransactionCount": "0x1f"}
    with state_at(values) as server:
        codes = over(server, lambda rpc: rpc.codes([TOKEN, OWNER], AT))
        nonces = over(server, lambda rpc: rpc.nonces([TOKEN, OWNER], AT))
    assert codes == [b"\xef\x01\x00"] * 2
    assert nonces == [31, 31]


def test_accounts_are_one_request() -> None:
    """Code and nonce of many addresses together, once the block's name is known."""
    values = {"eth_call": "0x", "eth_getCode": "0xfe", "eth_getTransactionCount": "0x2"}

    async def ask(rpc: HttpRpc) -> tuple[object, int]:
        await rpc.call(CALL, AT)
        before = rpc.requests
        found = await rpc.accounts([TOKEN, OWNER], AT)
        return found, rpc.requests - before

    with state_at(values) as server:
        assert over(server, ask) == ([(b"\xfe", 2)] * 2, 1)
        assert [each["params"] for each in server.asked[-1].every] == [
            [address, {"blockHash": AT.hash}] for address in (TOKEN, OWNER) * 2
        ]


def test_accounts_without_batches() -> None:
    """One by one, each in its place; what is refused is not known."""

    def answer(asked: Asked) -> Raw:
        if asked.is_batch:
            return as_json(NO_BATCHES)
        match asked.json["method"], asked.json["params"]:
            case "eth_getCode", [address, _]:
                return as_json(result(asked.json, "0xfe" if address == TOKEN else "0x"))
            case "eth_getTransactionCount", [address, _] if address == TOKEN:
                return as_json(error(asked.json, {"code": -32000, "message": "no"}))
        return as_json(result(asked.json, "0x9"))

    with ScriptedServer(answer) as server:
        found = over(server, lambda rpc: rpc.accounts([TOKEN, OWNER], AT))
    assert found[1] == (b"", 9)
    assert found[0][0] == b"\xfe"
    assert isinstance(found[0][1], Unserved)


def test_expired_state_is_told_as_that() -> None:
    """The scan then pins anew: what a node no longer has is not just unserved."""
    gone = {"code": -32000, "message": "missing trie node"}

    async def ask(rpc: HttpRpc) -> list[object]:
        rpc.recall(Limits(by_hash=False))
        found: list[object] = [await rpc.call(CALL, AT)]
        for pair in await rpc.accounts([TOKEN], AT):
            found += pair
        return found

    with ScriptedServer(refusing(gone)) as server:
        found = over(server, ask)
    assert [each.expired for each in found if isinstance(each, Unserved)] == [True] * 3


def test_other_code_at_an_address() -> None:
    """A state override is the third parameter; gas is given in hex."""

    async def ask(rpc: HttpRpc) -> None:
        rpc.recall(Limits(by_hash=False))
        await rpc.call(CALL, AT, code_at={TOKEN: b"\xfe"}, gas=1000)

    with ScriptedServer(answering({"eth_call": "0x"})) as server:
        over(server, ask)
        (asked,) = server.asked
    assert asked.json["params"] == [
        {"to": TOKEN, "data": "0x01020304", "gas": "0x3e8"},
        hex(AT.number),
        {TOKEN: {"code": "0xfe"}},
    ]


def test_deployless() -> None:
    """A creation has no recipient."""

    async def ask(rpc: HttpRpc) -> object:
        rpc.recall(Limits(by_hash=False))
        return await rpc.deployless(b"\x60\x00", AT)

    with ScriptedServer(answering({"eth_call": "0x07"})) as server:
        assert over(server, ask) == Returned(b"\x07")
        (asked,) = server.asked
    assert asked.json["params"] == [{"data": "0x6000"}, hex(AT.number)]


@pytest.mark.parametrize("value", [None, 5, "0x0", "code"])
def test_code_garbage(value: Json) -> None:
    """No code is "0x" and nothing else."""
    with state_at({"eth_getCode": value}) as server:
        (found,) = over(server, lambda rpc: rpc.codes([TOKEN], AT))
    assert isinstance(found, Unserved)


@pytest.mark.parametrize("value", [None, 5, "0x", "many"])
def test_nonce_garbage(value: Json) -> None:
    """A nonce that is none is not taken for 0."""
    with state_at({"eth_getTransactionCount": value}) as server:
        (found,) = over(server, lambda rpc: rpc.nonces([TOKEN], AT))
    assert isinstance(found, Unserved)


def test_nothing_asked() -> None:
    """No calls, no answers."""
    with state_at({}) as server:
        assert over(server, lambda rpc: rpc.calls([], AT)) == []


# the whole of it


def test_the_same_through_http() -> None:
    """A fake behind HTTP answers as the fake itself: our tests test the same."""
    fake = FakeRpc(newest=100, chain=5)
    named = candidate()
    fake.logs_ = [approval_log(named, number=n) for n in (3, 50, 99)]
    fake.contracts[TOKEN] = FakeContract(
        answers={
            b"\x00": EMPTY,
            b"\x01": Returned(b"\x07"),
            b"\x02": REVERTS,
            b"\x03": BURNT,
            b"\x04": Unserved("not now"),
        }
    )
    fake.nonces_[OWNER] = 4
    fake.sent[TRANSACTION] = Sent(OWNER, None)
    at = fake.block_at(100)
    calls = [Call(TOKEN, bytes([n])) for n in range(5)]
    topics = approval_log(named).topics
    wanted = LogFilter(topics=((topics[0],), (topics[1],)))

    async def asks(rpc: HttpRpc | FakeRpc) -> list[object]:
        found: list[object] = [await rpc.chain_id(), await rpc.block()]
        found += [await rpc.confirm(50), await rpc.accounts([OWNER, TOKEN], at)]
        found += await rpc.logs(wanted, BlockRange(10, 100))
        found += await rpc.calls(calls[:4], at)
        found += [type(answer) for answer in await rpc.calls(calls, at)]
        found += await rpc.codes([TOKEN, OWNER], at)
        found += await rpc.transactions([TRANSACTION])
        return found + list(await rpc.nonces([OWNER, Address(TOKEN)], at))

    with ScriptedServer(node(fake)) as server:
        assert over(server, asks) == over(server, lambda _: asks(fake))


def test_blocks_and_transactions_share_a_request() -> None:
    """What is asked side by side goes out together, and comes back apart."""
    fake = FakeRpc(sent={TRANSACTION: Sent(OWNER, Address(TOKEN))})

    async def both(rpc: HttpRpc) -> tuple[list[object], list[object]]:
        blocks, sent = await asyncio.gather(
            rpc.blocks([5, 6]), rpc.transactions([TRANSACTION, word(9)])
        )
        return list(blocks), list(sent)

    with ScriptedServer(node(fake)) as server:
        blocks, (one, other) = over(server, both)
        (request,) = server.asked

    assert blocks == [fake.block_at(5), fake.block_at(6)]
    assert one == Sent(OWNER, Address(TOKEN))
    assert isinstance(other, Unserved)
    assert other.expired
    assert len(request.every) == 4


def test_the_host_alone_is_named() -> None:
    """Errors name host and port, and no path."""
    said = unserved(always(Raw(body=b"<html>")), HttpRpc.chain_id)
    assert said.message.startswith("127.0.0.1:")
    assert isinstance(said, UnservedError)
