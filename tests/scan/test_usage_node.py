"""When approvals were last used, told by a real node's logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from allowctl.chains.registry import chains
from allowctl.cli import wanted
from allowctl.model.chain import Address
from allowctl.model.missing import NOT_ASKED
from allowctl.model.report import Record, Report
from allowctl.model.settings import Settings
from tests.cli.making_wanted import DAY, settings, told, wallet
from tests.lab import artifacts
from tests.lab.abi import Value, encode_call
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("usage")]

DAYS = 90
TRANSFER_FROM = "transferFrom(address,address,uint256)"


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Tokens with an approval each, by what became of it, and when."""

    world: World
    tokens: dict[str, Address] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    report: Report

    def record(self, name: str) -> Record:
        """The only row of a token, but for what it lets Permit2 do."""
        (scan,) = self.report.scans
        (found,) = (
            row.record
            for row in scan.allowances
            if row.record.allowance.candidate.token == self.tokens[name]
        )
        return found


def _asked(world: World, days: int | None = DAYS) -> wanted.Wanted:
    of = wallet("treasury", world.owner, str(world.anvil.chain_id))
    said = settings(of, days=days)
    return wanted.of_wallets((of,), settings=said, known=chains())


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    """A hundred days ago all was granted; what happened is ten days old."""
    with Anvil() as anvil:
        world = World(anvil)
        tokens = granted(world)
        world.wait(5 * DAY)
        world.spend(tokens["long ago"], world.spenders[0], 5)
        world.wait(85 * DAY)
        times = used(world, tokens)
        world.wait(9 * DAY)
        tokens["recent"] = world.token()
        world.approve(tokens["recent"], world.spenders[0], MAX)
        world.spend(tokens["recent"], world.spenders[0], 5)
        world.idle(3)
        report = told(_asked(world), anvil.url)
        yield Ledger(world=world, tokens=tokens, times=times, report=report)


def granted(world: World) -> dict[str, Address]:
    """The tokens, each with one approval."""
    taker, operator, *_ = world.spenders
    names = ("used", "unused", "own", "poisoned", "long ago", "own and used")
    tokens = {name: world.token() for name in names}
    tokens["flooding"] = world.lab("Flooding", world.owner)
    for token in tokens.values():
        world.approve(token, taker, MAX)
    tokens["pulled"] = world.token()
    world.approve(tokens["pulled"], world.lab("Puller"), MAX)
    tokens["items"] = world.collection()
    world.mint_item(tokens["items"])
    tokens["editions"] = world.deploy(artifacts.erc1155(), "")
    mint = encode_call("mint(address,uint256,uint256,bytes)", world.owner, 7, 10, b"")
    world.anvil.send(world.deployer, tokens["editions"], mint)
    for name in ("items", "editions"):
        world.operator(tokens[name], operator)
    return tokens


def used(world: World, tokens: dict[str, Address]) -> dict[str, int]:
    """What was taken, and what only moved: the times of the former."""
    anvil, owner = world.anvil, world.owner
    taker, operator, *_ = world.spenders
    times: dict[str, int] = {}

    def send(sender: Address, name: str, signature: str, *arguments: Value) -> None:
        anvil.fund(sender)
        anvil.send(sender, tokens[name], encode_call(signature, *arguments))
        times[name] = anvil.now

    send(taker, "used", TRANSFER_FROM, owner, taker, 5)
    send(taker, "own and used", TRANSFER_FROM, owner, taker, 5)
    send(operator, "items", TRANSFER_FROM, owner, operator, 0)
    edition = "safeTransferFrom(address,address,uint256,uint256,bytes)"
    send(operator, "editions", edition, owner, operator, 7, 1, b"")
    (puller,) = (to for of, to in world.books.amounts if of == tokens["pulled"])
    pull = encode_call("pull(address,address,uint256)", tokens["pulled"], owner, 9)
    anvil.send(owner, puller, pull)
    times["pulled"] = anvil.now
    told = dict(times)
    world.wait(DAY)
    for name in ("own", "own and used"):
        for _ in range(3):
            send(owner, name, "transfer(address,uint256)", taker, 1)
    send(world.relayer, "poisoned", TRANSFER_FROM, owner, operator, 0)
    return told


@pytest.mark.parametrize(
    "name", ["used", "own and used", "pulled", "items", "editions"]
)
def test_what_was_used(ledger: Ledger, name: str) -> None:
    """By transferFrom, by an operator of items or editions, or by one's own call.

    The owner's later transfers hide nothing.
    """
    assert ledger.record(name).used_at == ledger.times[name]


@pytest.mark.parametrize("name", ["unused", "own", "poisoned", "flooding", "long ago"])
def test_what_was_not_used(ledger: Ledger, name: str) -> None:
    """No transfer, the owner's own, one of nothing, or one before that time."""
    assert ledger.record(name).used_at is None


def test_what_needs_no_answer(ledger: Ledger) -> None:
    """An approval that was raised within that time is not looked into."""
    assert ledger.record("recent").used_at == NOT_ASKED


def test_the_scan_is_complete(ledger: Ledger) -> None:
    """And says what no log of a use shows."""
    (scan,) = ledger.report.scans
    assert scan.complete
    assert any("emitted no Transfer" in each for each in scan.blind_spots)


def test_nobody_asks(ledger: Ledger) -> None:
    """Without `max_unused` nothing of this is looked into, and nothing more is sent."""
    anvil = ledger.world.anvil
    plain = told(_asked(ledger.world, days=None), anvil.url)
    asked = wanted.wanted(
        owners=[ledger.world.owner], settings=Settings(), known=chains()
    )
    scan = told(asked, anvil.url)
    rows = [row.record for each in plain.scans for row in each.allowances]
    assert {each.used_at for each in rows} == {NOT_ASKED}
    requests = [each.scans[0].coverage.requests for each in (plain, scan)]
    assert requests[0] == requests[1] < ledger.report.scans[0].coverage.requests


def test_a_flood(ledger: Ledger) -> None:
    """One token's logs without end cost no other token its answer."""
    anvil = ledger.world.anvil
    flood = encode_call("flood(address,uint256)", ledger.world.owner, 5_000)
    before = anvil.snapshot()
    sender, token = ledger.world.relayer, ledger.tokens["flooding"]
    router = ledger.world.lab("Doer")
    for _ in range(5):
        act = encode_call("act(address,bytes)", token, flood)
        anvil.send(sender, router, act, gas=20_000_000)
    report = told(_asked(ledger.world), anvil.url)
    anvil.revert(before)
    found = {
        row.record.allowance.candidate.token: row.record.used_at
        for row in report.scans[0].allowances
    }
    assert isinstance(found.pop(token), int), "its own word, and its own harm"
    names = {token: name for name, token in ledger.tokens.items()}
    assert len(found) == len(names) - 1
    assert found == {each: ledger.record(names[each]).used_at for each in found}
