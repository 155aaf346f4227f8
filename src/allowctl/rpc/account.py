"""What a node tells of who sends: money, prices, receipts, transfers. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

from allowctl.codec import words
from allowctl.errors import CodecError, UnservedError
from allowctl.model.chain import Address, BlockRange
from allowctl.model.outcome import Receipt
from allowctl.rpc.answers import malformed

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
"""keccak of Transfer(address,address,uint256) (EIP-20; EIP-721 has it, too)."""

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_LARGEST = 53
"""Bits of a number of a block, or of something in it."""
_PERCENTILES = 3
_TOPICS = 3


def quantity(value: object, host: str, bits: int = 256) -> int:
    """A number of at most so many bits. RefusalError if it is none."""
    if isinstance(value, UnservedError):
        raise value
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        found = int(value, 16)
        if not found >> bits:
            return found
    raise malformed("a number", host)


def base_fee(value: object, host: str) -> int | None:
    """The base fee of a block, in wei per gas; None where its chain has none."""
    if isinstance(value, UnservedError):
        raise value
    if not isinstance(value, dict):
        raise malformed("a block", host)
    fee = value.get("baseFeePerGas")
    return None if fee is None else quantity(fee, host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """eth_feeHistory, oldest block first, in wei per gas."""

    base_fees: tuple[int, ...]
    """One more than blocks."""
    rewards: tuple[tuple[int, int, int], ...]
    """Of the blocks that hold anything: their tips at three percentiles."""


def prices(value: object, host: str, most: int) -> Prices:
    """What eth_feeHistory of at most so many blocks and of three percentiles says.

    RefusalError if its lists are not as long as they have to be.
    """
    match value:
        case UnservedError():
            raise value
        case {"baseFeePerGas": list(fees), "gasUsedRatio": list(used), **rest} if (
            1 <= len(used) <= most and len(fees) == len(used) + 1
        ):
            rewards = rest.get("reward")
            return Prices(
                base_fees=tuple(quantity(fee, host) for fee in fees),
                rewards=_rewards([] if rewards is None else rewards, used, host),
            )
    raise malformed("a fee history", host)


def _rewards(
    told: object, used: list[object], host: str
) -> tuple[tuple[int, int, int], ...]:
    if told == []:
        return ()
    if not isinstance(told, list) or len(told) != len(used):
        raise malformed("a fee history", host)
    found: list[tuple[int, int, int]] = []
    for ratio, each in zip(used, told, strict=True):
        if not isinstance(ratio, int | float) or not isinstance(each, list):
            raise malformed("a fee history", host)
        if ratio > 0:
            if len(each) != _PERCENTILES:
                raise malformed("a fee history", host)
            low, middle, high = (quantity(tip, host) for tip in each)
            found.append((low, middle, high))
    return tuple(found)


def receipt(value: object, host: str, asked: str) -> Receipt | None:
    """What came of eth_getTransactionReceipt; None where the node knows of none.

    RefusalError if it is no receipt, or another transaction's.
    """
    match value:
        case UnservedError():
            raise value
        case None:
            return None
        case {
            "transactionHash": str(found),
            "blockHash": str(block_hash),
            "blockNumber": block,
            "transactionIndex": index,
            "status": "0x0" | "0x1" as status,
            "from": str(sender),
            "gasUsed": gas_used,
            **rest,
        } if (
            found.lower() == asked.lower()
            and _HASH.fullmatch(block_hash)
            and _ADDRESS.fullmatch(sender)
        ):
            gas = quantity(gas_used, host, 64)
            price = quantity(rest.get("effectiveGasPrice") or "0x0", host)
            data_fee = quantity(rest.get("l1Fee") or "0x0", host)
            return Receipt(
                transaction=asked.lower(),
                block=quantity(block, host, _LARGEST),
                block_hash=block_hash.lower(),
                index=quantity(index, host, _LARGEST),
                succeeded=status == "0x1",
                sender=Address(sender.lower()),
                to=_recipient(rest.get("to"), host),
                gas_used=gas,
                paid=gas * price + data_fee,
            )
    raise malformed("a receipt", host)


def _recipient(value: object, host: str) -> Address | None:
    if value is None:
        return None
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return Address(value.lower())
    raise malformed("a receipt", host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which transfers of a token are asked for."""

    token: Address
    owner: Address
    """Whose tokens left."""
    blocks: BlockRange

    def params(self) -> dict[str, object]:
        """The filter, for eth_getLogs."""
        return {
            "address": self.token,
            "topics": [TRANSFER, words.topic(self.owner)],
            "fromBlock": hex(self.blocks.first),
            "toBlock": hex(self.blocks.last),
        }


def moved(value: object, host: str, sought: Sought, before: Receipt) -> int | None:
    """Smallest units that left the owner, before a transaction's place in its block.

    None if any log in the answer is another than was asked for, or in another layout
    than an ERC-20's (an amount in the data): then nothing is known of it.
    RefusalError if these are no logs at all.
    """
    if isinstance(value, UnservedError):
        raise value
    if not isinstance(value, list):
        raise malformed("logs", host)
    try:
        return sum(_moved(log, host, sought, before) for log in value)
    except (CodecError, UnservedError):
        return None


def _moved(log: object, host: str, sought: Sought, before: Receipt) -> int:
    match log:
        case {
            "address": str(address),
            "topics": [str(topic), str(sender), str(_)],
            "data": str(data),
            "blockNumber": block,
            "blockHash": str(block_hash),
            "transactionIndex": index,
            **rest,
        } if (
            address.lower() == sought.token
            and topic.lower() == TRANSFER
            and sender.lower() == words.topic(sought.owner)
            and not rest.get("removed")
        ):
            number = quantity(block, host, _LARGEST)
            place = quantity(index, host, _LARGEST)
            amount = words.hex_bytes(data)
            last = number == before.block
            if number not in sought.blocks or len(amount) != words.WORD:
                raise CodecError("a transfer in no known layout")
            if last and block_hash.lower() != before.block_hash:
                raise CodecError("a transfer of another chain of blocks")
            return 0 if last and place >= before.index else words.uint_at(amount, 0)
    raise CodecError("a transfer in no known layout")
