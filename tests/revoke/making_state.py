"""What contracts hold, and what a signed transaction does to it.

Transactions are decoded by rlp, their senders by eth_account, calls by eth_abi.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import rlp  # type: ignore[import-untyped] # it ships no types
from eth_abi.abi import decode, encode
from eth_account import Account
from eth_utils.crypto import keccak

from allowctl.model.approval import Candidate, Fate, Kind
from allowctl.model.chain import Address, Block, Returned
from allowctl.standards import STANDARD_OF
from tests.build import UNLIMITED
from tests.revoke import making_guarded as calls
from tests.revoke.making_keys import OWNER

_SELECTORS = {calls.selector(each): each for each in calls.GOOD}

Pair = tuple[Address, Address]
"""A contract, or a token in Permit2, and a spender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tx:
    """A transaction in the pool."""

    name: str
    nonce: int
    tip: int
    max_fee: int
    to: Address
    data: bytes
    ours: bool = True


@dataclass(slots=True, kw_only=True)
class State:
    """What contracts hold, and what spenders have got, by contract and spender."""

    nonce: int = 0
    amounts: dict[Pair, int] = field(default_factory=dict)
    children: dict[Pair, tuple[int, int, int]] = field(default_factory=dict)
    """In Permit2, by token and spender: amount, expiration, nonce."""
    operators: set[Pair] = field(default_factory=set)
    items: dict[tuple[Address, int], Address] = field(default_factory=dict)
    taken: dict[Pair, int] = field(default_factory=dict)

    def granted(self, pair: Pair) -> int:
        """By a token itself, or inside Permit2."""
        if pair in self.children:
            return self.children[pair][0]
        return self.amounts.get(pair, 0)

    def take(self, pair: Pair, amount: int) -> None:
        """As much as is granted at most."""
        left = self.granted(pair) - amount
        if pair in self.children:
            self.children[pair] = (left, *self.children[pair][1:])
        else:
            self.amounts[pair] = left
        self.taken[pair] = self.taken.get(pair, 0) + amount


@functools.cache
def in_pool(raw: bytes) -> Tx:
    fields = rlp.decode(raw[1:] if raw[0] == 2 else raw)
    signer = Account.recover_transaction(raw)
    assert signer.lower() == OWNER, "signed by nobody we know"
    if raw[0] == 2:
        _, nonce, tip, max_fee, _, to, value, data = fields[:8]
    else:
        nonce, max_fee, _, to, value, data = fields[:6]
        tip = max_fee
    assert value == b"", "it sends money"
    return Tx(
        name="0x" + keccak(raw).hex(),
        nonce=int.from_bytes(nonce, "big"),
        tip=int.from_bytes(tip, "big"),
        max_fee=int.from_bytes(max_fee, "big"),
        to=Address("0x" + to.hex()),
        data=data,
    )


def decoded(data: bytes) -> tuple[str, tuple[object, ...]]:
    """A call's function and its arguments, by eth_abi."""
    signature = _SELECTORS[data[:4]]
    return signature, decode(calls.arguments(signature), data[4:])


def executed(state: State, tx: Tx, with_items: set[Address]) -> bool:
    """Whether the call passes; then the state has changed."""
    match decoded(tx.data):
        case (calls.APPROVE, (str(spender), int(number))) if tx.to in with_items:
            state.items[tx.to, number] = Address(spender)
        case (calls.APPROVE, (str(spender), int(number))):
            state.amounts[tx.to, Address(spender)] = number
        case (calls.DECREASE_ALLOWANCE, (str(spender), int(delta))):
            pair = (tx.to, Address(spender))
            if state.amounts.get(pair, 0) < delta:
                return False
            state.amounts[pair] -= delta
        case (calls.FOR_ALL, (str(operator), False)):
            state.operators.discard((tx.to, Address(operator)))
        case (calls.PERMIT2_APPROVE, (str(token), str(spender), amount, until)):
            assert isinstance(amount, int)
            assert isinstance(until, int)
            pair = (Address(token), Address(spender))
            state.children[pair] = (amount, until, state.children[pair][2])
        case (calls.LOCKDOWN, (pairs,)):
            assert isinstance(pairs, tuple)
            for pair in pairs:
                state.children[pair] = (0, *state.children[pair][1:])
        case (calls.INVALIDATE, (str(token), str(spender), nonce)):
            assert isinstance(nonce, int)
            pair = (Address(token), Address(spender))
            state.children[pair] = (*state.children[pair][:2], nonce)
        case unknown:
            raise AssertionError(unknown)
    return True


def fate(state: State, candidate: Candidate, at: Block) -> Fate:
    """As the program's own standards understand what contracts answer."""
    c = candidate
    types, values, more = ["uint256"], [0], []
    match c.kind:
        case Kind.ERC20:
            values = [state.amounts.get((c.contract, c.spender), 0)]
        case Kind.OPERATOR:
            values = [int((c.contract, c.spender) in state.operators)]
        case Kind.PERMIT2:
            types = ["uint160", "uint48", "uint48"]
            values = [*state.children[c.token, c.spender]]
            more = [Returned(encode(["uint256"], [UNLIMITED]))]
        case Kind.ERC721:
            item = state.items.get((c.contract, c.token_id or 0), "0x" + "00" * 20)
            values = [int(c.owner, 16)]
            more = [Returned(encode(["address"], [item])), Returned(encode(types, [1]))]
    answers = [Returned(encode(types, values)), *more]
    return STANDARD_OF[c.kind].parse(c, answers, at)
