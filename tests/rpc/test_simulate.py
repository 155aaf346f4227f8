"""Trials at one endpoint: what it can do is learned once, and no reply is believed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import words
from allowctl.errors import CodecError, UnservedError
from allowctl.model.chain import (
    BURNS,
    REVERTS,
    Address,
    Block,
    Call,
    Returned,
    Reverted,
    Unserved,
)
from allowctl.model.plan import Proof
from allowctl.rpc import rehearsal
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.http import HttpRpc
from allowctl.rpc.rehearsal import LONGEST, READ_GAS, Acted, Trial, decode, encode
from allowctl.rpc.simulate import Outcome, Rehearser
from tests.build import OWNER, SPENDER, TOKEN
from tests.fakes.client import over
from tests.fakes.rpc import FakeRpc
from tests.fakes.server import Asked, Raw, ScriptedServer, as_json, result
from tests.lab.abi import encode_call
from tests.lab.reading import ALLOWANCE, APPROVE
from tests.lab.solidity import contract
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import Json
from tests.nodes.node import address_of

AT = FakeRpc().block_at(1_000)
TRIAL = Trial(
    calls=(Call(TOKEN, b"\1"),), reads=(Call(TOKEN, b"\2"), Call(TOKEN, b"\3")), gas=600
)
NO_SUCH = RefusalError("no such method", kind=RefusalKind.UNSUPPORTED)
SLOW = RefusalError("too slow", kind=RefusalKind.TIMEOUT)


def block(*calls: Json, number: int = 1_001) -> Json:
    return [{"number": hex(number), "calls": list(calls)}]


def ran(data: str = "0x", *, status: int = 1, gas: int = 30_000) -> Json:
    return {"status": hex(status), "gasUsed": hex(gas), "returnData": data, "logs": []}


GOOD = block(ran(), ran("0x" + "00" * 32), ran("0x05"))
ACTED = Acted(worked=True, gas=30_000, reads=(Returned(bytes(32)), Returned(b"\5")))


@dataclass(slots=True, kw_only=True)
class Node(FakeRpc):
    """Answers as it is told to."""

    answers: Callable[[str, Json], object | UnservedError]
    methods: list[str] = field(default_factory=list)

    async def at_block(
        self,
        asked: Sequence[tuple[str, Sequence[object]]],
        at: Block,
        extra: Sequence[object] = (),
    ) -> list[object | UnservedError]:
        assert at == AT
        del extra
        self.methods += [method for method, _ in asked]
        return [self.answers(method, params[0]) for method, params in asked]


def seen(node: Node, *trials: Trial) -> tuple[list[Outcome] | None, Proof]:
    rehearser = Rehearser(node, OWNER, AT)
    return asyncio.run(rehearser.seen(trials)), rehearser.proof


def told(calls: int = 1, reads: Sequence[bytes] = (), time: int = AT.timestamp) -> str:
    """What our code says of calls that worked for 5,000 gas."""
    acted = b"\1" + (5_000).to_bytes(4, "big")
    each = acted + b"".join(b"\1" + len(r).to_bytes(2, "big") + r for r in reads)
    return "0x" + (words.uint(time) + calls * each).hex()


def test_simulated() -> None:
    """Call and reads are told apart; what is asked names owner, gas and no fee."""
    asked: list[Json] = []

    def answers(_: str, params: Json) -> Json:
        asked.append(params)
        return GOOD

    assert seen(Node(answers=answers), TRIAL) == ([(ACTED,)], Proof.SIMULATED)
    (wanted,) = asked
    assert wanted == {
        "blockStateCalls": [
            {
                "calls": [
                    {"from": OWNER, "to": TOKEN, "data": "0x01", "gas": hex(600)},
                    {"to": TOKEN, "data": "0x02", "gas": hex(READ_GAS)},
                    {"to": TOKEN, "data": "0x03", "gas": hex(READ_GAS)},
                ]
            }
        ],
        "validation": False,
        "traceTransfers": False,
    }


def test_failures_of_single_calls() -> None:
    """Each is its own: a call that fails, a read that burns, one that reverts."""
    calls = (ran("0x08c379a0", status=0), ran(status=0, gas=READ_GAS), ran(status=0))
    node = Node(answers=lambda *_: block(*calls))
    reads = (Reverted(BURNS), Reverted(REVERTS))
    failed = Acted(worked=False, gas=30_000, reads=reads)
    assert seen(node, TRIAL) == ([(failed,)], Proof.SIMULATED)


def test_long_answers_are_cut() -> None:
    """However long an answer is, no more of it is looked at than an honest one has."""
    node = Node(answers=lambda *_: block(ran(), ran("0x" + "ab" * 9_999), ran("0x05")))
    found, _ = seen(node, TRIAL)
    assert found == [
        (
            Acted(
                worked=True,
                gas=30_000,
                reads=(Returned(b"\xab" * LONGEST), Returned(b"\5")),
            ),
        )
    ]


@pytest.mark.parametrize(
    "reply",
    [
        None,
        "0x",
        [],
        {},
        [None],
        block(),
        block(ran(), ran()),
        block(ran(), ran(), ran(), ran()),
        block(ran(), ran(), None),
        block(ran(), ran(), ran("abc")),
        block(ran(), ran(), ran("0xzz")),
        block(ran(), ran(), {"status": "0x1"}),
        block(ran(), ran(), ran() | {"gasUsed": -1}),
        block(ran(), ran(), ran() | {"status": True}),
        block(ran(), ran(), ran(), number=999),
        GOOD * 2,
    ],
)
def test_malformed_replies(reply: Json) -> None:
    """What is no simulation is none: at first the next way is taken, later unserved."""

    def answers(method: str, _: Json) -> Json:
        return reply if method == "eth_simulateV1" else told(reads=(b"\7", b"\5"))

    found, proof = seen(Node(answers=answers), TRIAL)
    assert proof is Proof.OVERRIDDEN
    assert found is not None
    assert isinstance(found[0], tuple)
    first = [GOOD]
    late = Node(answers=lambda *_: first.pop() if first else reply)
    found, proof = seen(late, TRIAL, TRIAL)
    assert proof is Proof.SIMULATED
    assert found is not None
    assert isinstance(found[1], Unserved)


@pytest.mark.parametrize(
    "reply",
    [
        None,
        "0x",
        7,
        told(reads=(b"\7",)),
        told(reads=(b"\7", b"\5", b"\5")),
        told(reads=(b"\7", b"\5"), time=AT.timestamp + 12),
        told(reads=(b"\7", b"\5")) + "00",
        told(reads=(b"\7", b"\5"))[:-2],
    ],
)
def test_an_override_that_is_not_heeded(reply: Json) -> None:
    """What is not our own code's word, at that very block, shows nothing."""

    def answers(method: str, _: Json) -> Json | UnservedError:
        return NO_SUCH if method == "eth_simulateV1" else reply

    node = Node(answers=answers)
    assert seen(node, TRIAL) == (None, Proof.UNPROVEN)
    assert node.methods == ["eth_simulateV1", "eth_call"]


def test_learned_once() -> None:
    """What a node cannot do is asked of it once; the first trial finds it out."""

    def answers(method: str, _: Json) -> Json | UnservedError:
        return NO_SUCH if method == "eth_simulateV1" else told(reads=(b"\7", b"\5"))

    node = Node(answers=answers)
    rehearser = Rehearser(node, OWNER, AT)

    async def run() -> None:
        await rehearser.seen([TRIAL, TRIAL])
        await rehearser.seen([TRIAL])

    asyncio.run(run())
    assert node.methods == ["eth_simulateV1", *["eth_call"] * 3]


def test_a_first_trial_that_fails_alone() -> None:
    """A way is there if something harmless goes it: then it is that trial's trouble."""

    def answers(_: str, params: Json) -> Json | UnservedError:
        calls = params["blockStateCalls"][0]["calls"]
        if len(calls) == 1:
            return block(ran())
        return SLOW if calls[0]["data"] == "0x01" else GOOD

    good = Trial(calls=(Call(TOKEN, b"\4"),), reads=TRIAL.reads, gas=600)
    found, proof = seen(Node(answers=answers), TRIAL, good, TRIAL)
    assert proof is Proof.SIMULATED
    assert found == [Unserved("too slow"), (ACTED,), Unserved("too slow")]


def test_no_contract_s_words() -> None:
    """A refusal of the whole may hold what a contract said: none of it is passed on."""
    said = RefusalError(
        "node: execution reverted: PAY HERE", kind=RefusalKind.EXECUTION
    )
    first = [GOOD]
    node = Node(answers=lambda *_: first.pop() if first else said)
    found, _ = seen(node, TRIAL, TRIAL)
    assert found == [(ACTED,), Unserved("node.test fails to simulate it")]


def test_alone() -> None:
    """Without effects: what reverts, burns, floods or is not served is told apart."""
    burnt = RefusalError("out of gas", kind=RefusalKind.EXECUTION)
    reverted = RefusalError("execution reverted", kind=RefusalKind.EXECUTION)
    said: dict[str, object] = {"0x01": "0x", "0x02": burnt, "0x03": reverted}
    said |= {"0x04": SLOW, "0x05": "0x" + "00" * 32, "0x06": "0x", "0x07": "0x"}
    estimates: dict[str, object] = {"0x01": hex(50_000), "0x05": hex(60_000)}
    estimates |= {"0x06": SLOW, "0x07": reverted}

    def answers(method: str, params: Json) -> object:
        assert ("gas" in params) == (method == "eth_call")
        return (said if method == "eth_call" else estimates)[params["data"]]

    trials = [
        Trial(calls=(Call(TOKEN, bytes([n])),), reads=TRIAL.reads, gas=600_000)
        for n in range(1, 8)
    ]
    rehearser = Rehearser(Node(answers=answers), OWNER, AT)
    assert asyncio.run(rehearser.unseen(trials)) == [
        (Acted(worked=True, gas=50_000, reads=None),),
        (Acted(worked=False, gas=600_000, reads=None),),
        Reverted(REVERTS),
        Unserved("too slow"),
        (Acted(worked=True, gas=60_000, reads=None, false=True),),
        (Acted(worked=True, gas=300_000, reads=None),),
        Reverted(REVERTS),
    ]


def test_estimates() -> None:
    """The limit a node says, that the call fails, or that nobody says anything."""
    said: dict[str, object] = {"0x01": hex(77_000), "0x02": SLOW, "0x03": None}
    said["0x04"] = RefusalError("execution reverted", kind=RefusalKind.EXECUTION)
    node = Node(answers=lambda _, params: said[params["data"]])
    trials = [
        Trial(calls=(Call(TOKEN, bytes([n])),), reads=(), gas=1) for n in range(1, 5)
    ]
    rehearser = Rehearser(node, OWNER, AT)
    found = asyncio.run(rehearser.estimated(trials))
    assert found == [77_000, None, None, Reverted(REVERTS)]


def test_one_reply_too_large() -> None:
    """A batch that is too large is asked in parts: only the flood itself fails."""
    flood = block(ran(), ran("0x" + "00" * 2_000_000), ran("0x05"))

    def answer(asked: Asked) -> Raw:
        found = [result(each, _reply(each, flood)) for each in asked.every]
        return as_json(found if asked.is_batch else found[0])

    bad = Trial(calls=(Call(TOKEN, b"\xbb"),), reads=TRIAL.reads, gas=600)

    async def run(rpc: HttpRpc) -> list[Outcome] | None:
        return await Rehearser(rpc, OWNER, AT).seen([TRIAL, TRIAL, bad, TRIAL])

    with ScriptedServer(answer) as server:
        found = over(server, run)
    assert found == [
        (ACTED,),
        (ACTED,),
        Reverted("answers megabytes"),
        (ACTED,),
    ]


def _reply(asked: Json, flood: Json) -> Json:
    if asked["method"] != "eth_simulateV1":
        return "0x"
    (calls,) = [each["calls"] for each in asked["params"][0]["blockStateCalls"]]
    return flood if calls[0]["data"] == "0xbb" else GOOD


# Our code in the owner's place


@given(st.binary(max_size=200))
def test_any_reply_is_read_or_refused(data: bytes) -> None:
    """No bytes at all make the reader fail otherwise than by saying so."""
    try:
        _, found = decode(data, TRIAL)
    except CodecError:
        return
    assert isinstance(found, Unserved) or len(found) == 1


@given(st.binary(max_size=300), st.integers(0, 2**32 - 1))
def test_gas_as_a_transaction(data: bytes, used: int) -> None:
    """The data is paid for as it would be, and never less than the floor."""
    trial = Trial(calls=(Call(TOKEN, data),), reads=(), gas=1)
    reply = words.uint(5) + b"\1" + used.to_bytes(4, "big")
    time, found = decode(reply, trial)
    assert time == 5
    assert isinstance(found, tuple)
    tokens = sum(4 if each else 1 for each in data)
    assert found[0].gas == max(21_000 + used + 4 * tokens, 21_000 + 10 * tokens)


def test_too_much_for_one_question() -> None:
    """More calls than a byte counts are refused, not cut."""
    with pytest.raises(CodecError):
        encode(Trial(calls=TRIAL.calls * 256, reads=(), gas=1))


def test_code_for_every_chain() -> None:
    """It is small, and has no PUSH0 (EIP-3855): not every chain knows that."""
    code = rehearsal.code()
    at, opcodes = 0, set()
    while at < len(code):
        opcodes.add(code[at])
        at += 1 + max(0, code[at] - 0x5F) * (code[at] < 0x80)
    assert 0x5F not in opcodes
    assert len(code) < 1_000


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil() as node:
        yield node


def rehearse(
    anvil: Anvil, trial: Trial, *, gas: int | None = None, sender: str | None = None
) -> bytes:
    owner = address_of(anvil.accounts[0])
    asked = encode(trial)
    limit = rehearsal.gas_of(trial, asked) if gas is None else gas
    call = {
        "from": sender or owner,
        "to": owner,
        "data": "0x" + asked.hex(),
        "gas": hex(limit),
    }
    override = {owner: {"code": "0x" + rehearsal.code().hex()}}
    return bytes.fromhex(anvil.rpc("eth_call", call, "latest", override)[2:])


@pytest.mark.node
def test_reads_after_each_call(anvil: Anvil) -> None:
    """Two calls of the owner's, and the same reads after each; long answers are cut."""
    owner = address_of(anvil.accounts[0])
    token = anvil.deploy(contract("Token").create(owner))
    bomb = anvil.deploy(contract("ReturnBomb").create(30_000))
    reads = (
        Call(token, encode_call(ALLOWANCE, owner, SPENDER)),
        Call(bomb, encode_call(ALLOWANCE, owner, SPENDER)),
        Call(token, b"nope"),
    )
    calls = [Call(token, encode_call(APPROVE, SPENDER, n)) for n in (7, 3)]
    trial = Trial(calls=(*calls, Call(token, b"nope")), reads=reads, gas=100_000)
    time, found = decode(rehearse(anvil, trial), trial)
    assert time == anvil.now
    assert isinstance(found, tuple)
    assert [each.worked for each in found] == [True, True, False]
    for acted, amount in zip(found, (7, 3, 3), strict=True):
        assert acted.reads is not None
        first, second, third = acted.reads
        assert first == Returned(words.uint(amount))
        assert isinstance(second, Returned)
        assert len(second.data) == LONGEST
        assert third == Reverted(REVERTS)


@pytest.mark.node
def test_too_little_gas(anvil: Anvil) -> None:
    """What was not done for want of gas is nobody's failure, and not silent."""
    owner = address_of(anvil.accounts[0])
    token = anvil.deploy(contract("Token").create(owner))
    call = Call(token, encode_call(APPROVE, SPENDER, 7))
    trial = Trial(calls=(call,), reads=(call,), gas=300_000)
    for gas in (200_000, 500_000, 1_000_000):
        _, found = decode(rehearse(anvil, trial, gas=gas), trial)
        if isinstance(found, tuple):
            assert found[0].worked
            assert found[0].reads is not None
            assert isinstance(found[0].reads[0], Unserved)
        else:
            assert gas < 500_000


@pytest.mark.node
def test_nobody_else_is_obeyed(anvil: Anvil) -> None:
    """Whoever calls the owner meanwhile finds nothing there."""
    stranger = address_of(anvil.accounts[1])
    assert rehearse(anvil, TRIAL, sender=stranger) == b""


@pytest.mark.node
def test_an_address_without_code(anvil: Anvil) -> None:
    """A call of nobody works and leaves nothing that could be read."""
    nobody = Address("0x" + "0d" * 20)
    trial = Trial(
        calls=(Call(nobody, b"\1"),), reads=(Call(nobody, b"\2"),), gas=50_000
    )
    _, found = decode(rehearse(anvil, trial), trial)
    assert isinstance(found, tuple)
    assert (found[0].worked, found[0].reads) == (True, (Returned(b""),))
