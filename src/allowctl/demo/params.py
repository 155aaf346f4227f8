"""JSON-RPC parameters of the demo's node, read strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eth.vm.forks.prague.transactions import Authorization

from allowctl.demo.chain import GAS_LIMIT, DemoChain, Event, Mined, raw
from allowctl.demo.simulate import Attempt
from allowctl.model.chain import ZERO_ADDRESS, Address

if TYPE_CHECKING:
    from collections.abc import Sequence

INVALID_PARAMS = -32602
SERVER_ERROR = -32000

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_TAGS = ("latest", "pending", "safe", "finalized")
"""All the same block: what is mined here never goes away."""


class RpcFault(Exception):  # noqa: N818 - an error of the asker's, and it never leaves the server
    """An answer that is an error object: a code, a message, perhaps data."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


def quantity(value: object) -> int:
    """A QUANTITY of up to 256 bits."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise RpcFault(INVALID_PARAMS, f"invalid quantity: {_shown(value)}")
    return int(value, 16)


def data(value: object, *, length: int | None = None) -> bytes:
    """DATA, of `length` bytes where that is given."""
    if isinstance(value, str) and _DATA.fullmatch(value):
        found = bytes.fromhex(value[2:])
        if length in (None, len(found)):
            return found
    raise RpcFault(INVALID_PARAMS, f"invalid data: {_shown(value)}")


def address(value: object) -> Address:
    """An address; the case of its digits is not looked at."""
    return Address("0x" + data(value, length=20).hex())


def block_hash(value: object) -> str:
    """A hash of 32 bytes, in lower case."""
    return "0x" + data(value, length=32).hex()


def number(chain: DemoChain, value: object) -> int:
    """A block number or tag; the number may lie above the head."""
    if value in _TAGS:
        return chain.head.number
    return 0 if value == "earliest" else quantity(value)


def block(chain: DemoChain, value: object) -> Mined:
    """The block a call is to be made at: a number, a tag, or EIP-1898's object."""
    found: Mined | None
    match value:
        case None:
            found = chain.head
        case {"blockHash": wanted}:
            found = chain.block_by_hash(block_hash(wanted))
        case {"blockNumber": wanted}:
            found = chain.block(number(chain, wanted))
        case _:
            found = chain.block(number(chain, value))
    if found is None:
        raise RpcFault(SERVER_ERROR, "header not found")
    return found


def attempt(value: object, overrides: object = None) -> Attempt:
    """An unsigned transaction; prices are ignored, as nobody pays.

    `overrides` puts other code at addresses.
    """
    if not isinstance(value, Mapping):
        raise RpcFault(INVALID_PARAMS, "invalid transaction object")
    given = {key: it for key, it in value.items() if it is not None}
    payload = given.get("input", given.get("data", "0x"))
    return Attempt(
        sender=address(given["from"]) if "from" in given else ZERO_ADDRESS,
        to=address(given["to"]) if "to" in given else None,
        data=data(payload),
        value=quantity(given.get("value", "0x0")),
        gas=quantity(given["gas"]) if "gas" in given else GAS_LIMIT,
        authorizations=tuple(
            _authorization(it) for it in given.get("authorizationList", ())
        ),
        codes=_codes(overrides),
    )


def simulation(value: object) -> list[Attempt]:
    """The calls of eth_simulateV1's one block: several would be more than is needed."""
    match value:
        case {"blockStateCalls": [{"calls": list(calls), **beside}], **options} if set(
            beside
        ) <= {"stateOverrides"} and not any(options.values()):
            codes = _codes(beside.get("stateOverrides"))
            found = [attempt(it) for it in calls]
            return [replace(found[0], codes=codes), *found[1:]] if found else []
        case _:
            raise RpcFault(INVALID_PARAMS, "only one block of calls is simulated")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """What eth_getLogs is asked for."""

    blocks: tuple[Mined, ...]
    addresses: frozenset[Address]
    """Empty: any."""
    topics: tuple[frozenset[str], ...]
    """An empty position: any."""

    def matches(self, event: Event) -> bool:
        """Whether the log is one that was asked for."""
        if self.addresses and event.address not in self.addresses:
            return False
        if len(self.topics) > len(event.topics):
            return False
        pairs = zip(self.topics, event.topics, strict=False)
        return all(not wanted or topic in wanted for wanted, topic in pairs)


def log_query(chain: DemoChain, value: object) -> LogQuery:
    """A log filter. A range that the chain does not have is an error, not silence."""
    if not isinstance(value, Mapping):
        raise RpcFault(INVALID_PARAMS, "invalid filter object")
    wanted = value.get("address")
    addresses = wanted if isinstance(wanted, list) else [wanted] if wanted else []
    positions = value.get("topics") or []
    if not isinstance(positions, list):
        raise RpcFault(INVALID_PARAMS, "invalid topics")
    return LogQuery(
        blocks=_blocks(chain, value),
        addresses=frozenset(address(it) for it in addresses),
        topics=tuple(
            frozenset(
                block_hash(it)
                for it in (position if isinstance(position, list) else [position])
                if it is not None
            )
            for position in positions
        ),
    )


def _blocks(chain: DemoChain, value: Mapping[str, object]) -> tuple[Mined, ...]:
    if value.get("blockHash") is not None:
        if "fromBlock" in value or "toBlock" in value:
            raise RpcFault(INVALID_PARAMS, "a block hash and a block range")
        found = chain.block_by_hash(block_hash(value["blockHash"]))
        if found is None:
            raise RpcFault(SERVER_ERROR, "unknown block")
        return (found,)
    first = number(chain, value.get("fromBlock") or "latest")
    last = number(chain, value.get("toBlock") or "latest")
    if first > last:
        raise RpcFault(INVALID_PARAMS, "invalid block range params")
    if last > chain.head.number:
        raise RpcFault(INVALID_PARAMS, "block range extends beyond current head block")
    found_blocks: Sequence[Mined | None] = [
        chain.block(it) for it in range(first, last + 1)
    ]
    return tuple(it for it in found_blocks if it is not None)


def _codes(overrides: object) -> dict[Address, bytes]:
    """A state override set in which nothing but code is overridden."""
    given = {} if overrides is None else overrides
    if not isinstance(given, Mapping):
        raise RpcFault(INVALID_PARAMS, "invalid state overrides")
    found: dict[Address, bytes] = {}
    for key, it in given.items():
        match it:
            case {"code": code, **others} if not others:
                found[address(key)] = data(code)
            case _:
                raise RpcFault(INVALID_PARAMS, "only code can be overridden")
    return found


def _authorization(value: object) -> Authorization:
    if not isinstance(value, Mapping):
        raise RpcFault(INVALID_PARAMS, "invalid authorization")
    return Authorization(
        chain_id=quantity(value.get("chainId")),
        address=raw(address(value.get("address"))),
        nonce=quantity(value.get("nonce")),
        y_parity=quantity(value.get("yParity")),
        r=quantity(value.get("r")),
        s=quantity(value.get("s")),
    )


def _shown(value: object) -> str:
    return repr(value)[:80]
