"""An endpoint lies: nothing is sent twice, for another chain, or misjudged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.takes import Took, interrupted, one_each, take, truthful
from tests.fakes import lies
from tests.fakes.recording_proxy import SEND, Lie, RecordingProxy, Sent
from tests.lab.fiends import Mode, fiend, turn
from tests.lab.revoking import (
    LARGE,
    Wallet,
    allowance_slot,
    plain,
    ticking,
    two_ways,
    write_keystore,
)
from tests.lab.world import World
from tests.nodes.anvil import Anvil

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("revoke lies")]

RECEIPT = "eth_getTransactionReceipt"
LIMIT = {"by difference": 5 * 10**18, "through zero": 5 * 10**6}
OTHER = 7
"""A chain that nobody has asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One chain behind two endpoints: one may lie, the other never does."""

    anvil: Anvil
    liar: RecordingProxy
    honest: RecordingProxy

    @property
    def urls(self) -> tuple[str, str]:
        return self.liar.url, self.honest.url

    def sent(self, wallet: Wallet) -> list[Sent]:
        """What either got: one good transaction for each nonce."""
        return one_each(wallet, self.liar.sent, self.honest.sent)


@pytest.fixture
def pair() -> Iterator[Pair]:
    with (
        Anvil(history=True) as anvil,
        RecordingProxy(anvil.url) as liar,
        RecordingProxy(anvil.url) as honest,
    ):
        yield Pair(anvil=anvil, liar=liar, honest=honest)


def elsewhere(pair: Pair) -> str:
    """A transaction of somebody else's that was mined."""
    sent: str = pair.anvil.send(pair.anvil.accounts[9], pair.anvil.accounts[8].address)[
        "transactionHash"
    ]
    return sent


# Lies that an honest endpoint beside makes harmless

HARMLESS: dict[str, Callable[[Pair], Lie]] = {
    "no receipts": lambda _: lies.no_receipts,
    "foreign receipts": lambda pair: lies.foreign_receipts(elsewhere(pair)),
    "forged receipts": lambda pair: lies.foreign_receipts(elsewhere(pair), forged=True),
    "lost replies": lambda _: lies.lost(),
    "swallowed": lambda _: lies.swallowed,
    "already known": lambda _: lies.refused_send("already known", forwards=False),
    "known after all": lambda _: lies.refused_send("already known", forwards=True),
    "nonce too low": lambda _: lies.refused_send("nonce too low", forwards=False),
    "underpriced": lambda _: lies.refused_send(
        "replacement transaction underpriced", forwards=False
    ),
    "no money": lambda _: lies.refused_send(
        "insufficient funds for gas * price + value", forwards=False
    ),
}


@pytest.mark.parametrize("lie", HARMLESS)
def test_harmless(pair: Pair, tmp_path: Path, lie: str) -> None:
    """Both limits are set, once, and proven, though one endpoint lies."""
    wallet = two_ways(pair.anvil, tmp_path)
    pair.liar.lies.append(HARMLESS[lie](pair))
    took = take("limit", wallet, pair.urls, "--all", "--to", "5")

    assert len(pair.sent(wallet)) == 3
    assert {name: wallet.left(name) for name in LIMIT} == LIMIT
    assert took.done.code == 0
    assert took.good == set(LIMIT)
    truthful(took)


# Alone

ALONE: dict[str, Callable[[Pair], Lie]] = {
    "lost replies": lambda _: lies.lost(),
    "known after all": lambda _: lies.refused_send("already known", forwards=True),
    "no sense": lambda _: lies.refused_send("internal error", forwards=True),
    "late receipts": lambda _: lies.first_times(lies.no_receipts, 1),
}


@pytest.mark.parametrize("lie", ALONE)
def test_alone_but_taken(pair: Pair, tmp_path: Path, lie: str) -> None:
    """What an endpoint says of a transaction is nothing: receipt and state decide."""
    wallet = plain(pair.anvil, tmp_path)
    pair.liar.lies.append(ALONE[lie](pair))
    took = take("revoke", wallet, pair.liar.url, "--all")

    assert len(pair.sent(wallet)) == 3
    assert (took.done.code, took.good) == (0, set(wallet.grants))
    truthful(took)


WAITING: dict[str, Callable[[Pair], Lie]] = {
    "no receipts": lambda _: lies.no_receipts,
    "forged receipts": lambda pair: lies.foreign_receipts(elsewhere(pair), forged=True),
    "stale head": lambda pair: lies.after_send(lies.stale_head(pair.anvil.head)),
}


@pytest.mark.parametrize("lie", WAITING)
def test_alone_and_waited_for(pair: Pair, tmp_path: Path, lie: str) -> None:
    """No verdict is made of it. Ctrl-C, then an honest endpoint: all is proven."""
    wallet = two_ways(pair.anvil, tmp_path)
    home = tmp_path / "home"
    pair.liar.lies.append(WAITING[lie](pair))
    done = interrupted(
        *("limit", wallet, [pair.liar.url], "--all", "--to", "5"),
        home=home,
        when=lambda: pair.liar.asked[RECEIPT] >= 4,
    )
    assert done.code == 130
    early = Took(wallet=wallet, done=done)
    assert not (early.told and early.good)
    took = take("resume", wallet, pair.honest.url, home=home)

    assert len(pair.sent(wallet)) == 3
    assert {name: wallet.left(name) for name in LIMIT} == LIMIT
    assert took.done.code == 0
    truthful(took)


def test_a_nonce_that_was_not_used(pair: Pair, tmp_path: Path) -> None:
    """Each transaction is refused as if its nonce were used, and was taken.

    Whether the run goes on or ends: what it says is true, and nothing comes twice.
    """
    wallet = plain(pair.anvil, tmp_path)
    pair.liar.lies.append(lies.refused_send("nonce too low", forwards=True))
    took = take("revoke", wallet, pair.liar.url, "--all")

    sent = pair.sent(wallet)
    assert (took.done.code == 0) is (len(sent) == 3)
    truthful(took)


# Another chain


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside"])
def test_another_chain(pair: Pair, tmp_path: Path, *, beside: bool) -> None:
    """Asked a second time, it tells of another chain: nothing is signed."""
    wallet = plain(pair.anvil, tmp_path)
    pair.liar.lies.append(lies.from_nth(lies.wrong_chain(OTHER), 2, "eth_chainId"))
    took = take("revoke", wallet, pair.urls if beside else pair.urls[:1], "--all")

    assert pair.liar.asked["eth_chainId"] >= 2
    assert pair.sent(wallet) == []
    assert took.done.code not in {0, 4}


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside"])
def test_another_chain_after_a_transaction(
    pair: Pair, tmp_path: Path, *, beside: bool
) -> None:
    """What was signed is good for our chain alone, once; an honest one proves it."""
    wallet = plain(pair.anvil, tmp_path)
    home = tmp_path / "home"
    pair.liar.lies.append(lies.after_send(lies.wrong_chain(OTHER)))
    urls = pair.urls if beside else pair.urls[:1]
    chain_ids = pair.liar.asked
    done = interrupted(
        *("revoke", wallet, urls, "--all"),
        home=home,
        when=lambda: chain_ids["eth_chainId"] >= 10 or chain_ids[RECEIPT] >= 8,
    )
    early = Took(wallet=wallet, done=done)
    if early.told:
        truthful(early)
    before = pair.sent(wallet)
    took = take("resume", wallet, pair.honest.url, home=home)

    # Of a run that came to its end nothing is left to do.
    assert took.done.code in {0, 4}
    assert pair.sent(wallet)[: len(before)] == before
    if took.told:
        truthful(took)


# State


def _zero(wallet: Wallet, name: str) -> Lie:
    key = wallet.grants[name]
    return lies.false_state(key.token, {allowance_slot(wallet.owner, key.spender): 0})


def test_zero_that_is_none(pair: Pair, tmp_path: Path) -> None:
    """It says that nothing is granted: that is never called revoked."""
    wallet = plain(pair.anvil, tmp_path)
    pair.liar.lies.append(_zero(wallet, "first"))
    took = take("revoke", wallet, pair.urls, "--all")

    assert "first" not in took.good
    assert wallet.left("first") in {0, 1_000}
    truthful(took)
    pair.sent(wallet)


@pytest.mark.parametrize("honest_first", [False, True])
def test_liars_together(pair: Pair, tmp_path: Path, *, honest_first: bool) -> None:
    """The token keeps the grant, an endpoint says that it is gone: no good verdict."""
    wallet = write_keystore(tmp_path, World(pair.anvil))
    fiend(wallet, Mode.LIES, wallet.world.spenders[3])
    for proxy in (pair.liar, pair.honest):
        proxy.cues[SEND] = lambda: turn(wallet, Mode.LIES)
    pair.liar.lies.append(lies.after_send(_zero(wallet, "LIES")))
    urls = pair.urls[::-1] if honest_first else pair.urls
    took = take("revoke", wallet, urls, "--all")

    assert took.verdicts["LIES"] in {"unverified", "still live"}
    assert took.done.code == 4
    assert wallet.left("LIES") == LARGE
    assert len(pair.sent(wallet)) == 1


def test_more_than_there_is(pair: Pair, tmp_path: Path) -> None:
    """A limit is never above what an honest endpoint reads: nothing is raised."""
    wallet = write_keystore(tmp_path, World(pair.anvil))
    one, *_ = wallet.world.spenders
    token = wallet.world.lab("WholeToken", wallet.owner)
    wallet.amount("whole", token, one, 3)
    slot = allowance_slot(wallet.owner, one)
    pair.liar.lies.append(lies.false_state(token, {slot: 1_000}))
    took = take("limit", wallet, pair.urls, "--all", "--to", "5 units")

    assert wallet.left("whole") <= 3
    assert not any(
        int.from_bytes(each.data[36:68]) > 3
        for each in pair.sent(wallet)
        if each.selector == "095ea7b3"
    )
    truthful(took)


def test_head_that_goes_back(pair: Pair, tmp_path: Path) -> None:
    """After the first transaction one endpoint stands still: nothing is sent twice."""
    wallet = plain(pair.anvil, tmp_path)
    home = tmp_path / "home"
    pair.liar.lies.append(lies.after_send(lies.stale_head(pair.anvil.head)))
    done = interrupted(
        *("revoke", wallet, pair.urls, "--all"),
        home=home,
        when=lambda: pair.honest.asked[RECEIPT] >= 12,
    )
    early = Took(wallet=wallet, done=done)
    if early.told:
        truthful(early)
    with ticking(pair.anvil, 0.5):
        took = take("resume", wallet, pair.honest.url, home=home)

    assert len(pair.sent(wallet)) == 3
    assert [wallet.left(name) for name in wallet.grants] == [0, 0, 0]
    truthful(took)


def test_fees_out_of_a_dream(pair: Pair, tmp_path: Path) -> None:
    """Whatever it says that gas costs: no more than the cap is ever offered."""
    wallet = plain(pair.anvil, tmp_path)
    dear = hex(10**9 * 10**9)
    history = {
        "oldestBlock": "0x1",
        "baseFeePerGas": [dear] * 21,
        "gasUsedRatio": [0.5] * 20,
        "reward": [[dear] * 3] * 20,
    }
    pair.liar.lies += [
        lies.constant("eth_feeHistory", history),
        lies.constant("eth_gasPrice", dear),
        lies.constant("eth_maxPriorityFeePerGas", dear),
    ]
    take("revoke", wallet, pair.liar.url, "--all", "--max-gwei", "50")

    for each in pair.sent(wallet):
        assert each.max_fee <= 50 * 10**9
        assert each.tip <= each.max_fee
