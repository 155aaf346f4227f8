"""kill -9 between plan and verdict, then `resume`: nothing is done twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.takes import killed, one_each, take, truthful
from tests.fakes.recording_proxy import SEND, Death, RecordingProxy, Sent, When
from tests.lab.revoking import LARGE, Wallet, plain, ticking, two_ways
from tests.nodes.anvil import Anvil

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("revoke crash")]

RECEIPT = "eth_getTransactionReceipt"
LIMIT = {"by difference": 5 * 10**18, "through zero": 5 * 10**6}
BEFORE = {"by difference": LARGE, "through zero": 1_000 * 10**6}
SENDS = [Death(method=SEND, nth=nth, when=when) for nth in (1, 2, 3) for when in When]
"""By difference; to zero; the limit itself. Written down, and told or not."""
BETWEEN = [
    Death(nth=1, sends=1),
    Death(nth=1, sends=2),
    Death(method=RECEIPT, nth=1, sends=2, when=When.AFTER),
    Death(nth=4, sends=2),
    Death(nth=8, sends=2),
    Death(nth=1, sends=3),
    Death(method=RECEIPT, nth=1, sends=3, when=When.AFTER),
    Death(nth=4, sends=3),
]
"""Between them: receipts, what is read back, what is read again."""


@pytest.fixture
def anvil() -> Iterator[Anvil]:
    # A tick does not take the state away that is being read.
    with Anvil(history=True) as anvil:
        yield anvil


@pytest.fixture
def proxy(anvil: Anvil) -> Iterator[RecordingProxy]:
    with RecordingProxy(anvil.url) as proxy:
        yield proxy


def dies(
    what: str,
    wallet: Wallet,
    proxy: RecordingProxy,
    death: Death,
    home: Path,
    *options: str,
) -> None:
    """A run that is killed at that moment, for certain."""
    proxy.death = death
    code = killed(what, wallet, proxy, "--all", *options, home=home)

    assert proxy.died.is_set(), f"it never came to: {death}"
    assert code == -signal.SIGKILL


def limits(sent: list[Sent]) -> list[Sent]:
    """What sets or lowers by an amount: never to be done twice."""
    return [each for each in sent if any(each.data[36:68])]


@pytest.mark.parametrize("death", [*SENDS, *BETWEEN], ids=str)
def test_limit_goes_on(
    anvil: Anvil, proxy: RecordingProxy, tmp_path: Path, death: Death
) -> None:
    """After resume all is as if nothing had happened: three transactions, once."""
    wallet = two_ways(anvil, tmp_path)
    home = tmp_path / "home"
    first = anvil.head + 1
    dies("limit", wallet, proxy, death, home, "--to", "5")
    took = take("resume", wallet, proxy.url, home=home)
    sent = one_each(wallet, proxy.sent)
    mined = [each["hash"] for each in wallet.mined(first)]

    assert {name: wallet.left(name) for name in LIMIT} == LIMIT
    assert [each.hash for each in sent] == mined
    assert len(sent) == 3
    assert len(limits(sent)) == 2
    assert took.done.code == 0
    assert took.good == set(LIMIT)
    truthful(took)


@pytest.mark.parametrize(
    "death", [SENDS[0], SENDS[3], SENDS[5], *BETWEEN[5:7]], ids=str
)
def test_what_is_spent_meanwhile_is_not_given_back(
    anvil: Anvil, proxy: RecordingProxy, tmp_path: Path, death: Death
) -> None:
    """Spenders take all they can while nobody looks: resume raises nothing."""
    wallet = two_ways(anvil, tmp_path)
    home = tmp_path / "home"
    dies("limit", wallet, proxy, death, home, "--to", "5")
    most = {}
    for name, limit in LIMIT.items():
        key, now = wallet.grants[name], wallet.left(name)
        spent = now - now // 1_000
        if spent:
            wallet.world.spend(key.token, key.spender, spent)
        # Of zero, the limit is still to come: nothing was spent.
        most[name] = min(limit, now - spent) if now else limit
    took = take("resume", wallet, proxy.url, home=home)
    sent = one_each(wallet, proxy.sent)

    for name, bound in most.items():
        assert wallet.left(name) <= bound, name
    assert len(limits(sent)) <= 2
    truthful(took)


def test_killed_before_anything_was_signed(
    anvil: Anvil, proxy: RecordingProxy, tmp_path: Path
) -> None:
    """Nothing is sent, resume has nothing to do, and a new run does it all."""
    wallet = plain(anvil, tmp_path)
    home = tmp_path / "home"
    dies("revoke", wallet, proxy, Death(method="eth_feeHistory"), home)
    assert proxy.sent == []
    take("resume", wallet, proxy.url, home=home)
    assert [wallet.left(name) for name in wallet.grants] == [1_000, LARGE, 1]
    took = take("revoke", wallet, proxy.url, "--all", home=home)

    assert took.done.code == 0
    assert len(one_each(wallet, proxy.sent)) == 3


def test_not_yet_mined(anvil: Anvil, proxy: RecordingProxy, tmp_path: Path) -> None:
    """Sent, in no block, killed: resume waits for the same transactions."""
    wallet = plain(anvil, tmp_path)
    home = tmp_path / "home"
    first = anvil.head + 1
    anvil.rpc("evm_setAutomine", False)  # noqa: FBT003 (the method's parameter)
    death = Death(method=RECEIPT, sends=3)
    dies("revoke", wallet, proxy, death, home)
    before = {each.hash for each in proxy.sent}
    with ticking(anvil):
        took = take("resume", wallet, proxy.url, home=home)
    sent = one_each(wallet, proxy.sent)

    assert {each.hash for each in sent} == before
    assert [each["hash"] for each in wallet.mined(first)] == [e.hash for e in sent]
    assert (took.done.code, took.good) == (0, set(wallet.grants))


def test_a_block_is_gone_meanwhile(
    anvil: Anvil, proxy: RecordingProxy, tmp_path: Path
) -> None:
    """The limit's block is replaced by an empty one: the same bytes are sent again."""
    wallet = two_ways(anvil, tmp_path)
    home = tmp_path / "home"
    dies("limit", wallet, proxy, Death(nth=1, sends=3), home, "--to", "5")
    anvil.reorg(1)
    assert wallet.left("through zero") == 0
    took = take("resume", wallet, proxy.url, home=home)
    sent = one_each(wallet, proxy.sent)

    assert {name: wallet.left(name) for name in LIMIT} == LIMIT
    assert len(limits(sent)) == 2
    assert took.done.code == 0


@pytest.mark.parametrize("times", [3])
def test_killed_again_and_again(
    anvil: Anvil, proxy: RecordingProxy, tmp_path: Path, times: int
) -> None:
    """Resume may die, too, at each request but the last ones."""
    wallet = two_ways(anvil, tmp_path)
    home = tmp_path / "home"
    dies("limit", wallet, proxy, SENDS[0], home, "--to", "5")
    for nth in range(1, times + 1):
        proxy.death = Death(nth=4 * nth)
        proxy.died.clear()
        killed("resume", wallet, proxy, home=home)
    took = take("resume", wallet, proxy.url, home=home)
    sent = one_each(wallet, proxy.sent)

    assert {name: wallet.left(name) for name in LIMIT} == LIMIT
    assert len(limits(sent)) == 2
    truthful(took)


def test_resumed_once_more(anvil: Anvil, proxy: RecordingProxy, tmp_path: Path) -> None:
    """When all is done, resume has nothing to do, and sends nothing."""
    wallet = plain(anvil, tmp_path)
    home = tmp_path / "home"
    take("revoke", wallet, proxy.url, "--all", home=home)
    before, nonce = len(proxy.sent), wallet.nonce
    take("resume", wallet, proxy.url, home=home)

    assert (len(proxy.sent), wallet.nonce) == (before, nonce) == (3, nonce)
