"""Accounts in lists: taken, known to be elsewhere, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import CodecError
from allowctl.intel.lists import accounts
from tests.intel.lists.making import MIXED, ONE

FOREIGN = [
    # Tron, Bitcoin in both forms, Solana, Cosmos, Cardano, Aptos, NEAR.
    "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb",
    "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    "4Nd1mYvJ6bJ2fHk3sWzQpR7tUvXyZaBcDeFgHiJkLmNo",
    "cosmos1" + "q" * 38,
    "addr1" + "q" * 98,
    "0x" + "5a" * 32,
    "5a" * 32,
]

ODD = [
    "",
    "0x",
    "0x12",
    MIXED[:-1],
    MIXED + "0",
    MIXED[:-1] + "g",
    # Of base58's digits alone, as hex may be.
    "ab" * 20,
    "ABCDEF12" * 5,
    "x" + "ab" * 20,
    "a1" + "2" * 38,
    "\u200b" + MIXED,
    "\ufeff" + MIXED,
    "0\u0445" + MIXED[2:],
    f'"{MIXED}',
    f"eth:{MIXED}",
    f"https://etherscan.io/address/{MIXED}",
    f"eip155:1:{MIXED[:-1]}",
    f"eip155:0:{MIXED}",
    f"eip155:01:{MIXED}",
    f"eip155:\u0661:{MIXED}",
    f"eip155:{2**63}:{MIXED}",
    f"eip155:{MIXED}",
    f"eip156:1:{MIXED}",
    "drainer.eth",
    "Angel",
]


@pytest.mark.parametrize("chain_id", [None, 8453])
def test_addresses(chain_id: int | None) -> None:
    """On the chain that is said of them, in small letters, blanks around or not."""
    for text in (MIXED, MIXED.upper(), f" {ONE}\n"):
        assert accounts.parse(text, chain_id) == (chain_id, ONE)


def test_accounts_of_a_chain() -> None:
    """CAIP-10: the account's own word, unless it is another than was said."""
    assert accounts.parse(f"eip155:56:{MIXED}", None) == (56, ONE)
    assert accounts.parse(f"eip155:56:{MIXED}", 56) == (56, ONE)
    assert accounts.parse(f"eip155:{2**63 - 1}:{ONE}", None) == (2**63 - 1, ONE)
    with pytest.raises(CodecError, match=r"which is not on chain 1$"):
        accounts.parse(f"eip155:56:{MIXED}", 1)


@pytest.mark.parametrize("text", FOREIGN)
def test_accounts_elsewhere(text: str) -> None:
    """By their form; the name of a drainer has none."""
    assert accounts.parse(text, 1) is None
    assert accounts.is_foreign(text)


@pytest.mark.parametrize("text", ODD)
def test_no_account(text: str) -> None:
    """What was meant is not known, so nothing is passed over."""
    with pytest.raises(CodecError, match=r"which is (no address|on no chain)$"):
        accounts.parse(text, None)
    assert not accounts.is_foreign(text)


@given(st.binary(min_size=20, max_size=20), st.integers(0, 41))
def test_one_digit_lost_is_no_account(body: bytes, at: int) -> None:
    """Wherever it is lost, and with the 0x lost as well."""
    whole = "0x" + body.hex()
    for text in (whole[:at] + whole[at + 1 :], whole[2:], whole[3:]):
        with pytest.raises(CodecError):
            accounts.parse(text, None)
