"""What a person needs to judge an allowance: the token, the balance, the spender."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from allowctl.codec import text, words
from allowctl.errors import CodecError
from allowctl.model.approval import Allowance
from allowctl.model.chain import (
    Address,
    Answer,
    Call,
    Chain,
    Returned,
    Unserved,
)
from allowctl.model.facts import SpenderFacts, SpenderKind, TokenFacts
from allowctl.model.report import Record
from allowctl.rpc.state import State
from allowctl.standards.erc20 import allowance_call
from allowctl.standards.erc721 import (
    ERC721_ID,
    GET_APPROVED,
    says_yes,
    supports_call,
)
from allowctl.standards.operator import is_operator_call

SYMBOL = bytes.fromhex("95d89b41")
NAME = bytes.fromhex("06fdde03")
DECIMALS = bytes.fromhex("313ce567")
TOTAL_SUPPLY = bytes.fromhex("18160ddd")
BALANCE_OF = bytes.fromhex("70a08231")
ERC1155_ID = bytes.fromhex("d9b67a26")
"""EIP-165 id of ERC-1155."""
DELEGATION = bytes.fromhex("ef0100")
"""What the code of a delegated account begins with (EIP-7702)."""
_DELEGATION_LENGTH = 23


async def enrich(
    state: State, chain: Chain, owner: Address, allowances: Sequence[Allowance]
) -> list[Record]:
    """A record for each allowance, in order. What cannot be had is None."""
    tokens, spenders = await asyncio.gather(
        token_facts(
            state, chain, owner, sorted({each.candidate.token for each in allowances})
        ),
        spender_facts(state, sorted({each.spender for each in allowances})),
    )
    return [
        Record(
            allowance=allowance,
            token=tokens[allowance.candidate.token],
            spender=spenders[allowance.spender],
        )
        for allowance in allowances
    ]


async def token_facts(
    state: State, chain: Chain, owner: Address, tokens: Sequence[Address]
) -> dict[Address, TokenFacts]:
    """What each token says of itself and of the owner's balance."""
    needed = {token: _needed(token, owner) for token in tokens}
    wanted = {token: _wanted(token, owner, chain) for token in tokens}
    sure = [call for calls in needed.values() for call in calls]
    maybe = [call for calls in wanted.values() for call in calls]
    patient = {_balance(token, owner) for token in tokens}
    every = [*sure, *maybe]
    hasty = [call for call in every if call not in patient]
    answers = await state.read(every, impatient=hasty)
    known = iter(answers[: len(sure)])
    likely = iter(answers[len(sure) :])
    return {
        token: _token(
            token,
            [next(known) for _ in needed[token]],
            [next(likely) for _ in wanted[token]],
        )
        for token in tokens
    }


async def spender_facts(
    state: State, spenders: Sequence[Address]
) -> dict[Address, SpenderFacts]:
    """What stands at each spender's address."""
    if not spenders:
        return {}
    accounts = await state.accounts(spenders)
    return {
        spender: SpenderFacts(address=spender, kind=spender_kind(code, nonce))
        for spender, (code, nonce) in zip(spenders, accounts, strict=True)
    }


def spender_kind(code: bytes | Unserved, nonce: int | Unserved) -> SpenderKind:
    """What an address is, by its code and the number of its transactions."""
    match code, nonce:
        case Unserved(), _:
            return SpenderKind.UNKNOWN
        case b"", int(sent):
            return SpenderKind.EOA if sent else SpenderKind.UNUSED
        case b"", Unserved():
            return SpenderKind.EOA
        case bytes(found), _ if (
            found.startswith(DELEGATION) and len(found) == _DELEGATION_LENGTH
        ):
            return SpenderKind.DELEGATED_EOA
        case _:
            return SpenderKind.CONTRACT


def _balance(token: Address, owner: Address) -> Call:
    """The one fact that is read again alone if it fails: others fail by rights."""
    return Call(token, BALANCE_OF + words.address(owner))


def _needed(token: Address, owner: Address) -> tuple[Call, ...]:
    """What a row stands on: whether it was served decides if its level is known."""
    return (
        _balance(token, owner),
        Call(token, TOTAL_SUPPLY),
        Call(token, DECIMALS),
        Call(token, SYMBOL),
        Call(token, NAME),
    )


def _wanted(token: Address, owner: Address, chain: Chain) -> tuple[Call, ...]:
    """What is good to know."""
    return (
        supports_call(token, ERC721_ID),
        supports_call(token, ERC1155_ID),
        allowance_call(token, owner, chain.permit2),
        is_operator_call(token, owner, chain.permit2),
        Call(token, GET_APPROVED + words.uint(1)),
    )


def _token(
    address: Address, sure: Sequence[Answer], maybe: Sequence[Answer]
) -> TokenFacts:
    balance, supply, decimals = map(_number, sure, (256, 256, 8))
    symbol, name = sure[3:]
    is721, is1155, allowance, operator, approved = maybe
    duck721 = _is_number(operator, 1) and _is_number(approved, 160)
    interfaces = {
        "erc20": _is_number(allowance, 256),
        "erc721": says_yes(is721) or duck721,
        "erc1155": says_yes(is1155),
    }
    return TokenFacts(
        address=address,
        symbol=_string(symbol),
        name=_string(name),
        decimals=decimals,
        total_supply=supply,
        balance=balance,
        interfaces=tuple(each for each, answers in interfaces.items() if answers),
        unserved=any(isinstance(answer, Unserved) for answer in sure),
    )


def _number(answer: Answer, bits: int = 256) -> int | None:
    if not isinstance(answer, Returned):
        return None
    try:
        return words.uint_at(answer.data, 0, bits)
    except CodecError:
        return None


def _is_number(answer: Answer, bits: int) -> bool:
    return _number(answer, bits) is not None


def _string(answer: Answer) -> str | None:
    return text.string(answer.data) if isinstance(answer, Returned) else None
