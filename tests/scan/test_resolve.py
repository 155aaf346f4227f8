"""State decides: every approval that was named ends in exactly one way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from allowctl.codec import words
from allowctl.model.approval import (
    Amount,
    Candidate,
    Dead,
    DeadReason,
    Dormant,
    Everything,
    Fate,
    Item,
    Kind,
    Live,
    NotServed,
    Origin,
    Refused,
)
from allowctl.model.chain import Address, Answer, Call, Returned, Unserved
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.state import State
from allowctl.scan.discover import nominate
from allowctl.scan.resolve import candidate_of, fate_key, probe_permit2, resolve
from allowctl.standards import STANDARD_OF, erc20
from allowctl.standards.erc721 import ERC721_ID, OWNER_OF, supports_call
from tests import build
from tests.build import MAINNET, OWNER, PERMIT2, SPENDER, TOKEN, address, candidate, log
from tests.build import word as w
from tests.fakes.rpc import BURNT, EMPTY, MULTICALL, REVERTS, FakeContract, FakeRpc
from tests.fakes.worlds import FOREVER, World, approval_log, permit2_root

ERC20 = candidate()
ITEM = candidate(kind=Kind.ERC721, token_id=7)
OPERATOR = candidate(kind=Kind.OPERATOR)
CHILD = candidate(kind=Kind.PERMIT2)
ONE_EACH = (ERC20, ITEM, OPERATOR, CHILD)
SILENT_MAX = 2**256 - 1


def reader(rpc: FakeRpc) -> State:
    return State([StateReader(rpc, rpc.block_at(rpc.newest), MULTICALL)])


def fates(world: World, *named: Candidate) -> list[Fate]:
    """What becomes of candidates as their logs name them."""
    found = nominate(world.rpc.logs_, OWNER)
    asked = named or found.candidates
    return asyncio.run(resolve(reader(world.rpc), asked, found.other_readings))


def fate(world: World, named: Candidate) -> Fate:
    (only,) = fates(world, named)
    return only


def probed(world: World, known: Sequence[Fate]) -> list[Fate]:
    return asyncio.run(probe_permit2(reader(world.rpc), MAINNET, OWNER, known))


@pytest.mark.parametrize("named", ONE_EACH, ids=lambda each: str(each.kind))
def test_live(named: Candidate) -> None:
    """What state grants is live, with what state says of it."""
    world = World()
    world.approves(named, 5)
    found = fate(world, named)
    assert isinstance(found, Live)
    assert fate_key(found) == named.key
    match found.allowance.grant:
        case Amount(amount=amount):
            assert amount == 5
        case Item(token_id=token_id):
            assert token_id == 7
        case Everything():
            assert named.kind is Kind.OPERATOR


@pytest.mark.parametrize(
    "named", [ERC20, OPERATOR, CHILD], ids=lambda each: str(each.kind)
)
def test_nothing_left(named: Candidate) -> None:
    """Whatever the log said: state has nothing, so it is dead."""
    world = World()
    world.emits(named, 5)
    world.grants(named, 0)
    found = fate(world, named)
    assert isinstance(found, Dead)
    assert (found.candidate, found.reason) == (named, DeadReason.ZERO)
    assert found.allowance is None


def test_an_item_sold() -> None:
    """An NFT that somebody else has now cannot be taken from the owner."""
    world = World()
    world.approves(ITEM)
    world.nft(ITEM.token).says(
        Call(ITEM.token, OWNER_OF + words.uint(7)), words.address(address(9))
    )
    assert fate(world, ITEM) == Dead(candidate=ITEM, reason=DeadReason.TRANSFERRED)


def test_a_child_expired() -> None:
    """After its last second nothing moves; what is left of it is still told."""
    world = World()
    world.child(CHILD, 5, expiration=1)
    found = fate(world, CHILD)
    assert isinstance(found, Dead)
    assert found.reason is DeadReason.EXPIRED
    assert found.allowance
    assert found.allowance.grant == build.child(5, expiration=1, root_amount=50)


def test_a_child_without_root() -> None:
    """It sleeps while the token gives Permit2 nothing."""
    world = World()
    world.child(CHILD, 5, expiration=FOREVER, root=0)
    assert isinstance(fate(world, CHILD), Dormant)


@pytest.mark.parametrize("named", ONE_EACH, ids=lambda each: str(each.kind))
def test_no_code(named: Candidate) -> None:
    """Where there is no contract, there is nothing to take."""
    assert fate(World(), named) == Dead(candidate=named, reason=DeadReason.NO_CODE)


def test_a_child_of_a_token_without_code() -> None:
    """Permit2 still has an amount for it; the token is gone, and so is the grant."""
    world = World()
    world.child(CHILD, 5, expiration=FOREVER)
    del world.rpc.contracts[CHILD.token]
    assert fate(world, CHILD) == Dead(candidate=CHILD, reason=DeadReason.NO_CODE)


@pytest.mark.parametrize("named", ONE_EACH, ids=lambda each: str(each.kind))
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (REVERTS, "reverts"),
        (BURNT, "burns its gas"),
        (EMPTY, "answers nothing"),
        (Returned(b"\xff" * 7), "answers garbage"),
        (Returned(b"\xff" * 31), "answers garbage"),
    ],
)
def test_refused(named: Candidate, answer: Answer, reason: str) -> None:
    """A contract that does not answer is told, with how."""
    world = World()
    world.rpc.contracts[named.contract] = FakeContract(default=answer)
    world.rpc.contracts.setdefault(named.token, FakeContract(default=answer))
    assert fate(world, named) == Refused(candidate=named, reason=reason)


@pytest.mark.parametrize("named", ONE_EACH, ids=lambda each: str(each.kind))
def test_not_served(named: Candidate) -> None:
    """Where the node does not answer, nothing is known."""
    world = World()
    world.approves(named)
    for call in STANDARD_OF[named.kind].reads(named)[:1]:
        world.rpc.contract(call.to).answers[call.data] = Unserved("not now")
    assert fate(world, named) == NotServed(candidate=named, reason="not now")


def test_code_not_served() -> None:
    """Silent, and whether there is code is not known: then neither is the fate."""
    world = World()
    world.rpc.codes_[TOKEN] = Unserved("not now")
    assert fate(world, ERC20) == NotServed(candidate=ERC20, reason="not now")


# second readings


def test_three_topics_on_an_old_nft() -> None:
    """An NFT that does not index the id: the "amount" is one."""
    world = World(rpc=FakeRpc(logs_=[approval_log(ERC20, value=7)]))
    old = world.rpc.contract(TOKEN)
    owner_of, approved, _ = STANDARD_OF[Kind.ERC721].reads(ITEM)
    old.says(owner_of, words.address(OWNER))
    old.says(approved, words.address(SPENDER))
    (found,) = fates(world)
    assert isinstance(found, Live)
    assert found.allowance.grant == Item(token_id=7)


def test_four_topics_on_an_erc20() -> None:
    """A token that indexes the value: the "item" is an amount."""
    world = World(rpc=FakeRpc(logs_=[approval_log(ITEM)]))
    world.grants(ERC20, 1234)
    (found,) = fates(world)
    assert isinstance(found, Live)
    assert isinstance(found.allowance.grant, Amount)
    assert found.allowance.grant.amount == 1234


def test_the_amount_in_the_spender_s_place() -> None:
    """A token that indexes the amount: the spender stands in the data."""
    rpc = FakeRpc(logs_=[log(erc20.APPROVAL.topic0, w(OWNER), w(500), data=w(SPENDER))])
    world = World(rpc=rpc)
    world.grants(ERC20, 500)
    found = {candidate_of(each).spender: each for each in fates(world)}
    assert isinstance(found[SPENDER], Live)
    assert isinstance(found[address(500)], Dead)


def test_a_reading_that_is_known_already() -> None:
    """The other reading of a refused log is judged once, not shown as refused."""
    world = World(rpc=FakeRpc(logs_=[approval_log(ERC20, value=7), approval_log(ITEM)]))
    world.grants(ITEM)
    (found,) = fates(world)
    assert isinstance(found, Live)
    assert fate_key(found) == ITEM.key


def test_no_reading_fits() -> None:
    """A contract that answers neither is refused as what its log said first."""
    world = World(rpc=FakeRpc(logs_=[approval_log(ERC20, value=7)]))
    world.rpc.contract(TOKEN)
    (found,) = fates(world)
    assert isinstance(found, Refused)
    assert fate_key(found) == ERC20.key


def test_a_dead_first_reading_stays() -> None:
    """A contract that answers as what the log says is asked nothing else."""
    world = World(rpc=FakeRpc(logs_=[approval_log(ERC20, value=7)]))
    world.token()
    assert [type(each) for each in fates(world)] == [Dead]


# probes


def test_a_probe_without_grant() -> None:
    """What nobody named and state does not show, is not there."""
    world = World()
    probe = candidate(origin=Origin.PROBE)
    world.token()
    assert fates(world, probe) == []
    world.rpc.contracts[TOKEN] = FakeContract()
    assert fates(world, probe) == []


def test_a_probe_that_nobody_served() -> None:
    """It might have shown a grant: that is said."""
    world = World()
    probe = candidate(origin=Origin.PROBE)
    world.rpc.contract(TOKEN).default = Unserved("not now")
    (found,) = fates(world, probe)
    assert isinstance(found, NotServed)


def test_permit2_in_silence() -> None:
    """A token that gives Permit2 everything and emits nothing is found."""
    world = World()
    world.approves(ERC20)
    world.grants(permit2_root(), SILENT_MAX)
    (found,) = probed(world, fates(world))
    assert isinstance(found, Live)
    assert candidate_of(found).spender == PERMIT2
    assert candidate_of(found).origin is Origin.PROBE


def test_permit2_is_probed_once() -> None:
    """Not where it was named already, and each token once."""
    world = World()
    world.approves(ERC20)
    world.approves(candidate(spender=address(8)))
    world.approves(permit2_root())
    assert probed(world, fates(world)) == []


def test_permit2_of_a_dead_approval() -> None:
    """A token whose approval was taken back may still be open to Permit2."""
    world = World()
    world.emits(ERC20)
    world.grants(ERC20, 0)
    world.grants(permit2_root(), 9)
    (found,) = probed(world, fates(world))
    assert isinstance(found, Live)


def refuses_permit2(token: Address, world: World, answer: Answer) -> None:
    call = erc20.allowance_call(token, OWNER, PERMIT2)
    world.rpc.contract(token).answers[call.data] = answer


def test_permit2_refused_by_an_erc20() -> None:
    """A token that answers for others and not for Permit2 has something to hide."""
    world = World()
    world.approves(ERC20)
    refuses_permit2(TOKEN, world, REVERTS)
    (found,) = probed(world, fates(world))
    assert isinstance(found, Refused)


def test_permit2_refused_by_an_nft() -> None:
    """An NFT has no allowances: that it says so is nothing to tell."""
    world = World()
    world.approves(ITEM)
    world.approves(OPERATOR)
    assert probed(world, fates(world)) == []


def test_permit2_not_served() -> None:
    """What was not served is said, of an NFT too: it may be both."""
    world = World()
    world.approves(ERC20)
    refuses_permit2(TOKEN, world, Unserved("not now"))
    (found,) = probed(world, fates(world))
    assert isinstance(found, NotServed)


def test_an_erc721_that_says_so_and_throws() -> None:
    """An id without owner throws (EIP-721): it was burnt."""
    world = World()
    world.emits(ITEM)
    world.nft(TOKEN).says(supports_call(TOKEN, ERC721_ID), words.uint(1))
    assert fate(world, ITEM) == Dead(candidate=ITEM, reason=DeadReason.TRANSFERRED)


def test_an_item_in_the_log_of_an_amount() -> None:
    """ERC-404: a 3-topic log whose data is an id; `allowance` says 0, and it is live.

    The first reading is dead, the item is not: both count.
    """
    world = World(rpc=FakeRpc(logs_=[approval_log(ERC20, value=7)]))
    world.grants(ERC20, 0)
    item = replace(ITEM, contract=ERC20.contract, token=ERC20.token, token_id=7)
    world.grants(item)

    found = {fate_key(each): type(each) for each in fates(world)}

    assert found == {ERC20.key: Dead, item.key: Live}


def test_an_amount_in_the_log_of_an_item() -> None:
    """A token that indexes the amount, behind a fallback that says 0 to everything."""
    world = World(rpc=FakeRpc(logs_=[approval_log(ITEM)]))
    contract = world.rpc.contract(ITEM.contract)
    contract.default = Returned(bytes(32))
    amount = candidate(contract=ITEM.contract, token=ITEM.token, spender=ITEM.spender)
    world.grants(amount, 500)

    found = {fate_key(each): type(each) for each in fates(world)}

    assert found == {ITEM.key: Dead, amount.key: Live}


def test_an_endpoint_without_state() -> None:
    """Where nothing has code, not even Multicall3, nothing is said to be dead."""
    world = World(rpc=FakeRpc(logs_=[approval_log(ERC20)], multicall=False))

    (found,) = fates(world)

    assert isinstance(found, NotServed)
    assert "may have no state" in found.reason


def test_an_endpoint_that_makes_no_calls() -> None:
    """Where Multicall3 has code and says nothing, no contract is to blame."""
    world = World(rpc=FakeRpc(logs_=[approval_log(ERC20)], multicall=False))
    world.rpc.contracts[MULTICALL] = FakeContract(default=EMPTY)
    world.rpc.contracts[ERC20.contract] = FakeContract(default=EMPTY)

    (found,) = fates(world)

    assert isinstance(found, NotServed)
    assert "answers no call" in found.reason
