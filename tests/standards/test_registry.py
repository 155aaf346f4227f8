"""What holds for every approval standard."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import CodecError
from allowctl.model.approval import (
    Allowance,
    Amount,
    Candidate,
    Dead,
    Dormant,
    Kind,
    Live,
    Refused,
)
from allowctl.model.chain import Address, Call, Log
from allowctl.model.plan import Role
from allowctl.standards import (
    STANDARD_OF,
    STANDARDS,
    erc20,
    erc721,
    operator,
    permit2,
)
from allowctl.standards.base import CannotLower, Event, Standard
from tests import build
from tests.strategies import (
    addresses,
    allowances,
    amounts,
    answers,
    arbitrary_logs,
    candidates,
    nominations,
    topic0,
)

EVENTS = [event for standard in STANDARDS for event in standard.events]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.signature)
def test_an_event_has_the_topic_of_its_signature(event: Event) -> None:
    """The keccak-256 of it."""
    assert event.topic0 == topic0(event.signature)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.signature)
def test_the_owner_stands_in_a_topic(event: Event) -> None:
    """Topic 0 is the signature's; a log has four at most."""
    assert 1 <= event.owner_position <= 3


@pytest.mark.parametrize(
    ("selector", "signature"),
    [
        (erc20.ALLOWANCE, "allowance(address,address)"),
        (erc20.APPROVE, "approve(address,uint256)"),
        (erc721.OWNER_OF, "ownerOf(uint256)"),
        (erc721.GET_APPROVED, "getApproved(uint256)"),
        (erc721.SUPPORTS_INTERFACE, "supportsInterface(bytes4)"),
        (operator.IS_APPROVED_FOR_ALL, "isApprovedForAll(address,address)"),
        (operator.SET_APPROVAL_FOR_ALL, "setApprovalForAll(address,bool)"),
        (permit2.ALLOWANCE, "allowance(address,address,address)"),
        (permit2.APPROVE, "approve(address,address,uint160,uint48)"),
        (permit2.LOCK_DOWN, "lockdown((address,address)[])"),
        (permit2.INVALIDATE_NONCES, "invalidateNonces(address,address,uint48)"),
        (erc20.DECREASES[0][1], "decreaseAllowance(address,uint256)"),
        (erc20.DECREASES[1][1], "decreaseApproval(address,uint256)"),
    ],
)
def test_a_selector_is_that_of_its_signature(selector: bytes, signature: str) -> None:
    """The first four bytes of its keccak-256."""
    assert selector == keccak(text=signature)[:4]


def test_every_kind_has_one_standard() -> None:
    """And each standard is found by its own kind."""
    assert sorted(standard.kind for standard in STANDARDS) == sorted(Kind)
    assert {kind: each.kind for kind, each in STANDARD_OF.items()} == {
        kind: kind for kind in Kind
    }


@given(nominations())
def test_a_log_nominates_exactly_the_approval_it_was_made_for(
    made: tuple[Log, Candidate],
) -> None:
    """By one standard alone; a probe may come after it, never in its place."""
    log, expected = made
    found = [standard.nominate(log, expected.owner) for standard in STANDARDS]
    named = [each for each in found if each]

    assert len(named) == 1
    assert named[0][0] == expected
    assert all(each.origin == "probe" for each in named[0][1:])


@given(nominations())
def test_other_readings_of_a_log_are_of_other_kinds(
    made: tuple[Log, Candidate],
) -> None:
    """They are of the same owner and contract, from the same log."""
    log, named = made
    others = STANDARD_OF[named.kind].other_readings(log, named.owner)

    for other in others:
        assert other.kind is not named.kind
        assert (other.owner, other.contract) == (named.owner, named.contract)
        assert other.last_changed == named.last_changed


@given(st.sampled_from(STANDARDS), arbitrary_logs, addresses)
def test_any_log_is_nominated_passed_over_or_told(
    standard: Standard, log: Log, owner: Address
) -> None:
    """CodecError is all that comes of garbage; what is named can be read."""
    try:
        found = standard.nominate(log, owner)
    except CodecError:
        return
    for candidate in found:
        assert candidate.owner == owner
        assert candidate.kind is standard.kind
        assert standard.reads(candidate)
    if found:
        for other in standard.other_readings(log, owner):
            assert STANDARD_OF[other.kind].reads(other)


@given(candidates(), st.data(), st.integers(0, 2**48))
def test_any_answers_are_exactly_one_verdict(
    candidate: Candidate, data: st.DataObject, now: int
) -> None:
    """Whatever a contract says, nothing is raised, and it is about its candidate."""
    standard = STANDARD_OF[candidate.kind]
    told = [data.draw(answers) for _ in standard.reads(candidate)]
    match standard.parse(candidate, told, build.block(timestamp=now)):
        case Live(allowance=allowance):
            assert allowance.candidate == candidate
            assert _grants_something(allowance)
        case Dormant(allowance=allowance):
            assert allowance.candidate == candidate
            assert candidate.kind is Kind.PERMIT2
        case Dead() | Refused() as verdict:
            assert verdict.candidate == candidate


@given(allowances())
def test_a_revocation_is_sent_to_the_holder_of_the_state(allowance: Allowance) -> None:
    """The token itself, or the Permit2 that was used."""
    call = STANDARD_OF[allowance.candidate.kind].revoke(allowance)

    assert call.to == allowance.candidate.contract


@given(allowances(), amounts)
def test_a_limit_is_lower_or_it_is_none(allowance: Allowance, amount: int) -> None:
    """Only reductions get encoded: everything else is a ValueError or a reason."""
    standard = STANDARD_OF[allowance.candidate.kind]
    match allowance.grant:
        case Amount(amount=granted) if amount >= granted:
            with pytest.raises(ValueError, match="is not lower than"):
                standard.limit(allowance, amount)
        case Amount():
            call = standard.limit(allowance, amount)
            assert isinstance(call, Call)
            assert call.to == allowance.candidate.contract
        case _:
            assert isinstance(standard.limit(allowance, amount), CannotLower)


@given(allowances(Kind.ERC20) | allowances(Kind.PERMIT2), st.integers(max_value=-1))
def test_a_negative_limit_is_refused(allowance: Allowance, amount: int) -> None:
    """It would wrap round to a huge one."""
    with pytest.raises(ValueError, match="is not lower than"):
        STANDARD_OF[allowance.candidate.kind].limit(allowance, amount)


def test_what_is_no_amount_cannot_be_lowered() -> None:
    """A grant of a foreign shape is a reason, not a crash."""
    foreign = build.allowance(kind=Kind.OPERATOR)

    for standard in STANDARDS:
        assert isinstance(standard.limit(foreign, 0), CannotLower)


def _grants_something(allowance: Allowance) -> bool:
    match allowance.grant:
        case Amount(amount=amount):
            return amount > 0
        case _:
            return int(allowance.spender, 16) > 0 or (
                allowance.candidate.kind is Kind.OPERATOR
            )


@given(allowances(), st.integers(-3, 2**161) | amounts)
def test_every_way_lowers_and_ends_below_what_is_granted(
    allowance: Allowance, amount: int
) -> None:
    """Only reductions, at the holder of the state; else a ValueError or a reason."""
    standard = STANDARD_OF[allowance.candidate.kind]
    grant = allowance.grant
    granted = grant.amount if isinstance(grant, Amount) else 1
    if amount < 0 or (amount >= granted and isinstance(grant, Amount)):
        with pytest.raises(ValueError, match="is not lower than"):
            standard.ways(allowance, amount)
        return
    ways = standard.ways(allowance, amount)
    if isinstance(ways, CannotLower):
        assert amount
        return
    assert ways
    for way in ways:
        assert [stage.role for stage in way.stages] in (
            [Role.WHOLE],
            [Role.ZERO, Role.SET],
        )
        for stage in way.stages:
            assert stage.call.to == allowance.candidate.contract
            assert 0 <= stage.leaves < granted
        assert way.stages[-1].leaves == amount or (amount, way.stages[-1].leaves) == (
            0,
            1,
        )


def test_a_foreign_shape_has_no_way() -> None:
    """It is a reason, not a crash."""
    foreign = build.allowance(kind=Kind.OPERATOR)

    for standard in (STANDARD_OF[Kind.ERC20], STANDARD_OF[Kind.PERMIT2]):
        assert isinstance(standard.ways(foreign, 0), CannotLower)
