"""One provider's answers to JSON-RPC requests, as its profile bids. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import msgspec

from tests.fakes import provider_getlogs
from tests.fakes.provider_abi import aggregated, packed_calls, uint
from tests.fakes.provider_logs import Wanted
from tests.fakes.provider_profile import ByHash, Profile, Refusal, RefusedError
from tests.fakes.provider_state import BurnsError, RevertsError
from tests.fakes.provider_world import MULTICALL, World
from tests.nodes.jsonrpc import Json

_FOREIGN_CHAIN = 99_999
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Node:
    """A view of a world through a profile. Both may be replaced at any time."""

    world: World
    profile: Profile
    asked: int = 0
    """HTTP requests so far."""
    _heads: int = 0
    _log_replies: int = 0
    _foreign: World = field(init=False)

    def __post_init__(self) -> None:
        self._foreign = World(head=self.world.head, chain_id=_FOREIGN_CHAIN, seed=1)

    @property
    def here(self) -> World:
        """The world it speaks of: another one where the chain is wrong."""
        after = self.profile.wrong_chain
        return self.world if after is None or self.asked <= after else self._foreign

    @property
    def head(self) -> int:
        """Its own head."""
        return max(0, self.here.head - self.profile.lag)

    def result(self, method: str, params: Sequence[Json]) -> bytes:
        """A result as JSON. RefusedError for everything else."""
        known = method == "eth_getLogs" or method in self._METHODS
        if not known or method in self.profile.methods_missing:
            raise _missing(method)
        try:
            if method == "eth_getLogs":
                return self._logs(*params).encode()
            return _encode(self._METHODS[method](self, *params))
        except (RevertsError, BurnsError) as error:
            burnt = isinstance(error, BurnsError)
            text = "out of gas" if burnt else "execution reverted"
            code = -32000 if burnt else 3
            raise RefusedError(Refusal(text=text, code=code)) from error
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            text = f"invalid params of {method}"
            raise RefusedError(Refusal(text=text, code=-32602)) from error

    def delay(self, requests: Sequence[tuple[str, Sequence[Json]]]) -> float:
        """Seconds that it takes over these requests."""
        seconds = self.profile.latency
        if self.profile.scan_rate:
            for method, params in requests:
                if method == "eth_getLogs" and "fromBlock" in params[0]:
                    wanted = self._wanted(params[0])
                    covered = wanted.last - wanted.first + 1
                    seconds += self.profile.scan_rate * covered
        return seconds

    def _chain_id(self) -> str:
        return hex(self.here.chain_id)

    def _version(self) -> str:
        return str(self.here.chain_id)

    def _number(self) -> str:
        return hex(self._shown_head())

    def _block(self, tag: str, full: object = None) -> object:
        del full
        number = self._numbered(tag)
        return self.here.block(number) if number <= self.head else None

    def _block_by_hash(self, hashed: str, full: object = None) -> object:
        del full
        number = self.here.chain.number(hashed)
        known = number is not None and number <= self.head
        return self.here.block(number) if known and number is not None else None

    def _receipts(self, where: Json) -> object:
        number = self._at(where)
        if number < self._floor():
            raise provider_getlogs.pruned(self.profile, self._floor())
        return self.here.receipts(number)

    def _transaction(self, hashed: str) -> object:
        return self.here.transaction(hashed)

    def _code(self, address: str, where: Json) -> str:
        self._state(where)
        return self.here.code(address.lower())

    def _nonce(self, address: str, where: Json) -> str:
        self._state(where)
        return hex(self.here.nonce(address.lower()))

    def _slot(self, address: str, position: str, where: Json) -> str:
        self._state(where)
        place = (address.lower(), int(position, 16))
        return f"0x{self.here.storage.get(place, 0):064x}"

    def _balance(self, address: str, where: Json) -> str:
        del address
        self._state(where)
        return hex(10**18)

    def _call(self, call: Json, where: Json, overrides: Json = None) -> str:
        at = self._state(where)
        given = call.get("data") or call.get("input") or "0x"
        data, to = bytes.fromhex(given[2:]), (call.get("to") or "").lower()
        aggregator = to in {address.lower() for address in overrides or ()}
        most = self.profile.max_calls
        aggregates = (to == MULTICALL or aggregator) and data[:4].hex() == "82ad56cb"
        if most is not None and aggregates and len(aggregated(data)) > most:
            raise BurnsError
        if aggregator and to != MULTICALL:
            return "0x" + self._packed(data, at).hex()
        return "0x" + self.here.call(to, data, at, aggregator=aggregator).hex()

    def _packed(self, asked: bytes, at: int) -> bytes:
        """What allowctl's own reader says, whose code stands there for one call."""
        calls = packed_calls(asked)
        if self.profile.max_calls is not None and len(calls) > self.profile.max_calls:
            raise BurnsError
        told = uint(self.here.timestamp(at))
        for to, data in calls:
            try:
                answer = self.here.call(to, data, at, aggregator=False)
                told += b"\x01" + len(answer).to_bytes(3, "big") + answer
            except (RevertsError, BurnsError):
                told += bytes(4)
        return told

    def _shown_head(self) -> int:
        self._heads += 1
        match self.profile.head_back:
            case (every, blocks) if self._heads % every == 0:
                return max(0, self.head - blocks)
            case _:
                return self.head

    def _numbered(self, tag: str) -> int:
        match tag:
            case "latest" | "pending":
                return self._shown_head()
            case "finalized" | "safe":
                return max(0, self.head - self.here.finality)
            case "earliest":
                return 0
            case _:
                return int(tag, 16)

    def _at(self, where: Json) -> int:
        """The block that is meant: it must be known here."""
        number: int | None
        match where:
            case {"blockHash": str(hashed)}:
                number = self._by_hash(hashed)
            case {"blockNumber": str(tag)} | str(tag):
                number = self._numbered(tag)
            case _:
                number = None
        if number is None or number > self.head:
            raise RefusedError(Refusal(text="header not found"))
        return number

    def _by_hash(self, hashed: str) -> int | None:
        match self.profile.by_hash:
            case ByHash.SERVED:
                return self.here.chain.number(hashed)
            case ByHash.LATEST:
                return self.head
            case ByHash.REFUSED:
                text = "invalid argument 1: cannot unmarshal object into block number"
                raise RefusedError(Refusal(text=text, code=-32602))

    def _state(self, where: Json) -> int:
        """The block, if its state is still there."""
        number = self._at(where)
        kept = self.profile.keep_states
        if kept is not None and number <= self.head - kept:
            text = f"missing trie node {self.here.chain.hash(number)[2:]} (path )"
            raise RefusedError(Refusal(text=text))
        provider_getlogs.gate(self.profile, number, self.head)
        return number

    def _floor(self) -> int:
        """The first block whose logs it has."""
        return int(self.world.start_head * self.profile.pruned)

    def _logs(self, asked: dict[str, Json]) -> str:
        wanted = self._wanted(asked)
        book, profile = self.here.logbook, self.profile
        found = provider_getlogs.find(
            book, profile, wanted, head=self.head, floor=self._floor()
        )
        told = [book.wire(place) for place in found]
        self._log_replies += 1
        if profile.mixes_in and self._log_replies % profile.mixes_in == 0:
            told += provider_getlogs.uninvited(book, wanted)
        return f"[{','.join(told)}]"

    def _wanted(self, asked: dict[str, Json]) -> Wanted:
        if "blockHash" in asked:
            first = last = self._at({"blockHash": asked["blockHash"]})
        else:
            tags = [asked.get(side, "latest") for side in ("fromBlock", "toBlock")]
            if self.profile.numeric_only and not all(t.startswith("0x") for t in tags):
                text = "block tags are not allowed where the block range is limited"
                raise RefusedError(Refusal(text=text, code=-32602))
            first, last = map(self._numbered, tags)
        if first > last:
            raise RefusedError(Refusal(text="fromBlock above toBlock", code=-32602))
        addresses = _alternatives(asked.get("address"))
        if self.profile.needs_address and not addresses:
            text = "Please name an address in your request"
            raise RefusedError(Refusal(text=text, code=-32701))
        topics = tuple(_alternatives(each) for each in asked.get("topics") or ())
        while topics and topics[-1] is None:
            topics = topics[:-1]
        return Wanted(first=first, last=last, addresses=addresses, topics=topics)

    _METHODS: ClassVar[Mapping[str, Callable[..., object]]] = {
        "eth_chainId": _chain_id,
        "net_version": _version,
        "eth_blockNumber": _number,
        "eth_getBlockByNumber": _block,
        "eth_getBlockByHash": _block_by_hash,
        "eth_getBlockReceipts": _receipts,
        "eth_getTransactionByHash": _transaction,
        "eth_getCode": _code,
        "eth_getTransactionCount": _nonce,
        "eth_getBalance": _balance,
        "eth_getStorageAt": _slot,
        "eth_call": _call,
    }


def _alternatives(given: object) -> frozenset[str] | None:
    match given:
        case str(one):
            return frozenset({one.lower()})
        case [_, *_] as several:
            return frozenset(str(each).lower() for each in several)
        case _:
            return None


def _missing(method: str) -> RefusedError:
    text = f"the method {method} does not exist"
    return RefusedError(Refusal(text=text, code=-32601))
