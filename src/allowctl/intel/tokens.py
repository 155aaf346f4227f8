"""What a token says of itself, and what its word is worth."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from allowctl.codec import text, words
from allowctl.errors import CodecError
from allowctl.model.chain import (
    Address,
    Answer,
    Block,
    Call,
    Chain,
    Returned,
    Unserved,
)
from allowctl.model.facts import TokenFacts
from allowctl.risk import looks
from allowctl.rpc.state import State
from allowctl.standards.erc20 import allowance_call
from allowctl.standards.erc721 import says_yes, supports_call
from allowctl.standards.items import has_items, is_number, item_calls
from allowctl.standards.operator import is_operator_call

SYMBOL = bytes.fromhex("95d89b41")
NAME = bytes.fromhex("06fdde03")
DECIMALS = bytes.fromhex("313ce567")
TOTAL_SUPPLY = bytes.fromhex("18160ddd")
BALANCE_OF = bytes.fromhex("70a08231")
BASE_TOKEN = bytes.fromhex("c55dae63")
NUM_ASSETS = bytes.fromhex("a46fe83b")
"""With baseToken(): Compound III's Comet. Its allowance is a manager's, who may take
collateral out and borrow against it."""
NONCES = bytes.fromhex("7ecebe00")
"""nonces(address), of ERC-2612 and of DAI: how many permits of an owner were used."""
USER_NONCE = bytes.fromhex("2e04b8e7")
"""userNonce(address): a Comet's own nonces(owner), for its allowBySig."""
ERC1155_ID = bytes.fromhex("d9b67a26")
"""EIP-165 id of ERC-1155."""
LONGEST = 1_000
"""Characters that are kept of a symbol or a name."""


async def token_facts(
    state: State,
    chain: Chain,
    owner: Address,
    tokens: Sequence[Address],
    known: Mapping[Address, str],
) -> dict[Address, TokenFacts]:
    """What each token says of itself and of the owner's balance, in one question.

    What may be a Comet is asked more than that: it counts permits in its own way.

    `known` are the chain's known tokens with their symbols: those are `known`, and
    what looks like them at another address `imitates` them. `listed` is left empty.
    """
    needed = {token: _needed(token, owner) for token in tokens}
    wanted = {token: _wanted(token, owner, chain, state.at) for token in tokens}
    sure = [call for calls in needed.values() for call in calls]
    maybe = [call for calls in wanted.values() for call in calls]
    patient = {_balance(token, owner) for token in tokens}
    every = [*sure, *maybe]
    hasty = [call for call in every if call not in patient]
    answers = await state.read(every, impatient=hasty)
    certain = iter(answers[: len(sure)])
    likely = iter(answers[len(sure) :])
    by_look = looks.by_look(known.values())
    found = {
        token: _compared(
            _token(
                token,
                [next(certain) for _ in needed[token]],
                [next(likely) for _ in wanted[token]],
            ),
            known,
            by_look,
        )
        for token in tokens
    }
    return found | await _comets(state, owner, found.values())


def strangers(token: Address, at: Block) -> tuple[Address, Address]:
    """Two addresses that nobody has a key to, others for each token and block.

    Hashes of what nobody chose: no contract could know them before, and none has
    seen them hold or grant anything.
    """
    seed = f"allowctl strangers {token} {at.hash}".encode()
    digest = hashlib.sha512(seed).hexdigest()
    return Address("0x" + digest[:40]), Address("0x" + digest[40:80])


async def _comets(
    state: State, owner: Address, tokens: Iterable[TokenFacts]
) -> dict[Address, TokenFacts]:
    """Those among them that may be a Comet, with what only a Comet answers."""
    some = [each for each in tokens if each.reaches_further]
    if not some:
        return {}
    calls = [
        call
        for each in some
        for call in (
            Call(each.address, NUM_ASSETS),
            Call(each.address, USER_NONCE + words.address(owner)),
        )
    ]
    answers = await state.read(calls, impatient=calls)
    return {
        each.address: _comet(each, assets, signed)
        for each, assets, signed in zip(some, answers[::2], answers[1::2], strict=True)
    }


def _comet(facts: TokenFacts, assets: Answer, signed: Answer) -> TokenFacts:
    if any(isinstance(answer, Unserved) for answer in (assets, signed)):
        facts = replace(facts, unserved=True)
    if not is_number(assets, 8):
        return replace(facts, reaches_further=False)
    return replace(facts, permits=_number(signed))


def _balance(token: Address, owner: Address) -> Call:
    """The one fact that is read again alone if it fails: others fail by rights."""
    return Call(token, BALANCE_OF + words.address(owner))


def _needed(token: Address, owner: Address) -> tuple[Call, ...]:
    """What a row stands on: whether it was served decides if its level is known."""
    return (
        _balance(token, owner),
        Call(token, TOTAL_SUPPLY),
        Call(token, DECIMALS),
        Call(token, BASE_TOKEN),
        Call(token, NONCES + words.address(owner)),
    )


def _wanted(
    token: Address, owner: Address, chain: Chain, at: Block
) -> tuple[Call, ...]:
    """What is good to know."""
    one, other = strangers(token, at)
    says, operator, approved = item_calls(token, owner, chain.permit2)
    return (
        Call(token, SYMBOL),
        Call(token, NAME),
        says,
        supports_call(token, ERC1155_ID),
        allowance_call(token, owner, chain.permit2),
        operator,
        approved,
        allowance_call(token, one, other),
        is_operator_call(token, one, other),
    )


def _token(
    address: Address, sure: Sequence[Answer], maybe: Sequence[Answer]
) -> TokenFacts:
    balance, supply, decimals, base, permits = sure
    symbol, name, says, is1155, allowance, operator, approved, between, over = maybe
    interfaces = {
        "erc20": is_number(allowance, 256),
        "erc721": has_items((says, operator, approved)),
        "erc1155": says_yes(is1155),
    }
    return TokenFacts(
        address=address,
        symbol=_string(symbol),
        name=_string(name),
        decimals=_number(decimals, 8),
        total_supply=_number(supply),
        balance=_number(balance),
        interfaces=tuple(each for each, answers in interfaces.items() if answers),
        unserved=any(isinstance(answer, Unserved) for answer in sure),
        reaches_further=bool(_number(base, 160)),
        permits=_number(permits),
        grants_strangers=bool(_number(between)) or _number(over, 1) == 1,
    )


def _compared(
    facts: TokenFacts, known: Mapping[Address, str], by_look: Mapping[str, str]
) -> TokenFacts:
    """With what is known of other tokens, and of it: the table's symbol is its own."""
    if facts.address in known:
        return replace(facts, known=True, symbol=known[facts.address])
    like = looks.imitates(facts.symbol, facts.name, by_look)
    return facts if like is None else replace(facts, imitates=like)


def _number(answer: Answer, bits: int = 256) -> int | None:
    if not isinstance(answer, Returned):
        return None
    try:
        return words.uint_at(answer.data, 0, bits)
    except CodecError:
        return None


def _string(answer: Answer) -> str | None:
    if not isinstance(answer, Returned):
        return None
    found = text.string(answer.data)
    return None if found is None else found[:LONGEST]
