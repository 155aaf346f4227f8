"""What a transaction's data costs where a chain takes something for it."""

from __future__ import annotations

import pytest

from allowctl.codec import words
from allowctl.codec.transaction import Unsigned, payload
from allowctl.errors import UnservedError
from allowctl.model.plan import Fees
from allowctl.revoke.data_fee import GET_L1_FEE, GET_OPERATOR_FEE, OP_STACK, SCROLL
from allowctl.revoke.outbox import PoolOutbox
from tests.build import TOKEN
from tests.lab.abi import encode_call
from tests.nodes.jsonrpc import Json
from tests.revoke.making_outboxes import RefusedError, Script, over, saying

PAYLOAD = payload(
    Unsigned(
        chain_id=1,
        nonce=1,
        fees=Fees(max_fee=9, tip=1),
        gas=60_000,
        to=TOKEN,
        data=b"\x01" * 68,
    )
)


def stack(
    *places: str, l1: int = 100, operator: int | None = None, **says: Json
) -> Script:
    """An endpoint of a chain with such oracles."""

    def call(wanted: Json, _: str) -> Json:
        data = bytes.fromhex(wanted["data"][2:])
        if data[:4] == GET_L1_FEE and wanted["to"] in places:
            assert data == encode_call("getL1Fee(bytes)", PAYLOAD)
            return "0x" + words.uint(l1).hex()
        if data[:4] == GET_OPERATOR_FEE and operator is not None:
            assert data == encode_call("getOperatorFee(uint256)", 60_000)
            return "0x" + words.uint(operator).hex()
        raise RefusedError("execution reverted")

    def code(address: str, _: str) -> Json:
        return "0x6080" if address in places else "0x"

    return Script(says={"eth_getCode": code, "eth_call": call} | says)


def fee(*scripts: Script) -> int:
    return over(scripts, lambda outbox: outbox.data_fee(PAYLOAD))


def test_no_such_chain() -> None:
    """Nothing is taken, and nothing but the code is asked for."""
    script = stack()
    assert fee(script) == 0
    assert "eth_call" not in dict(script.heard)


def test_the_op_stack() -> None:
    """Half as much again as it says; before Isthmus there is no operator's fee."""
    assert fee(stack(OP_STACK, l1=101)) == 151
    assert fee(stack(OP_STACK, l1=100, operator=50)) == 225


def test_scroll() -> None:
    """It has its own oracle, and no operator."""
    assert fee(stack(SCROLL, l1=100, operator=50)) == 150


def test_the_most_that_anybody_tells() -> None:
    """Too much is only a balance that is checked too strictly."""
    assert fee(stack(OP_STACK, l1=100), stack(OP_STACK, l1=300), stack()) == 450


@pytest.mark.parametrize("told", ["0x", "0x01", "zz", None, 7])
def test_a_fee_that_is_none(told: Json) -> None:
    """Alone it is an error; beside an honest one it is left out."""
    odd = stack(OP_STACK, eth_call=told)
    assert fee(odd, stack(OP_STACK, l1=100)) == 150
    with pytest.raises(UnservedError):
        fee(odd)


def test_nobody_tells() -> None:
    """Neither whether there is an oracle, nor what it says: then nothing is known."""
    with pytest.raises(UnservedError):
        fee(Script())
    with pytest.raises(UnservedError, match="tells no fee for data: reverts"):
        fee(stack(OP_STACK, eth_call=saying("execution reverted")))


def test_where_to_ask_is_found_out_once() -> None:
    """Then only the fee is asked for."""
    script = stack(OP_STACK)

    async def use(outbox: PoolOutbox) -> list[int]:
        return [await outbox.data_fee(PAYLOAD) for _ in range(3)]

    assert over([script], use) == [150] * 3
    methods = [method for method, _ in script.heard]
    assert methods.count("eth_getCode") == 2
