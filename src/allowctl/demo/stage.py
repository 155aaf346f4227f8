"""Where the story is played: deploys, sends and signs on a demo chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.vm.forks.prague import PragueVM
from eth_account import Account
from eth_account.messages import encode_typed_data

from allowctl.demo.artifacts import Artifact, artifacts
from allowctl.demo.chain import CHAIN_ID, DemoChain, Sent, raw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allowctl.demo.actors import Actor
    from allowctl.model.chain import Address

DAY = 86_400
SLOT = 12
"""Seconds from a block to the next, as on mainnet."""

_GAS = 3_000_000
_TIP = 1_000_000_000
_MAX_FEE = 3 * _TIP
_QUIET = 20
"""Empty blocks before each day's acts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A deployed contract and how to call it."""

    address: Address
    artifact: Artifact


class Stage:
    """Plays transactions on a chain, each in the next slot of the day that was set.

    `base` is the time of the last block, in unix seconds.
    """

    def __init__(self, chain: DemoChain, *, base: int) -> None:
        self.chain = chain
        self.base = base
        self._nonces: dict[Address, int] = {}

    def day(self, ago: int) -> None:
        """Let time pass until so many days before the last block, quietly."""
        now, then = self.chain.head.timestamp, self.base - ago * DAY
        for step in range(1, _QUIET + 1):
            self.chain.mine(timestamp=now + (then - now) * step // _QUIET)

    def deploy(self, by: Actor, name: str, *arguments: object) -> Contract:
        """Create a contract of the demo."""
        artifact = artifacts()[name]
        sent = self._play(by, CREATE_CONTRACT_ADDRESS, artifact.deployment(*arguments))
        if sent.created is None:
            raise AssertionError(f"{name}: a deployment that created nothing")
        return Contract(address=sent.created, artifact=artifact)

    def send(self, by: Actor, to: Contract, function: str, *arguments: object) -> None:
        """Call a contract in a transaction."""
        self._play(by, raw(to.address), to.artifact.call(function, *arguments))

    def sign(self, by: Actor, typed: Mapping[str, Any]) -> tuple[int, bytes, bytes]:
        """v, r and s of a signature over EIP-712 typed data."""
        message = encode_typed_data(full_message=dict(typed))
        signed = Account.sign_message(message, by.key.to_bytes())
        return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")

    def _play(self, by: Actor, to: bytes, data: bytes) -> Sent:
        nonce = self._nonces.get(by.address, 0)
        self._nonces[by.address] = nonce + 1
        builder: Any = PragueVM.get_transaction_builder()
        unsigned = builder.new_unsigned_dynamic_fee_transaction(
            chain_id=CHAIN_ID,
            nonce=nonce,
            max_priority_fee_per_gas=_TIP,
            max_fee_per_gas=_MAX_FEE,
            gas=_GAS,
            to=to,
            value=0,
            data=data,
            access_list=(),
        )
        mined = self.chain.mine(
            unsigned.as_signed_transaction(by.key),
            timestamp=self.chain.head.timestamp + SLOT,
        )
        if mined.sent is None or not mined.sent.succeeded:
            raise AssertionError(f"the demo's story failed in block {mined.number}")
        return mined.sent
