"""A proxy in front of a real node that writes down what is sent, kills and lies."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import rlp  # type: ignore[import-untyped] # it ships no types
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.crypto import keccak
from hexbytes import HexBytes

from allowctl.model.chain import Address
from tests.fakes.scripted_proxy import ScriptedProxy
from tests.nodes.jsonrpc import Json

SEND = "eth_sendRawTransaction"
_LEGACY = 0xC0
"""From here on a first byte is that of an RLP list: there is no type."""

Ask: TypeAlias = Callable[[Json], Json]
"""Hands a request on to the node: its whole reply."""

Lie: TypeAlias = Callable[[Json, Ask], Json | None]
"""The reply to a request; None where the truth may be told. `LostError` for silence."""


class LostError(Exception):
    """The connection is closed instead of a reply."""


class When(StrEnum):
    """On which side of the node's work a death comes."""

    BEFORE = "before"
    """The node does not learn of the request."""
    AFTER = "after"
    """The node has served it; nobody gets the reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """At which request the victim is killed: counted from a number of sends on."""

    method: str | None = None
    """None: any."""
    nth: int = 1
    when: When = When.BEFORE
    sends: int = 0
    """How many transactions must have come before."""

    def __str__(self) -> str:
        what = self.method or "any"
        return f"{self.when} request {self.nth} ({what}) after {self.sends} sends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A signed transaction as it came in, decoded by eth_account and rlp."""

    raw: bytes
    hash: str
    kind: int
    """EIP-2718 type; 0 for legacy."""
    chain_id: int | None
    sender: Address
    nonce: int
    to: Address
    value: int
    data: bytes
    gas: int
    max_fee: int
    """Wei per gas at most."""
    tip: int
    """The same for the priority fee."""
    access_list: tuple[Json, ...] = ()

    @property
    def selector(self) -> str:
        """The function that is called, as eight hex digits."""
        return self.data[:4].hex()


class RecordingProxy(ScriptedProxy):
    """Every request of every method passes, is counted, and may be lied about.

    `asked` counts all that came in by method, `counts` what the node got. `sent`
    holds what was handed to eth_sendRawTransaction, in that order. `lies` are tried
    in their order; the first that gives a reply is told. With `death` set, `victim`
    (a process id) gets SIGKILL. Cues (see `ScriptedProxy`) play before a request is
    handed on, if it is.
    """

    def __init__(self, upstream: str) -> None:
        super().__init__(upstream, max_blocks=None)
        self.sent: list[Sent] = []
        self.lies: list[Lie] = []
        self.death: Death | None = None
        self.died = threading.Event()
        self.asked: Counter[str] = Counter()
        self._victim: int | None = None
        self._known = threading.Event()
        self._due = 0
        self._book = threading.Lock()

    @property
    def victim(self) -> int | None:
        """Who is killed. A request that kills waits until this is known."""
        return self._victim

    @victim.setter
    def victim(self, process: int) -> None:
        self._victim = process
        self._known.set()

    @property
    def nonces(self) -> dict[int, set[str]]:
        """The hashes that were sent for each nonce."""
        found: dict[int, set[str]] = {}
        for each in self.sent:
            found.setdefault(each.nonce, set()).add(each.hash)
        return found

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """Serve the requests of a body one by one."""
        asked = json.loads(body)
        if isinstance(asked, list):
            replies = [self._serve(request) for request in asked]
            return 200, json.dumps(replies).encode()
        return 200, json.dumps(self._serve(asked)).encode()

    def _serve(self, request: Json) -> Json:
        death = self._note(request)
        if death is When.BEFORE:
            self._kill()
        reply = self._told(request)
        if death is When.AFTER:
            self._kill()
        return reply

    def _note(self, request: Json) -> When | None:
        """Write it down. When the victim is to be killed for it, if so."""
        with self._book:
            self.asked[request["method"]] += 1
            death, dies = self.death, False
            if death is not None and len(self.sent) >= death.sends:
                self._due += death.method in {None, request["method"]}
                dies = self._due == death.nth
            if request["method"] == SEND:
                self.sent.append(decoded(bytes.fromhex(request["params"][0][2:])))
            if not dies or death is None:
                return None
            self.death, self._due = None, 0
            return death.when

    def _kill(self) -> None:
        self._known.wait(20)
        if self._victim is not None:
            os.kill(self._victim, signal.SIGKILL)
        self.died.set()
        raise LostError

    def _told(self, request: Json) -> Json:
        for lie in self.lies:
            reply = lie(request, self._ask)
            if reply is not None:
                return reply
        return self._ask(request)

    def _ask(self, request: Json) -> Json:
        _, body = super().answer(json.dumps(request).encode())
        return json.loads(body)


def decoded(raw: bytes) -> Sent:
    """What a signed transaction says. ValueError and its kin if it is none."""
    sender = Address(Account.recover_transaction(raw).lower())
    fields = _legacy(raw) if raw[0] >= _LEGACY else _typed(raw)
    return Sent(raw=raw, hash="0x" + keccak(raw).hex(), sender=sender, **fields)


def _typed(raw: bytes) -> Json:
    said: Json = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    price = said.get("gasPrice", 0)
    return {
        "kind": raw[0],
        "chain_id": said["chainId"],
        "nonce": said["nonce"],
        "to": Address("0x" + bytes(said["to"]).hex()),
        "value": said["value"],
        "data": bytes(said["data"]),
        "gas": said["gas"],
        "max_fee": said.get("maxFeePerGas", price),
        "tip": said.get("maxPriorityFeePerGas", price),
        "access_list": tuple(said.get("accessList", ())),
    }


def _legacy(raw: bytes) -> Json:
    items: Json = rlp.decode(raw)
    nonce, price, gas, to, value, data, v, *_ = items
    signed = int.from_bytes(v, "big")
    return {
        "kind": 0,
        # EIP-155: 27 and 28 are good on every chain.
        "chain_id": (signed - 35) // 2 if signed >= 35 else None,
        "nonce": int.from_bytes(nonce, "big"),
        "to": Address("0x" + to.hex()),
        "value": int.from_bytes(value, "big"),
        "data": data,
        "gas": int.from_bytes(gas, "big"),
        "max_fee": int.from_bytes(price, "big"),
        "tip": int.from_bytes(price, "big"),
    }
