"""Transfers out of owners: what is asked for, and what of it may be a use. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from heapq import nlargest

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.model.approval import Kind, LogRef
from allowctl.model.chain import Address, BlockRange, Log, LogFilter
from allowctl.rpc.account import TRANSFER
from allowctl.rpc.logs import Served, Sought
from allowctl.standards.base import claim, reference

TRANSFER_SINGLE = "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62"
"""keccak of TransferSingle(address,address,address,uint256,uint256) (EIP-1155)."""
TRANSFER_BATCH = "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb"
"""keccak of TransferBatch(address,address,address,uint256[],uint256[]) (EIP-1155)."""

MOST = 256
"""Transactions of one token and owner that are kept, the newest."""
MOST_LOGS = 20_000
"""Logs in one search, before nothing more is asked for."""

_AMOUNTS = frozenset({Kind.ERC20, Kind.PERMIT2})
_AMOUNT_TOPICS = 3

Pair = tuple[Address, Address]
"""An owner and a token."""


class TooManyError(Exception):
    """Ends a search from within: it found more logs than will be looked through."""


def sought(
    pairs: Mapping[Pair, Collection[Kind]], blocks: BlockRange
) -> tuple[Sought, ...]:
    """The filters of some tokens and owners: all of these tokens in each.

    EIP-20 and EIP-721 have the sender in topic 1, EIP-1155 in topic 2. The latter has
    no approvals but operators.
    """
    operators = [pair for pair, kinds in pairs.items() if Kind.OPERATOR in kinds]
    filters = [_filter(((TRANSFER,),), pairs)]
    if operators:
        events = (TRANSFER_SINGLE, TRANSFER_BATCH)
        filters.append(_filter((events, ()), operators))
    return tuple(Sought(wanted=each, blocks=blocks) for each in filters)


def _filter(topics: tuple[tuple[str, ...], ...], pairs: Collection[Pair]) -> LogFilter:
    owners = sorted({words.topic(owner) for owner, _ in pairs})
    return LogFilter(
        topics=(*topics, tuple(owners)),
        addresses=tuple(sorted({token for _, token in pairs})),
    )


class Transfers:
    """The newest transfers of some tokens out of some owners, as they come in."""

    def __init__(self, pairs: Mapping[Pair, Collection[Kind]]) -> None:
        self._owners = {words.topic(owner): owner for owner, _ in pairs}
        # Where only amounts are granted, moving none of them is no use: anybody may.
        self._amounts = {p for p, kinds in pairs.items() if _AMOUNTS.issuperset(kinds)}
        self._found: dict[Pair, dict[str, LogRef]] = {pair: {} for pair in pairs}
        self._logs = 0

    def take(self, served: Served) -> None:
        """Keep what matters of a range: a sink."""
        self._logs += len(served.logs)
        position = len(served.wanted.topics) - 1
        for log in served.logs:
            owner = self._owners.get(log.topics[position])
            if owner is not None:
                self._note((owner, Address(log.address)), log)

    async def room(self) -> None:
        """TooManyError once enough is enough."""
        if self._logs > MOST_LOGS:
            raise TooManyError(f"more than {MOST_LOGS:,} transfers in that time")

    def newest(self, pair: Pair) -> list[LogRef]:
        """One log of each transaction, newest first; `MOST` and one more at most."""
        return nlargest(MOST + 1, self._found[pair].values())

    def _note(self, pair: Pair, log: Log) -> None:
        found = self._found.get(pair)
        if found is None or (pair in self._amounts and _moves_nothing(log)):
            return
        try:
            where = reference(log)
        except CodecError:
            return  # it was in the range that was asked for: it has a block
        known = found.setdefault(where.transaction, where)
        found[where.transaction] = max(known, where)
        if len(found) > 2 * MOST:
            self._found[pair] = {each.transaction: each for each in self.newest(pair)}


def _moves_nothing(log: Log) -> bool:
    """Whether it moves an amount of 0, as most tokens let anybody do (EIP-20)."""
    return len(log.topics) == _AMOUNT_TOPICS and claim(log.data, 0) == 0
