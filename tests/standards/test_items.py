"""Which contracts may take a number for an item's."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from allowctl.codec import words
from allowctl.model.chain import Answer, Returned, Reverted, Unserved
from allowctl.standards.items import has_items, is_number, item_calls
from tests.build import OWNER, SPENDER, TOKEN

YES, NO = Returned(words.uint(1)), Returned(words.uint(0))
WHO = Returned(words.address(SPENDER))
WIDE = Returned(b"\xff" * 32)
FAILS = Reverted("reverts")
NOTHING = Returned(b"")


def test_what_is_asked() -> None:
    """EIP-165's question, and two that only such a contract answers."""
    signatures = (
        "supportsInterface(bytes4)",
        "isApprovedForAll(address,address)",
        "getApproved(uint256)",
    )
    calls = item_calls(TOKEN, OWNER, SPENDER)
    assert [call.data[:4] for call in calls] == [
        keccak(text=signature)[:4] for signature in signatures
    ]
    assert calls[0].data[4:8] == bytes.fromhex("80ac58cd")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((YES, FAILS, FAILS), True),
        ((YES, Unserved("gone"), FAILS), True),
        ((NO, NO, WHO), True),
        ((FAILS, YES, NO), True),
        ((NOTHING, NO, NO), True),
        ((FAILS, NO, FAILS), False),
        ((NO, FAILS, WHO), False),
        ((FAILS, WIDE, WHO), False),
        ((WIDE, NO, WIDE), False),
        ((FAILS, NOTHING, NOTHING), False),
        ((FAILS, FAILS, FAILS), False),
        ((Unserved("gone"), Unserved("gone"), Unserved("gone")), False),
    ],
)
def test_what_the_answers_mean(answers: tuple[Answer, ...], *, expected: bool) -> None:
    """A plain yes, or both of the others in the form that they have to have."""
    assert has_items(answers) is expected


def test_numbers() -> None:
    """As wide as asked, and only of a contract that answers."""
    assert is_number(NO, 1)
    assert is_number(WIDE, 256)
    assert not is_number(WIDE, 255)
    assert not is_number(FAILS, 256)
