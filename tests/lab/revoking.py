"""A wallet with a keystore and grants of every sort, for those who take them back.

What is left of a grant is asked of the node itself, by eth_abi.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from eth_abi.abi import encode
from eth_account import Account
from eth_utils.crypto import keccak

from allowctl.model.chain import ZERO_ADDRESS, Address
from tests.lab import artifacts
from tests.lab.abi import decode_as, encode_call
from tests.lab.artifacts import PERMIT2
from tests.lab.truth import Key
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil
from tests.nodes.node import throwaway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.nodes.jsonrpc import Json

LARGE = 1_000 * 10**18
"""Smallest units: more than any limit of the tests, less than anybody holds."""
PASSWORD = "canary-password-5fd2b1c7"
YEAR = 365 * 86_400
_LIGHT = 1_024
"""scrypt's n: a keystore that opens in a few milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """One owner, a keystore with the key, and what was granted, by name."""

    world: World
    keystore: Path
    password_file: Path
    grants: dict[str, Key] = field(default_factory=dict)

    @property
    def anvil(self) -> Anvil:
        return self.world.anvil

    @property
    def owner(self) -> Address:
        return self.world.owner

    @property
    def unlock(self) -> tuple[str, ...]:
        """The options that open the keystore."""
        password = str(self.password_file)
        return ("--keystore", str(self.keystore), "--password-file", password)

    def fingerprint(self, name: str) -> str:
        """The report's name for a grant, made here from what the design says."""
        key = self.grants[name]
        token_id = "" if key.token_id is None else str(key.token_id)
        parts = (str(self.anvil.chain_id), self.owner, key.kind, key.contract)
        text = "|".join((*parts, key.token, token_id, key.spender))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def names(self) -> dict[str, str]:
        """Each grant's name by its fingerprint."""
        return {self.fingerprint(name): name for name in self.grants}

    def left(self, name: str, block: int | str = "latest") -> int:
        """What the node says is left: smallest units, or 1 for an item or operator."""
        return left(self.anvil, self.owner, self.grants[name], block)

    def balance(self, token: Address) -> int:
        """What the owner holds of a token."""
        data = self.anvil.call(token, encode_call("balanceOf(address)", self.owner))
        return int.from_bytes(data, "big")

    @property
    def nonce(self) -> int:
        """How many transactions the owner has in blocks."""
        return int(self.anvil.rpc("eth_getTransactionCount", self.owner, "latest"), 16)

    def mined(self, first: int) -> list[Json]:
        """The owner's transactions in blocks from `first` to the head, in order."""
        found = []
        for number in range(first, self.anvil.head + 1):
            block = self.anvil.rpc("eth_getBlockByNumber", hex(number), True)  # noqa: FBT003 (the method's parameter: whole transactions)
            found += [t for t in block["transactions"] if t["from"] == self.owner]
        return found

    # Grants, kept by name

    def amount(self, name: str, token: Address, spender: Address, amount: int) -> None:
        """An ERC-20 allowance, by approve."""
        self.world.approve(token, spender, amount)
        self.grants[name] = Key("erc20", token, token, spender)

    def raised(self, name: str, token: Address, spender: Address, how: str) -> None:
        """An ERC-20 allowance, by a function that adds to it."""
        data = encode_call(f"{how}(address,uint256)", spender, LARGE)
        self.anvil.send(self.owner, token, data)
        self.grants[name] = Key("erc20", token, token, spender)

    def child(
        self, name: str, token: Address, spender: Address, amount: int, *, until: int
    ) -> None:
        """An allowance inside Permit2."""
        self.world.permit2_approve(token, spender, amount, until)
        self.grants[name] = Key("permit2", PERMIT2, token, spender)

    def item(self, name: str, collection: Address, spender: Address) -> None:
        """One NFT, minted for this."""
        token_id = self.world.mint_item(collection)
        self.world.approve_item(collection, token_id, spender)
        self.grants[name] = Key("erc721", collection, collection, spender, token_id)

    def operator(self, name: str, collection: Address, spender: Address) -> None:
        """All of a collection."""
        self.world.operator(collection, spender)
        self.grants[name] = Key("operator", collection, collection, spender)


def left(anvil: Anvil, owner: Address, key: Key, block: int | str = "latest") -> int:
    """What a node says is left of a grant. NodeError if the contract reverts."""

    def ask(signature: str, *arguments: object) -> bytes:
        return anvil.call(key.contract, encode_call(signature, *arguments), block=block)

    match key.kind:
        case "erc20":
            (found,) = decode_as(
                "(uint256)", ask("allowance(address,address)", owner, key.spender)
            )
        case "permit2":
            asked = ask(
                "allowance(address,address,address)", owner, key.token, key.spender
            )
            found, _, _ = decode_as("(uint160,uint48,uint48)", asked)
        case "operator":
            asked = ask("isApprovedForAll(address,address)", owner, key.spender)
            (found,) = decode_as("(bool)", asked)
        case "erc721":
            (who,) = decode_as("(address)", ask("getApproved(uint256)", key.token_id))
            found = who != ZERO_ADDRESS
    return int(found)


def child(anvil: Anvil, owner: Address, key: Key) -> tuple[int, int, int]:
    """Amount, expiration and nonce of an allowance inside Permit2."""
    signature = "allowance(address,address,address)"
    data = anvil.call(PERMIT2, encode_call(signature, owner, key.token, key.spender))
    amount, expiration, nonce = decode_as("(uint160,uint48,uint48)", data)
    return amount, expiration, nonce


def allowance_slot(owner: Address, spender: Address) -> int:
    """Give the storage slot of an allowance in `Token` and what derives from it."""
    outer = keccak(encode(("address", "uint256"), (owner, 2)))
    return int.from_bytes(keccak(encode(("address", "bytes32"), (spender, outer))))


# Keys


def write_keystore(folder: Path, world: World, password: str = PASSWORD) -> Wallet:
    """A wallet without grants. Keystore and password are for this user's eyes only."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Account.encrypt(world.key.key, password, kdf="scrypt", iterations=_LIGHT)
    keystore = private(folder / "owner.json", json.dumps(made))
    password_file = private(folder / "password.txt", password + "\n")
    return Wallet(world=world, keystore=keystore, password_file=password_file)


def private(path: Path, text: str) -> Path:
    """A file that nobody else can read or write."""
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path


# Worlds


def plain(anvil: Anvil, folder: Path) -> Wallet:
    """Three approvals of tokens without a quirk, and one of a quick kind each."""
    wallet = write_keystore(folder, World(anvil))
    one, two, *_ = wallet.world.spenders
    wallet.amount("first", wallet.world.lab("WholeToken", wallet.owner), one, 1_000)
    wallet.amount("second", wallet.world.token(), two, LARGE)
    wallet.operator("operator", wallet.world.collection(), one)
    return wallet


def two_ways(anvil: Anvil, folder: Path) -> Wallet:
    """What is lowered by a difference, and what only goes down through zero."""
    wallet = write_keystore(folder, World(anvil))
    one, two, *_ = wallet.world.spenders
    wallet.amount("by difference", wallet.world.token(), one, LARGE)
    usdt = wallet.world.lab("UsdtLike", wallet.owner)
    wallet.amount("through zero", usdt, two, 1_000 * 10**6)
    return wallet


def quirks(anvil: Anvil, folder: Path) -> Wallet:
    """Every kind, and every token that is odd but honest."""
    wallet = write_keystore(folder, World(anvil))
    world, owner = wallet.world, wallet.owner
    one, two, three, _ = world.spenders
    oz4, weth = world.token(), world.deploy(artifacts.weth9())
    oz5 = world.lab("NamedToken", "Plain", "PLAIN", owner)
    wallet.amount("OpenZeppelin 4.9", oz4, one, MAX)
    wallet.amount("OpenZeppelin 5", oz5, one, LARGE)
    wallet.amount("whole", world.lab("WholeToken", owner), one, 1_000)
    wallet.amount("WETH9", weth, two, LARGE)
    usdt = world.lab("UsdtLike", owner)
    wallet.amount("USDT", usdt, one, 1_000 * 10**6)
    wallet.amount("UNI", world.lab("Uint96Token", owner), one, MAX)
    gold, zrx = world.lab("FalseButWorks", owner), world.lab("FalseAndNothing", owner)
    wallet.amount("Tether Gold", gold, two, LARGE)
    wallet.amount("ZRX", zrx, two, LARGE)
    decrease = world.lab("DecreaseOnly", owner)
    old = world.lab("DecreaseApprovalOnly", owner)
    wallet.raised("decreaseAllowance", decrease, three, "increaseAllowance")
    wallet.raised("decreaseApproval", old, three, "increaseApproval")
    wallet.amount("Comet", world.lab("CometLike", owner), three, MAX)
    # No log names it: it has to be named on the command line.
    wallet.amount("BNB", world.lab("BnbLike", owner), three, LARGE)
    _collections(wallet)
    _permit2(wallet, oz4, oz5)
    return wallet


def _collections(wallet: Wallet) -> None:
    one, two, *_ = wallet.world.spenders
    items, many = (
        wallet.world.collection(),
        wallet.world.deploy(artifacts.erc1155(), ""),
    )
    wallet.item("item", items, one)
    wallet.operator("operator of ERC-721", items, two)
    wallet.operator("operator of ERC-1155", many, one)


def _permit2(wallet: Wallet, oz4: Address, oz5: Address) -> None:
    one, two, three, _ = wallet.world.spenders
    now = wallet.anvil.now
    for name, token in (("root 4.9", oz4), ("root 5", oz5)):
        wallet.amount(name, token, PERMIT2, MAX)
    for name, token, spender in (
        ("child 1", oz4, one),
        ("child 2", oz4, two),
        ("child 3", oz5, one),
    ):
        wallet.child(name, token, spender, LARGE, until=now + YEAR)
    wallet.child("expired child", oz5, three, LARGE, until=now + 600)
    asleep = wallet.world.token("Asleep", "ZZZ")
    wallet.child("dormant child", asleep, one, LARGE, until=now + YEAR)
    wallet.world.wait(3_600)


# Time


@contextmanager
def ticking(anvil: Anvil, seconds: float = 0.1) -> Iterator[None]:
    """Blocks come on their own, as on a chain that others use."""
    over = Event()

    def tick() -> None:
        while not over.wait(seconds):
            anvil.mine()

    thread = Thread(target=tick)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def stranger(folder: Path) -> Path:
    """A keystore of somebody else, with the same password."""
    key = throwaway(77).key
    made = Account.encrypt(key, PASSWORD, kdf="scrypt", iterations=_LIGHT)
    return private(folder / "stranger.json", json.dumps(made))
