"""Whether a contract is one of single NFTs: ERC-721, or ERC-404 that looks like it.

In such a contract `approve(spender, number)` may give an item away, whatever the
number was meant to be. Many say so by EIP-165. Some (the first ERC-404) do not, and
are known by answering as one: isApprovedForAll and getApproved.
"""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.model.chain import Address, Answer, Call, Returned
from allowctl.standards.erc721 import (
    ERC721_ID,
    GET_APPROVED,
    says_yes,
    supports_call,
)
from allowctl.standards.operator import is_operator_call


def item_calls(contract: Address, owner: Address, spender: Address) -> tuple[Call, ...]:
    """The three calls whose answers `has_items` judges; who is asked for is no matter.

    supportsInterface(ERC-721), isApprovedForAll(owner, spender), getApproved(1).
    """
    return (
        supports_call(contract, ERC721_ID),
        is_operator_call(contract, owner, spender),
        Call(contract, GET_APPROVED + words.uint(1)),
    )


def has_items(answers: Sequence[Answer]) -> bool:
    """Whether the answers to `item_calls` are those of such a contract."""
    says, operator, approved = answers
    return says_yes(says) or (is_number(operator, 1) and is_number(approved, 160))


def is_number(answer: Answer, bits: int) -> bool:
    """Whether a contract answered a number of at most so many bits."""
    if not isinstance(answer, Returned):
        return False
    try:
        words.uint_at(answer.data, 0, bits)
    except CodecError:
        return False
    return True
