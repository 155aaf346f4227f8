"""How old spenders are: nobody's turn is taken away, and what failed is not clean."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from allowctl.intel.creation import MOST_SEARCHED
from allowctl.intel.moments import Moments
from allowctl.model.approval import Allowance, LogRef
from allowctl.model.chain import Address
from allowctl.model.facts import Creation
from allowctl.model.missing import Lack, Missing
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pool
from allowctl.scan.ages import SHARE, Ages, Named, named, turns
from tests import build
from tests.build import MAINNET, SPENDER, TOKEN, address
from tests.fakes.rpc import CODE, FakeRpc

PLANTED = address(0xBAD)
HEAD = 1_000_000
DAYS = 30
OLD = HEAD - DAYS * 86_400 // 12
"""The block of so many days before, one every twelve seconds."""
DOWN = Missing(Lack.FAILED, "old nonce is down")
MANY = Missing(Lack.FAILED, "more than 500 new spenders at once: scan again")


def once(spender: Address, first: int | None, token: Address = TOKEN) -> Named:
    return Named(spender=spender, firsts=((token, first),))


def crowd(number: int, first: int = HEAD - 9) -> list[Named]:
    """Spenders that one token names."""
    return [once(address(10_000 + n), first, PLANTED) for n in range(number)]


def chain(asked: Sequence[Named], keeps: int | None = None) -> FakeRpc:
    """All of them are there from block 7 on."""
    spenders = [each.spender for each in asked]
    return FakeRpc(
        newest=HEAD,
        born=dict.fromkeys(spenders, 7),
        nonces_=dict.fromkeys(spenders, 1),
        codes_=dict.fromkeys(spenders, CODE),
        keep_states=keeps,
    )


def down(rpc: FakeRpc, *methods: str) -> FakeRpc:
    """The same, failing in these; by default old state, and it does not say so."""

    def fail(method: str) -> RefusalError | None:
        if not method.startswith(methods or "old"):
            return None
        return RefusalError(f"{method} is down", kind=RefusalKind.TRANSIENT)

    rpc.before = fail
    return rpc


def told(
    rpc: FakeRpc,
    asked: Sequence[Named],
    *,
    earlier: Mapping[Address, Creation] | None = None,
    trusted: Collection[Address] = (),
) -> dict[Address, Creation | Missing]:
    def made(_chain: int, spenders: Collection[Address]) -> dict[Address, Creation]:
        return {each: it for each, it in (earlier or {}).items() if each in spenders}

    async def ask() -> dict[Address, Creation | Missing]:
        node = Node(rpc)
        node.head = rpc.block_at(HEAD)
        pool = Pool(MAINNET, [node])
        ages = Ages(pool, Moments(pool), made=made, trusted=trusted, enough_days=DAYS)
        return dict(await ages.of(asked, node.head))

    return asyncio.run(ask())


def exact(rpc: FakeRpc) -> Creation:
    return Creation(block=7, exact=True, timestamp=rpc.block_at(7).timestamp)


def bound(rpc: FakeRpc, block: int) -> Creation:
    return Creation(block=block, exact=False, timestamp=rpc.block_at(block).timestamp)


def test_many_planted_ones_take_no_turn_away() -> None:
    """However many a token names, and however young: another's spender is found."""
    asked = [*crowd(MOST_SEARCHED + 20), once(SPENDER, HEAD - 5_000)]
    rpc = chain(asked)
    found = told(rpc, asked)

    assert found[SPENDER] == exact(rpc)
    assert list(found.values()).count(exact(rpc)) == MOST_SEARCHED


def test_what_was_left_out_is_not_clean() -> None:
    """It failed, in words of its own; unless its first approval is old enough."""
    asked = [*crowd(MOST_SEARCHED + 5), *crowd(MOST_SEARCHED + 9, OLD)[-4:]]
    rpc = chain(asked)
    left = [it for it in told(rpc, asked).values() if it != exact(rpc)]

    assert left == [MANY] * 5 + [bound(rpc, OLD)] * 4


def test_the_next_run_goes_on() -> None:
    """What an earlier one found takes no room."""
    asked = crowd(2 * MOST_SEARCHED)
    rpc = chain(asked)
    first = told(rpc, asked)
    kept = {each: it for each, it in first.items() if isinstance(it, Creation)}

    assert len(kept) == MOST_SEARCHED
    assert list(told(rpc, asked, earlier=kept).values()) == [exact(rpc)] * len(asked)


def test_without_old_state_nobody_is_left_out() -> None:
    """Then the first approval is all there is, however many they are."""
    asked = crowd(MOST_SEARCHED + 20)
    rpc = chain(asked, keeps=128)

    assert set(told(rpc, asked).values()) == {bound(rpc, HEAD - 9)}


def test_what_failed_stays_so() -> None:
    """A first approval does instead only where it is old enough to clear."""
    asked = [
        once(address(1), OLD),
        once(address(2), OLD + 1),
        once(address(3), None),
        Named(spender=address(4), firsts=((TOKEN, HEAD), (PLANTED, OLD - 1))),
    ]
    rpc = down(chain(asked))

    assert told(rpc, asked) == {
        address(1): bound(rpc, OLD),
        address(2): DOWN,
        address(3): DOWN,
        address(4): bound(rpc, OLD - 1),
    }


def test_without_the_time_of_it_nothing_clears() -> None:
    """Nobody tells when the first approval was."""
    asked = [once(SPENDER, OLD)]
    rpc = down(chain(asked), "old", "blocks")

    assert told(rpc, asked) == {SPENDER: DOWN}


blocks = st.none() | st.integers(0, HEAD)
firsts = st.dictionaries(st.integers(1, 5).map(address), blocks, min_size=1, max_size=5)


@given(
    st.lists(firsts, max_size=200), st.sets(st.integers(1, 5).map(address), max_size=2)
)
def test_turns(every: list[dict[Address, int | None]], trusted: set[Address]) -> None:
    """Each spender once; whom a token names among few is among the first."""
    left = [
        Named(spender=address(1_000 + n), firsts=tuple(of.items()))
        for n, of in enumerate(every)
    ]
    order = turns(left, trusted)

    assert sorted(order) == sorted(each.spender for each in left)
    tokens = {token for of in every for token in of}
    for token in tokens:
        of = [each.spender for each in left if token in dict(each.firsts)]
        if len(of) <= SHARE:
            assert set(of) <= set(order[: SHARE * len(tokens)])
    best = [each.spender for each in left if trusted & dict(each.firsts).keys()]
    if len(best) <= SHARE:
        assert set(order[: len(best)]) == set(best)


def test_named() -> None:
    """The first approval of each token, for the contracts among the spenders."""

    def grant(token: Address, first: int | None, spender: Address) -> Allowance:
        bare = build.allowance(token=token, spender=spender)
        place = LogRef(block=first or 0, index=0, transaction=build.TRANSACTION)
        of = replace(bare.candidate, first=place if first else None)
        return replace(bare, candidate=of)

    grants = [
        grant(TOKEN, 9, SPENDER),
        grant(TOKEN, 5, SPENDER),
        grant(TOKEN, None, SPENDER),
        grant(PLANTED, None, SPENDER),
        grant(TOKEN, 1, address(1)),
    ]
    (found,) = named({SPENDER, address(2)}, grants)

    assert found == Named(spender=SPENDER, firsts=((TOKEN, 5), (PLANTED, None)))
    assert found.first == 5
