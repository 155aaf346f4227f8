"""The simulator does what it says: its truth is true, its profiles are as named."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import multicall
from allowctl.model.approval import Candidate, Kind, Origin
from allowctl.model.chain import Address, Call, Log
from allowctl.standards import STANDARDS
from tests.fakes.provider import Provider
from tests.fakes.provider_build import build, owner_of
from tests.fakes.provider_chain import TRANSFER, Blocks, bloom
from tests.fakes.provider_logs import Emitted, Logbook, Wanted
from tests.fakes.provider_node import Node
from tests.fakes.provider_profile import (
    Cap,
    Fault,
    Form,
    Profile,
    Refusal,
    RefusedError,
)
from tests.fakes.provider_profiles import FATAL, FAULTS, PROFILES, RANGES, RESULTS
from tests.fakes.provider_state import APPROVAL, FOR_ALL, BurnsError, Slot
from tests.fakes.provider_world import MULTICALL, World
from tests.nodes.jsonrpc import Json, NodeError, post, rpc

HEAD = 400
A, B = "0x" + "aa" * 20, "0x" + "bb" * 20
T0, T1, T2 = (f"0x{number:064x}" for number in (7, 8, 9))
WORDS = st.sampled_from((T0, T1, T2))
POSITION = st.none() | st.frozensets(WORDS | st.just(TRANSFER), min_size=1)
EMITTED = st.builds(
    Emitted,
    st.integers(0, HEAD),
    st.sampled_from((A, B)),
    st.lists(WORDS, max_size=4).map(tuple),
)
SMALL = build(owners=3, approvals=20, logs=200, blocks=HEAD, background_every=5)
RATES = sorted(name for name, profile in PROFILES.items() if profile.rate)
BATCHES = sorted(name for name, profile in PROFILES.items() if profile.batches)


def ask(node: Node, method: str, *params: object) -> Json:
    return json.loads(node.result(method, params))


def logs(node: Node, first: int = 0, last: int = HEAD, *topics: object) -> Json:
    asked = {"fromBlock": hex(first), "toBlock": hex(last), "topics": topics}
    return ask(node, "eth_getLogs", asked)


def refusal(node: Node, method: str, *params: object) -> Refusal:
    with pytest.raises(RefusedError) as caught:
        node.result(method, params)
    return caught.value.refusal


def too_wide(node: Node, first: int, last: int) -> Refusal:
    asked = {"fromBlock": hex(first), "toBlock": hex(last), "topics": []}
    return refusal(node, "eth_getLogs", asked)


def envelope(count: int, method: str = "eth_chainId") -> bytes:
    each = [
        {"jsonrpc": "2.0", "id": n, "method": method, "params": []}
        for n in range(count)
    ]
    return json.dumps(each).encode()


@given(
    st.lists(EMITTED, max_size=40),
    st.lists(POSITION, max_size=4),
    st.none() | st.frozensets(st.sampled_from((A, B)), min_size=1),
    st.tuples(st.integers(0, HEAD), st.integers(0, HEAD)),
    st.integers(0, 9),
)
def test_a_filter_finds_what_looking_at_every_log_finds(
    emitted: list[Emitted],
    topics: list[frozenset[str] | None],
    addresses: frozenset[str] | None,
    ends: tuple[int, int],
    every: int,
) -> None:
    """The index and the arithmetic of the background lose nothing and add nothing."""
    first, last = sorted(ends)
    book = Logbook(emitted, Blocks(seed=3, every=every))
    wanted = Wanted(first=first, last=last, addresses=addresses, topics=tuple(topics))
    rows = [(e.block, (e.address, e.data, *e.topics)) for e in emitted]
    rows += [(book.block(~n), book.row(~n)) for n in book.chain.backgrounds(0, HEAD)]
    rows.sort(key=lambda each: each[0])
    brute = [
        (block, row)
        for block, (address, data, *found) in rows
        for row in [(address, data, *found)]
        if first <= block <= last
        and (addresses is None or address in addresses)
        and len(found) >= len(topics)
        and all(w is None or f in w for f, w in zip(found, topics, strict=False))
    ]
    assert [(book.block(p), book.row(p)) for p in book.find(wanted)] == brute


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 9), st.integers(0, 99))
def test_the_background_is_counted_without_being_listed(
    first: int, last: int, every: int, seed: int
) -> None:
    """The count of any range is the number of its blocks that say they have one."""
    blocks = Blocks(seed=seed, every=every)
    listed = [n for n in range(first, last + 1) if blocks.has_background(n)]
    assert list(blocks.backgrounds(first, last)) == listed
    assert blocks.count_background(first, last) == len(listed)


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_a_hash_leads_back_to_its_block_until_a_fork_replaces_it(
    number: int, fork: int
) -> None:
    """A hash from before a fork is known below the fork and unknown from it on."""
    blocks = Blocks(seed=1, every=4)
    old = blocks.hash(number)
    assert blocks.number(old) == number
    blocks.fork(fork)
    assert blocks.number(blocks.hash(number)) == number
    assert blocks.number(old) == (number if number < fork else None)
    assert blocks.number(f"0x{int(old, 16) ^ 1:064x}") is None


def test_the_bloom_is_ethereums() -> None:
    """Three bits for each address and topic; a block without logs has none."""
    assert int(bloom([]), 16) == 0
    # keccak-256 of twenty zero bytes begins with 5380 c7b7 ae81.
    bits = 1 << 0x5380 % 2048 | 1 << 0xC7B7 % 2048 | 1 << 0xAE81 % 2048
    assert int(bloom([("0x" + "00" * 20, "0x")]), 16) == bits
    for number in range(HEAD):
        block = ask(Node(SMALL, Profile()), "eth_getBlockByNumber", hex(number))
        assert bool(int(block["logsBloom"], 16)) == bool(SMALL.logbook.in_block(number))


def named_by(found: Json, owner: str) -> set[Hashable]:
    """What the product takes these logs to mention."""
    return {
        candidate.key
        for log in msgspec.convert(found, list[Log])
        for standard in STANDARDS
        for candidate in standard.nominate(log, Address(owner))
        if candidate.origin is Origin.LOG
    }


def key_of(owner: str, slot: Slot) -> Hashable:
    return Candidate(
        kind=Kind(slot.kind),
        owner=Address(owner),
        contract=Address(slot.contract),
        token=Address(slot.token),
        spender=Address(slot.spender),
        token_id=slot.token_id,
    ).key


@given(st.integers(0, 10**6), st.integers(0, HEAD))
def test_the_truth_is_what_the_logs_say_in_their_order(seed: int, at: int) -> None:
    """Candidates are what the product reads in them; the last word counts."""
    world = build(owners=2, approvals=7, logs=30, blocks=HEAD, seed=seed)
    node = Node(world, Profile())
    for owner in map(owner_of, range(2)):
        word = "0x" + "00" * 12 + owner[2:]
        found = logs(node, 0, at, None, word)
        truth = world.truth(owner, at)
        assert named_by(found, owner) == {key_of(owner, slot) for slot in truth}
        last = {log["address"] + "".join(log["topics"][:1]): log for log in found}
        silent = {
            change.slot: change.block
            for change in world.silent
            if change.owner == owner and change.block <= at
        }
        for log in last.values():
            token, topics = log["address"], log["topics"]
            spender = "0x" + topics[2][-40:]
            if topics[0] == FOR_ALL:
                slot = Slot("operator", token, token, spender)
                assert truth[slot].value == int(log["data"], 16)
            if topics[0] == APPROVAL and len(topics) == 3:
                slot = Slot("erc20", token, token, spender)
                spent = silent.get(slot, -1) >= int(log["blockNumber"], 16)
                told = 0 if spent else int(log["data"], 16)
                assert truth[slot].value == told
        live = {s: v.value for s, v in truth.items() if v.status == "live"}
        assert live == world.live(owner, at)


def test_a_world_has_every_kind_and_every_standing() -> None:
    """Else a test on it would prove less than it seems to."""
    found = [s for n in range(3) for s in SMALL.truth(owner_of(n)).items()]
    assert {slot.kind for slot, _ in found} == {
        "erc20",
        "erc721",
        "operator",
        "permit2",
    }
    assert {each.status for _, each in found} == {"live", "dead", "dormant"}
    assert build(owners=2, approvals=3, logs=50, blocks=99, seed=5).emitted() == (
        build(owners=2, approvals=3, logs=50, blocks=99, seed=5).emitted()
    )


def call_of(owner: str, slot: Slot) -> tuple[str, str]:
    words = [each[2:].rjust(64, "0") for each in (owner, slot.token, slot.spender)]
    match slot.kind:
        case "erc20":
            return slot.contract, "0xdd62ed3e" + words[0] + words[2]
        case "operator":
            return slot.contract, "0xe985e9c5" + words[0] + words[2]
        case "erc721":
            return slot.contract, f"0x081812fc{slot.token_id or 0:064x}"
        case _:
            return slot.contract, "0x927da105" + "".join(words)


def test_contracts_answer_the_truth_at_any_block_alone_and_in_one_call() -> None:
    """eth_call by number and by hash, and Multicall3 in the product's own encoding."""
    node, owner = Node(SMALL, Profile()), owner_of(1)
    for at in (HEAD // 2, HEAD):
        truth = SMALL.truth(owner, at)
        calls = [call_of(owner, slot) for slot in truth]
        block = ask(node, "eth_getBlockByNumber", hex(at))
        alone = [
            ask(
                node, "eth_call", {"to": to, "data": data}, {"blockHash": block["hash"]}
            )
            for to, data in calls
        ]
        inner = [Call(Address(to), bytes.fromhex(data[2:])) for to, data in calls]
        whole = multicall.encode(inner, Address(MULTICALL))
        asked = {"to": MULTICALL, "data": "0x" + whole.data.hex()}
        reply = ask(node, "eth_call", asked, hex(at))
        together = multicall.decode(bytes.fromhex(reply[2:]), len(inner))
        assert [(True, bytes.fromhex(each[2:])) for each in alone] == together
        assert [int(each[:66], 16) for each in alone] == [
            v.value for v in truth.values()
        ]
        told_time = ask(
            node, "eth_call", {"to": MULTICALL, "data": "0x0f28c97d"}, hex(at)
        )
        assert int(told_time, 16) == int(block["timestamp"], 16)


def test_a_hostile_contract_spoils_what_comes_after_it_in_the_same_call() -> None:
    """Burnt gas is gone for the rest; an address without code returns nothing."""

    def burns(_data: bytes, _at: int) -> bytes:
        raise BurnsError

    node = Node(World(head=9, contracts={A: burns}), Profile())
    identity = Address("0x" + "0" * 39 + "4")
    inner = [Call(identity, b"x"), Call(Address(B), b""), Call(Address(A), b"")]
    data = multicall.encode([*inner, inner[0]], Address(MULTICALL)).data
    asked = {"to": MULTICALL, "data": "0x" + data.hex()}
    items = multicall.decode(
        bytes.fromhex(ask(node, "eth_call", asked, "latest")[2:]), 4
    )
    assert items == [(True, b"x"), (True, b""), (False, b""), (False, b"")]
    assert "gas" in refusal(node, "eth_call", {"to": A, "data": "0x"}, "latest").text
    small = Node(node.world, Profile(max_calls=3))
    assert "gas" in refusal(small, "eth_call", asked, "latest").text


def test_without_multicall_its_code_can_be_put_there_for_one_call() -> None:
    """A state override makes any address the aggregator; without one it is bare."""
    node = Node(World(head=9, multicall=False), Profile())
    asked = {"to": MULTICALL, "data": "0x42cbb15c"}
    assert ask(node, "eth_getCode", MULTICALL, "latest") == "0x"
    assert ask(node, "eth_call", asked, "latest") == "0x"
    override = {MULTICALL: {"code": "0x60806040"}}
    assert int(ask(node, "eth_call", asked, "latest", override), 16) == 9
    node.world.advance(2)
    assert int(ask(node, "eth_call", asked, "latest", override), 16) == 11


def test_storage_is_what_a_test_put_there() -> None:
    """A word of 32 bytes, zero elsewhere; so too the code of a contract."""
    world = World(head=9)
    world.storage[A, 7] = 0x12
    world.codes[A] = "0xf4"
    node = Node(world, Profile())
    assert ask(node, "eth_getStorageAt", A, "0x7", "latest") == f"0x{0x12:064x}"
    assert ask(node, "eth_getStorageAt", A, "0x8", "latest") == f"0x{0:064x}"
    assert ask(node, "eth_getCode", A, "latest") == "0xf4"


def test_receipts_hold_the_logs_of_their_block() -> None:
    """They are what eth_getLogs gives of it, and so are those by its hash."""
    node = Node(SMALL, Profile())
    for number in range(0, HEAD, 7):
        receipts = ask(node, "eth_getBlockReceipts", hex(number))
        found = [log for receipt in receipts for log in receipt["logs"]]
        block = SMALL.chain.hash(number)
        assert found == logs(node, number, number)
        assert found == ask(node, "eth_getLogs", {"blockHash": block, "topics": []})
        assert [int(log["logIndex"], 16) for log in found] == list(range(len(found)))


def test_the_head_moves_and_its_old_states_go() -> None:
    """A block each 0.25 seconds, 64 states: a state is gone 16 seconds later."""
    now = [100.0]
    world = build(blocks=HEAD, block_time=0.25, clock=lambda: now[0])
    node = Node(world, PROFILES["short-state"])
    pinned = ask(node, "eth_getBlockByNumber", "latest")
    at = {"blockHash": pinned["hash"]}
    assert (int(pinned["number"], 16), world.head) == (HEAD, HEAD)
    now[0] += 15.75
    assert ask(node, "eth_blockNumber") == hex(HEAD + 63)
    assert ask(node, "eth_getBlockByNumber", "finalized")["number"] == hex(HEAD - 1)
    assert ask(node, "eth_getCode", MULTICALL, at) == "0x60806040"
    now[0] += 0.25
    assert "missing trie node" in refusal(node, "eth_getCode", MULTICALL, at).text
    unknown = {"blockHash": "0x" + "12" * 32}
    assert "header not found" in refusal(node, "eth_getCode", A, unknown).text


def test_a_reorganisation_replaces_blocks_and_their_logs() -> None:
    """The old hash is unknown, the old log gone, and the truth another."""
    owner, gone = owner_of(0), Emitted(50, A, (APPROVAL, "", ""), T1)
    gone = gone._replace(topics=(APPROVAL, "0x" + "00" * 12 + owner[2:], T0))
    world = World([gone], head=60)
    node, old = Node(world, Profile()), world.chain.hash(50)
    assert len(world.live(owner)) == 1
    world.reorganise(40, [gone._replace(block=45, data="0x0")])
    assert not world.live(owner)
    assert len(world.truth(owner)) == 1
    assert [log["blockNumber"] for log in logs(node, 0, 60, APPROVAL)] == [hex(45)]
    assert "not found" in refusal(node, "eth_getCode", A, {"blockHash": old}).text


@pytest.mark.parametrize("name", sorted(RANGES))
def test_a_span_passes_at_its_width_and_not_beyond(name: str) -> None:
    """Each range profile serves its width to the block, and hints where it says so."""
    profile = RANGES[name]
    assert profile.span is not None
    node = Node(World(head=10**6, background_every=0), profile)
    width = profile.span.counting.width(profile.span.cap)
    assert logs(node, 1_000, 1_000 + width - 1) == []
    told = too_wide(node, 1_000, 1_000 + width)
    assert "{" not in told.text
    if "suggestion" in name and "{fits" in profile.span.refusal.text:
        fits = 1_000 + width - 1
        assert hex(fits) in told.text or str(fits) in told.text


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_as_many_results_pass_as_the_cap_and_not_one_more(name: str) -> None:
    """A suggested range holds no more than the cap, and begins where asked."""
    results = RESULTS[name].results
    assert results is not None
    count = len(logs(Node(SMALL, Profile()), 0, HEAD))
    whole = Node(SMALL, Profile(results=replace(results, cap=count)))
    assert len(logs(whole)) == count
    node = Node(SMALL, Profile(results=replace(results, cap=count - 1)))
    told = too_wide(node, 0, HEAD)
    for hinted in ("{fits}", "{fits:#x}"):
        if hinted in f"{results.refusal}":
            fits = (
                int(
                    SMALL.logbook.block(
                        SMALL.logbook.find(Wanted(first=0, last=HEAD))[count - 1]
                    )
                )
                - 1
            )
            assert hinted.format(fits=fits) in f"{told.text} {told.data}"
            assert len(logs(node, 0, fits)) < count


def test_silent_providers_give_too_little_and_say_nothing() -> None:
    """Truncated, dropped, pruned or above their head: an answer all the same."""
    full = logs(Node(SMALL, Profile()))

    def given_by(name: str, **changes: Cap) -> Json:
        return logs(Node(SMALL, replace(PROFILES[name], **changes)))  # type: ignore[arg-type]

    assert given_by("results-silent-odd") == full[:17]
    assert given_by("results-silent-1000", results=Cap(cap=9, refusal=None)) == full[:9]
    assert given_by("pruned-silent") == [
        log for log in full if int(log["blockNumber"], 16) >= HEAD // 2
    ]
    assert given_by("lagging-empty") == []
    assert given_by("lagging-clamp") == [
        log for log in full if int(log["blockNumber"], 16) <= HEAD - 30
    ]
    for name in ("silent-drop", "silent-drop-one"):
        dropped = given_by(name)
        assert 0 < len(dropped) < len(full)
        assert all(log in full for log in dropped)
    node = Node(SMALL, PROFILES["mixes-in"])
    replies = [logs(node, 10, 60, APPROVAL) for _ in range(6)]
    asked_for = logs(Node(SMALL, Profile()), 10, 60, APPROVAL)
    assert [len(r) - len(asked_for) for r in replies] == [0, 0, 2, 0, 0, 2]
    assert replies[2][: len(asked_for)] == asked_for


def test_every_silent_provider_is_marked_dishonest_and_no_other() -> None:
    """Whoever claims honesty has every log, or refuses."""
    everything = logs(Node(SMALL, Profile()))
    for name, profile in PROFILES.items():
        node = Node(SMALL, profile)
        try:
            found = [logs(node) for _ in range(6)]
        except RefusedError:
            continue
        if profile.honest:
            assert found == [everything] * 6, name
    assert {p.tell for p in PROFILES.values() if p.honest} == {""}


def test_wrong_chains_say_another_id_and_have_other_blocks() -> None:
    """One from the beginning, one after twelve requests."""
    for name, good in (("wrong-chain", 0), ("turns-wrong-chain", 12)):
        with Provider(SMALL, PROFILES[name]) as provider:
            ids = [rpc(provider.url, "eth_chainId") for _ in range(good + 2)]
            assert [each == "0x1" for each in ids] == [True] * good + [False] * 2
            block = rpc(provider.url, "eth_getBlockByNumber", "0x1")
            assert block["hash"] != SMALL.chain.hash(1)


def test_what_is_old_or_above_the_head_is_refused_where_the_name_says_so() -> None:
    """And served on the other side of the line."""
    half = HEAD // 2
    for name in ("pruned-refused", "pruned-says-floor"):
        node = Node(SMALL, PROFILES[name])
        assert logs(node, half, HEAD)
        assert "pruned" in too_wide(node, half - 1, HEAD).text
    assert str(half) in too_wide(node, half - 1, HEAD).text
    gate = Node(SMALL, PROFILES["archive-gate"])
    assert logs(gate, HEAD - 96, HEAD)
    assert too_wide(gate, HEAD - 97, HEAD).status == 403
    assert refusal(gate, "eth_getCode", A, hex(HEAD - 97)).status == 403
    lagging = Node(SMALL, PROFILES["lagging-error"])
    assert ask(lagging, "eth_blockNumber") == hex(HEAD - 30)
    assert ask(lagging, "eth_getBlockByNumber", hex(HEAD)) is None
    assert "head" in too_wide(lagging, 0, HEAD - 29).text
    back = Node(SMALL, PROFILES["head-goes-back"])
    heads = [int(ask(back, "eth_blockNumber"), 16) for _ in range(4)]
    assert heads == [HEAD, HEAD, HEAD - 20, HEAD]


def test_what_is_asked_in_the_wrong_form_is_refused() -> None:
    """No address, a tag, a hash, or a missing method."""
    asked = {"fromBlock": "0x0", "toBlock": "latest", "topics": [], "address": [A]}
    assert ask(Node(SMALL, PROFILES["needs-address"]), "eth_getLogs", asked) == []
    assert "address" in too_wide(Node(SMALL, PROFILES["needs-address"]), 0, 1).text
    assert (
        "tags"
        in refusal(Node(SMALL, PROFILES["numeric-only"]), "eth_getLogs", asked).text
    )
    at = {"blockHash": SMALL.chain.hash(3)}
    assert refusal(Node(SMALL, PROFILES["no-state-by-hash"]), "eth_getCode", A, at).text
    silent = {"to": MULTICALL, "data": "0x42cbb15c"}
    latest = Node(SMALL, PROFILES["state-at-latest"])
    assert int(ask(latest, "eth_call", silent, at), 16) == HEAD
    for name, method in (("no-receipts", "eth_getBlockReceipts"), ("plain", "eth_foo")):
        assert refusal(Node(SMALL, PROFILES[name]), method, "0x1").code == -32601
    assert refusal(Node(SMALL, Profile()), "eth_call", 7, "latest").code == -32602


@pytest.mark.parametrize("name", [n for n, p in PROFILES.items() if p.topics])
def test_topics_pass_up_to_the_cap(name: str) -> None:
    """The longest list of alternatives counts."""
    topics = PROFILES[name].topics
    assert topics is not None
    node = Node(SMALL, PROFILES[name])
    many = [f"0x{number:064x}" for number in range(topics.cap + 1)]
    assert logs(node, 0, HEAD, None, many[1:]) == []
    asked = {"fromBlock": "0x0", "toBlock": "0x1", "topics": [None, many]}
    assert topics.refusal is not None
    facts = {"cap": topics.cap, "count": len(many)}
    assert refusal(node, "eth_getLogs", asked) == topics.refusal.filled(**facts)


@pytest.mark.parametrize("name", [n for n, p in PROFILES.items() if p.body])
def test_bodies_pass_up_to_the_cap(name: str) -> None:
    """The refusal of a greater one has the HTTP status and form of its profile."""
    body = PROFILES[name].body
    assert body is not None
    assert body.refusal is not None
    plain = json.dumps({"id": 1, "method": "eth_chainId", "params": []}).encode()
    with Provider(SMALL, PROFILES[name]) as provider:
        assert post(provider.url, plain.ljust(body.cap))[0] == 200
        status, told = post(provider.url, plain.ljust(body.cap + 1))
        assert status == body.refusal.status
        assert told.startswith(b"{") == (body.refusal.form is Form.JSON)


@pytest.mark.parametrize("name", BATCHES)
def test_batches_pass_up_to_the_cap(name: str) -> None:
    """Beyond it the whole is refused, or each item too many."""
    batches = PROFILES[name].batches
    assert batches is not None
    with Provider(SMALL, PROFILES[name]) as provider:
        if batches.cap:
            replies = json.loads(post(provider.url, envelope(batches.cap))[1])
            assert [each["result"] for each in replies] == ["0x1"] * batches.cap
        status, body = post(provider.url, envelope(batches.cap + 1))
        if batches.each:
            replies = json.loads(body)
            assert ["error" in r for r in replies] == [False] * batches.cap + [True]
        else:
            assert status == batches.refusal.status
            assert not body.startswith(b"[")
        assert provider.stats.refused == 1


def test_a_batch_too_long_in_bytes_fails_from_the_cut_on() -> None:
    """What came before the cut is good."""
    cut = PROFILES["batch-bytes"].reply_bytes
    assert cut is not None
    profile = Profile(reply_bytes=replace(cut, cap=90))
    with Provider(SMALL, profile) as provider:
        replies = json.loads(post(provider.url, envelope(5))[1])
    assert ["error" in each for each in replies] == [False] * 3 + [True] * 2


@pytest.mark.parametrize("name", RATES)
def test_a_rate_lets_a_seconds_worth_pass_and_as_much_in_the_next(name: str) -> None:
    """By requests, or by the items of a batch, in a reply that is HTTP 200."""
    rate, now = PROFILES[name].rate, [1_000.0]
    assert rate is not None
    allowed = int(rate.per_second)
    with Provider(SMALL, PROFILES[name], clock=lambda: now[0]) as provider:
        for _ in range(2):
            if rate.items:
                status, body = post(provider.url, envelope(allowed + 2))
                codes = [each.get("error", {}).get("code") for each in json.loads(body)]
                assert (status, codes) == (200, [None] * allowed + [429] * 2)
            else:
                one = envelope(1)[1:-1]
                replies = [post(provider.url, one) for _ in range(allowed + 2)]
                assert [
                    b"error" in body or status == 429 for status, body in replies
                ] == ([False] * allowed + [True] * 2)
                assert replies[-1][0] == rate.refusal.status
            now[0] += 1.0


@pytest.mark.parametrize("name", sorted(FATAL))
def test_fatal_providers_never_serve_a_log(name: str) -> None:
    """Whatever is asked, and however often."""
    with Provider(SMALL, PROFILES[name]) as provider:
        asked = {"fromBlock": "0x0", "toBlock": "0x1", "topics": []}
        one = {"jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": [asked]}
        for _ in range(3):
            reply = json.loads(post(provider.url, json.dumps(one).encode())[1])
            assert reply["error"]
            assert "result" not in reply


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"giant", "drip"}))
def test_faulty_providers_fail_as_often_as_they_say(name: str) -> None:
    """Between the failures they are sound, and no failure outlasts a deadline."""
    (trouble,) = FAULTS[name].troubles
    batched = trouble.what in (Fault.DUPLICATES, Fault.FOREIGN)
    body = envelope(1) if batched else envelope(1)[1:-1]
    good = [{"jsonrpc": "2.0", "id": 0, "result": "0x1"}]
    sound: list[bool] = []
    with Provider(SMALL, FAULTS[name]) as provider:
        for _ in range(12):
            try:
                status, told = post(provider.url, body, seconds=0.4)
                reply = json.loads(told)
                sound.append(status == 200 and reply == (good if batched else good[0]))
            except (OSError, ValueError, http.client.HTTPException):
                sound.append(False)
    struck = [
        trouble.after < n <= (trouble.until or n)
        and not (n - trouble.after) % trouble.every
        for n in range(1, 13)
    ]
    assert sound == [not each for each in struck]
    assert any(struck)


@pytest.mark.parametrize("name", ["giant", "drip"])
def test_endless_replies_do_not_hold_up_the_server(name: str) -> None:
    """A client that leaves, and a server that stops, end them at once."""
    wanted = 20_000_000 if name == "giant" else 2
    begun = time.monotonic()
    with Provider(SMALL, PROFILES[name]) as provider:
        connection = http.client.HTTPConnection(provider.host, timeout=5)
        connection.request("POST", "/", envelope(1)[1:-1])
        reply = connection.getresponse()
        assert len(reply.read(wanted)) == wanted
        reply.close()
        connection.close()
        assert provider.stats.http == 1
    assert time.monotonic() - begun < 5


def test_python_clients_and_crowds_are_turned_away_where_said() -> None:
    """The user agent decides in one, the number in flight in the other."""
    one = envelope(1)[1:-1]
    with Provider(SMALL, PROFILES["no-python"]) as provider:
        assert post(provider.url, one)[0] == 200
    crowd = replace(PROFILES["crowded"], in_flight=Cap(cap=0, refusal=_BUSY))
    with Provider(SMALL, crowd) as provider:
        assert post(provider.url, one)[0] == 503


_BUSY = Refusal(text="busy", status=503)


def test_latency_holds_each_reply_back_and_many_wait_at_once() -> None:
    """A log request also waits for the blocks it covers."""
    one = envelope(1)[1:-1]
    with (
        Provider(SMALL, Profile(latency=0.2)) as provider,
        ThreadPoolExecutor(8) as pool,
    ):
        begun = time.monotonic()
        replies = list(pool.map(lambda _: post(provider.url, one), range(8)))
        assert time.monotonic() - begun >= 0.2
        assert {status for status, _ in replies} == {200}
        assert (provider.stats.peak, provider.stats.in_flight) == (8, 0)
    node = Node(SMALL, Profile(latency=0.5, scan_rate=0.01))
    asked = {"fromBlock": "0x1", "toBlock": "0x64"}
    assert node.delay([("eth_getLogs", [asked]), ("eth_chainId", [])]) == 1.5


def test_many_providers_share_a_world_and_one_may_die_and_come_back() -> None:
    """At the same port, with its counters going on; the other one notices nothing."""
    with Provider(SMALL, log=True) as first, Provider(SMALL) as second:
        assert rpc(first.url, "eth_chainId") == rpc(second.url, "eth_chainId") == "0x1"
        url = first.url
        first.stop()
        with pytest.raises(ConnectionError):
            rpc(url, "eth_chainId")
        assert rpc(second.url, "eth_blockNumber") == hex(HEAD)
        first.start()
        assert first.url == url
        with pytest.raises(NodeError, match="does not exist"):
            rpc(url, "eth_foo")
        stats = first.stats
        assert (stats.http, stats.items, stats.refused, stats.peak) == (2, 2, 1, 1)
        assert stats.methods == {"eth_chainId": 1, "eth_foo": 1}
        assert [each.method for each in stats.log or ()] == ["eth_chainId", "eth_foo"]


def test_it_serves_as_a_process_of_its_own_until_its_input_ends() -> None:
    """The URL stands on its first line; its counters are at GET."""
    command = [sys.executable, "-m", "tests.fakes.provider", "--blocks", "5000"]
    options = ["--profile", "cap-1k", "--owners", "2", "--approvals", "3"]
    with subprocess.Popen(
        [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("listening on ").strip()
        assert rpc(url, "eth_blockNumber") == hex(5000)
        with pytest.raises(NodeError, match="1k"):
            rpc(url, "eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"})
        process.communicate("", timeout=20)
        assert process.returncode == 0


def test_profiles_differ_and_say_what_they_are() -> None:
    """No two are alike, and only the plain one has no limits."""
    assert len(set(map(repr, PROFILES.values()))) == len(PROFILES)
    assert [name for name, p in PROFILES.items() if p == Profile()] == ["plain"]
    assert len(PROFILES) >= 40
