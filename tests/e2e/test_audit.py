"""The audit, end to end: what is found, what it is worth, and in which order."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from allowctl.codec.words import checksum
from allowctl.model.chain import Address
from tests.e2e.audits import Audit, address, audit, evidence, points, timeless
from tests.e2e.command import allowctl
from tests.e2e.town import AMOUNTS, BAIT, Town
from tests.fakes.range_proxy import Refused
from tests.fakes.scripted_proxy import ScriptedProxy
from tests.lab.upgrades import DAY, hash_at
from tests.lab.world import World
from tests.nodes.anvil import Anvil, foundry_binary
from tests.nodes.jsonrpc import Json
from tests.nodes.process import run

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("audit")]


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with Anvil(chain_id=1) as anvil:
        yield Town(anvil)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit")


@pytest.fixture(scope="module")
def audited(town: Town, folder: Path) -> Audit:
    """The town's wallet as it is found the first time."""
    found = audit(town.anvil.url, town.owner, config=town.config(folder), home=folder)
    assert (found.code, found.report["complete"]) == (0, True)
    return found


def named(town: Town, rows: list[Json]) -> list[tuple[str, str]]:
    """The token and spender of each row, by their names."""
    tokens = {town.tok: "tok", town.odd: "odd", town.weth: "weth", town.items: "items"}
    tokens[town.spam] = "spam"
    spenders = {spender: name for name, spender in town.spenders.items()}
    return [
        (
            ("permit2 " if row["kind"] == "permit2" else "")
            + tokens[address(row["token"])],
            spenders[address(row["spender"])],
        )
        for row in rows
    ]


def of_tok(town: Town, audited: Audit, name: str) -> Json:
    """The row that lets a spender take `tok` itself."""
    (only,) = (
        row
        for row in audited.rows
        if row["kind"] == "erc20"
        and address(row["token"]) == town.tok
        and address(row["spender"]) == town.spenders[name]
    )
    return only


# What is found


@pytest.mark.parametrize(
    ("name", "level", "expected"),
    [
        ("key", "critical", {"eoa-spender": 90}),
        ("delegated", "critical", {"delegated-eoa-spender": 90}),
        ("unused", "critical", {"codeless-spender.unused": 90}),
        ("plain", "low", {"unlimited-amount": 20}),
        ("proxy", "medium", {"upgradeable-spender.eoa": 35}),
        ("by safe", "low", {"upgradeable-spender.safe": 15}),
        ("by timelock", "low", {"upgradeable-spender.timelock": 10}),
        ("uups", "medium", {"upgradeable-spender.eoa": 35}),
        ("of beacon", "medium", {"upgradeable-spender.eoa": 35}),
        ("clone", "info", {}),
        ("permit2", "low", {"permit2-root": 20}),
    ],
)
def test_findings(
    town: Town, audited: Audit, name: str, level: str, expected: dict[str, int]
) -> None:
    """Each sort of spender has its rule, its case, its points, and their level."""
    row = of_tok(town, audited, name)

    assert points(row) == expected
    assert (row["level"], row["points"]) == (level, sum(expected.values()))
    assert row["failed"] == []


def test_findings_of_other_kinds(town: Town, audited: Audit) -> None:
    """An operator weighs by itself; a small grant inside Permit2 is none to tell of."""
    plain = town.spenders["plain"]
    operator, child = audited.row(plain, "operator"), audited.row(plain, "permit2")

    assert points(operator) == {"collection-operator": 20}
    assert points(child) == {}
    assert child["root_amount"] == of_tok(town, audited, "permit2")["amount"]
    assert audited.lacking("failed") == {}


def test_facts(town: Town, audited: Audit) -> None:
    """What a spender is, what it runs and who may swap that, as it stands there."""
    found = {name: of_tok(town, audited, name)["spender"] for name in AMOUNTS}
    logic, brings = hash_at(town.anvil, town.logic), hash_at(town.anvil, town.brings)

    assert {name: each["kind"] for name, each in found.items()} == {
        **dict.fromkeys(AMOUNTS, "contract"),
        "key": "eoa",
        "delegated": "delegated-eoa",
        "unused": "unused",
    }
    assert found["delegated"]["delegate"] == checksum(town.logic)
    assert {name: each["code_hash"] for name, each in found.items()} == {
        **dict.fromkeys(AMOUNTS, logic),
        "key": None,
        "unused": None,
        "plain": hash_at(town.anvil, town.spenders["plain"]),
        "uups": brings,
        "permit2": hash_at(town.anvil, town.spenders["permit2"]),
    }
    proxies = {name: each["proxy"] for name, each in found.items() if each["proxy"]}
    assert {name: each["kind"] for name, each in proxies.items()} == {
        "proxy": "eip1967",
        "by safe": "eip1967",
        "by timelock": "eip1967",
        "uups": "eip1967",
        "of beacon": "beacon",
        "clone": "minimal",
    }
    assert proxies["of beacon"]["beacon"] == checksum(town.beacon)


def test_authorities(town: Town, audited: Audit) -> None:
    """The way to who decides, and what is known of that one; none over a clone."""

    def decides(name: str) -> Json:
        return of_tok(town, audited, name)["spender"]["proxy"]["authority"]

    def way(name: str, *last: Address) -> bool:
        path: list[str] = decides(name)["path"]
        return path[-len(last) :] == [checksum(each) for each in last]

    assert way("proxy", town.admin, town.key)
    assert way("uups", town.key)
    assert way("of beacon", town.key)
    safe, timelock = decides("by safe"), decides("by timelock")
    assert (safe["kind"], safe["threshold"], safe["owners"]) == ("safe", 2, 3)
    assert way("by safe", town.safe)
    assert (timelock["kind"], timelock["delay_seconds"]) == ("timelock", str(2 * DAY))
    assert decides("clone") is None


# What it is worth, and in which order


def test_order_and_values(town: Town, audited: Audit) -> None:
    """Critical first, then by expected loss; what has no price above what is less."""
    losses: list[tuple[tuple[str, str], str | None]] = [
        (("tok", "unused"), "1.05"),
        (("tok", "delegated"), "0.9"),
        (("tok", "key"), "0.75"),
        (("odd", "proxy"), None),
        (("tok", "plain"), "4000"),
        (("items", "plain"), None),
        (("weth", "plain"), "15"),
        (("tok", "proxy"), "2"),
        (("tok", "uups"), "1.8"),
        (("tok", "of beacon"), "1.6"),
        (("tok", "clone"), "1"),
        (("tok", "by safe"), "0.2"),
        (("tok", "by timelock"), "0.16"),
        (("tok", "permit2"), "0.12"),
        (("permit2 tok", "plain"), "0.02"),
        (("spam", "key"), None),
    ]
    found = [row["expected_loss_usd"] for row in audited.rows]

    assert named(town, audited.rows) == [name for name, _ in losses]
    assert [each and Decimal(each) for each in found] == [
        loss and Decimal(loss) for _, loss in losses
    ]


def test_prices_and_total(town: Town, audited: Audit) -> None:
    """A value has its source; spenders that share a balance count it once."""
    plain = town.spenders["plain"]
    (ether,) = (row for row in audited.rows if address(row["token"]) == town.weth)
    half = of_tok(town, audited, "proxy")["exposure"]
    (odd,) = (row for row in audited.rows if address(row["token"]) == town.odd)

    assert Decimal(half["value_at_risk_usd"]) == 20
    assert half["price"]["source"] == "allowctl.toml"
    assert Decimal(ether["exposure"]["value_at_risk_usd"]) == 3_000
    assert ether["exposure"]["price"]["source"] == "chainlink"
    assert address(ether["spender"]) == plain
    assert odd["exposure"]["value_at_risk_usd"] is None
    assert odd["exposure"]["unpriced"] == "unpriced"
    # All of tok is 200,000 dollars, and twelve rows reach for it.
    assert "at risk: $203,000 at least, each token counted once" in audited.table
    assert "of 2 rows the value is not known" in audited.table


def test_same_block_same_report(town: Town, audited: Audit, folder: Path) -> None:
    """Another run at the block differs in times alone; fingerprints in nothing."""
    again = audit(town.anvil.url, town.owner, config=town.config(folder))

    assert timeless(again.report) == timeless(audited.report)
    prints = [row["fingerprint"] for row in again.rows]
    assert prints == [row["fingerprint"] for row in audited.rows]
    assert len({*prints}) == len(prints)


def test_without_prices(town: Town, audited: Audit, folder: Path) -> None:
    """--prices none asks nobody: one's own hold, and what was planted stays spam."""
    options = ("--prices", "none", "--show-spam")
    found = audit(
        town.anvil.url, town.owner, *options, config=town.config(folder), home=folder
    )
    priced = {
        (token, name)
        for (token, name), row in zip(named(town, found.rows), found.rows, strict=True)
        if row["exposure"]["value_at_risk_usd"] is not None
    }

    assert {token for token, _ in priced} == {"tok", "permit2 tok"}
    assert len(priced) == len(AMOUNTS) + 1
    assert {row["fingerprint"] for row in found.rows} == {
        row["fingerprint"] for row in audited.rows
    }
    assert named(town, [row for row in found.rows if row["spam"]]) == [("spam", "key")]
    assert "at risk: $200,000 at least" in found.table


# Spam


def test_spam_is_last_and_below(town: Town, audited: Audit) -> None:
    """Bait with a grant to a key is no top row, is named below, and stays in JSON."""
    *_, last = audited.rows
    told = next(body for name, body in audited.sections.items() if "spam" in name)

    assert (address(last["token"]), last["spam"]) == (town.spam, True)
    assert last["token"]["name"] == BAIT
    assert last["level"] == "critical"
    assert checksum(town.spam) in "".join(told)
    assert evidence(last, "spam-token") in "".join(told)
    assert "claim.example" not in audited.table


def test_spam_alone_fails_no_check(town: Town, folder: Path) -> None:
    """--fail-on low passes a wallet that others planted grants for, however named."""
    victim = World(town.anvil, owner=town.anvil.accounts[5])
    for name, symbol in ((BAIT, "CLAIM"), ("Token", "TOK")):
        victim.lab("Airdrop", name, symbol, victim.owner, town.key)
    options = ("--fail-on", "low", "--show-spam")
    found = audit(town.anvil.url, victim.owner, *options, home=folder)

    assert found.code == 0
    assert [row["spam"] for row in found.rows] == [True, True]
    assert not any("spam" in name for name in found.sections)
    assert '"CLAIM"' in found.table
    # One row of money, and the same check fails.
    victim.approve(town.tok, town.key, 1)
    assert audit(town.anvil.url, victim.owner, *options, home=folder).code == 1


# Facts that nobody serves


def test_without_storage(town: Town, audited: Audit, folder: Path) -> None:
    """A node without eth_getStorageAt: what it decides is open, the rest stands."""
    with ScriptedProxy(town.anvil.url) as proxy:
        refusal = Refused(message="method not found", code=-32601)
        proxy.refused_methods["eth_getStorageAt"] = refusal
        found = audit(proxy.url, town.owner, config=town.config(folder))
    open_ = {"proxy", "by safe", "by timelock", "uups", "of beacon"}

    assert (found.code, found.report["complete"]) == (3, False)
    assert [*found.lacking("failed")] == ["upgradeable-spender"]
    for name in AMOUNTS:
        row, before = of_tok(town, found, name), of_tok(town, audited, name)
        if name in open_:
            assert row["failed"] == ["upgradeable-spender"]
            assert (row["level"], row["findings"]) == ("unknown", [])
        else:
            assert (row["failed"], row["level"]) == ([], before["level"])
            assert points(row) == points(before)
    assert "INCOMPLETE" in found.table
    assert "incomplete" in found.err


# Judgement of one's own


def test_weights(town: Town, audited: Audit, folder: Path) -> None:
    """[weights] changes points, levels, and with them the order."""
    own = 'points = { "upgradeable-spender.safe" = 95, "eoa-spender" = 1 }'
    config = town.config(folder, f"[weights]\n{own}\nchance = {{ critical = 1 }}\n")
    found = audit(town.anvil.url, town.owner, config=config, home=folder)
    safe, key = (of_tok(town, found, name) for name in ("by safe", "key"))

    assert named(town, found.rows)[0] == ("tok", "by safe")
    assert (points(safe), safe["level"]) == (
        {"upgradeable-spender.safe": 95},
        "critical",
    )
    assert Decimal(safe["expected_loss_usd"]) == 10
    assert (points(key), key["level"]) == ({"eoa-spender": 1}, "low")
    before = {row["fingerprint"]: points(row) for row in audited.rows}
    after = {row["fingerprint"]: points(row) for row in found.rows}
    changed = {each for each in before if before[each] != after[each]}
    assert len(changed) == 3


def test_weight_of_no_rule(town: Town, folder: Path) -> None:
    """A rule that there is not ends with 2, and with the one that was meant."""
    config = town.config(folder, '[weights]\npoints = { "eoa-spenders" = 95 }\n')
    found = audit(town.anvil.url, town.owner, config=config)

    assert (found.code, found.report, found.table) == (2, None, "")
    assert "weights.points" in found.err
    assert "did you mean eoa-spender?" in found.err


# What to do


def test_explained_and_taken_back(town: Town, folder: Path) -> None:
    """It shows points, facts and a line that, sent by cast, ends the approval."""
    world = World(town.anvil, owner=town.anvil.accounts[6])
    world.approve(town.tok, town.spenders["proxy"], 5)
    world.approve(town.tok, town.spenders["plain"], 6)
    url = town.anvil.url
    found = audit(url, world.owner, home=folder)
    first = found.row(town.spenders["proxy"])
    told = "\n".join(found.sections["What to do next"])
    done = allowctl("explain", first["fingerprint"][:8], home=folder)
    line = next(each for each in done.out.splitlines() if "cast send" in each)

    assert f"allowctl explain {first['fingerprint'][:8]}" in told
    assert (done.code, done.err) == (0, "")
    assert points(first) == {"upgradeable-spender.eoa": 35, "exceeds-balance": 5}
    assert "40 points" in done.out
    assert all(f"+{each}" in done.out for each in points(first).values())
    for fact in (town.logic, town.admin, town.key, town.tok):
        assert checksum(fact) in done.out
    assert first["spender"]["code_hash"] in done.out
    send = [*shlex.split(line)[1:], "--unlocked", "--rpc-url", url]
    run([foundry_binary("cast"), *send])
    after = audit(url, world.owner, "--show-dead", home=folder)
    (dead,) = after.scan["dead_rows"]
    assert (dead["spender"], dead["reason"]) == (first["spender"]["address"], "zero")
    assert [address(row["spender"]) for row in after.rows] == [town.spenders["plain"]]


def _kinds(rows: list[Json]) -> Mapping[str, Json]:
    return {row["kind"]: row for row in rows}


def test_every_kind_is_taken_back(town: Town, folder: Path) -> None:
    """The explained line works for an item, an operator and a Permit2 grant, too."""
    world = World(town.anvil, owner=town.anvil.accounts[2])
    plain = town.spenders["plain"]
    world.approve_item(town.items, world.mint_item(town.items), plain)
    world.operator(town.items, plain)
    world.approve(town.tok, town.spenders["permit2"], 10)
    world.permit2_approve(town.tok, plain, 5, town.anvil.now + DAY)
    url = town.anvil.url
    rows = _kinds(audit(url, world.owner, home=folder).rows)

    assert {*rows} == {"erc721", "operator", "erc20", "permit2"}
    for row in rows.values():
        told = allowctl("explain", row["fingerprint"], home=folder).out
        line = next(each for each in told.splitlines() if "cast send" in each)
        send = [*shlex.split(line)[1:], "--unlocked", "--rpc-url", url]
        run([foundry_binary("cast"), *send])
    after = audit(url, world.owner, home=folder)
    assert (after.rows, after.scan["dormant"], after.scan["dead"]) == ([], [], 4)
