"""Nonces, money and prices, out of what several endpoints say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.errors import UnservedError
from allowctl.revoke.outbox import PoolOutbox
from allowctl.revoke.ports import FeeHistory, Nonces
from tests.build import NOW, OWNER
from tests.fakes.client import Sleeper
from tests.fakes.server import Raw
from tests.nodes.jsonrpc import Json
from tests.revoke.making_outboxes import CHAIN, Script, over, saying

HTML = Raw(body=b"<html><h1>502</h1></html>")


def counting(latest: int, pending: int | None = None, **parts: Json) -> Script:
    """An endpoint that has so many transactions of everybody's."""
    counts = {"latest": latest, "pending": latest if pending is None else pending}
    says = {"eth_getTransactionCount": lambda _, tag: hex(counts[tag])}
    return Script(says=says, **parts)


def nonces(*scripts: Script, sleeper: Sleeper | None = None) -> Nonces:
    return over(scripts, lambda outbox: outbox.nonces(OWNER), sleeper=sleeper)


# nonces


def test_what_one_says() -> None:
    """Mined, and with those under way."""
    assert nonces(counting(7, 9)) == Nonces(latest=7, pending=9)


def test_the_most_under_way_counts() -> None:
    """One endpoint may know of a transaction that another does not."""
    found = nonces(counting(7, 7), counting(7, 9), counting(7, 8))
    assert found == Nonces(latest=7, pending=9)


def test_pending_below_latest() -> None:
    """It means nothing: no less is under way than is mined."""
    assert nonces(counting(7, 3)) == Nonces(latest=7, pending=7)


def test_pending_that_is_not_served() -> None:
    """Some endpoints do not serve it: mined is what is known there."""

    def count(_: str, tag: str) -> Json:
        return "0x7" if tag == "latest" else saying("pending is not supported")()

    found = nonces(Script(says={"eth_getTransactionCount": count}))
    assert found == Nonces(latest=7, pending=7)


def test_endpoints_that_differ() -> None:
    """They are asked again after a while, then named with their numbers."""
    sleeper = Sleeper()
    with pytest.raises(UnservedError) as caught:
        nonces(counting(7), counting(8), sleeper=sleeper)
    said = caught.value.message
    assert said.startswith(f"endpoints differ about the nonce of {OWNER}: 127.0.0.1:")
    assert "says 7, 127.0.0.1:" in said
    assert said.endswith("says 8")
    assert len(sleeper.waits) == 3


def test_one_that_lagged() -> None:
    """The second time it has the block, too."""
    asked: list[str] = []

    def count(_: str, tag: str) -> Json:
        asked.append(tag)
        return "0x7" if len(asked) <= 2 else "0x8"

    sleeper = Sleeper()
    slow = Script(says={"eth_getTransactionCount": count})
    assert nonces(counting(8), slow, sleeper=sleeper) == Nonces(latest=8, pending=8)
    assert len(sleeper.waits) == 1


@pytest.mark.parametrize("said", ["7", "0x", "0x-7", 7, None, [], "0x1" + "0" * 16])
def test_a_count_that_is_none(said: Json) -> None:
    """Alone it is an error; beside an honest one it is left out."""
    odd = Script(says={"eth_getTransactionCount": said})
    assert nonces(odd, counting(7)) == Nonces(latest=7, pending=7)
    with pytest.raises(UnservedError, match="in a form that is none"):
        nonces(odd)


@pytest.mark.parametrize("raw", [HTML, Raw(body=b"[" * 100_000), Raw(closes=True)])
def test_one_that_speaks_no_json(raw: Raw) -> None:
    """It is left out as long as another speaks, and taken back when it does."""
    broken, sound = counting(9), counting(7)

    async def use(outbox: PoolOutbox) -> list[Nonces]:
        broken.raw = raw
        alone = await outbox.nonces(OWNER)
        broken.raw, sound.raw = None, raw
        return [alone, await outbox.nonces(OWNER)]

    assert [each.latest for each in over([broken, sound], use)] == [7, 9]


def test_the_chain_is_asked_for_in_the_same_breath() -> None:
    """Whoever has changed it stops every later signature, not only this one."""
    turning, sound = counting(7), counting(7)

    async def use(outbox: PoolOutbox) -> None:
        assert (await outbox.nonces(OWNER)).latest == 7
        turning.chain = 56
        with pytest.raises(UnservedError, match="changed its chain"):
            await outbox.nonces(OWNER)
        turning.chain = 1
        with pytest.raises(UnservedError, match="nothing more is signed"):
            await outbox.nonces(OWNER)
        # What was sent can still be followed.
        assert (await outbox.head()).block.number == 100

    over([turning, sound], use)


def test_an_old_head_beside_a_new_one() -> None:
    """It is not asked for its opinion."""
    stale = counting(3, time=NOW - 3600)
    assert nonces(stale, counting(7)).latest == 7


@pytest.mark.parametrize(("minutes", "testnet"), [(14, False), (16, True)])
def test_a_head_that_is_no_reason(minutes: int, *, testnet: bool) -> None:
    """Not yet old; or of a chain where blocks come when they come."""
    chain = replace(CHAIN, block_ms=12_000, testnet=testnet)
    script = counting(7, time=NOW - 60 * minutes)
    assert over([script], lambda o: o.nonces(OWNER), chain=chain).latest == 7


def test_every_head_is_old() -> None:
    """On a chain that makes blocks all the time nothing is signed on such."""
    chain = replace(CHAIN, block_ms=12_000)
    script = counting(7, time=NOW - 60 * 16)
    with pytest.raises(UnservedError, match=r"the head of .* is 16 minutes old"):
        over([script], lambda outbox: outbox.nonces(OWNER), chain=chain)


# money


def test_the_least_balance_counts() -> None:
    """More than 64 bits of it, too."""
    scripts = [Script(says={"eth_getBalance": hex(n)}) for n in (10**20, 10**21)]
    assert over(scripts, lambda outbox: outbox.balance(OWNER)) == 10**20


def test_a_balance_that_is_none() -> None:
    """It is nobody's."""
    odd = Script(says={"eth_getBalance": "0x" + "f" * 65})
    with pytest.raises(UnservedError, match="a number in a form that is none"):
        over([odd], lambda outbox: outbox.balance(OWNER))
    sound = Script(says={"eth_getBalance": "0x5"})
    assert over([odd, sound], lambda outbox: outbox.balance(OWNER)) == 5


# prices


def told(*fees: int, rewards: Json = None, used: Json = None) -> Json:
    """A fee history of len(fees) - 1 blocks."""
    ratios = [0.5] * (len(fees) - 1) if used is None else used
    history = {
        "oldestBlock": "0x1",
        "baseFeePerGas": [hex(fee) for fee in fees],
        "gasUsedRatio": ratios,
    }
    return history if rewards is None else history | {"reward": rewards}


def fees(*scripts: Script, chain_id: int = 1) -> FeeHistory:
    chain = replace(CHAIN, id=chain_id)
    for script in scripts:
        script.chain = chain_id
    return over(scripts, lambda outbox: outbox.fees(), chain=chain)


def priced(history: Json, **parts: Json) -> Script:
    return Script(says={"eth_feeHistory": history} | parts)


def test_a_history() -> None:
    """Empty blocks' rewards say nothing; twenty blocks are asked for."""
    script = priced(
        told(5, 6, 7, rewards=[["0x1", "0x2", "0x3"], ["0x0"] * 3], used=[0.1, 0])
    )
    assert fees(script) == FeeHistory(base_fees=(5, 6, 7), rewards=((1, 2, 3),))
    assert ("eth_feeHistory", ["0x14", "latest", [25, 50, 75]]) in script.heard


def test_of_several_the_lower_median() -> None:
    """One that inflates its prices is not the one that is believed."""
    tips = [["0x1", "0x1", "0x1"]]
    scripts = [priced(told(n, n, rewards=tips)) for n in (5, 10**18)]
    assert fees(*scripts).base_fees == (5, 5)
    bribed = priced(told(1, 1, rewards=[["0x1", "0xffffffffff", "0xffffffffff"]]))
    assert fees(scripts[0], bribed).base_fees == (5, 5)


@pytest.mark.parametrize(
    "history",
    [
        None,
        "0x",
        {},
        told(5),
        told(*range(22)),
        told(5, 6, 7, used=[0.5]),
        told(5, 6, rewards=[]) | {"baseFeePerGas": ["0x5", "six"]},
        told(5, 6, rewards=[["0x1", "0x2"]]),
        told(5, 6, rewards=[["0x1", "0x2", "x"]]),
        told(5, 6, rewards=[["0x1", "0x2", "0x3"]] * 2),
        told(5, 6, rewards=["0x1"]),
        told(5, 6, rewards={"0": 1}),
        told(5, 6, rewards=[["0x1", "0x2", "0x3"]], used=["much"]),
    ],
)
def test_a_history_that_is_none(history: Json) -> None:
    """The newest block has a base fee all the same; the node may suggest a tip."""
    script = priced(history, eth_maxPriorityFeePerGas="0x9")
    assert fees(script) == FeeHistory(base_fees=(7, 8), suggested_tip=9)


def test_no_history_and_no_suggestion() -> None:
    """The base fee alone is known."""
    assert fees(Script(base_fee=80)) == FeeHistory(base_fees=(80, 91))


def test_a_history_without_rewards() -> None:
    """Then the node's suggestion is what is known of tips."""
    script = priced(told(5, 6), eth_maxPriorityFeePerGas="0x9")
    assert fees(script) == FeeHistory(base_fees=(5, 6), suggested_tip=9)


def test_the_suggestion_counts_on_linea() -> None:
    """Its sequencer has a minimum that no history shows; elsewhere it is left out."""
    rewards = [["0x1", "0x2", "0x3"]]
    script = priced(told(5, 6, rewards=rewards), eth_maxPriorityFeePerGas="0x9")
    assert fees(script, chain_id=59144).suggested_tip == 9
    assert fees(script, chain_id=1).suggested_tip is None


def test_no_base_fee() -> None:
    """The gas price is asked for, and only there; a base fee of 0 is one."""
    rewards = [["0x1", "0x2", "0x3"]]
    legacy = Script(base_fee=None, says={"eth_gasPrice": "0x5"})
    assert fees(legacy) == FeeHistory(base_fees=(), gas_price=5)
    free = Script(base_fee=0, says={"eth_feeHistory": told(0, 0, rewards=rewards)})
    assert fees(free) == FeeHistory(base_fees=(0, 0), rewards=((1, 2, 3),))
    assert "eth_gasPrice" not in dict(free.heard)


def test_nobody_tells_a_price() -> None:
    """Then nothing can be offered."""
    with pytest.raises(UnservedError):
        fees(Script(base_fee=None))
