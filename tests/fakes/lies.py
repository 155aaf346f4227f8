"""What an endpoint may say that is not true, for `RecordingProxy.lies`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.recording_proxy import SEND, Ask, Lie, LostError, decoded
from tests.nodes.jsonrpc import Json

_RECEIPT = "eth_getTransactionReceipt"
_NEWEST = {"latest", "pending", "safe", "finalized"}
_TAG_AT = {
    "eth_call": 1,
    "eth_estimateGas": 1,
    "eth_simulateV1": 1,
    "eth_getBalance": 1,
    "eth_getCode": 1,
    "eth_getTransactionCount": 1,
    "eth_getStorageAt": 2,
    "eth_getBlockByNumber": 0,
    "eth_feeHistory": 1,
}
"""Where a method has its block."""


def result(request: Json, value: Json) -> Json:
    """A good reply."""
    return {"jsonrpc": "2.0", "id": request.get("id"), "result": value}


def refusal(request: Json, message: str, code: int = -32000) -> Json:
    """An error."""
    error = {"code": code, "message": message}
    return {"jsonrpc": "2.0", "id": request.get("id"), "error": error}


# When


def from_nth(lie: Lie, nth: int, method: str | None = None) -> Lie:
    """Honest until the n-th request (of a method) comes; that one gets the lie."""
    seen = _counter(method)
    return lambda request, ask: lie(request, ask) if seen(request) >= nth else None


def after_send(lie: Lie, sends: int = 1) -> Lie:
    """Honest until so many transactions were handed in; not yet to the last of them."""
    seen = _counter(SEND)

    def told(request: Json, ask: Ask) -> Json | None:
        count = seen(request) - (request["method"] == SEND)
        return lie(request, ask) if count >= sends else None

    return told


def first_times(lie: Lie, times: int) -> Lie:
    """A lie that is told so often; then honest."""
    lock, left = threading.Lock(), [times]

    def told(request: Json, ask: Ask) -> Json | None:
        with lock:
            if left[0] <= 0:
                return None
        reply = lie(request, ask)
        if reply is not None:
            with lock:
                left[0] -= 1
        return reply

    return told


def _counter(method: str | None) -> Callable[[Json], int]:
    lock, count = threading.Lock(), [0]

    def seen(request: Json) -> int:
        with lock:
            count[0] += method in {None, request["method"]}
            return count[0]

    return seen


# What


def wrong_chain(chain_id: int) -> Lie:
    """It serves another chain."""

    def told(request: Json, _ask: Ask) -> Json | None:
        match request["method"]:
            case "eth_chainId":
                return result(request, hex(chain_id))
            case "net_version":
                return result(request, str(chain_id))
        return None

    return told


def constant(method: str, value: Json) -> Lie:
    """The same to every question of one method."""
    return lambda request, _ask: (
        result(request, value) if request["method"] == method else None
    )


def stale_head(number: int) -> Lie:
    """For it, that block is the newest. The node behind has to keep old states."""

    def told(request: Json, ask: Ask) -> Json | None:
        method, params = request["method"], list(request.get("params") or ())
        if method == "eth_blockNumber":
            return result(request, hex(number))
        if method in {_RECEIPT, "eth_getTransactionByHash", "eth_getBlockByHash"}:
            return _unless_newer(request, ask(request), number)
        place = _TAG_AT.get(method)
        if place is None:
            return None
        tag = params[place] if place < len(params) else "latest"
        if isinstance(tag, str) and tag.startswith("0x") and int(tag, 16) > number:
            return _unknown(request)
        if tag in _NEWEST:
            params[place : place + 1] = [hex(number)]
        return ask({**request, "params": params})

    return told


def _unless_newer(request: Json, reply: Json, number: int) -> Json:
    found = reply.get("result") or {}
    at = found.get("blockNumber") or found.get("number")
    return result(request, None) if at and int(at, 16) > number else reply


def _unknown(request: Json) -> Json:
    if request["method"] == "eth_getBlockByNumber":
        return result(request, None)
    return refusal(request, "header not found")


def no_receipts(request: Json, _ask: Ask) -> Json | None:
    """Nothing was ever mined."""
    known = {_RECEIPT, "eth_getTransactionByHash", "eth_getBlockReceipts"}
    return result(request, None) if request["method"] in known else None


def foreign_receipts(transaction: str, *, forged: bool = False) -> Lie:
    """Whatever is asked for, the receipt of one other transaction comes.

    `forged`: with the asked hash in it.
    """

    def told(request: Json, ask: Ask) -> Json | None:
        if request["method"] != _RECEIPT:
            return None
        found = ask({**request, "params": [transaction]})["result"]
        if forged:
            found["transactionHash"] = request["params"][0]
        return result(request, found)

    return told


def swallowed(request: Json, _ask: Ask) -> Json | None:
    """A transaction is said to be taken, and nobody else hears of it."""
    if request["method"] != SEND:
        return None
    return result(request, decoded(bytes.fromhex(request["params"][0][2:])).hash)


def lost(method: str = SEND) -> Lie:
    """The node gets the request; its reply is lost."""

    def told(request: Json, ask: Ask) -> Json | None:
        if request["method"] != method:
            return None
        ask(request)
        raise LostError

    return told


def refused_send(message: str, *, forwards: bool) -> Lie:
    """Sending is answered with an error; whether the node got it is another matter."""

    def told(request: Json, ask: Ask) -> Json | None:
        if request["method"] != SEND:
            return None
        if forwards:
            ask(request)
        return refusal(request, message)

    return told


def false_state(contract: str, slots: Mapping[int, int]) -> Lie:
    """Storage words of a contract are others, through whatever they are read.

    The node itself computes what follows from that, by a state override.
    """
    diff = {f"0x{slot:064x}": f"0x{word:064x}" for slot, word in slots.items()}
    overrides: Json = {contract: {"stateDiff": diff}}

    def told(request: Json, ask: Ask) -> Json | None:
        params = list(request.get("params") or ())
        match request["method"]:
            case "eth_call" | "eth_estimateGas":
                params += ["latest"] * (2 - len(params)) + [{}] * (len(params) < 3)
                params[2] = _merged(params[2], overrides)
            case "eth_simulateV1":
                first, *more = params[0]["blockStateCalls"]
                known = first.get("stateOverrides", {})
                first = {**first, "stateOverrides": _merged(known, overrides)}
                params[0] = {**params[0], "blockStateCalls": [first, *more]}
            case "eth_getStorageAt":
                word = slots.get(int(params[1], 16))
                here = str(params[0]).lower() == contract and word is not None
                return result(request, f"0x{word:064x}") if here else None
            case _:
                return None
        return ask({**request, "params": params})

    return told


def _merged(known: Json, more: Mapping[str, Any]) -> Json:
    """State overrides with others put in; the first have the last word."""
    found = {address.lower(): dict(fields) for address, fields in known.items()}
    for address, fields in more.items():
        found[address] = {**fields, **found.get(address, {})}
    return found
