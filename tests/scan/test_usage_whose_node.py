"""Whose a use was, where several may move one token, told by a real node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from allowctl.chains.registry import chains
from allowctl.cli import wanted
from allowctl.model.approval import Kind
from allowctl.model.chain import Address
from allowctl.model.missing import Missing
from allowctl.model.report import Report
from allowctl.policy.evaluate import evaluate
from tests.cli.making_wanted import DAY, settings, told, wallet
from tests.lab.abi import encode_call
from tests.lab.artifacts import PERMIT2
from tests.lab.world import MAX, MAX_160, World
from tests.nodes.anvil import Anvil

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("usage")]

DAYS = 90
TRANSFER_FROM = "transferFrom(address,address,uint256)"
FOREVER = 2**48 - 1
Used = int | Missing | None


@dataclass(slots=True, kw_only=True)
class Shared:
    """One token, old approvals of it, and nothing moved since."""

    world: World
    token: Address
    router: Address
    """A contract without an allowance."""

    def report(self, owner: Address | None = None) -> Report:
        """What a policy with `max_unused` is told of a wallet."""
        anvil = self.world.anvil
        of = wallet("t", owner or self.world.owner, str(anvil.chain_id))
        said = settings(of, days=DAYS)
        asked = wanted.of_wallets((of,), settings=said, known=chains())
        return told(asked, anvil.url)

    def used(self, owner: Address | None = None) -> dict[tuple[Kind, Address], Used]:
        """By kind and spender."""
        (scan,) = self.report(owner).scans
        return {
            (each.allowance.candidate.kind, each.allowance.spender): each.used_at
            for each in (row.record for row in scan.allowances)
            if each.allowance.candidate.token == self.token
        }

    def direct(self, owner: Address | None = None) -> dict[Address, Used]:
        """Of the token's own allowances, by spender."""
        found = self.used(owner)
        return {who: used for (kind, who), used in found.items() if kind is Kind.ERC20}

    def act(self, contract: Address, to: Address, data: bytes) -> int:
        """Let a stranger have a contract call another; when that was."""
        anvil = self.world.anvil
        act = encode_call("act(address,bytes)", to, data)
        anvil.send(self.world.relayer, contract, act)
        return self.settled()

    def settled(self) -> int:
        """When the newest block was, below some others."""
        now = self.world.anvil.now
        self.world.idle(3)
        return now


@pytest.fixture(scope="module")
def node() -> Iterator[Anvil]:
    with Anvil() as anvil:
        yield anvil


@pytest.fixture
def shared(node: Anvil) -> Iterator[Shared]:
    """A token for which nothing was approved yet."""
    before = node.snapshot()
    world = World(node)
    yield Shared(world=world, token=world.token(), router=world.lab("Doer"))
    node.revert(before)


def granted(shared: Shared, *spenders: Address, amount: int = MAX) -> None:
    """What was granted long ago."""
    for spender in spenders:
        shared.world.approve(shared.token, spender, amount)
    shared.world.wait(100 * DAY)


def pull(shared: Shared, amount: int = 1) -> bytes:
    """Data that takes something from the owner, for whoever may."""
    return encode_call(TRANSFER_FROM, shared.world.owner, shared.world.relayer, amount)


def test_the_other_spender_alone_used_it(shared: Shared) -> None:
    """By its own key, at the token: the dead approval still violates `max_unused`."""
    dead, alive, *_ = shared.world.spenders
    granted(shared, dead, alive)
    assert shared.direct() == {dead: None, alive: None}
    shared.world.spend(shared.token, alive, 1)
    when = shared.settled()
    assert shared.direct() == {dead: None, alive: when}
    of = wallet("t", shared.world.owner, str(shared.world.anvil.chain_id))
    policy = settings(of, days=DAYS).policy
    today = datetime.fromtimestamp(when, UTC).date()
    told = evaluate(shared.report(), policy, (of,), today=today)
    unused = [each for each in told.violations if each.check == "max-unused"]
    assert [
        each.subject.row.record.allowance.spender
        for each in unused
        if each.subject.row is not None
    ] == [dead]


def test_inside_permit2(shared: Shared) -> None:
    """Its sender's there, and Permit2's own of the token; no other's."""
    world = shared.world
    dead, alive, direct, _ = world.spenders
    for spender in (dead, alive):
        world.permit2_approve(shared.token, spender, MAX_160, FOREVER)
    granted(shared, PERMIT2, direct)
    world.permit2_spend(shared.token, alive, 1)
    when = shared.settled()
    assert shared.used() == {
        (Kind.ERC20, PERMIT2): when,
        (Kind.ERC20, direct): None,
        (Kind.PERMIT2, dead): None,
        (Kind.PERMIT2, alive): when,
    }


def test_a_contract_inside_permit2(shared: Shared) -> None:
    """A call of a spender inside Permit2 is a use of both, and not of the others'."""
    world = shared.world
    dead, *_ = world.spenders
    world.permit2_approve(shared.token, shared.router, MAX_160, FOREVER)
    granted(shared, PERMIT2, dead)
    take = "transferFrom(address,address,uint160,address)"
    data = encode_call(take, world.owner, world.relayer, 1, shared.token)
    when = shared.act(shared.router, PERMIT2, data)
    assert shared.used() == {
        (Kind.ERC20, PERMIT2): when,
        (Kind.ERC20, dead): None,
        (Kind.PERMIT2, shared.router): when,
    }


def test_another_spenders_contract(shared: Shared) -> None:
    """What went to a contract that has an allowance was that one's use."""
    dead, *_ = shared.world.spenders
    mine = shared.world.lab("Doer")
    granted(shared, dead, shared.router, mine)
    when = shared.act(mine, shared.token, pull(shared))
    assert shared.direct() == {dead: None, shared.router: None, mine: when}


def test_through_a_router(shared: Shared) -> None:
    """What went elsewhere may be a use of any of them, and counts."""
    dead, *_ = shared.world.spenders
    spender = shared.world.lab("Doer")
    granted(shared, dead, spender)
    act = encode_call("act(address,bytes)", shared.token, pull(shared))
    when = shared.act(shared.router, spender, act)
    assert shared.direct() == {dead: when, spender: when}


def test_a_wallet_that_is_a_contract(shared: Shared) -> None:
    """What it pays itself cannot be told from a use of what it approved."""
    world = shared.world
    dead, payee, *_ = world.spenders
    safe = world.lab("Doer")
    give = encode_call("transfer(address,uint256)", safe, 1_000)
    world.anvil.send(world.owner, shared.token, give)
    approve = encode_call("approve(address,uint256)", dead, MAX)
    shared.act(safe, shared.token, approve)
    world.wait(100 * DAY)
    assert shared.direct(safe) == {dead: None}
    pay = encode_call("transfer(address,uint256)", payee, 1)
    when = shared.act(safe, shared.token, pay)
    assert shared.direct(safe) == {dead: when}


@pytest.mark.parametrize("name", ["OpenZeppelin", "silent"])
def test_an_amount_that_is_whole(shared: Shared, name: str) -> None:
    """State shows that it was not used, whatever moved through routers.

    Once something is gone of it, the newest use tells, with a log of it or without.
    """
    world = shared.world
    if name == "silent":
        shared.token = world.lab("Token", world.owner)
    dead, *_ = world.spenders
    spender = world.lab("Doer")
    granted(shared, dead, amount=100)
    world.approve(shared.token, spender, MAX)
    act = encode_call("act(address,bytes)", shared.token, pull(shared))
    shared.act(shared.router, spender, act)
    assert shared.direct()[dead] is None
    world.spend(shared.token, dead, 40)
    when = shared.settled()
    assert shared.direct()[dead] == when
    world.wait(DAY)
    later = shared.act(shared.router, spender, act)
    logged = name == "OpenZeppelin"
    assert shared.direct()[dead] == (when if logged else later)


def test_an_amount_that_its_owner_lowered(shared: Shared) -> None:
    """The log of that is no use: the owner sent it to the token."""
    dead, *_ = shared.world.spenders
    granted(shared, dead, amount=100)
    shared.world.approve(shared.token, dead, 60)
    shared.settled()
    assert shared.direct() == {dead: None}
