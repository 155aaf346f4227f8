"""What a refusal means: by its text, its data, its HTTP status, then its code."""

from __future__ import annotations

import json
import re
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.rpc.client import RefusalKind
from allowctl.rpc.refusals import Asked, Remedy, classify

FACTS = Path(__file__).parents[3] / "shared" / "facts" / "provider_errors.json"

LOGS = Asked(method="eth_getLogs", blocks=20_000_000, topics=5)
"""The first request of a scan: every block at once, one owner."""
OWNERS = Asked(method="eth_getLogs", blocks=20_000_000, topics=5_000)
BATCH = Asked(method="eth_getLogs", batch=500)
STATE = Asked(method="eth_call")

K = RefusalKind
BY_ACTION = {
    "shrink_range": {K.RANGE},
    "split_topics": {K.TOPICS},
    "split_batch": {K.BATCH},
    "wait_head": {K.HEAD},
    # Nothing that a scan could ask differently: both mean elsewhere.
    "fix_request": {K.FATAL, K.UNSUPPORTED},
}
"""What to do stands in an entry's action; where it does not, in its kind."""


class Entry(TypedDict):
    """A refusal as a provider sent it."""

    provider: str
    http_status: int | None
    code: int | None
    message: str | None
    data: object
    kind: str
    action: str
    suggested_range_if_any: str | None


def entries() -> list[Entry]:
    if not FACTS.exists():
        pytest.skip("the shared facts are not here")
    found: list[Entry] = json.loads(FACTS.read_text("utf-8"))
    return found


def held_out(entry: Entry) -> bool:
    return int(sha256(entry["provider"].encode()).hexdigest(), 16) % 3 == 0


def asked_in(entry: Entry) -> Asked:
    """What such a refusal answers: only a batch is refused as a batch."""
    match entry["action"]:
        case "split_batch":
            return BATCH
        case "split_topics":
            return OWNERS
        case _:
            return LOGS


def remedy_of(entry: Entry, asked: Asked) -> Remedy:
    return classify(
        status=entry["http_status"] or 200,
        code=entry["code"],
        text=entry["message"] or "",
        data=entry["data"],
        asked=asked,
    )


def right_kinds(entry: Entry) -> set[RefusalKind]:
    return BY_ACTION.get(entry["action"]) or {K(entry["kind"])}


def right_number(entry: Entry) -> int | None:
    """Blocks, or requests, that an entry's own note says its text suggests."""
    note = entry["suggested_range_if_any"] or ""
    if note == "data.from..data.to":
        assert isinstance(entry["data"], dict)
        return int(entry["data"]["to"], 16) - int(entry["data"]["from"], 16) + 1
    pair = re.match(r"\[?(\w+)(?:, ?|-)(\w+)", note)
    if pair and pair[1] != "none":
        return int(pair[2], 0) - int(pair[1], 0) + 1
    cap = re.match(r"(?:batch )?cap (\d+)", note)
    return int(cap[1]) if cap else None


@pytest.mark.shared
def test_known_refusals() -> None:
    """Every refusal of the catalogue is understood, without an exception."""
    wrong = [
        (e["message"], kind)
        for e in entries()
        for kind in [remedy_of(e, asked_in(e)).kind]
        if kind not in right_kinds(e)
    ]
    assert wrong == []


@pytest.mark.shared
def test_held_out_refusals() -> None:
    """A third of the providers was kept out of the rules' making.

    When first measured on it, before any rule had been changed for it, 31 of its
    33 refusals had the right kind, and 13 of the 15 numbers were right. Missed
    were: an upstream that "does not have" a block yet; a range that is only
    advised; a batch cap in a sentence that also says "not allowed"; a cap behind
    the range that was asked. Rules were then widened for the form of each, so
    this now measures nothing but that no later change loses them. The kinds
    were not blind in the strict sense: the classifier before this one, whose
    patterns were at hand, had been made from all entries.
    """
    kept = [e for e in entries() if held_out(e)]
    assert Counter(e["kind"] for e in kept).total() == 33
    assert len([e for e in kept if right_number(e) is not None]) == 15
    assert all(remedy_of(e, asked_in(e)).kind in right_kinds(e) for e in kept)


@pytest.mark.shared
def test_known_numbers() -> None:
    """The blocks or requests that a text suggests, or one less where it is strict."""
    told = [(e, n) for e in entries() for n in [right_number(e)] if n is not None]
    assert len(told) == 42
    for entry, number in told:
        remedy = remedy_of(entry, asked_in(entry))
        found = remedy.cap if remedy.kind is K.BATCH else remedy.width
        strict = "smaller than" in (entry["message"] or "")
        assert found == number - strict, entry["message"]


@pytest.mark.shared
def test_no_number_out_of_the_air() -> None:
    """Where the catalogue names no blocks, none are found."""
    untold = [e for e in entries() if right_number(e) is None]
    assert {remedy_of(e, LOGS).width for e in untold} == {None}


@pytest.mark.shared
def test_known_refusals_without_a_question() -> None:
    """Not knowing what was asked costs little: only what depends on it is lost."""
    lost = [e for e in entries() if remedy_of(e, Asked()).kind not in right_kinds(e)]
    assert len(lost) <= 8
    assert {e["action"] for e in lost} <= {
        "split_topics",
        "split_batch",
        "drop_endpoint",
    }


@pytest.mark.shared
def test_no_refusal_is_a_contract_s_doing() -> None:
    """What a node refuses is never read as a contract's failure."""
    for asked in (Asked(), LOGS, OWNERS, BATCH, STATE):
        assert K.EXECUTION not in {remedy_of(e, asked).kind for e in entries()}


UNLISTED = [
    (LOGS, "Range of 20,000,000 blocks refused; at most 2,048 blocks a query", "range"),
    (LOGS, "please narrow down to 3000 blocks or fewer", "range"),
    (LOGS, "span too long: 20000000 > 500", "range"),
    (LOGS, "Requests for logs may cover no more than 7_500 blocks", "range"),
    (LOGS, "block window must stay within 256", "range"),
    (LOGS, "interval [0, 19999999] is over the 9k block limit", "range"),
    (LOGS, "You asked for 20000000 blocks. Free tier: 25 blocks.", "range"),
    (LOGS, "only ranges shorter than 1500 blocks are indexed here", "range"),
    (LOGS, "a filter with this many blocks: exceeds 100", "range"),
    (LOGS, "exceeds limit 5000", "range"),
    (LOGS, "Found over 5000 events, reduce the range", "results"),
    (LOGS, "Too many logs (> 4,000) matched", "results"),
    (LOGS, "log count 120000 above maximum of 100k entries", "results"),
    (LOGS, "Reply would hold more than 8,000 records", "results"),
    (LOGS, "result exceeds 10 MB", "results"),
    (LOGS, "The reply payload exceeds 6291456 bytes", "results"),
    (LOGS, "this range would work: 700-1699", "results"),
    (OWNERS, "Maximum number of topics is 64", "topics"),
    (OWNERS, "filter lists 2000 addresses, limit 100", "topics"),
    (OWNERS, "the request entity is too large", "topics"),
    (OWNERS, "this request was blocked by our firewall", "topics"),
    (BATCH, "at most 20 requests in a batch", "batch"),
    (BATCH, "JSON-RPC batching is disabled", "batch"),
    (BATCH, "batch has 500 elements, the limit is 10", "batch"),
    (BATCH, "the request entity is too large", "batch"),
    (BATCH, "the reply is too large", "batch"),
    (LOGS, "node took too long to answer", "timeout"),
    (LOGS, "query gave up: CPU time exceeded the time limit", "timeout"),
    (LOGS, "backend deadline exceeded", "timeout"),
    (LOGS, "slow down, please", "rate"),
    (LOGS, "You may call 5 times per second", "rate"),
    (LOGS, "Request quota used up, wait 12 seconds", "rate"),
    (LOGS, "Too many concurrent requests", "rate"),
    (LOGS, "Rate limit hit; reduce your block range or upgrade", "rate"),
    (LOGS, "too many requests in your batches, 10/s allowed", "rate"),
    (LOGS, "block 21000000 is not here yet", "head"),
    (LOGS, "toBlock is past the head of the chain", "head"),
    (LOGS, "we do not know block 99", "head"),
    (LOGS, "the node is still syncing", "head"),
    (LOGS, "our copy is 12 blocks behind", "head"),
    (STATE, "header for this hash was not found", "head"),
    (STATE, "block hash is not canonical", "head"),
    (STATE, "state of block 12 is not stored here any more", "pruned"),
    (STATE, "missing trie node ab (path 01)", "pruned"),
    (STATE, "historical state of block 12 is not available", "pruned"),
    (LOGS, "blocks before 100 need an archive plan", "pruned"),
    (LOGS, "logs before block 5000000 are not kept", "pruned"),
    (LOGS, "block not found: it was pruned", "pruned"),
    (LOGS, "history expired; lowest height is 15537394", "pruned"),
    (LOGS, "eth_getLogs is switched off: method not permitted", "unsupported"),
    (LOGS, "unknown network 777", "unsupported"),
    (LOGS, "Your plan lacks this, please upgrade", "unsupported"),
    (LOGS, "an address filter is required", "unsupported"),
    (LOGS, "Your trial has ended", "fatal"),
    (LOGS, "invalid access token", "fatal"),
    (LOGS, "Endpoint suspended", "fatal"),
    (LOGS, "This RPC has been decommissioned", "fatal"),
    (LOGS, "Your monthly request quota has run out", "fatal"),
    (LOGS, "something went wrong on our side", "transient"),
    (LOGS, "Node is busy", "transient"),
    (LOGS, "", "transient"),
    (STATE, "limit exceeded", "rate"),
]
"""Refusals of providers that do not exist."""


@pytest.mark.parametrize(("asked", "text", "kind"), UNLISTED)
def test_unlisted_providers(asked: Asked, text: str, kind: str) -> None:
    """Words nobody listed are understood, in any case, beside any code."""
    for code in (-32005, -32000, -32603, None):
        for each in (text, text.upper()):
            assert classify(status=200, code=code, text=each, asked=asked).kind == kind


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
    assert classify(status=200, code=None, text=text).kind is K.EXECUTION
    assert classify(status=429, code=None, text="", data=text).kind is K.EXECUTION


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
    assert classify(status=200, code=-32000, text=text).kind is not K.EXECUTION


@pytest.mark.parametrize(
    ("status", "code", "text", "kind"),
    [
        (200, -32001, "Resource not found", K.HEAD),
        (404, None, "Resource not found", K.FATAL),
        (
            200,
            -32602,
            "BlockOutOfRangeError: block height is 10 but requested was 3",
            K.HEAD,
        ),
    ],
)
def test_a_block_that_is_not_there(
    status: int, code: int | None, text: str, kind: RefusalKind
) -> None:
    """Anvil's words for a block, or a state, that it has not: no use in repeating."""
    assert classify(status=status, code=code, text=text).kind is kind


@pytest.mark.parametrize(
    ("text", "data", "kind"),
    [
        ("invalid params", "more than 900 results", K.RESULTS),
        ("Bad request", {"message": "block range is too wide"}, K.RANGE),
        ("", {"error": {"details": "slow down"}}, K.RATE),
        ("", ["?", {"reason": "missing state of block 7"}], K.PRUNED),
        ("too many requests", "block range is too wide", K.RATE),
        ("?", {"from": "0x1", "to": "0x2"}, K.RANGE),
        ("?", {"details": {"maxAllowedRange": 50}}, K.RANGE),
        ("?", {"rate": {"backoff_seconds": 3}}, K.RATE),
        ("?", {"see": "https://docs.test/rate-limits"}, K.TRANSIENT),
        ("see https://docs.test/rate-limits", None, K.TRANSIENT),
        ("?", "0x08c379a0", K.TRANSIENT),
        ("?", {"note": "rate limit"}, K.TRANSIENT),
    ],
)
def test_data(text: str, data: object, kind: RefusalKind) -> None:
    """Where the text says nothing, the data's words do, then its fields."""
    assert classify(status=200, code=-32602, text=text, data=data).kind is kind


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (429, None, K.RATE),
        (413, None, K.RESULTS),
        (401, None, K.FATAL),
        (403, -32602, K.FATAL),
        (404, None, K.FATAL),
        (501, None, K.UNSUPPORTED),
        (408, None, K.TIMEOUT),
        (504, -32601, K.TIMEOUT),
        (524, None, K.TIMEOUT),
        (410, None, K.TRANSIENT),
        (500, None, K.TRANSIENT),
        (500, -32601, K.UNSUPPORTED),
        (503, -32601, K.TRANSIENT),
        (503, -32005, K.TRANSIENT),
        (200, 3, K.EXECUTION),
        (200, 4444, K.PRUNED),
        (200, -32601, K.UNSUPPORTED),
        (429, 3, K.RATE),
        (200, None, K.TRANSIENT),
    ],
)
def test_without_words(status: int, code: int | None, expected: RefusalKind) -> None:
    """Where the text says nothing, the status does, and then the code."""
    assert classify(status=status, code=code, text="?").kind is expected


@pytest.mark.parametrize(
    ("status", "text", "asked", "kind"),
    [
        (413, "", OWNERS, K.TOPICS),
        (413, "", BATCH, K.BATCH),
        (413, "", LOGS, K.RESULTS),
        (413, "", STATE, K.TOPICS),
        (503, "Body size limit reached", OWNERS, K.TOPICS),
        (503, "Body size limit reached", BATCH, K.BATCH),
        (503, "Body size limit reached", LOGS, K.RESULTS),
        (403, "request blocked", OWNERS, K.TOPICS),
        (403, "request blocked", LOGS, K.FATAL),
        (403, "", OWNERS, K.TOPICS),
        (403, "bad API key", OWNERS, K.FATAL),
        (200, "the limit is exceeded", OWNERS, K.RANGE),
        (200, "the limit is exceeded", BATCH, K.BATCH),
        (
            200,
            "the limit is exceeded",
            Asked(method="eth_getLogs", blocks=1, topics=20),
            K.TOPICS,
        ),
        (429, "the limit is exceeded", LOGS, K.RATE),
        (200, "limit exceeded", LOGS, K.UNSUPPORTED),
        (200, "limit exceeded", STATE, K.RATE),
        (200, "query timeout; use fewer blocks or a smaller batch", LOGS, K.TIMEOUT),
        (200, "the reply is too large", LOGS, K.RESULTS),
        (200, "the reply is too large", OWNERS, K.RESULTS),
    ],
)
def test_what_was_asked_decides(
    status: int, text: str, asked: Asked, kind: RefusalKind
) -> None:
    """The same words and status mean what the request had too much of."""
    assert classify(status=status, code=None, text=text, asked=asked).kind is kind


def test_a_page() -> None:
    """Of an HTML page only the words count, not its tags and styles."""
    page = "<!DOCTYPE html><html class='rate-limit'><title>{}</title><p style='max:1'>"
    for title, kind in (("Too Many Requests", K.RATE), ("Hello", K.TRANSIENT)):
        assert classify(status=200, code=None, text=page.format(title)).kind is kind


HOSTILE = [
    "execution error ",
    "block ",
    "block not ",
    "exceed addresses ",
    "state ",
    "limit ",
    "max 1 ",
    "max",
    "[1,",
    "1-",
    "1,111",
    "0",
    "0x",
    "(",
    "<a",
    "<html><",
    "a://",
    " ",
    "\n",
    "batch",
    "than current ",
    "\ud800",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_texts(piece: str) -> None:
    """A megabyte of anything is read no longer than its beginning."""
    text, short = piece * (2**20 // len(piece)), piece * (2**14 // len(piece))

    def remedy(said: str) -> Remedy:
        return classify(status=200, code=None, text=said, data={"message": [said] * 9})

    assert remedy(text) == remedy(short)


WORDS = """block blocks range limit exceeded max maximum of than more results logs
batch topics too many large retry in per second 10 1,000 50k 0 - [0x1, 0xf] [9, 1]
not found state header head timeout ( : > execution error reverted"""
words = st.sampled_from(WORDS.split())
texts = st.text(max_size=50) | st.lists(words, max_size=20).map(" ".join)
keys = (
    st.sampled_from(["from", "to", "message", "rate", "backoff_seconds", "maxRange"])
    | st.text(max_size=3)
    | st.none()
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**4000)
    | st.just(-(10**4000))
    | st.floats()
    | st.binary(max_size=3)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner),
    max_leaves=8,
)
questions = st.builds(
    Asked,
    method=st.sampled_from(["", "eth_getLogs", "eth_call"]),
    blocks=st.none() | st.integers(1, 2**64),
    topics=st.integers(0, 5000),
    batch=st.integers(1, 1000),
    at=st.none() | st.floats(0, 2e9),
)


@given(
    status=st.integers(100, 599) | st.integers(),
    code=st.none() | st.integers(),
    text=texts,
    data=values,
    retry_after=st.none() | texts | st.integers().map(str) | st.datetimes().map(str),
    asked=questions,
)
def test_always_a_remedy(  # noqa: PLR0913 - the parts of one refusal
    *,
    status: int,
    code: int | None,
    text: str,
    data: object,
    retry_after: str | None,
    asked: Asked,
) -> None:
    """Any refusal has one and the same meaning; its numbers can be used as they are."""

    def remedy() -> Remedy:
        return classify(
            status=status,
            code=code,
            text=text,
            data=data,
            retry_after=retry_after,
            asked=asked,
        )

    found = remedy()
    assert found == remedy()
    assert found.width is None or found.width >= 1
    assert found.cap is None or found.cap >= 1
    assert found.wait is None or 0 <= found.wait <= 60
    assert found.width is None or found.kind in {K.RANGE, K.RESULTS, K.TIMEOUT}
    assert found.cap is None or found.kind in {K.RESULTS, K.TOPICS, K.BATCH}
    assert found.wait is None or found.kind in {K.RATE, K.TRANSIENT}
    if asked.blocks is not None and found.width is not None:
        assert found.width < asked.blocks or asked.blocks == 1
