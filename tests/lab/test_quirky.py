"""The odd but honest tokens are as odd as those they stand for."""

from __future__ import annotations

import pytest

from allowctl.model.chain import Address
from tests.lab.abi import encode_call, word
from tests.lab.artifacts import PERMIT2
from tests.lab.reading import (
    ALLOWANCE,
    APPROVAL,
    APPROVE,
    MAX,
    SOMEBODY,
    Lab,
    allowance,
)
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import NodeError

pytestmark = pytest.mark.node


def test_metadata_of_old_tokens(anvil: Anvil, owner: Address, lab: Lab) -> None:
    """A symbol of 32 bytes, no decimals, reverting ones, and 2^255 of them."""
    maker = lab("Bytes32Symbol", owner)
    huge = lab("Decimals255", owner)

    assert anvil.call(maker, encode_call("symbol()")) == b"MKR".ljust(32, b"\0")
    assert anvil.call(huge, encode_call("decimals()")) == (1 << 255).to_bytes(32, "big")
    for name in ("NoDecimals", "RevertingMeta"):
        with pytest.raises(NodeError):
            anvil.call(lab(name, owner), encode_call("decimals()"))


def test_uint96_token_keeps_its_own_maximum(
    anvil: Anvil, owner: Address, lab: Lab
) -> None:
    """The maximum of uint256 becomes that of uint96; anything between reverts."""
    token = lab("Uint96Token", owner)
    anvil.send(owner, token, encode_call(APPROVE, SOMEBODY, MAX))
    with pytest.raises(NodeError):
        anvil.send(owner, token, encode_call(APPROVE, SOMEBODY, 2**96))

    assert allowance(anvil, token, owner, SOMEBODY) == 2**96 - 1


def test_usdt_like_goes_through_zero(anvil: Anvil, owner: Address, lab: Lab) -> None:
    """Approve returns nothing and refuses to change a grant that is not zero."""
    token = lab("UsdtLike", owner)
    data = encode_call(APPROVE, SOMEBODY, 5)
    returned = anvil.call(token, data, sender=owner)
    anvil.send(owner, token, data)
    with pytest.raises(NodeError):
        anvil.send(owner, token, encode_call(APPROVE, SOMEBODY, 4))
    anvil.send(owner, token, encode_call(APPROVE, SOMEBODY, 0))

    assert returned == b""
    assert allowance(anvil, token, owner, SOMEBODY) == 0


def test_solady_like_trusts_permit2_for_ever(
    anvil: Anvil, owner: Address, lab: Lab
) -> None:
    """Permit2 has the maximum, no log names it, and it cannot be lowered."""
    token = lab("SoladyLike", owner)
    with pytest.raises(NodeError):
        anvil.send(owner, token, encode_call(APPROVE, PERMIT2, 0))

    assert allowance(anvil, token, owner, PERMIT2) == MAX
    assert not [log for log in anvil.logs(APPROVAL) if log["address"] == token]


@pytest.mark.parametrize("topics", [1, 2, 4])
def test_unindexed_token_logs_in_its_own_way(
    anvil: Anvil, owner: Address, lab: Lab, topics: int
) -> None:
    """The allowance is a usual one; the log has the asked number of topics."""
    token = lab("UnindexedToken", topics, owner)
    receipt = anvil.send(owner, token, encode_call(APPROVE, SOMEBODY, 6))
    (log,) = receipt["logs"]
    words = (word(owner), word(SOMEBODY), word(6))

    assert log["topics"] == [APPROVAL, *words[: topics - 1]]
    assert log["data"] == "0x" + "".join(w[2:] for w in words[topics - 1 :])
    assert allowance(anvil, token, owner, SOMEBODY) == 6


def test_old_nft_has_its_id_in_the_data(anvil: Anvil, owner: Address, lab: Lab) -> None:
    """Its Approval looks like an ERC-20's; getApproved works, allowance does not."""
    items = lab("OldNft")
    anvil.send(owner, items, encode_call("mint(address,uint256)", owner, 12))
    receipt = anvil.send(owner, items, encode_call(APPROVE, SOMEBODY, 12))
    (log,) = receipt["logs"]
    approved = anvil.call(items, encode_call("getApproved(uint256)", 12))

    assert log["topics"] == [APPROVAL, word(owner), word(SOMEBODY)]
    assert (int(log["data"], 16), approved.hex()) == (12, word(SOMEBODY)[2:])
    with pytest.raises(NodeError):
        anvil.call(items, encode_call(ALLOWANCE, owner, SOMEBODY))


def test_erc404_like_is_both(anvil: Anvil, owner: Address, lab: Lab) -> None:
    """One selector approves an item or an amount: four topics or three."""
    both = lab("Erc404Like", owner, 10)
    item = anvil.send(owner, both, encode_call(APPROVE, SOMEBODY, 3))
    amount = anvil.send(owner, both, encode_call(APPROVE, SOMEBODY, 10**18))
    approved = anvil.call(both, encode_call("getApproved(uint256)", 3))

    assert item["logs"][0]["topics"] == [APPROVAL, word(owner), word(SOMEBODY), word(3)]
    assert amount["logs"][0]["topics"] == [APPROVAL, word(owner), word(SOMEBODY)]
    assert approved.hex() == word(SOMEBODY)[2:]
    assert allowance(anvil, both, owner, SOMEBODY) == 10**18
