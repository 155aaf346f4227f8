"""Tokens that do not want to be taken back, each in its own way; see Fiends.sol."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path

from allowctl.model.chain import Address
from tests.lab.abi import encode_call
from tests.lab.artifacts import PERMIT2
from tests.lab.revoking import LARGE, Wallet, write_keystore
from tests.lab.truth import Key
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil


class Mode(IntEnum):
    """What a `Fiend` does when a grant is to be changed; see Fiends.sol."""

    HONEST = 0
    LIES = 1
    REVERTS = 2
    BURNS = 3
    MUTE = 4
    RAISES = 5
    REGROWS = 6
    SIMULATES = 7
    PARITY = 8
    REGRANTS = 9
    HUNGRY = 10
    BOMB = 11
    REASONS = 12
    REENTERS = 13


def fiend(wallet: Wallet, mode: Mode, accomplice: Address) -> Address:
    """A `Fiend` that has granted LARGE to the first spender, still honest."""
    world = wallet.world
    token = world.lab("Fiend", mode.name, wallet.owner, accomplice)
    wallet.amount(mode.name, token, world.spenders[0], LARGE)
    return token


def turn(wallet: Wallet, *modes: Mode) -> None:
    """Let fiends be what their names say."""
    for mode in modes:
        token = wallet.grants[mode.name].token
        data = encode_call("turn(uint8)", int(mode))
        wallet.anvil.send(wallet.world.deployer, token, data)


def granted(wallet: Wallet, mode: Mode, spender: Address | None = None) -> int:
    """What a fiend's spender really can take."""
    key = wallet.grants[mode.name]
    asked = encode_call(
        "granted(address,address)", wallet.owner, spender or key.spender
    )
    return int.from_bytes(wallet.anvil.call(key.token, asked))


def fiends(anvil: Anvil, folder: Path, *, turned: bool = True) -> Wallet:
    """A fiend of each mode, with others that lie in wait, and one honest token."""
    wallet = write_keystore(folder, World(anvil))
    world, owner = wallet.world, wallet.owner
    one, two, three, four = world.spenders
    honest = fiend(wallet, Mode.HONEST, two)
    for mode in Mode:
        if mode is not Mode.HONEST:
            fiend(wallet, mode, honest if mode is Mode.REENTERS else four)
    if turned:
        turn(wallet, *(mode for mode in Mode if mode is not Mode.HONEST))
    wallet.amount("FALSE", world.lab("FalseAndNothing", owner), one, LARGE)
    legacy, both = (
        world.lab("LegacyErc404", owner, 100),
        world.lab("Erc404Like", owner, 100),
    )
    wallet.amount("legacy ERC-404", legacy, one, 1_000)
    wallet.amount("ERC-404", both, one, LARGE)
    solady = world.lab("SoladyLike", owner)
    wallet.amount("Solady", solady, two, LARGE)
    # Granted to Permit2 by the token itself, and by no log.
    wallet.grants["Solady's root"] = Key("erc20", solady, solady, PERMIT2)
    world.approve(honest, PERMIT2, MAX)
    wallet.grants["root"] = Key("erc20", honest, honest, PERMIT2)
    wallet.child("expired", honest, three, LARGE, until=anvil.now + 600)
    world.wait(3_600)
    # PARITY is seen at even blocks only.
    anvil.mine(anvil.head % 2)
    return wallet
