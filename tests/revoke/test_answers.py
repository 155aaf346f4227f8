"""What six clients say of a transaction, and what it means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.revoke.answers import classify
from allowctl.revoke.ports import Answer

TEXTS = {
    Answer.KNOWN: (
        "already known",
        "already imported",
        "existing txn with same hash",
        "Known transaction",
        "transaction already imported",
    ),
    Answer.NONCE_USED: (
        "nonce too low: next nonce 8, tx nonce 7",
        "nonce too low",
        "Nonce too low",
    ),
    Answer.GAP: (
        "nonce too high",
        "gapped-nonce tx from delegated accounts",
        "nonce too far in future",
        "Nonce too high",
    ),
    Answer.UNDERPRICED: (
        "replacement transaction underpriced",
        "insufficient gas price to replace existing transaction",
        "could not replace existing tx",
        "Replacement transaction underpriced",
    ),
    Answer.TOO_CHEAP: (
        "transaction underpriced",
        "transaction underpriced: tip needed 25000000000, tip permitted 1",
        "gas price below minimum",
        "max fee per gas less than block base fee: address 0x0a, maxFeePerGas: 1",
        "underpriced",
        "fee too low",
        "Gas price below current base fee",
        "max fee per gas less than block base fee",
    ),
    Answer.NO_MONEY: (
        "insufficient funds for gas * price + value: balance 1, tx cost 2",
        "insufficient funds for gas * price + value: have 1 want 2",
        "transaction overdraws",
        "insufficient funds for gas * price + value",
        "insufficient funds",
        "Upfront cost exceeds account balance",
        "Insufficient funds for gas * price + value",
    ),
    Answer.WRONG_CHAIN: (
        "invalid sender",
        "invalid sender: invalid chain id for signer: have 1 want 31337",
        "invalid chain ID",
        "Wrong chainId",
        "invalid chain id for signer",
    ),
    Answer.LIMITED: (
        "in-flight transaction limit reached for delegated accounts",
        "authority already reserved",
        "DelegationNonceGap",
        "EIP-7702 transaction with authority already reserved",
    ),
    Answer.UNCLEAR: (
        "",
        "tx fee (1.20 ether) exceeds the configured cap (1.00 ether)",
        "intrinsic gas too low: have 21000, want 21046",
        "unknown transaction",
        "execution reverted",
        "internal error",
        "-32000",
        "nonce",
        "too low",
        "<html><body>502 Bad Gateway</body></html>",
    ),
}
EVERY = [(text, answer) for answer, texts in TEXTS.items() for text in texts]


@pytest.mark.parametrize(("text", "answer"), EVERY)
def test_every_text_of_the_table(text: str, answer: Answer) -> None:
    """In any case, and behind what gateways put before a node's own words."""
    for form in (text, text.upper(), text.lower(), f"err: RPC error: {text} (0x1f)"):
        assert classify(form) is answer


@given(st.text(), st.integers(0, 3))
def test_it_always_finds_something(text: str, times: int) -> None:
    """Whatever a node says, it means one thing."""
    assert classify(text * times) in Answer


def test_a_text_of_megabytes() -> None:
    """Only its beginning is read: what follows may be anybody's."""
    assert classify("x" * 10_000_000 + "already known") is Answer.UNCLEAR
    assert classify("nonce too low" + " x" * 5_000_000) is Answer.NONCE_USED


def test_words_on_several_lines() -> None:
    """White space is white space, and an underscore is some, too."""
    assert classify("ALREADY\n\tKNOWN") is Answer.KNOWN
    assert classify("NONCE_TOO_LOW") is Answer.NONCE_USED
