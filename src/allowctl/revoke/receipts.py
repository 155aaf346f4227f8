"""What became of transactions, and what left an account before one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from allowctl.errors import UnservedError
from allowctl.model.chain import Address, BlockRange
from allowctl.model.outcome import Receipt
from allowctl.revoke.everyone import Request, ask, differ, told
from allowctl.rpc import account, answers
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pool

_WIDTH = 10_000
"""Blocks whose logs are asked for at once."""
_RANGES = 50
"""More are not asked for: nobody waits so long between two transactions."""

Mined = list[Receipt | None]
"""What one endpoint says of each transaction; None where it knows of none."""


async def receipts(
    pool: Pool, hashes: Sequence[str], sender: Address | None = None
) -> dict[str, Receipt]:
    """By hash, what anybody says is mined, in a block that is everybody's.

    What is no receipt, another transaction's, or not from the `sender` where one is
    named, counts for nothing. UnservedError if
    nobody answers, or if two tell of the same block and not the same of it.
    """
    if not hashes:
        return {}
    asked: list[Request] = [("eth_getTransactionReceipt", (each,)) for each in hashes]
    heard = await ask(pool.met, asked)

    def read(items: Sequence[object], host: str) -> Mined:
        mined = _understood(items, host, hashes)
        return [
            each if each and sender in {None, each.sender} else None for each in mined
        ]

    said = told(heard, read)
    blocks = {
        (each.block, each.block_hash) for _, mined in said for each in mined if each
    }
    standing = await _standing(pool, blocks)
    found: dict[str, Receipt] = {}
    for index, asked_for in enumerate(hashes):
        there = [
            (host, each)
            for host, mined in said
            if (each := mined[index]) and (each.block, each.block_hash) in standing
        ]
        if len({_essence(each) for _, each in there}) > 1:
            what = [(host, _shown(each)) for host, each in there]
            raise differ(f"what became of {asked_for}", what)
        if there and not await _denied(pool, there[0][1], index, said):
            found[asked_for] = there[0][1]
    return found


async def _denied(
    pool: Pool, receipt: Receipt, index: int, said: Sequence[tuple[str, Mined]]
) -> bool:
    """Whether somebody has that very block, and knows of no such receipt in it."""
    silent = {host for host, mined in said if mined[index] is None}
    nodes = [node for node in pool.met if node.host in silent]
    told = await asyncio.gather(*(_denies(node, receipt) for node in nodes))
    return any(told)


async def _denies(node: Node, receipt: Receipt) -> bool:
    """Not if it only lacks the receipt, and its block holds the transaction."""
    try:
        block = await node.rpc.request(
            "eth_getBlockByNumber", (hex(receipt.block), False)
        )
    except UnservedError:
        return False
    found = block if isinstance(block, dict) else {}
    if str(found.get("hash")).lower() != receipt.block_hash:
        return False
    held = found.get("transactions")
    names = held if isinstance(held, list) else []
    return receipt.transaction not in {str(each).lower() for each in names}


def _understood(items: Sequence[object], host: str, hashes: Sequence[str]) -> Mined:
    found: Mined = []
    errors: list[UnservedError] = []
    for item, asked_for in zip(items, hashes, strict=True):
        try:
            found.append(account.receipt(item, host, asked_for))
        except UnservedError as error:
            found.append(None)
            errors.append(error)
    if len(errors) == len(found):
        raise errors[0]
    return found


async def _standing(pool: Pool, blocks: set[tuple[int, str]]) -> set[tuple[int, str]]:
    listed = sorted(blocks)
    stand = await asyncio.gather(*(pool.has(*each) for each in listed))
    return {each for each, stands in zip(listed, stand, strict=True) if stands}


def _essence(receipt: Receipt) -> tuple[object, ...]:
    """What endpoints must agree on: some count fees in their own way."""
    return (
        *(receipt.block_hash, receipt.index, receipt.succeeded),
        *(receipt.sender, receipt.to),
    )


def _shown(receipt: Receipt) -> str:
    became = "succeeded" if receipt.succeeded else "failed"
    return f"{became} as number {receipt.index} of block {receipt.block}"


async def spent(
    nodes: Sequence[Node], token: Address, owner: Address, first: int, before: Receipt
) -> int | None:
    """Smallest units that left the owner from block `first` to just before a receipt.

    The most that anybody tells; None if not all do, or lack the receipt's block, and if
    any tells of a transfer in another layout than an ERC-20's.
    """
    if not 0 <= first <= before.block:
        return None
    blocks = BlockRange(first, before.block)
    if len(blocks) > _WIDTH * _RANGES:
        return None
    sought = [
        account.Sought(token=token, owner=owner, blocks=part)
        for part in blocks.cut(_WIDTH)
    ]
    asked: list[Request] = [("eth_getLogs", (each.params(),)) for each in sought]
    asked.append(("eth_getBlockByNumber", (hex(before.block), False)))

    def read(items: Sequence[object], host: str) -> int | None:
        *logs, last = items
        block = answers.block(last, host, asked=before.block)
        if block is None or block.hash != before.block_hash:
            raise UnservedError(f"{host} does not have block {before.block} as it was")
        parts = [
            account.moved(part, host, each, before)
            for part, each in zip(logs, sought, strict=True)
        ]
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    try:
        said = [amount for _, amount in told(await ask(nodes, asked), read)]
    except UnservedError:
        return None
    known = [amount for amount in said if amount is not None]
    # Who does not show its logs may be the one that has them all.
    return max(known) if len(known) == len(nodes) else None
