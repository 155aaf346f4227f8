"""What a node answers is a value of the model, or nothing is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import OversizeError, UnservedError
from allowctl.model.chain import (
    BURNS,
    REVERTS,
    Address,
    Block,
    Returned,
    Reverted,
    Sent,
    Unserved,
)
from allowctl.rpc import answers
from allowctl.rpc.client import RefusalError, RefusalKind

HOST = "node.test"
RAW = {"number": "0x1F4", "hash": "0x" + "AB" * 32, "timestamp": "0x65"}
BLOCK = Block(number=500, hash="0x" + "ab" * 32, timestamp=101)

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["number", "hash", "timestamp", "logsBloom", "x"]), inner
        )
    ),
    max_leaves=6,
)


def refusal(
    kind: RefusalKind, *, said: str = "no", data: str | None = None
) -> RefusalError:
    return RefusalError(said, kind=kind, data=data)


# numbers


@given(st.integers(0, 2**64 - 1))
def test_number(value: int) -> None:
    """A quantity in any case."""
    assert answers.number(hex(value), HOST) == value
    assert answers.number(f"0x{value:X}", HOST) == value


@given(junk)
def test_no_number(value: object) -> None:
    """Anything else is refused by the host's name, and never taken for 0."""
    if isinstance(value, str) and value.startswith("0x"):
        return
    with pytest.raises(RefusalError, match=r"node\.test answers a number"):
        answers.number(value, HOST)


def test_number_that_was_refused() -> None:
    """The refusal itself comes through."""
    error = refusal(RefusalKind.HEAD)
    with pytest.raises(RefusalError) as caught:
        answers.number(error, HOST)
    assert caught.value is error


# blocks


def test_block() -> None:
    """Number, hash and time; null is no block."""
    assert answers.block(RAW, HOST) == BLOCK
    assert answers.block(RAW, HOST, asked=500) == BLOCK
    assert answers.block(None, HOST) is None


@pytest.mark.parametrize("member", ["number", "timestamp"])
@pytest.mark.parametrize("value", [2**53, 2**63, 2**64 - 1])
def test_block_beyond_all_blocks(member: str, value: int) -> None:
    """2^53 and more is no number of a block, and no time; one less may be."""
    with pytest.raises(RefusalError, match="a block in a form that is none"):
        answers.block({**RAW, member: hex(value)}, HOST)
    assert answers.block({**RAW, member: hex(2**53 - 1)}, HOST) is not None


def test_another_block() -> None:
    """Block 500 is no answer to the question for block 501."""
    with pytest.raises(RefusalError):
        answers.block(RAW, HOST, asked=501)


@given(junk)
def test_no_block(value: object) -> None:
    """Garbage is refused; there is no half of a block."""
    if value is None:
        return
    with pytest.raises(RefusalError):
        answers.block(value, HOST)


def test_block_that_was_refused() -> None:
    """The refusal itself comes through."""
    error = UnservedError("gone")
    with pytest.raises(UnservedError) as caught:
        answers.block(error, HOST)
    assert caught.value is error


@given(junk)
def test_one_of_many_blocks(value: object) -> None:
    """Whatever comes in its place, the others are not spoilt."""
    found = answers.block_if_any(value, HOST, 500)
    assert isinstance(found, Unserved)
    assert found.expired is (value is None)


def test_one_of_many_blocks_that_is_there() -> None:
    """Only the one that was asked for; a refusal is not known, with its reason."""
    assert answers.block_if_any(RAW, HOST, 500) == BLOCK
    assert isinstance(answers.block_if_any(RAW, HOST, 501), Unserved)
    pruned = refusal(RefusalKind.PRUNED)
    assert answers.block_if_any(pruned, HOST, 500) == Unserved("no", expired=True)


# blooms


@pytest.mark.parametrize(("bits", "may"), [(0, False), (1, True), (2**2048 - 1, False)])
def test_bloom(bits: int, may: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Some bits say logs; all of them say nothing at all."""
    assert answers.may_hold_logs({"logsBloom": f"0x{bits:0512x}"}, HOST) is may


@given(junk)
def test_no_bloom(value: object) -> None:
    """Garbage is not "no logs"."""
    assert isinstance(answers.may_hold_logs(value, HOST), Unserved)


# answers of contracts


@given(st.binary(max_size=200))
def test_bytes(data: bytes) -> None:
    """What a contract returned, in any case of hex."""
    assert answers.answer("0x" + data.hex(), HOST) == Returned(data)
    assert answers.answer("0x" + data.hex().upper(), HOST) == Returned(data)


@given(junk)
def test_no_answer(value: object) -> None:
    """Anything else says nothing, least of all zero."""
    found = answers.answer(value, HOST)
    assert isinstance(found, Unserved) or value == "0x"


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (refusal(RefusalKind.EXECUTION, said="reverted: mine"), Reverted(REVERTS)),
        (refusal(RefusalKind.EXECUTION, said="out of gas"), Reverted(BURNS)),
        (refusal(RefusalKind.EXECUTION, said="OutOfGas"), Reverted(BURNS)),
        (refusal(RefusalKind.RATE), Unserved("no")),
        (refusal(RefusalKind.FATAL), Unserved("no")),
        (refusal(RefusalKind.PRUNED), Unserved("no", expired=True)),
        (refusal(RefusalKind.HEAD), Unserved("no", expired=True)),
        (UnservedError("silence"), Unserved("silence")),
    ],
)
def test_failures(item: object, found: object) -> None:
    """A contract's own failure is an answer; a node's refusal is none."""
    assert answers.answer(item, HOST) == found


@pytest.mark.parametrize(
    "item",
    [
        OversizeError("more than 9 bytes"),
        "0x" + "00" * answers.MAX_ANSWER,
        refusal(RefusalKind.EXECUTION, data="0x" + "00" * answers.MAX_ANSWER),
    ],
    ids=["bounded", "returned", "reverted"],
)
def test_megabytes(item: object) -> None:
    """However a contract sends them, they are its failure."""
    assert answers.answer(item, HOST) == Reverted("answers megabytes")


def test_the_words_of_a_contract_are_not_repeated() -> None:
    """A revert's text is anybody's: it never stands in a report."""
    found = answers.answer(
        refusal(RefusalKind.EXECUTION, said="visit evil.example"), HOST
    )
    assert "evil" not in str(found)


# accounts


def test_code() -> None:
    """Bytes, none for "0x"; a failure is not known, with its reason."""
    assert answers.code("0xfe", HOST) == b"\xfe"
    assert answers.code("0x", HOST) == b""
    pruned = refusal(RefusalKind.PRUNED)
    assert answers.code(pruned, HOST) == Unserved("no", expired=True)
    assert answers.code(OversizeError("x"), HOST) == Unserved("answers megabytes")


def test_nonce() -> None:
    """A number; a failure is not known, and not 0."""
    assert answers.nonce("0x1f", HOST) == 31
    pruned = refusal(RefusalKind.PRUNED)
    assert answers.nonce(pruned, HOST) == Unserved("no", expired=True)
    assert answers.nonce(UnservedError("silence"), HOST) == Unserved("silence")
    assert isinstance(answers.nonce("0x", HOST), Unserved)


@given(st.integers(0, 2**256 - 1))
def test_slot(value: int) -> None:
    """Thirty-two bytes, also where leading zeros were left out."""
    word = value.to_bytes(32, "big")
    for text in (f"0x{value:x}", f"0x{value:064x}", f"0x{value:064X}"):
        assert answers.slot(text, HOST) == word


@pytest.mark.parametrize("item", [None, 0, "", "0x", "0xg", "0x" + "0" * 65, "00", []])
def test_no_slot(item: object) -> None:
    """Anything else says nothing, least of all zero."""
    found = answers.slot(item, HOST)
    assert isinstance(found, Unserved)
    assert HOST in found.reason


def test_slot_that_was_refused() -> None:
    """A failure is not known, with its reason."""
    pruned = refusal(RefusalKind.PRUNED)
    assert answers.slot(pruned, HOST) == Unserved("no", expired=True)
    assert answers.slot(UnservedError("silence"), HOST) == Unserved("silence")


# transactions

HASH = "0x" + "cd" * 32
FROM, TO = "0x" + "Aa" * 20, "0x" + "Bb" * 20
SENT = {"hash": HASH.upper().replace("X", "x"), "from": FROM, "to": TO, "input": "0x"}


def test_sent() -> None:
    """Both addresses as we write them; nobody is whom a creation is sent to."""
    sender, to = Address(FROM.lower()), Address(TO.lower())

    assert answers.sent(SENT, HOST, HASH) == Sent(sender, to)
    assert answers.sent(SENT | {"to": None}, HOST, HASH) == Sent(sender, None)


@given(junk)
def test_nothing_sent(value: object) -> None:
    """What is no transaction tells of no sender."""
    assert isinstance(answers.sent(value, HOST, HASH), Unserved)


@pytest.mark.parametrize(
    "part", [{"hash": "0x" + "ce" * 32}, {"from": "0x12"}, {"to": "you"}, {"to": 7}]
)
def test_another_transaction(part: dict[str, object]) -> None:
    """Nor is one that was not asked for, or that is sent by or to no address."""
    found = answers.sent(SENT | part, HOST, HASH)

    assert isinstance(found, Unserved)
    assert not found.expired


def test_a_transaction_that_is_not_there() -> None:
    """Another endpoint may have it; one that was refused says why."""
    lost = answers.sent(None, HOST, HASH)
    refused = answers.sent(refusal(RefusalKind.UNSUPPORTED), HOST, HASH)

    assert isinstance(lost, Unserved)
    assert lost.expired
    assert refused == Unserved("no")
