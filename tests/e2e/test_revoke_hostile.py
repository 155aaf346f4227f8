"""Tokens that do not want to be taken back: the run survives, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.takes import Took, one_each, take, truthful
from tests.fakes.recording_proxy import SEND, RecordingProxy, Sent
from tests.lab.abi import encode_call
from tests.lab.fiends import Mode, fiend, fiends, granted, turn
from tests.lab.revoking import LARGE, Wallet, child, ticking, write_keystore
from tests.lab.world import World
from tests.nodes.anvil import Anvil

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("revoke hostile")]

UNTRIED = {
    *("LIES", "REVERTS", "BURNS", "MUTE", "RAISES", "HUNGRY", "REASONS"),
    *("FALSE", "Solady's root"),
}
"""What a simulation shows: no gas is spent on it."""
BETRAYED = {
    Mode.LIES: "still live",
    Mode.REVERTS: "reverted",
    Mode.BURNS: "reverted",
    Mode.MUTE: "unverified",
    Mode.RAISES: "still live",
    Mode.REGROWS: "still live",
}
"""What tokens that turn between simulation and block are judged to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    took: Took
    sent: list[Sent]
    before: set[str]
    """The grants that were there."""

    @property
    def wallet(self) -> Wallet:
        return self.took.wallet


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Everything is to be taken back, while blocks come by themselves.

    Two confirmations: what grows back after its block is seen.
    """
    with Anvil(history=True) as anvil, RecordingProxy(anvil.url) as proxy:
        wallet = fiends(anvil, tmp_path_factory.mktemp("fiends"))
        before = {name for name in wallet.grants if wallet.left(name)}
        with ticking(anvil):
            took = take(*("revoke", wallet, proxy.url, "--all"), "--confirmations", "2")
        yield Ran(took=took, sent=proxy.sent, before=before)


def test_everything_is_accounted_for(ran: Ran) -> None:
    """Each is judged or left out, but for what is dead or shows no grant; exit 4."""
    told = {*ran.took.outcomes, *ran.took.left_out}

    assert told >= ran.before - {"expired", "PARITY"}
    assert ran.took.done.code == 4


@pytest.mark.parametrize("name", ["HONEST", "root", "Solady"])
def test_the_rest_goes_on(ran: Ran, name: str) -> None:
    """What can be taken back is, whatever its neighbours do."""
    assert ran.took.verdicts[name] == "revoked"
    assert ran.wallet.left(name) == 0


@pytest.mark.parametrize("name", sorted(UNTRIED))
def test_what_a_simulation_shows_is_not_tried(ran: Ran, name: str) -> None:
    """It is left out with a reason of our own, short and plain."""
    key = ran.wallet.grants[name]
    reason = ran.took.left_out[name]
    mine = [
        e for e in ran.sent if e.to == key.token and e.data[16:36].hex() in key.spender
    ]

    assert name not in ran.took.outcomes
    assert 0 < len(reason) < 500
    assert reason.isprintable()
    assert mine == []


@pytest.mark.parametrize("name", ["BOMB", "REENTERS", "legacy ERC-404", "ERC-404"])
def test_noise_is_survived(ran: Ran, name: str) -> None:
    """It works, or is not dared: revoked in truth, or left out with a reason."""
    if name in ran.took.good:
        assert ran.wallet.left(name) == 0
    else:
        assert name in ran.took.left_out


def test_other_calls_in_a_simulation(ran: Ran) -> None:
    """Calling back the owner granted nobody anything."""
    assert granted(ran.wallet, Mode.HONEST) == 0
    key = ran.wallet.grants["HONEST"]
    reenters = ran.wallet.grants["REENTERS"].token
    asked = encode_call("allowance(address,address)", ran.wallet.owner, reenters)
    assert not any(ran.wallet.anvil.call(key.token, asked))


@pytest.mark.parametrize("name", ["SIMULATES", "REGROWS"])
def test_never_believed(ran: Ran, name: str) -> None:
    """What works in a simulation, or for one block, is never called revoked."""
    assert name not in ran.took.good
    assert ran.wallet.left(name) >= LARGE


def test_grants_by_the_way(ran: Ran) -> None:
    """The pair is gone, and what is said of it is true of it."""
    if "REGRANTS" in ran.took.good:
        assert granted(ran.wallet, Mode.REGRANTS) == 0


def test_expired_is_not_dated_anew(ran: Ran) -> None:
    """Whatever became of it: no later end, no higher amount."""
    amount, expiration, _ = child(
        ran.wallet.anvil, ran.wallet.owner, ran.wallet.grants["expired"]
    )
    assert amount in {0, LARGE}
    assert expiration < ran.wallet.anvil.now


def test_what_it_says_is_true(ran: Ran) -> None:
    """Of all that is said to be done; PARITY shows what it likes."""
    true = {name for name in ran.took.good if name != "PARITY"}
    assert all(ran.wallet.left(name) == 0 for name in true)
    for each in one_each(ran.wallet, ran.sent):
        assert each.gas <= 300_000 * 4


# Between simulation and block


@pytest.fixture(scope="module")
def betrayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Honest until the first transaction is on its way to the node."""
    with Anvil(history=True) as anvil, RecordingProxy(anvil.url) as proxy:
        wallet = write_keystore(tmp_path_factory.mktemp("betrayed"), World(anvil))
        for mode in BETRAYED:
            fiend(wallet, mode, wallet.world.spenders[3])
        before = set(wallet.grants)
        proxy.cues[SEND] = lambda: turn(wallet, *BETRAYED)
        with ticking(anvil):
            took = take(*("revoke", wallet, proxy.url, "--all"), "--confirmations", "2")
        yield Ran(took=took, sent=proxy.sent, before=before)


@pytest.mark.parametrize("mode", sorted(BETRAYED))
def test_state_decides(betrayed: Ran, mode: Mode) -> None:
    """The verdict is what state says, and there is a word on what to do."""
    row = betrayed.took.outcomes[mode.name]

    assert row["verdict"] == BETRAYED[mode]
    assert row["note"]
    if mode in {Mode.LIES, Mode.RAISES, Mode.REGROWS}:
        assert int(row["left"]) >= LARGE
    assert betrayed.took.done.code == 4


def test_betrayal_is_paid_once(betrayed: Ran) -> None:
    """One transaction each, none of them again; each within the gas cap."""
    sent = one_each(betrayed.wallet, betrayed.sent)

    assert len({each.to for each in sent}) == len(sent) == len(BETRAYED)
    assert all(each.gas <= 300_000 for each in sent)


# Limits


@pytest.fixture
def wallet(tmp_path: Path) -> Iterator[Wallet]:
    with Anvil() as anvil:
        yield write_keystore(tmp_path, World(anvil))


@pytest.fixture
def proxy(wallet: Wallet) -> Iterator[RecordingProxy]:
    with RecordingProxy(wallet.anvil.url) as proxy:
        yield proxy


def test_no_item_is_given_away(wallet: Wallet, proxy: RecordingProxy) -> None:
    """Where an amount may be an item's number, no amount is approved."""
    one, *_ = wallet.world.spenders
    wallet.amount(
        "legacy", wallet.world.lab("LegacyErc404", wallet.owner, 100), one, 1_000
    )
    wallet.amount("both", wallet.world.lab("Erc404Like", wallet.owner, 100), one, LARGE)
    wallet.amount("whole", wallet.world.lab("WholeToken", wallet.owner), one, 1_000)
    took = take("limit", wallet, proxy.url, "--all", "--to", "5 units")

    assert set(took.left_out) == {"legacy", "both"}
    assert took.verdicts == {"whole": "lowered"}
    assert wallet.left("whole") == 5
    for name in ("legacy", "both"):
        token = wallet.grants[name].token
        asked = encode_call("getApproved(uint256)", 5)
        assert not any(wallet.anvil.call(token, asked))
    one_each(wallet, proxy.sent)


def test_whoever_spends_first_gets_no_more(
    wallet: Wallet, proxy: RecordingProxy
) -> None:
    """998 of 1000 are spent before the first transaction: at most 2 are left."""
    one, two, *_ = wallet.world.spenders
    through = wallet.world.lab("WholeToken", wallet.owner)
    by = wallet.world.token()
    wallet.amount("through zero", through, one, 1_000)
    wallet.amount("by difference", by, two, 1_000)

    def spend() -> None:
        wallet.world.spend(through, one, 998)
        wallet.world.spend(by, two, 998)

    proxy.cues[SEND] = spend
    took = take("limit", wallet, proxy.url, "--all", "--to", "5 units")
    sets = [
        int.from_bytes(each.data[36:68])
        for each in one_each(wallet, proxy.sent)
        if each.selector == "095ea7b3" and any(each.data[36:68])
    ]

    assert wallet.left("through zero") <= 2
    assert wallet.left("by difference") == 2
    assert all(amount <= 2 for amount in sets)
    truthful(took)


def test_spending_after_the_zeroing_is_not_possible_twice(
    wallet: Wallet, proxy: RecordingProxy
) -> None:
    """The limit is spent as soon as it is set: it is not set again."""
    one, *_ = wallet.world.spenders
    token = wallet.world.lab("WholeToken", wallet.owner)
    wallet.amount("whole", token, one, 1_000)
    seen: list[int] = []

    def spend() -> bool:
        """At the first question after the SET was mined."""
        if not seen and wallet.left("whole") == 5:
            seen.append(5)
            wallet.world.spend(token, one, 5)
        return not seen

    proxy.cues["eth_getTransactionReceipt"] = spend
    took = take("limit", wallet, proxy.url, "--all", "--to", "5 units")

    assert seen == [5]
    assert wallet.left("whole") == 0
    assert len(one_each(wallet, proxy.sent)) == 2
    truthful(took)
