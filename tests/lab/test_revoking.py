"""What is to be taken back in tests really is so: quirks, fiends, keystores."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account

from allowctl.model.chain import ZERO_ADDRESS, Address
from tests.lab.abi import encode_call, topic0, word
from tests.lab.artifacts import PERMIT2
from tests.lab.fiends import Mode, fiend, fiends, granted, turn
from tests.lab.reading import APPROVAL, APPROVE, MAX, Lab
from tests.lab.revoking import (
    LARGE,
    PASSWORD,
    Wallet,
    allowance_slot,
    child,
    plain,
    quirks,
    stranger,
    ticking,
    two_ways,
    write_keystore,
)
from tests.lab.world import World
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import Json, NodeError

pytestmark = pytest.mark.node

DECREASE = "decreaseAllowance(address,uint256)"
OLD_DECREASE = "decreaseApproval(address,uint256)"


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wallet]:
    """Every kind and quirk; a test leaves it as it was."""
    with Anvil() as anvil:
        yield quirks(anvil, tmp_path_factory.mktemp("odd"))


@pytest.fixture
def wallet(odd: Wallet) -> Iterator[Wallet]:
    before = odd.anvil.snapshot()
    yield odd
    odd.anvil.revert(before)


@pytest.fixture
def few(anvil: Anvil, tmp_path: Path) -> Wallet:
    """A wallet for a fiend or two, on the node of this file."""
    return write_keystore(tmp_path, World(anvil))


def change(wallet: Wallet, name: str, amount: int, *, how: str = APPROVE) -> Json:
    """The owner's transaction that changes an ERC-20 grant: its receipt."""
    key = wallet.grants[name]
    data = encode_call(how, key.spender, amount)
    return wallet.anvil.send(wallet.owner, key.token, data, gas=5_000_000)


def answer(wallet: Wallet, name: str, amount: int, **more: int) -> bytes:
    """What approve returns, in a call."""
    key = wallet.grants[name]
    data = encode_call(APPROVE, key.spender, amount)
    return wallet.anvil.call(key.token, data, sender=wallet.owner, **more)


def test_everything_is_granted(odd: Wallet) -> None:
    """Each grant by its name is there before anything is taken back."""
    assert len(odd.grants) == 22
    assert all(odd.left(name) > 0 for name in odd.grants)
    assert odd.left("UNI") == 2**96 - 1
    assert len(odd.names) == len(odd.grants)


@pytest.mark.parametrize(
    "name", ["OpenZeppelin 4.9", "OpenZeppelin 5", "whole", "WETH9", "UNI", "USDT"]
)
def test_zero_takes_back(wallet: Wallet, name: str) -> None:
    """approve(spender, 0) is enough for these."""
    change(wallet, name, 0)

    assert wallet.left(name) == 0


def test_bnb_keeps_one(wallet: Wallet) -> None:
    """Zero reverts, one is the least, and no log says anything."""
    with pytest.raises(NodeError):
        change(wallet, "BNB", 0)

    assert change(wallet, "BNB", 1)["logs"] == []
    assert wallet.left("BNB") == 1


def test_false_that_works(wallet: Wallet) -> None:
    """Tether Gold says false and does it."""
    said = answer(wallet, "Tether Gold", 0)
    change(wallet, "Tether Gold", 0)

    assert said == bytes(32)
    assert wallet.left("Tether Gold") == 0


def test_false_that_does_not(wallet: Wallet) -> None:
    """ZRX says false, does nothing, and the transaction succeeds."""
    said = answer(wallet, "ZRX", 0)
    change(wallet, "ZRX", 0)

    assert said == bytes(32)
    assert wallet.left("ZRX") == LARGE


@pytest.mark.parametrize(
    ("name", "how", "floor"),
    [
        ("decreaseAllowance", DECREASE, False),
        ("decreaseApproval", OLD_DECREASE, True),
        ("OpenZeppelin 4.9", DECREASE, False),
    ],
)
def test_differences(wallet: Wallet, name: str, how: str, floor: bool) -> None:  # noqa: FBT001 (a case's fact)
    """A difference lowers; too large a one reverts, or (the old function) zeroes."""
    before = wallet.left(name)
    change(wallet, name, before - 5, how=how)
    assert wallet.left(name) == 5

    if floor:
        change(wallet, name, 6, how=how)
        assert wallet.left(name) == 0
    else:
        with pytest.raises(NodeError):
            change(wallet, name, 6, how=how)


@pytest.mark.parametrize("name", ["decreaseAllowance", "decreaseApproval"])
def test_no_approve(wallet: Wallet, name: str) -> None:
    """No amount can be approved."""
    for amount in (0, 5, MAX):
        with pytest.raises(NodeError):
            answer(wallet, name, amount)


@pytest.mark.parametrize("name", ["OpenZeppelin 5", "UNI", "USDT", "Comet"])
def test_no_difference(wallet: Wallet, name: str) -> None:
    """These have no decreaseAllowance at all."""
    with pytest.raises(NodeError):
        change(wallet, name, 1, how=DECREASE)


def test_weth_swallows_what_it_does_not_know(wallet: Wallet) -> None:
    """WETH9 takes any unknown call for a deposit: it succeeds and lowers nothing."""
    receipt = change(wallet, "WETH9", 1, how=DECREASE)

    assert receipt["logs"][0]["topics"][0] == topic0("Deposit(address,uint256)")
    assert wallet.left("WETH9") == LARGE


def test_comet_has_all_or_nothing(wallet: Wallet) -> None:
    """Any amount between reverts with BadAmount(); zero takes everything back."""
    with pytest.raises(NodeError) as caught:
        answer(wallet, "Comet", 5)
    change(wallet, "Comet", 0)

    assert caught.value.data == topic0("BadAmount()")[:10]
    assert wallet.left("Comet") == 0


def test_lockdown_takes_pairs(wallet: Wallet) -> None:
    """Several pairs in one transaction; the expiration stays."""
    names = ("child 1", "child 2", "child 3", "expired child", "dormant child")
    before = {n: child(wallet.anvil, wallet.owner, wallet.grants[n]) for n in names}
    keys = [wallet.grants[name] for name in names]
    wallet.world.lockdown([(key.token, key.spender) for key in keys])

    assert [wallet.left(name) for name in names] == [0] * 5
    for name in names:
        after = child(wallet.anvil, wallet.owner, wallet.grants[name])
        assert after[1:] == before[name][1:]
    assert before["expired child"][1] < wallet.anvil.now


def test_dormant_child_has_no_root(wallet: Wallet) -> None:
    """The token lets Permit2 move nothing of it."""
    token = wallet.grants["dormant child"].token
    asked = encode_call("allowance(address,address)", wallet.owner, PERMIT2)

    assert not any(wallet.anvil.call(token, asked))


def test_items_and_operators(wallet: Wallet) -> None:
    """approve(0, id) and setApprovalForAll(operator, false) take them back."""
    item = wallet.grants["item"]
    wallet.world.approve_item(item.token, item.token_id or 0, ZERO_ADDRESS)
    for name in ("operator of ERC-721", "operator of ERC-1155"):
        key = wallet.grants[name]
        wallet.world.operator(key.token, key.spender, approved=False)
        assert wallet.left(name) == 0

    assert wallet.left("item") == 0


# Fiends


@pytest.mark.parametrize("mode", [*Mode])
def test_fiend_grants_first(few: Wallet, mode: Mode) -> None:
    """Until it is turned, and for a new spender, it is a token like others."""
    fiend(few, mode, few.world.spenders[3])
    change(few, mode.name, 7)

    assert few.left(mode.name) == granted(few, mode) == 7


def made(wallet: Wallet, mode: Mode, accomplice: Address | None = None) -> Address:
    token = fiend(wallet, mode, accomplice or wallet.world.spenders[3])
    turn(wallet, mode)
    return token


@pytest.mark.parametrize("mode", [Mode.LIES, Mode.SIMULATES, Mode.PARITY])
def test_liars_keep_the_grant(few: Wallet, mode: Mode) -> None:
    """Receipt and event are fine, and everything is still granted."""
    made(few, mode)
    receipt = change(few, mode.name, 0)

    assert int(receipt["logs"][0]["data"], 16) == 0
    assert granted(few, mode) == LARGE


def test_simulation_looks_fine(few: Wallet) -> None:
    """Where gas costs nothing, SIMULATES does what it should: call, then read."""
    token = made(few, Mode.SIMULATES)
    key = few.grants["SIMULATES"]
    calls = [
        {"from": few.owner, "to": token, "input": "0x" + data.hex()}
        for data in (
            encode_call(APPROVE, key.spender, 0),
            encode_call("allowance(address,address)", few.owner, key.spender),
        )
    ]
    asked = {"blockStateCalls": [{"calls": calls}]}
    ((block,)) = few.anvil.rpc("eth_simulateV1", asked, "latest")

    assert int(block["calls"][0]["status"], 16) == 1
    assert int(block["calls"][1]["returnData"], 16) == 0


def test_parity_shows_every_second_block(few: Wallet) -> None:
    """At odd blocks it looks as if nothing were granted."""
    made(few, Mode.PARITY)
    shown = []
    for _ in range(2):
        few.anvil.mine()
        shown.append((few.anvil.head % 2, few.left("PARITY")))

    assert sorted(shown) == [(0, LARGE), (1, 0)]


@pytest.mark.parametrize("mode", [Mode.REVERTS, Mode.BURNS, Mode.REASONS])
def test_no_change_passes(few: Wallet, mode: Mode) -> None:
    """The transaction fails, and everything stays granted."""
    token = made(few, mode)
    data = encode_call(APPROVE, few.grants[mode.name].spender, 0)
    receipt = few.anvil.send(few.owner, token, data, gas=400_000, check=False)

    assert int(receipt["status"], 16) == 0
    assert int(receipt["gasUsed"], 16) <= 400_000
    assert (int(receipt["gasUsed"], 16) > 399_000) is (mode is Mode.BURNS)
    assert few.left(mode.name) == LARGE


def test_reason_is_long(few: Wallet) -> None:
    """The revert's data is 300 kB, for less than 300,000 gas."""
    made(few, Mode.REASONS)
    with pytest.raises(NodeError) as caught:
        answer(few, "REASONS", 0, gas=300_000)

    assert len(caught.value.data) > 600_000


def test_bomb_returns_much(few: Wallet) -> None:
    """It works for less than 300,000 gas, and returns 300 kB."""
    made(few, Mode.BOMB)
    said = answer(few, "BOMB", 0, gas=300_000)
    receipt = change(few, "BOMB", 0)

    assert (len(said), said[:32]) == (300_000, (1).to_bytes(32))
    assert int(receipt["gasUsed"], 16) < 300_000
    assert few.left("BOMB") == 0


def test_hungry_needs_a_million(few: Wallet) -> None:
    """It works, and no usual gas is enough."""
    made(few, Mode.HUNGRY)
    with pytest.raises(NodeError):
        answer(few, "HUNGRY", 0, gas=600_000)
    change(few, "HUNGRY", 0)

    assert few.left("HUNGRY") == 0


def test_mute_tells_nothing_afterwards(few: Wallet) -> None:
    """It works, but the allowance cannot be read any more."""
    made(few, Mode.MUTE)
    assert few.left("MUTE") == LARGE
    change(few, "MUTE", 0)

    assert granted(few, Mode.MUTE) == 0
    with pytest.raises(NodeError):
        few.left("MUTE")


def test_raises(few: Wallet) -> None:
    """Whatever is asked for, everything is granted."""
    made(few, Mode.RAISES)
    change(few, "RAISES", 0)

    assert few.left("RAISES") == MAX


def test_regrows(few: Wallet) -> None:
    """Nothing at the receipt's block, everything from the next one on."""
    made(few, Mode.REGROWS)
    change(few, "REGROWS", 0)
    at_once = few.left("REGROWS")
    few.anvil.mine()

    assert (at_once, few.left("REGROWS")) == (0, MAX)


def test_regrants_in_silence(few: Wallet) -> None:
    """The spender has nothing, the accomplice has everything, no log says so."""
    made(few, Mode.REGRANTS)
    receipt = change(few, "REGRANTS", 0)

    assert receipt["logs"] == []
    assert few.left("REGRANTS") == 0
    assert granted(few, Mode.REGRANTS, few.world.spenders[3]) == MAX


def test_reenters_harmlessly(few: Wallet) -> None:
    """It calls others, gains nothing by it, and works."""
    victim = fiend(few, Mode.HONEST, ZERO_ADDRESS)
    token = made(few, Mode.REENTERS, victim)
    before = few.balance(victim)
    receipt = change(few, "REENTERS", 0)

    assert {log["address"] for log in receipt["logs"]} == {victim, token}
    assert few.left("REENTERS") == 0
    assert few.left("HONEST") == LARGE
    assert few.balance(victim) == before


def test_reenters_a_helper_in_the_owner_s_place(few: Wallet) -> None:
    """Code that a simulation puts at the owner's address gets called back."""
    token = made(few, Mode.REENTERS, few.world.spenders[3])
    data = encode_call(APPROVE, few.grants["REENTERS"].spender, 0)
    # sstore(0, sload(0) + 1), and that is returned: it counts its calls.
    override = {few.owner: {"code": "0x6000546001018060005560005260206000f3"}}
    calls = [
        {"from": few.owner, "to": token, "input": "0x" + data.hex()},
        {"from": token, "to": few.owner},
    ]
    asked = {"blockStateCalls": [{"stateOverrides": override, "calls": calls}]}
    ((block,)) = few.anvil.rpc("eth_simulateV1", asked, "latest")

    assert int(block["calls"][1]["returnData"], 16) == 3


def test_legacy_404_gives_an_item_away(anvil: Anvil, owner: Address, lab: Lab) -> None:
    """Lowering the amount to a small number approves the item of that number.

    Both sorts of approval have the event of an ERC-20, and no supportsInterface
    says what it is.
    """
    both, spender = lab("LegacyErc404", owner, 100), Address("0x" + "ab" * 20)
    amount = anvil.send(owner, both, encode_call(APPROVE, spender, 1_000))
    item = anvil.send(owner, both, encode_call(APPROVE, spender, 5))
    asked = encode_call("allowance(address,address)", owner, spender)

    for receipt in (amount, item):
        topics = receipt["logs"][0]["topics"]
        assert topics == [APPROVAL, word(owner), word(spender)]
    assert int.from_bytes(anvil.call(both, asked)) == 1_000
    approved = anvil.call(both, encode_call("getApproved(uint256)", 5))
    assert approved.hex() == word(spender)[2:]
    anvil.send(owner, both, encode_call(APPROVE, spender, 0))
    assert int.from_bytes(anvil.call(both, asked)) == 0
    with pytest.raises(NodeError):
        anvil.call(both, encode_call("supportsInterface(bytes4)", bytes(4)))


def test_fiends_together(tmp_path: Path) -> None:
    """A fiend of each mode, their friends, and an expired grant: all are live."""
    with Anvil() as anvil:
        wallet = fiends(anvil, tmp_path)
        assert wallet.anvil.head % 2 == 0
        assert all(wallet.left(name) > 0 for name in wallet.grants)
        assert set(wallet.grants) >= {mode.name for mode in Mode}
        _, expiration, _ = child(anvil, wallet.owner, wallet.grants["expired"])
        assert expiration < anvil.now


# Wallets


def test_keystore_opens(anvil: Anvil, tmp_path: Path) -> None:
    """eth_account opens it with the password; nobody else may read either file."""
    wallet = plain(anvil, tmp_path)
    password = wallet.password_file.read_text("utf-8").removesuffix("\n")
    found = json.loads(wallet.keystore.read_text("utf-8"))

    assert Account.decrypt(found, password) == wallet.world.key.key
    assert Account.decrypt(json.loads(stranger(tmp_path).read_text()), PASSWORD)
    for path in (wallet.keystore, wallet.password_file):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_ways(anvil: Anvil, tmp_path: Path) -> None:
    """One has decreaseAllowance; the other wants a zero in between."""
    wallet = two_ways(anvil, tmp_path)
    change(wallet, "by difference", 5, how=DECREASE)
    with pytest.raises(NodeError):
        change(wallet, "through zero", 5)

    assert wallet.left("by difference") == LARGE - 5
    assert wallet.left("through zero") == 1_000 * 10**6


def test_mined_are_the_owner_s(anvil: Anvil, tmp_path: Path) -> None:
    """In the chain's order, without anybody else's; blocks come by themselves."""
    wallet = plain(anvil, tmp_path)
    first, nonce = anvil.head + 1, wallet.nonce
    anvil.send(wallet.world.deployer, wallet.owner)
    with ticking(anvil, 0.01):
        for name in ("first", "second"):
            change(wallet, name, 0)
    mined = wallet.mined(first)

    assert [int(each["nonce"], 16) for each in mined] == [nonce, nonce + 1]
    assert [each["to"] for each in mined] == [
        wallet.grants[name].token for name in ("first", "second")
    ]


def test_slot_of_an_allowance(anvil: Anvil, tmp_path: Path) -> None:
    """The word in that slot is the allowance."""
    wallet = plain(anvil, tmp_path)
    key = wallet.grants["first"]
    anvil.set_storage(key.token, allowance_slot(wallet.owner, key.spender), 77)

    assert wallet.left("first") == 77
