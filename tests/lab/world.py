"""An owner who grants, lowers, loses and takes back on a real node, with books."""

from __future__ import annotations

from collections.abc import Sequence

from eth_account.signers.local import LocalAccount

from allowctl.model.chain import ZERO_ADDRESS, Address
from tests.lab import artifacts
from tests.lab.abi import Value, decode_as, encode_call
from tests.lab.artifacts import MULTICALL3, PERMIT2, Artifact
from tests.lab.signing import permit2_signature, permit_signature
from tests.lab.solidity import contract
from tests.lab.truth import Books, Expected, Item, Key
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import Json
from tests.nodes.node import Sender, address_of

MAX = 2**256 - 1
MAX_160 = 2**160 - 1
SUPPLY = 10**24


class World:
    """One owner on one anvil; Permit2 and Multicall3 are where they belong.

    Each act sends what it says and writes it into the books; `truth` is what
    must be found now. Contracts are deployed by another account, and `permit*`
    are sent by a relayer, so an owner can grant and still have nonce 0. Other
    worlds may share the node, each with its own owner.
    """

    def __init__(self, anvil: Anvil, *, owner: LocalAccount | None = None) -> None:
        self.anvil = anvil
        self.key = owner or anvil.accounts[0]
        self.owner = address_of(self.key)
        self.deployer = address_of(anvil.accounts[9])
        self.relayer = address_of(anvil.accounts[8])
        self.spenders = tuple(address_of(account) for account in anvil.accounts[4:8])
        self.books = Books(permit2=PERMIT2)
        artifacts.place_permit2(anvil)
        if anvil.rpc("eth_getCode", MULTICALL3, "latest") == "0x":
            artifacts.place_multicall3(anvil)

    @property
    def truth(self) -> dict[Key, Expected]:
        """Every approval that a log named until now, and how it must end."""
        return self.books.truth(self.anvil.now)

    def with_fate(self, *fates: str) -> dict[Key, Expected]:
        """Give the part of the truth that ends in one of these ways."""
        return {k: v for k, v in self.truth.items() if v.fate in fates}

    # Contracts

    def deploy(self, made: Artifact, *arguments: Value) -> Address:
        """Deploy a contract; the owner has no part in it."""
        return self.anvil.deploy(made.create(*arguments), sender=self.deployer)

    def lab(self, name: str, *arguments: Value) -> Address:
        """Deploy one of `tests/lab/contracts`."""
        return self.deploy(contract(name), *arguments)

    def token(self, name: str = "Token", symbol: str = "TOK") -> Address:
        """Deploy OpenZeppelin's ERC-20; the owner has it all."""
        return self.deploy(artifacts.erc20(), name, symbol, SUPPLY, self.owner)

    def collection(self, name: str = "Items", symbol: str = "ITEM") -> Address:
        """Deploy OpenZeppelin 4.9.6's ERC-721."""
        return self.deploy(artifacts.erc721(), name, symbol, "")

    def remove_code(self, token: Address) -> None:
        """Take a contract's code away, as selfdestruct did."""
        self.anvil.set_code(token, b"")
        self.books.gone.add(token)

    # Time

    def idle(self, blocks: int) -> None:
        """Let empty blocks pass, a second of chain time each."""
        if blocks:
            self.anvil.mine(blocks)

    def wait(self, seconds: int) -> None:
        """Let chain time pass, in one block."""
        self.anvil.warp(self.anvil.now + seconds)

    # ERC-20

    def approve(
        self, token: Address, spender: Address, amount: int, *, kept: int | None = None
    ) -> None:
        """Approve. `kept`: what the token really keeps, where that differs."""
        self._act(token, "approve(address,uint256)", spender, amount)
        self.books.amounts[token, spender] = amount if kept is None else kept

    def revoke(self, token: Address, spender: Address) -> None:
        """Approve zero."""
        self.approve(token, spender, 0)

    def spend(self, token: Address, spender: Address, amount: int) -> None:
        """Let the spender take something."""
        self.anvil.fund(spender)
        signature = "transferFrom(address,address,uint256)"
        data = encode_call(signature, self.owner, spender, amount)
        self.anvil.send(spender, token, data)
        self.books.spend(token, spender, amount)

    def permit(self, token: Address, spender: Address, amount: int) -> None:
        """Approve by an ERC-2612 signature (of `PermitToken`), through the relayer."""
        nonce = self._read(token, "nonces(address)", self.owner)
        deadline = self.anvil.now + 3600
        signed = permit_signature(
            self.key,
            chain_id=self.anvil.chain_id,
            token=token,
            name="Permit Token",
            spender=spender,
            value=amount,
            nonce=nonce,
            deadline=deadline,
        )
        signature = "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"
        arguments = (self.owner, spender, amount, deadline, *signed)
        self.anvil.send(self.relayer, token, encode_call(signature, *arguments))
        self.books.amounts[token, spender] = amount

    # Permit2

    def permit2_approve(
        self, token: Address, spender: Address, amount: int, expiration: int
    ) -> None:
        """Grant inside Permit2. Expiration 0 means: in this block only."""
        signature = "approve(address,address,uint160,uint48)"
        receipt = self._act(PERMIT2, signature, token, spender, amount, expiration)
        self._grant_child(token, spender, amount, expiration, receipt)

    def permit2_permit(
        self, token: Address, spender: Address, amount: int, expiration: int
    ) -> None:
        """Grant inside Permit2 by signature, through the relayer."""
        allowance = "allowance(address,address,address)"
        data = encode_call(allowance, self.owner, token, spender)
        state = self.anvil.call(PERMIT2, data)
        nonce = decode_as("(uint160,uint48,uint48)", state)[2]
        details = (token, amount, expiration, nonce)
        deadline = self.anvil.now + 3600
        signed = permit2_signature(
            self.key,
            chain_id=self.anvil.chain_id,
            permit2=PERMIT2,
            details=details,
            spender=spender,
            deadline=deadline,
        )
        signature = (
            "permit(address,((address,uint160,uint48,uint48),address,uint256),bytes)"
        )
        single = (details, spender, deadline)
        call = encode_call(signature, self.owner, single, signed)
        receipt = self.anvil.send(self.relayer, PERMIT2, call)
        self._grant_child(token, spender, amount, expiration, receipt)

    def permit2_spend(self, token: Address, spender: Address, amount: int) -> None:
        """Let the spender take something through Permit2."""
        self.anvil.fund(spender)
        signature = "transferFrom(address,address,uint160,address)"
        data = encode_call(signature, self.owner, spender, amount, token)
        self.anvil.send(spender, PERMIT2, data)
        self.books.spend_child(token, spender, amount)

    def lockdown(self, pairs: Sequence[tuple[Address, Address]]) -> None:
        """Take back (token, spender) pairs inside Permit2, all at once."""
        self._act(PERMIT2, "lockdown((address,address)[])", list(pairs))
        for pair in pairs:
            _, expiration = self.books.children.get(pair, (0, 0))
            self.books.children[pair] = (0, expiration)

    # Items and operators

    def mint_item(self, collection: Address) -> int:
        """Give the owner a new item of an OpenZeppelin collection: its id."""
        total: int = self._read(collection, "totalSupply()")
        data = encode_call("mint(address)", self.owner)
        self.anvil.send(self.deployer, collection, data)
        return total

    def mint_numbered(self, collection: Address, token_id: int) -> None:
        """Give the owner the item of an id, of `OldNft`."""
        data = encode_call("mint(address,uint256)", self.owner, token_id)
        self.anvil.send(self.deployer, collection, data)

    def approve_item(
        self, collection: Address, token_id: int, spender: Address
    ) -> None:
        """Approve a spender for one item; the zero address takes it back."""
        self._act(collection, "approve(address,uint256)", spender, token_id)
        if spender == ZERO_ADDRESS:
            self.books.name_item(collection, token_id, "zero")
        else:
            self.books.items[collection, token_id] = Item(spender)

    def transfer_item(
        self, collection: Address, token_id: int, to: Address, *, logs: bool = False
    ) -> None:
        """Send an item away. `logs`: it says Approval(owner, 0, id), like ChattyNft."""
        signature = "transferFrom(address,address,uint256)"
        self._act(collection, signature, self.owner, to, token_id)
        if logs or (collection, token_id) in self.books.items:
            self.books.name_item(collection, token_id, "transferred away")

    def operator(
        self, collection: Address, operator: Address, *, approved: bool = True
    ) -> None:
        """Approve an operator, or take that back."""
        signature = "setApprovalForAll(address,bool)"
        self._act(collection, signature, operator, approved)
        self.books.operators[collection, operator] = approved

    # Lies

    def plant_fakes(self, count: int) -> Address:
        """Let a stranger name the owner in logs of a contract that never answers."""
        fake = self.lab("FakeLogs")
        self.plant(fake, "plant", count)
        for number in range(1, count + 1):
            self.refuse(fake, Address(f"0x{number:040x}"))
        return fake

    def plant(self, fake: Address, function: str, count: int) -> None:
        """Let `FakeLogs` emit one of its kinds of log; the books are not told."""
        data = encode_call(f"{function}(address,uint256)", self.owner, count)
        self.anvil.send(self.deployer, fake, data, gas=100_000 + 3_000 * count)

    def refuse(self, token: Address, spender: Address) -> None:
        """Note that an ERC-20 pair was named whose contract does not answer."""
        self.books.refused.add(Key("erc20", token, token, spender))

    def bait(self, token: Address, spender: Address) -> None:
        """Let a stranger name the owner in a log of a lab contract that baits."""
        data = encode_call("bait(address,address)", self.owner, spender)
        self.anvil.send(self.deployer, token, data)

    def _act(self, to: Address, signature: str, *arguments: Value) -> Json:
        owner: Sender = self.owner
        return self.anvil.send(owner, to, encode_call(signature, *arguments))

    def _read(self, to: Address, signature: str, *arguments: Value) -> int:
        answer = self.anvil.call(to, encode_call(signature, *arguments))
        return int.from_bytes(answer, "big")

    def _grant_child(
        self, token: Address, spender: Address, amount: int, expiration: int, got: Json
    ) -> None:
        if expiration == 0:
            block = self.anvil.block(got["blockNumber"])
            expiration = int(block["timestamp"], 16)
        self.books.children[token, spender] = (amount, expiration)
