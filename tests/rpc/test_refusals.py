"""What a refusal means: by its text first, then its HTTP status, then its code."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.rpc import wire
from allowctl.rpc.client import RefusalKind
from allowctl.rpc.refusals import classify

FACTS = Path(__file__).parents[3] / "shared" / "facts" / "provider_errors.json"

SMALLER = {RefusalKind.RANGE, RefusalKind.RESULTS}
GONE = {RefusalKind.UNSUPPORTED, RefusalKind.FATAL}
RIGHT = {
    "range": SMALLER,
    "results": SMALLER,
    "timeout": SMALLER,
    "rate": {RefusalKind.RATE},
    "transient": {RefusalKind.TRANSIENT},
    "unsupported": GONE,
    "fatal": GONE,
    # No kind of its own yet: the unit becomes a gap, the rest is still asked.
    "pruned": {RefusalKind.TRANSIENT},
}
EXCEPTIONS = {
    "limit exceeded": "of a rate, a range or results: it does not say",
    "Cannot fulfill request": "says nothing",
    "exceed max topics": "we send five topics and one owner: never met",
    "exceed max addresses or topics per search position": "the same",
    "Please, specify less number of addresses": "the same: we send none",
    "block tags (latest/pending/safe/finalized) are not allowed when "
    "max_block_range is configured": "logs are asked by number: never met",
    "invalid block range": "a future range, which is never asked, or one too wide: "
    "smaller ones cost little",
    None: "an error without any text",
}
"""What this small classifier does not meet, and why that does no harm."""


class Entry(TypedDict):
    """A refusal as a provider sent it."""

    provider: str
    http_status: int | None
    code: int | None
    message: str | None
    data: object
    kind: str


def entries() -> list[Entry]:
    if not FACTS.exists():
        pytest.skip("the shared facts are not here")
    found: list[Entry] = json.loads(FACTS.read_text("utf-8"))
    return found


def kind_of(entry: Entry) -> RefusalKind:
    error = {"code": entry["code"], "message": entry["message"], "data": entry["data"]}
    return wire.refusal(error, status=entry["http_status"] or 200, host="h").kind


@pytest.mark.shared
def test_known_refusals() -> None:
    """Every refusal of the catalogue is met, but for those named with a reason."""
    wrong = {e["message"] for e in entries() if kind_of(e) not in RIGHT[e["kind"]]}
    assert wrong == set(EXCEPTIONS)


@pytest.mark.shared
def test_share_of_known_refusals() -> None:
    """How many of each kind are met: a change that loses some has to say so."""
    asked = Counter(e["kind"] for e in entries())
    met = Counter(e["kind"] for e in entries() if kind_of(e) in RIGHT[e["kind"]])
    assert {kind: (met[kind], asked[kind]) for kind in asked} == {
        "range": (39, 41),
        "results": (15, 15),
        "timeout": (8, 8),
        "rate": (12, 12),
        "transient": (10, 11),
        "unsupported": (11, 13),
        "fatal": (5, 8),
        "pruned": (6, 6),
    }


@pytest.mark.shared
def test_no_refusal_is_a_contract_s_doing() -> None:
    """What a node refuses is never read as a contract's failure."""
    assert RefusalKind.EXECUTION not in {kind_of(entry) for entry in entries()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("query exceeds max block range 50", RefusalKind.RANGE),
        ("eth_getLogs is limited to a 10,000 range", RefusalKind.RANGE),
        ("maximum [from, to] blocks distance: 2000", RefusalKind.RANGE),
        ("Block range limit exceeded.", RefusalKind.RANGE),
        ("requested too many blocks, maximum is set to 30", RefusalKind.RANGE),
        ("range 16777216 exceeds limit of 10000", RefusalKind.RANGE),
        ("GetLogs query must be smaller than size 1024", RefusalKind.RANGE),
        ("request timed out", RefusalKind.RANGE),
        ("504 Gateway Time-out", RefusalKind.RANGE),
        ("query returned more than 10000 results", RefusalKind.RESULTS),
        ("logs matched by query exceeds limit of 10000", RefusalKind.RESULTS),
        ("query exceeds limit of 10000 logs", RefusalKind.RESULTS),
        ("query exceeds max results 20000, retry", RefusalKind.RESULTS),
        ("backend response too large", RefusalKind.RESULTS),
        ("MaxBatchResponseBodySize of 32768KB exceeded", RefusalKind.RESULTS),
        ("exceeded its compute units per second capacity", RefusalKind.RATE),
        ("project ID request rate exceeded", RefusalKind.RATE),
        ("You've exceeded the RPS limit", RefusalKind.RATE),
        ("25/second request limit reached", RefusalKind.RATE),
        ("error code: 1015", RefusalKind.RATE),
        ("Monthly capacity limit exceeded", RefusalKind.FATAL),
        ("Must be authenticated!", RefusalKind.FATAL),
        ("the method eth_getLogs does not exist", RefusalKind.UNSUPPORTED),
        ("chain is not available on free plan", RefusalKind.UNSUPPORTED),
        ("please specify an address in your request", RefusalKind.UNSUPPORTED),
        ("batch too large", RefusalKind.UNSUPPORTED),
        ("too many RPC calls in batch request", RefusalKind.UNSUPPORTED),
        ("header not found", RefusalKind.TRANSIENT),
        ("server overloaded, retry later", RefusalKind.TRANSIENT),
        ("", RefusalKind.TRANSIENT),
    ],
)
def test_by_text(text: str, expected: RefusalKind) -> None:
    """Whatever the code, the words decide; in any case."""
    for code in (-32005, -32000, -32603, None):
        assert classify(status=200, code=code, text=text) is expected
        assert classify(status=200, code=code, text=text.upper()) is expected


@pytest.mark.parametrize(
    "text",
    [
        "execution reverted",
        "execution reverted: rate limit, too many requests",
        "VM Exception while processing transaction: invalid opcode",
        "VM execution error.",
        "out of gas",
        "EVM error: OutOfGas",
        "EVM error InvalidFEOpcode",
        "EVM error MemoryOOG",
        "EVM error OutOfOffset",
        "return data out of bounds",
        "stack limit reached 1024 (1023)",
        "Out of bounds",
        "Out of stack",
        "Bad jump destination",
        "EVM error: StackUnderflow",
        "Transaction ran out of gas",
        "BadInstruction",
        "invalid opcode: opcode 0xfe not defined",
        "invalid jump destination",
        "stack underflow (0 <=> 1)",
        "write protection",
        "gas uint64 overflow",
    ],
)
def test_a_contract_s_doing(text: str) -> None:
    """How nodes name a revert, burnt gas or a bad opcode, whatever was said in it."""
    assert classify(status=200, code=None, text=text) is RefusalKind.EXECUTION


@pytest.mark.parametrize(
    "text",
    [
        "EVM error: database error: failed to get storage",
        "execution aborted (timeout = 5s)",
        "stack overflow in worker",
        "invalid code hash in trie",
        "rate limit exceeded, reverting to the public tier",
        "missing trie node",
        "required historical state unavailable",
        "header not found",
        "failed to get account: upstream timed out",
        "gas limit is too high",
    ],
)
def test_a_node_s_doing(text: str) -> None:
    """A node that lacks its state says nothing about the contract."""
    assert classify(status=200, code=-32000, text=text) is not RefusalKind.EXECUTION


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (429, None, RefusalKind.RATE),
        (413, None, RefusalKind.RESULTS),
        (401, None, RefusalKind.FATAL),
        (403, -32602, RefusalKind.FATAL),
        (404, None, RefusalKind.FATAL),
        (500, None, RefusalKind.TRANSIENT),
        (503, -32005, RefusalKind.TRANSIENT),
        (200, 3, RefusalKind.EXECUTION),
        (200, -32601, RefusalKind.UNSUPPORTED),
        (429, 3, RefusalKind.RATE),
        (200, None, RefusalKind.TRANSIENT),
    ],
)
def test_without_words(status: int, code: int | None, expected: RefusalKind) -> None:
    """Where the text says nothing, the status does, and then the code."""
    assert classify(status=status, code=code, text="?") is expected


@given(status=st.integers(100, 599), code=st.none() | st.integers(), text=st.text())
def test_always_a_kind(status: int, code: int | None, text: str) -> None:
    """Any refusal has a meaning: the same again is the last guess."""
    assert classify(status=status, code=code, text=text) in RefusalKind
