"""Contracts on a `FakeRpc` that run others' code, and those they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from allowctl.codec import words
from allowctl.intel import authority, proxies, spenders
from allowctl.model.chain import Address, Answer, Call, Returned
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.state import State
from tests.build import address
from tests.fakes.rpc import MULTICALL, FakeContract, FakeRpc
from tests.lab.upgrades import safe_release

ROUTER = bytes.fromhex("60806040f4")
"""Code with a DELEGATECALL in it."""


def state_of(*rpcs: FakeRpc) -> State:
    """The head's state at some endpoints."""
    return State(
        [StateReader(rpc, rpc.block_at(rpc.newest), MULTICALL) for rpc in rpcs]
    )


@dataclass(slots=True)
class Scene:
    """A chain that is filled contract by contract; addresses are given out."""

    rpc: FakeRpc = field(default_factory=FakeRpc)
    made: int = 0

    @property
    def state(self) -> State:
        """Its head's."""
        return state_of(self.rpc)

    def place(self) -> Address:
        """An address that nobody has."""
        self.made += 1
        return address(0x5CE0000 + self.made)

    def key(self) -> Address:
        """An account that has sent something."""
        found = self.place()
        self.rpc.nonces_[found] = 1
        return found

    def contract(
        self,
        code: bytes | None = None,
        slots: Mapping[int, Address] | None = None,
        answers: Mapping[bytes, Answer | bytes] | None = None,
    ) -> Address:
        """A contract; code of its own where none is given."""
        found = self.place()
        self.rpc.codes_[found] = code or b"\x60" + bytes.fromhex(found[2:])
        self.rpc.nonces_[found] = 1
        says = {
            selector: answer if not isinstance(answer, bytes) else Returned(answer)
            for selector, answer in (answers or {}).items()
        }
        self.rpc.contracts[found] = FakeContract(answers=says)
        for slot, whom in (slots or {}).items():
            self.rpc.slots_[found, slot] = words.address(whom)
        return found

    def owned(self, owner: Address) -> Address:
        """A contract that names an owner."""
        return self.contract(answers={authority.OWNER: words.address(owner)})

    def transparent(self, logic: Address, admin: Address) -> Address:
        """A proxy whose admin stands in its slot."""
        return self.contract(
            ROUTER, {proxies.IMPLEMENTATION: logic, proxies.ADMIN: admin}
        )

    def own(self, logic: Address, owner: Address) -> Address:
        """A proxy that says itself whose it is."""
        answers = {authority.OWNER: words.address(owner)}
        return self.contract(ROUTER, {proxies.IMPLEMENTATION: logic}, answers)

    def beacon(self, logic: Address, owner: Address) -> Address:
        """A beacon."""
        return self.contract(
            answers={
                spenders.IMPLEMENTATION: words.address(logic),
                authority.OWNER: words.address(owner),
            }
        )

    def behind(self, beacon: Address) -> Address:
        """A proxy of it."""
        return self.contract(ROUTER, {proxies.BEACON: beacon})

    def clone(self, target: Address) -> Address:
        """A minimal proxy."""
        before, behind = proxies.FIXED[0]
        return self.contract(before + bytes.fromhex(target[2:]) + behind)

    def delegated(self, delegate: Address) -> Address:
        """A key's account that runs a contract's code."""
        return self.contract(bytes.fromhex("ef0100" + delegate[2:]))

    def safe(self, threshold: int, owners: int) -> Address:
        """A Safe: the real code, and its storage."""
        release = safe_release("1.5.0")
        singleton = self.contract(release.singletons[0].runtime)
        made = self.contract(release.proxy.runtime, {authority.SINGLETON: singleton})
        self.rpc.slots_[made, authority.THRESHOLD] = words.uint(threshold)
        self.rpc.slots_[made, authority.OWNER_COUNT] = words.uint(owners)
        return made

    def timelock(self, delay: int) -> Address:
        """OpenZeppelin's."""
        return self.contract(answers={authority.GET_MIN_DELAY: words.uint(delay)})

    def answers(self, contract: Address, selector: bytes, answer: Answer) -> None:
        """Have a contract answer otherwise."""
        self.rpc.contracts[contract].answers[selector] = answer

    def asked_of(self, contract: Address) -> list[bytes]:
        """The selectors that it was asked for."""
        return [call.data for call in self.rpc.called if call.to == contract]


def call(contract: Address, selector: bytes) -> Call:
    """A question without arguments."""
    return Call(contract, selector)
