"""What surrounds allowances: each fact where it belongs, and asked for once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

from allowctl.codec import words
from allowctl.intel.lists.book import ListBook
from allowctl.intel.proxies import BEACON
from allowctl.model.approval import Allowance, Amount, LogRef
from allowctl.model.chain import Address
from allowctl.model.facts import Creation, Seen, SpenderFacts, SpenderKind
from allowctl.model.lists import Charge, Label
from allowctl.model.missing import Lack, Missing
from allowctl.rpc.endpoints import Node
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.pool import Pool
from allowctl.rpc.state import State
from allowctl.scan.around import Around, Sources
from tests.build import MAINNET, NOW, OWNER, SPENDER, TRANSACTION, address, allowance
from tests.fakes.rpc import MULTICALL, FakeRpc
from tests.intel.books import book_of

TARGET = address(0x7A)
CLONE = bytes.fromhex(
    "363d3d373d3d3d363d73" + TARGET[2:] + "5af43d82803e903d91602b57fd5bf3"
)
"""ERC-1167 to TARGET."""
HASH = "0x" + "11" * 32


def grant(spender: Address = SPENDER, first: int | None = 5) -> Allowance:
    """An amount; named by a log of that block, if of any."""
    bare = allowance(Amount(amount=3, maximum=2**255), spender=spender)
    if first is None:
        return bare
    place = LogRef(block=first, index=0, transaction=TRANSACTION)
    named = replace(bare.candidate, first=place, raised=place)
    return replace(bare, candidate=named)


def asking(rpc: FakeRpc) -> tuple[Pool, State]:
    node = Node(rpc)
    node.head = rpc.block_at(rpc.newest)
    state = State([StateReader(rpc, node.head, MULTICALL)])
    return Pool(MAINNET, [node]), state


def known(
    rpc: FakeRpc, sources: Sources, *grants: Allowance
) -> dict[Address, SpenderFacts]:
    async def run() -> dict[Address, SpenderFacts]:
        pool, state = asking(rpc)
        return await Around(pool, sources).spenders(state, OWNER, grants or (grant(),))

    return asyncio.run(run())


def listing(book: ListBook) -> Sources:
    async def lists() -> ListBook:
        return book

    return Sources(lists=lists)


def contract(code: bytes = b"\x60\x01") -> FakeRpc:
    return FakeRpc(codes_={SPENDER: code, TARGET: b"\x60\x02"}, nonces_={SPENDER: 1})


def test_lists_say_what_it_is_called() -> None:
    """Label and charges of the spender itself."""
    book = book_of({SPENDER: Charge.EXPLOITED}, {SPENDER: "Old Router"})
    facts = known(contract(), listing(book))[SPENDER]
    assert facts.label == Label(text="Old Router", source="tests")
    assert [(each.charge, each.via) for each in facts.listed] == [
        (Charge.EXPLOITED, None)
    ]


def test_lists_know_the_code_it_runs() -> None:
    """A charge against an implementation, or a delegate, is told as such."""
    book = book_of({TARGET: Charge.BLOCKED}, {TARGET: "Drainer"})
    for code in (CLONE, bytes.fromhex("ef0100" + TARGET[2:])):
        facts = known(contract(code), listing(book))[SPENDER]
        assert [(each.charge, each.via) for each in facts.listed] == [
            (Charge.BLOCKED, TARGET)
        ]
        assert facts.label is None


def test_lists_know_all_that_is_on_the_way() -> None:
    """A minimal proxy's minimal proxy, and the beacon that names what runs."""
    one, beacon = address(0x7B), address(0x7C)
    before, behind = CLONE[:10], CLONE[30:]
    rpc = contract(before + bytes.fromhex(one[2:]) + behind)
    rpc.codes_[one] = CLONE
    book = book_of({TARGET: Charge.EXPLOITED, beacon: Charge.BLOCKED}, {})
    (listed,) = known(rpc, listing(book))[SPENDER].listed
    assert (listed.charge, listed.via) == (Charge.EXPLOITED, TARGET)

    rpc = contract(bytes.fromhex("60806040f4"))
    rpc.slots_[SPENDER, BEACON] = words.address(beacon)
    (listed,) = known(rpc, listing(book))[SPENDER].listed
    assert (listed.charge, listed.via) == (Charge.BLOCKED, beacon)


def seen_before(pinned: bool) -> Sources:  # noqa: FBT001 - one fact
    def seen(chain_id: int, spenders: Collection[Address]) -> dict[Address, Seen]:
        assert chain_id == MAINNET.id
        return {each: Seen(code_hash=HASH, block=3, pinned=pinned) for each in spenders}

    return Sources(seen=seen)


def test_code_that_is_gone() -> None:
    """Without code now, with code before: gone. What is only pinned was never seen."""
    empty = FakeRpc(codes_={SPENDER: b""}, nonces_={SPENDER: 0})
    assert known(empty, seen_before(pinned=False))[SPENDER].kind is SpenderKind.GONE
    assert known(empty, seen_before(pinned=True))[SPENDER].kind is SpenderKind.UNUSED
    there = known(contract(), seen_before(pinned=False))[SPENDER]
    assert (there.kind, there.seen) == (
        SpenderKind.CONTRACT,
        Seen(code_hash=HASH, block=3),
    )


def test_earlier_runs_know_creations() -> None:
    """What was found exactly is not searched for again; its time is read."""

    def made(_chain: int, spenders: Collection[Address]) -> dict[Address, Creation]:
        return {each: Creation(block=4, exact=True) for each in spenders}

    rpc = contract()
    facts = known(rpc, Sources(made=made))[SPENDER]
    assert facts.created == Creation(
        block=4, exact=True, timestamp=rpc.block_at(4).timestamp
    )


def test_owners_side_by_side_search_once() -> None:
    """A spender of many owners costs what it costs for one of them."""

    def requests(owners: int) -> int:
        rpc = contract()
        pool, state = asking(rpc)

        async def run() -> None:
            around = Around(pool, Sources())
            await asyncio.gather(
                *(
                    around.spenders(state, address(100 + n), [grant(first=5 + n)])
                    for n in range(owners)
                )
            )

        asyncio.run(run())
        return rpc.requests

    assert requests(20) == requests(1)


def test_sourcify_learns_no_owner() -> None:
    """Contracts are asked about; the owner, and what is no contract, never."""
    asked: list[Address] = []

    async def verified(
        _chain: int, contracts: Sequence[Address]
    ) -> dict[Address, bool | Missing]:
        asked.extend(contracts)
        return dict.fromkeys(contracts, True)

    rpc = FakeRpc(
        codes_={SPENDER: b"\x60\x01", OWNER: b"\x60\x01", TARGET: b""},
        nonces_={TARGET: 7},
    )
    grants = [grant(), grant(OWNER), grant(TARGET)]
    facts = known(rpc, Sources(verified=verified), *grants)
    assert asked == [SPENDER]
    assert facts[SPENDER].verified is True
    assert isinstance(facts[OWNER].verified, Missing)


def test_age() -> None:
    """By the block that raised it; without a log of it, unknown and no failure."""
    rpc = FakeRpc()
    pool, state = asking(rpc)

    async def run() -> list[int | Missing]:
        grants = [grant(first=7), grant(first=None)]
        return await Around(pool, Sources()).raised(grants, state.at)

    when, unknown = asyncio.run(run())
    assert when == rpc.block_at(7).timestamp <= NOW
    assert isinstance(unknown, Missing)
    assert unknown.lack is Lack.UNAVAILABLE
