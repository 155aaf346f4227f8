"""Scans of a whole life of approvals, from the command line to a real node."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.books import Told, balance, differences, expected, law_holds, told
from tests.e2e.command import Done, allowctl, scan
from tests.e2e.tale import CLAIMED, DELEGATED, FAKES, QUIET, STRANGER, Tale
from tests.fakes.range_proxy import RangeProxy
from tests.lab.artifacts import MULTICALL3, PERMIT2
from tests.lab.truth import Key
from tests.lab.world import MAX, World
from tests.nodes.jsonrpc import Json, NodeError

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("story")]

REASONS = {"reverts", "burns its gas", "answers megabytes"}
_PORT = re.compile(r"127\.0\.0\.1:\d+")
KINDS = ("erc20", "erc721", "operator", "permit2")


@pytest.fixture(scope="module")
def done(tale: Tale) -> Done:
    """The scan that most tests look at."""
    with RangeProxy(tale.world.anvil.url, max_blocks=10_000) as proxy:
        done = scan(proxy.url, tale.world.owner, "--show-dead")
        assert proxy.refusals >= 1
        return done


def of_kinds(found: Told, *kinds: str) -> Told:
    return Told(
        live={k: v for k, v in found.live.items() if k.kind in kinds},
        dormant={k: v for k, v in found.dormant.items() if k.kind in kinds},
        dead={k: v for k, v in found.dead.items() if k.kind in kinds},
        refused={k for k in found.refused if k.kind in kinds},
        unserved={k for k in found.unserved if k.kind in kinds},
    )


def without_host(done: Done) -> Json:
    """A scan's document without the endpoint's port and how often it was asked."""
    (found,) = json.loads(_PORT.sub("HOST", done.out))["scans"]
    del found["coverage"]["requests"], found["coverage"]["items"]
    return found


def rows_by(rows: Json, side: str) -> dict[str, Json]:
    """Rows by the address of their token or spender."""
    return {row[side]["address"].lower(): row for row in rows}


def test_whole_story_is_told(tale: Tale, done: Done) -> None:
    """Every live, dead, dormant and refused approval is reported as it is.

    To the unit, the second and the reason, and nothing besides them. (That each
    document is what its published schema says is checked wherever one is read.)
    """
    assert (done.code, done.err) == (0, "")
    assert differences(told(done.scan), expected(tale.world, tale.truth)) == []


def test_tale_is_as_rich_as_promised(tale: Tale) -> None:
    """The truth that scans are held against has every fate, reason and kind."""
    fates = Counter((key.kind, each.fate) for key, each in tale.truth.items())
    reasons = {each.reason for each in tale.truth.values()}

    assert {kind for kind, fate in fates if fate == "live"} == set(KINDS)
    assert {kind for kind, fate in fates if fate == "dead"} == set(KINDS)
    assert fates["permit2", "dormant"]
    assert fates.total() > 3 * FAKES
    assert reasons == {None, "zero", "expired", "no code", "transferred away"}
    assert tale.world.anvil.head > QUIET


def test_report_is_whole(tale: Tale, done: Done) -> None:
    """All blocks are covered without a gap, and the counts obey the law."""
    found = done.scan
    coverage = found["coverage"]

    assert (done.document["complete"], found["complete"]) == (True, True)
    assert (coverage["from_block"], coverage["gaps"]) == (0, [])
    assert coverage["to_block"] == found["as_of"]["number"] == tale.world.anvil.head
    assert law_holds(found)
    assert found["candidates"] == len(tale.truth)
    lacks = {each["lack"] for each in found["not_evaluated"]}
    assert lacks <= {"not asked", "unavailable"}, "nothing was asked for in vain"


def test_report_names_its_block(tale: Tale, done: Done) -> None:
    """`as_of` is the node's head by number, hash and time."""
    head = tale.world.anvil.block()

    assert done.scan["as_of"] == {
        "number": int(head["number"], 16),
        "hash": head["hash"],
        "timestamp": int(head["timestamp"], 16),
    }


def test_dead_rows_are_only_shown_on_demand(proxy: RangeProxy, done: Done) -> None:
    """Without --show-dead the dead are counted; all else is the same."""
    plain = without_host(scan(proxy.url, done.scan["owner"]))
    whole = without_host(done)

    assert whole.keys() - plain.keys() == {"dead_rows"}
    assert plain == {key: whole[key] for key in plain}


def test_tokens_are_described_by_what_they_say(tale: Tale, done: Done) -> None:
    """Names of 32 bytes are read; absurd decimals and lengths are no facts."""
    rows = rows_by(done.scan["allowances"], "token")
    tokens = {row["token"]["symbol"]: row["token"] for row in rows.values()}

    assert (tokens["MKR"]["name"], tokens["MKR"]["decimals"]) == ("Maker", 18)
    assert tokens["D255"]["decimals"] is None
    assert tokens["NODEC"]["decimals"] is None
    assert len(done.out) < CLAIMED
    claims = rows[tale.claims]["token"]
    assert (claims["symbol"], claims["name"], claims["decimals"]) == (None, None, 18)
    assert tokens["\x1b[2J\x1b[31mUSDC\x1b[0m"]["name"] == "a\r\nb | c"
    assert done.out.isascii()


def test_erc404_is_said_to_be_two_things(tale: Tale, done: Done) -> None:
    """What answers as ERC-20 and ERC-721 is ambiguous, and nothing else is."""
    rows = done.scan["allowances"]
    both = [row for row in rows if row["token"]["address"].lower() == tale.both]

    assert {row["kind"] for row in both} == {"erc20", "erc721"}
    assert [row for row in rows if row["token"]["ambiguous"]] == both


def test_spenders_are_told_apart(tale: Tale, done: Done) -> None:
    """A contract, a key, a key with another's code, and one never used."""
    rows = rows_by(done.scan["allowances"], "spender")
    one = tale.world.spenders[0]

    assert rows[tale.spender_contract]["spender"]["kind"] == "contract"
    assert rows[PERMIT2]["spender"]["kind"] == "contract"
    assert rows[DELEGATED]["spender"]["kind"] == "delegated-eoa"
    assert rows[STRANGER]["spender"]["kind"] == "unused"
    assert rows[one]["spender"]["kind"] == "eoa"


def test_unlimited_is_the_maximum_or_the_supply(done: Done) -> None:
    """No row is unlimited below 2^255 (or Permit2's 2^160-1) and the supply."""
    for row in done.scan["allowances"]:
        if row["amount"] is None:
            assert row["unlimited"] == (row["kind"] == "operator")
            continue
        bounds = [2**255 if row["kind"] == "erc20" else 2**160 - 1]
        bounds += [int(row["token"]["total_supply"] or 0) or MAX]
        assert row["unlimited"] == (int(row["amount"]) >= min(bounds))


@contextmanager
def undone(world: World) -> Iterator[None]:
    """Whatever is done inside has not been done afterwards."""
    snapshot = world.anvil.snapshot()
    try:
        yield
    finally:
        world.anvil.revert(snapshot)


def test_revocations_take_back(tale: Tale, done: Done, proxy: RangeProxy) -> None:
    """After sending each row's `revocation`, only what cannot be taken back lives.

    That is a liar's grant, a bomb's two, and Permit2 in a token that lets nobody
    lower it.
    """
    world = tale.world
    failed = set()
    with undone(world):
        for row in done.scan["allowances"]:
            call = row["revocation"]
            try:
                data = bytes.fromhex(call["data"][2:])
                world.anvil.send(world.owner, call["to"], data)
            except NodeError:
                failed.add(row["token"]["symbol"])
        left = scan(proxy.url, world.owner, "--show-dead")

    assert left.code == 0
    kept = {row["token"]["name"] for row in left.scan["allowances"]}
    assert failed == {"SLDY"}
    assert kept == {"Solady-like", None}
    assert len(left.scan["allowances"]) == 4
    assert law_holds(left.scan)


@pytest.mark.parametrize(
    "kinds", [*([kind] for kind in KINDS), ["erc721", "permit2"]], ids=",".join
)
def test_kinds_are_exact_subsets(
    tale: Tale, proxy: RangeProxy, kinds: list[str]
) -> None:
    """--kind gives those rows of the whole, and says which kinds were not asked.

    What refuses to be read as another kind, but may be of one that was asked
    for, is told of as refused too.
    """
    asked = scan(proxy.url, tale.world.owner, "--show-dead", "--kind", ",".join(kinds))
    others = [kind for kind in KINDS if kind not in kinds]

    assert asked.code == 0
    whole = expected(tale.world, tale.truth)
    truth = of_kinds(whole, *kinds)
    heard = told(asked.scan)
    maybe = heard.refused - truth.refused
    assert {key.kind for key in maybe} <= set(kinds)
    assert {key.contract for key in maybe} <= {key.contract for key in whole.refused}
    assert differences(heard._replace(refused=heard.refused - maybe), truth) == []
    assert f"kinds not asked for: {', '.join(others)}" in asked.scan["blind_spots"]


def test_multicall_is_not_needed(tale: Tale, done: Done, proxy: RangeProxy) -> None:
    """A chain without Multicall3 gives the same report.

    But for the words in which a contract's failure is told: a revert with
    megabytes of reasons is cut off where it is read alone.
    """
    anvil = tale.world.anvil
    code = bytes.fromhex(anvil.rpc("eth_getCode", MULTICALL3, "latest")[2:])
    anvil.set_code(MULTICALL3, b"")
    try:
        bare = scan(proxy.url, tale.world.owner, "--show-dead")
    finally:
        anvil.set_code(MULTICALL3, code)

    one, other = without_host(bare), without_host(done)
    for row in (*one["unreadable"], *other["unreadable"]):
        assert row.pop("reason") in REASONS
    assert bare.code == 0
    assert one == other


def test_owner_who_never_sent_a_transaction(tale: Tale, proxy: RangeProxy) -> None:
    """Grants by signature are found although the owner's nonce is 0."""
    signer = tale.signer
    nonce = signer.anvil.rpc("eth_getTransactionCount", signer.owner, "latest")
    found = scan(proxy.url, signer.owner, "--show-dead")

    assert (found.code, nonce) == (0, "0x0")
    assert len(signer.truth) == 3
    assert differences(told(found.scan), expected(signer)) == []


def test_owner_with_nothing_is_clean(tale: Tale, proxy: RangeProxy) -> None:
    """Nobody's logs but the owner's count."""
    del tale
    found = scan(proxy.url, "0x" + "c1" * 20)

    assert (found.code, found.scan["candidates"]) == (0, 0)
    assert found.document["complete"]


def test_pairs_find_what_no_log_names(tale: Tale, proxy: RangeProxy) -> None:
    """--token and --spender read silent grants from state, and seek no log."""
    world = tale.world
    assert len(tale.unnamed) == 2
    for key, each in tale.unnamed.items():
        named = ("--token", key.token, "--spender", key.spender)
        found = scan(proxy.url, world.owner, "--show-dead", *named)
        coverage = found.scan["coverage"]

        assert found.code == 0
        assert told(found.scan).live == expected(world, {key: each}).live
        assert (coverage["from_block"], coverage["to_block"]) == (None, None)
        assert (
            "no log was sought: only the named pairs were read"
            in (found.scan["blind_spots"])
        )
    assert proxy.counts["eth_getLogs"] == 0


def test_pairs_are_every_token_with_every_spender(
    tale: Tale, proxy: RangeProxy
) -> None:
    """Two tokens and two spenders are four pairs, read as what the token is."""
    world = tale.world
    amounts = [k for k in tale.truth if k.kind == "erc20" and k.spender == PERMIT2]
    live = [key for key in amounts if tale.truth[key].amount == MAX]
    tokens = [key.token for key in live[:2]]
    spenders = (PERMIT2, world.spenders[0])
    options = [f"--token={token}" for token in tokens]
    options += [f"--spender={spender}" for spender in spenders]
    found = scan(proxy.url, world.owner, "--show-dead", *options).scan
    wanted = {
        key: each
        for key, each in tale.truth.items()
        if key.token in tokens
        and key.spender in spenders
        and key.kind in {"erc20", "permit2"}
    }
    books = expected(world, wanted)
    said = told(found)

    assert len(tokens) == 2
    assert (said.live, said.dormant) == (books.live, books.dormant)
    assert said.dead.items() >= books.dead.items()
    assert set(said.dead.values()) == {"zero"}
    assert (said.refused, said.unserved) == (set(), set())
    assert law_holds(found)


def test_dead_pair_is_dead(tale: Tale, proxy: RangeProxy) -> None:
    """A pair that grants nothing is no error: it is dead of zero."""
    token = next(iter(tale.unnamed)).token
    named = ("--token", token, "--spender", "0x" + "c2" * 20)
    found = scan(proxy.url, tale.world.owner, "--show-dead", *named)

    assert (found.code, found.scan["allowances"]) == (0, [])
    assert set(told(found.scan).dead.values()) == {"zero"}


def test_fail_on_is_met(tale: Tale, proxy: RangeProxy) -> None:
    """--fail-on critical ends with 1 when a key is a spender, report included."""
    found = scan(proxy.url, tale.world.owner, "--fail-on", "critical")

    assert found.code == 1
    assert "critical" in {row["level"] for row in found.scan["allowances"]}


def test_fail_on_is_not_met(tale: Tale, proxy: RangeProxy) -> None:
    """Where no live row is of that level, the exit code is 0."""
    key = Key("erc20", tale.claims, tale.claims, tale.spender_contract)
    assert key not in tale.truth
    named = ("--token", key.token, "--spender", key.spender)
    found = scan(proxy.url, tale.world.owner, "--fail-on", "info", *named)

    assert found.code == 0


def test_table_says_the_same(tale: Tale, proxy: RangeProxy, done: Done) -> None:
    """The table has the counts of the document, and no control character."""
    shown = allowctl("scan", tale.world.owner, "-r", proxy.url)
    found = done.scan
    refused = len(found["unreadable"])

    assert shown.code == 0
    assert f"{found['candidates']} candidates: {len(found['allowances'])} live" in (
        shown.out
    )
    assert f"{len(found['dormant'])} dormant, {refused} refused" in shown.out
    assert not [c for c in shown.out if not c.isprintable() and c != "\n"]


def test_balances_are_the_chain_s(tale: Tale, done: Done) -> None:
    """Each row's balance is what the token says when it is asked directly."""
    world = tale.world
    for row in done.scan["allowances"]:
        held = balance(world.anvil, row["token"]["address"], world.owner)
        said = row["exposure"]["balance"]

        assert said == (None if held is None else str(held))


def test_spent_permit2_root_bounds_its_children(done: Done) -> None:
    """A child never moves more than its root, which the row names."""
    children = [r for r in done.scan["allowances"] if r["kind"] == "permit2"]
    bounded = [r for r in children if int(r["root_amount"]) < int(r["amount"])]

    assert [(r["root_amount"], r["exposure"]["effective"]) for r in bounded] == [
        ("20", "20")
    ]
    assert len(children) >= 3
