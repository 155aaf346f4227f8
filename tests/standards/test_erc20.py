"""ERC-20 allowances."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from allowctl.errors import CodecError
from allowctl.model.approval import (
    Allowance,
    Amount,
    Candidate,
    Dead,
    DeadReason,
    Kind,
    Live,
    Origin,
    Refused,
)
from allowctl.model.chain import Address, Call, Returned, Reverted
from allowctl.model.plan import Method, Role, Way
from allowctl.standards.base import reference
from allowctl.standards.erc20 import UNLIMITED, Erc20
from tests import build
from tests.lab.abi import decode_as, encode_call
from tests.strategies import addresses, allowances, candidates, topic0, uints

ERC20 = Erc20()
APPROVAL = topic0("Approval(address,address,uint256)")
OWNER = build.word(build.OWNER)
SPENDER = build.word(build.SPENDER)


@given(candidates(Kind.ERC20))
def test_it_reads_the_allowance(candidate: Candidate) -> None:
    """allowance(owner, spender), of the token."""
    c = candidate
    data = encode_call("allowance(address,address)", c.owner, c.spender)

    assert ERC20.reads(c) == (Call(c.token, data),)


@given(candidates(Kind.ERC20), uints(least=1), st.binary(max_size=64))
def test_what_is_left_is_live(candidate: Candidate, amount: int, rest: bytes) -> None:
    """The amount is what the token says, whatever follows the first word."""
    answer = Returned(build.returned(amount).data + rest)
    grant = Amount(amount=amount, maximum=UNLIMITED)
    live = Allowance(candidate=candidate, spender=candidate.spender, grant=grant)

    assert ERC20.parse(candidate, [answer], build.block()) == Live(allowance=live)


def test_nothing_left_is_dead() -> None:
    """A zero is an answer."""
    candidate = build.candidate()
    verdict = ERC20.parse(candidate, [build.returned(0)], build.block())

    assert verdict == Dead(candidate=candidate, reason=DeadReason.ZERO)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Returned(b""), "answers nothing"),
        (Returned(bytes(31)), "answers garbage"),
        (Reverted("reverts"), "reverts"),
    ],
)
def test_no_number_is_a_refusal(answer: Returned | Reverted, reason: str) -> None:
    """It is shown and counted, never taken for a zero."""
    candidate = build.candidate()
    verdict = ERC20.parse(candidate, [answer], build.block())

    assert verdict == Refused(candidate=candidate, reason=reason)


@given(allowances(Kind.ERC20))
def test_revoke_approves_nothing(allowance: Allowance) -> None:
    """approve(spender, 0), as eth_abi encodes it."""
    call = ERC20.revoke(allowance)

    assert call.data == encode_call("approve(address,uint256)", allowance.spender, 0)
    assert decode_as("(address,uint256)", call.data[4:]) == (allowance.spender, 0)


@given(allowances(Kind.ERC20), st.data())
def test_limit_approves_less(allowance: Allowance, data: st.DataObject) -> None:
    """approve(spender, amount), as eth_abi encodes it."""
    assert isinstance(allowance.grant, Amount)
    lower = data.draw(st.integers(0, allowance.grant.amount - 1))
    encoded = encode_call("approve(address,uint256)", allowance.spender, lower)

    assert ERC20.limit(allowance, lower) == Call(allowance.candidate.token, encoded)


def test_four_topics_are_another_standards() -> None:
    """An ERC-721 item shares the event and indexes its id."""
    log = build.log(APPROVAL, OWNER, SPENDER, build.word(1))

    assert ERC20.nominate(log, build.OWNER) == ()


def test_the_topic_is_read_in_any_case() -> None:
    """Nodes write hex as they like."""
    log = build.log("0x" + APPROVAL[2:].upper(), OWNER, SPENDER, data=build.word(1))

    assert ERC20.nominate(log, build.OWNER)[0].spender == build.SPENDER


@given(addresses.filter(lambda each: int(each, 16) >= 2**128), uints(128))
def test_an_amount_in_the_spenders_place_has_the_spender_probed(
    spender: Address, amount: int
) -> None:
    """Old tokens index the amount: the data is then the spender, and is read too."""
    log = build.log(APPROVAL, OWNER, build.word(amount), data=build.word(spender))
    named, probe = ERC20.nominate(log, build.OWNER)

    assert (named.spender, named.origin) == (build.address(amount), Origin.LOG)
    assert (probe.spender, probe.origin) == (spender, Origin.PROBE)
    assert (named.claimed, probe.claimed) == (int(spender, 16), amount)


@given(
    addresses.filter(lambda each: int(each, 16) >= 2**128),
    uints(least=2**160),
)
def test_an_amount_that_can_be_no_address_leaves_no_doubt(
    spender: Address, amount: int
) -> None:
    """The spender is in the data, and an unlimited approval is not passed over."""
    log = build.log(APPROVAL, OWNER, build.word(amount), data=build.word(spender))

    assert ERC20.nominate(log, build.OWNER) == (
        build.candidate(
            spender=spender,
            last_changed=reference(log),
            claimed=amount,
        ),
    )


@pytest.mark.parametrize("data", ["0x", build.word(2**160), "0xzz"])
def test_a_log_without_a_spender_is_told(data: str) -> None:
    """Neither the topic nor the data can be an address."""
    with pytest.raises(CodecError):
        ERC20.nominate(
            build.log(APPROVAL, OWNER, build.word(2**160), data=data), build.OWNER
        )


@given(uints(96))
def test_a_small_number_in_the_data_is_an_amount(amount: int) -> None:
    """Every ordinary log would be probed otherwise."""
    log = build.log(APPROVAL, OWNER, SPENDER, data=build.word(amount))

    assert len(ERC20.nominate(log, build.OWNER)) == 1


@given(uints())
def test_it_may_be_an_old_items(token_id: int) -> None:
    """CryptoKitties and its age do not index the id: it stands in the data."""
    log = build.log(APPROVAL, OWNER, SPENDER, data=build.word(token_id))
    (other,) = ERC20.other_readings(log, build.OWNER)

    assert (other.kind, other.token_id) == (Kind.ERC721, token_id)
    assert other.spender == build.SPENDER


@pytest.mark.parametrize(
    ("topics", "data"),
    [
        ((OWNER, SPENDER), "0x"),
        ((OWNER, SPENDER), "0x01"),
        ((OWNER, SPENDER), "0xzz"),
        ((OWNER,), SPENDER),
        ((OWNER, "0x01"), SPENDER),
    ],
)
def test_an_amount_that_is_none_is_not_known(
    topics: tuple[str, ...], data: str
) -> None:
    """It is no 0, and no reason to pass the approval over."""
    (named,) = ERC20.nominate(build.log(APPROVAL, *topics, data=data), build.OWNER)

    assert (named.spender, named.claimed) == (build.SPENDER, None)


@pytest.mark.parametrize(("spender", "claimed"), [(SPENDER, 1), (build.word(0), 0)])
def test_an_old_item_names_somebody_or_nobody(spender: str, claimed: int) -> None:
    """To name nobody is to take it back."""
    log = build.log(APPROVAL, OWNER, spender, data=build.word(7))
    (other,) = ERC20.other_readings(log, build.OWNER)

    assert other.claimed == claimed


def test_an_item_needs_an_id() -> None:
    """Without data there is no other reading."""
    assert ERC20.other_readings(build.log(APPROVAL, OWNER, SPENDER), build.OWNER) == ()


@given(allowances(Kind.ERC20))
def test_nothing_is_left_by_approve_or_by_taking_all_off(allowance: Allowance) -> None:
    """approve(spender, 0) first, then what tokens without it have, at last 1 unit."""
    assert isinstance(allowance.grant, Amount)
    granted = allowance.grant.amount
    spender = allowance.spender
    ways = _ways(allowance, 0)
    said = [
        (Method.APPROVE, encode_call("approve(address,uint256)", spender, 0), 0),
        (
            Method.DECREASE_ALLOWANCE,
            encode_call("decreaseAllowance(address,uint256)", spender, granted),
            0,
        ),
        (
            Method.DECREASE_APPROVAL,
            encode_call("decreaseApproval(address,uint256)", spender, granted),
            0,
        ),
        (Method.APPROVE, encode_call("approve(address,uint256)", spender, 1), 1),
    ]

    assert [_told(way) for way in ways] == [
        [each] for each in said[: 3 + (granted > 1)]
    ]
    assert all(way.stages[0].role is Role.WHOLE for way in ways)
    assert ["refuses 0" in way.note for way in ways] == [False] * 3 + [True] * (
        granted > 1
    )


@given(allowances(Kind.ERC20), st.data())
def test_an_amount_is_reached_by_the_difference_or_in_two(
    allowance: Allowance, data: st.DataObject
) -> None:
    """What takes off comes first; what sets an amount comes after nothing is left."""
    assert isinstance(allowance.grant, Amount)
    granted = allowance.grant.amount
    assume(granted > 1)
    amount = data.draw(st.integers(1, granted - 1))
    spender = allowance.spender
    off = granted - amount
    less, lesser, *in_two = _ways(allowance, amount)

    assert _told(less) == [
        (
            Method.DECREASE_ALLOWANCE,
            encode_call("decreaseAllowance(address,uint256)", spender, off),
            amount,
        )
    ]
    assert _told(lesser) == [
        (
            Method.DECREASE_APPROVAL,
            encode_call("decreaseApproval(address,uint256)", spender, off),
            amount,
        )
    ]
    firsts = [0, 1] if amount > 1 else [0]
    for way, first in zip(in_two, firsts, strict=True):
        assert [stage.role for stage in way.stages] == [Role.ZERO, Role.SET]
        assert _told(way) == [
            (
                Method.APPROVE,
                encode_call("approve(address,uint256)", spender, each),
                each,
            )
            for each in (first, amount)
        ]
        assert "no more than was not spent meanwhile" in way.note


def _ways(allowance: Allowance, amount: int) -> tuple[Way, ...]:
    ways = ERC20.ways(allowance, amount)
    assert isinstance(ways, tuple)
    return ways


def _told(way: Way) -> list[tuple[Method, bytes, int]]:
    return [(stage.method, stage.call.data, stage.leaves) for stage in way.stages]
