"""What some chains take for a transaction's data besides its gas.

The OP stack and Scroll ask a contract of theirs that has a fixed address; the
operator's fee came with the OP stack's Isthmus. Elsewhere nothing stands there.
"""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.codec import transaction, words
from allowctl.errors import CodecError, UnservedError
from allowctl.model.chain import Address, Call, Returned, Reverted
from allowctl.revoke.everyone import Request, ask, told
from allowctl.rpc import answers, questions
from allowctl.rpc.endpoints import Node

OP_STACK = Address("0x420000000000000000000000000000000000000f")
SCROLL = Address("0x5300000000000000000000000000000000000002")
GET_L1_FEE = bytes.fromhex("49948e0e")
"""getL1Fee(bytes) of an unsigned transaction; it adds the signature by itself."""
GET_OPERATOR_FEE = bytes.fromhex("275aedd2")
"""getOperatorFee(uint256) of an amount of gas."""


async def oracles(nodes: Sequence[Node]) -> tuple[Address, ...]:
    """Where this chain can be asked: anybody's word is enough. UnservedError."""
    known = (OP_STACK, SCROLL)
    heard = await ask(nodes, [("eth_getCode", (each, "latest")) for each in known])

    def read(items: Sequence[object], host: str) -> list[bool]:
        codes = [answers.code(item, host) for item in items]
        for code in codes:
            if not isinstance(code, bytes):
                raise UnservedError(code.reason)
        return [bool(code) for code in codes]

    there = [flags for _, flags in told(heard, read)]
    return tuple(
        each for index, each in enumerate(known) if any(flags[index] for flags in there)
    )


async def fee(nodes: Sequence[Node], at: Sequence[Address], payload: bytes) -> int:
    """Wei, half as much again as the most that anybody tells: it moves with Ethereum's.

    UnservedError if nobody answers.
    """
    if not at:
        return 0
    calls = [_l1_fee(each, payload) for each in at]
    if OP_STACK in at:
        gas = words.uint(transaction.gas_of(payload))
        calls.append(Call(OP_STACK, GET_OPERATOR_FEE + gas))
    asked: list[Request] = [
        ("eth_call", (questions.call(call, None), "latest")) for call in calls
    ]
    count = len(at)

    def read(items: Sequence[object], host: str) -> int:
        certain = sum(_wei(item, host) for item in items[:count])
        return certain + sum(_wei(item, host, optional=True) for item in items[count:])

    most = max(wei for _, wei in told(await ask(nodes, asked), read))
    return most * 3 // 2


def _l1_fee(oracle: Address, payload: bytes) -> Call:
    head = words.uint(words.WORD) + words.uint(len(payload))
    padding = bytes(-len(payload) % words.WORD)
    return Call(oracle, GET_L1_FEE + head + payload + padding)


def _wei(item: object, host: str, *, optional: bool = False) -> int:
    match answers.answer(item, host):
        case Returned(data=data):
            try:
                return words.uint_at(data, 0)
            except CodecError:
                raise answers.malformed("a fee", host) from None
        case Reverted() if optional:
            return 0
        case failed:
            raise UnservedError(f"{host} tells no fee for data: {failed.reason}")
