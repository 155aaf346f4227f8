"""Records of it all, in order: missing stays missing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from allowctl.intel.lists.book import ListBook
from allowctl.model.approval import Allowance, Amount
from allowctl.model.lists import Charge
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record
from allowctl.model.value import Unpriced
from allowctl.rpc.endpoints import Node
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.pool import Pool
from allowctl.rpc.state import State
from allowctl.scan.around import Around, Sources
from allowctl.scan.enrich import enrich
from tests.build import MAINNET, OWNER, TOKEN, address, allowance
from tests.fakes.rpc import MULTICALL, FakeRpc
from tests.fakes.worlds import World
from tests.intel.books import book_of


def enriched(
    rpc: FakeRpc, grants: Sequence[Allowance], sources: Sources | None = None
) -> list[Record]:
    async def run() -> list[Record]:
        around = Around(Pool(MAINNET, [Node(rpc)]), sources or Sources())
        state = State([StateReader(rpc, rpc.block_at(rpc.newest), MULTICALL)])
        return await enrich(around, state, OWNER, grants)

    return asyncio.run(run())


def test_records_in_order() -> None:
    """One record for each allowance, in its place, each token read once."""
    world = World()
    world.token()
    grants = [
        allowance(Amount(amount=n, maximum=2**255), spender=address(n))
        for n in (3, 1, 2)
    ]
    records = enriched(world.rpc, grants)
    assert [each.allowance for each in records] == grants
    assert {each.token.balance for each in records} == {1_000}
    assert [each.spender.address for each in records] == [address(n) for n in (3, 1, 2)]


def test_nothing_to_enrich() -> None:
    """No allowance, no question."""
    rpc = FakeRpc()
    assert enriched(rpc, []) == []
    assert rpc.requests == 0


def test_what_nobody_was_asked() -> None:
    """Without a log there is no age, without a source no price: neither is a 0."""
    world = World()
    world.token()
    (record,) = enriched(world.rpc, [allowance(Amount(amount=3, maximum=2**255))])
    assert isinstance(record.raised_at, Missing)
    assert record.raised_at.lack is Lack.UNAVAILABLE
    assert record.value is Unpriced.NOT_ASKED


def test_lists_know_tokens_too() -> None:
    """What a list has against a token stands with its facts."""
    world = World()
    world.token()
    book = book_of({TOKEN: Charge.BLOCKED})

    async def lists() -> ListBook:
        return book

    grants = [allowance(Amount(amount=3, maximum=2**255))]
    (record,) = enriched(world.rpc, grants, Sources(lists=lists))
    assert [each.charge for each in record.token.listed] == [Charge.BLOCKED]
