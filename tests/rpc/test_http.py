"""One endpoint: what it answers is checked before anybody believes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from allowctl.codec import words
from allowctl.errors import UnservedError
from allowctl.model.chain import (
    Address,
    Block,
    BlockRange,
    Call,
    Log,
    LogFilter,
    Returned,
    Reverted,
    Unserved,
)
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.http import HttpRpc
from tests.build import OWNER, TOKEN, block, candidate, word
from tests.fakes.client import over, refused, unserved
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
    assert refused(answer, lambda rpc: rpc.block(501)) is RefusalKind.UNSUPPORTED


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


def test_state_is_read_at_the_block_s_hash() -> None:
    """Where the node can (EIP-1898), which is found out once."""
    values = {"eth_call": "0x", "eth_getCode": "0x", "eth_getTransactionCount": "0x0"}

    async def all_of_it(rpc: HttpRpc) -> None:
        await rpc.calls([CALL], AT)
        await rpc.codes([TOKEN], AT)
        await rpc.nonces([TOKEN], AT)

    with state_at(values) as server:
        over(server, all_of_it)
        where = {"blockHash": AT.hash}
        named = [asked.json["params"][-1] for asked in server.asked]
    assert named == [where, NOWHERE, where, where, where]


def test_a_node_that_does_not_heed_hashes() -> None:
    """One that answers for a hash no block has reads who knows what: numbers then."""
    with ScriptedServer(answering({"eth_call": "0x"})) as server:
        over(server, lambda rpc: rpc.call(CALL, AT))
        assert server.asked[-1].json["params"][-1] == hex(AT.number)


def test_state_at_the_block_s_number() -> None:
    """Where the node knows no hashes, the number has to do."""

    def answer(asked: Asked) -> Raw:
        if isinstance(asked.json["params"][-1], dict):
            return as_json(error(asked.json, {"code": -32602, "message": "bad params"}))
        return as_json(result(asked.json, "0x"))

    with ScriptedServer(answer) as server:
        assert over(server, lambda rpc: rpc.call(CALL, AT)) == EMPTY
        assert server.asked[-1].json["params"][-1] == "0x1f4"


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
    fake = FakeRpc(head=100, chain=5)
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
    at = fake.block_at(100)
    calls = [Call(TOKEN, bytes([n])) for n in range(5)]
    topics = approval_log(named).topics
    wanted = LogFilter(topics=((topics[0],), (topics[1],)))

    async def asks(rpc: HttpRpc | FakeRpc) -> list[object]:
        found: list[object] = [await rpc.chain_id(), await rpc.block()]
        found += await rpc.logs(wanted, BlockRange(10, 100))
        found += await rpc.calls(calls[:4], at)
        found += [type(answer) for answer in await rpc.calls(calls, at)]
        found += await rpc.codes([TOKEN, OWNER], at)
        return found + list(await rpc.nonces([OWNER, Address(TOKEN)], at))

    with ScriptedServer(node(fake)) as server:
        assert over(server, asks) == over(server, lambda _: asks(fake))


def test_the_host_alone_is_named() -> None:
    """Errors name host and port, and no path."""
    said = unserved(always(Raw(body=b"<html>")), HttpRpc.chain_id)
    assert said.message.startswith("127.0.0.1:")
    assert isinstance(said, UnservedError)
