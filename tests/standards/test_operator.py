"""Operators over a whole collection."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.errors import CodecError
from allowctl.model.approval import (
    Allowance,
    Candidate,
    Dead,
    DeadReason,
    Everything,
    Kind,
    Live,
    Refused,
)
from allowctl.model.chain import Call, Returned, Reverted
from allowctl.model.plan import Method, Role, Stage, Way
from allowctl.standards.base import CannotLower
from allowctl.standards.operator import Operator
from tests import build
from tests.lab.abi import decode_as, encode_call
from tests.strategies import allowances, candidates, topic0

OPERATOR = Operator()
TOPIC0 = topic0("ApprovalForAll(address,address,bool)")
OWNER = build.word(build.OWNER)
SPENDER = build.word(build.SPENDER)


@given(candidates(Kind.OPERATOR))
def test_it_reads_whether_the_spender_is_an_operator(candidate: Candidate) -> None:
    """isApprovedForAll(owner, operator), of the collection."""
    c = candidate
    data = encode_call("isApprovedForAll(address,address)", c.owner, c.spender)

    assert OPERATOR.reads(c) == (Call(c.token, data),)


@given(candidates(Kind.OPERATOR))
def test_a_plain_answer_is_live_or_dead(candidate: Candidate) -> None:
    """True gives everything, false nothing."""
    live = Live(
        allowance=Allowance(
            candidate=candidate, spender=candidate.spender, grant=Everything()
        )
    )
    dead = Dead(candidate=candidate, reason=DeadReason.ZERO)

    assert OPERATOR.parse(candidate, [build.returned(1)], build.block()) == live
    assert OPERATOR.parse(candidate, [build.returned(0)], build.block()) == dead


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (build.returned(2), "answers garbage"),
        (Returned(b"\x01"), "answers garbage"),
        (Returned(b""), "answers nothing"),
        (Reverted("burns its gas"), "burns its gas"),
    ],
)
def test_what_is_no_flag_is_a_refusal(answer: Returned | Reverted, reason: str) -> None:
    """It is neither taken for a yes nor for a no."""
    candidate = build.candidate(kind=Kind.OPERATOR)

    assert OPERATOR.parse(candidate, [answer], build.block()) == Refused(
        candidate=candidate, reason=reason
    )


@given(allowances(Kind.OPERATOR))
def test_revoke_says_false(allowance: Allowance) -> None:
    """setApprovalForAll(operator, false), as eth_abi encodes it."""
    call = OPERATOR.revoke(allowance)
    spender, no = allowance.spender, False

    assert call.data == encode_call("setApprovalForAll(address,bool)", spender, no)
    assert decode_as("(address,bool)", call.data[4:]) == (spender, False)


def test_it_has_no_other_reading() -> None:
    """The event is shared by ERC-721 and ERC-1155, which read it alike."""
    log = build.log(TOPIC0, OWNER, build.word(build.SPENDER), data=build.word(1))

    assert OPERATOR.other_readings(log, build.OWNER) == ()


@pytest.mark.parametrize(
    ("topics", "data"),
    [
        ((), build.word(1)),
        ((OWNER,), "0x"),
        ((OWNER,), build.word(2**160)),
        ((OWNER, build.word(2**160)), build.word(1)),
    ],
)
def test_a_log_without_an_operator_is_told(topics: tuple[str, ...], data: str) -> None:
    """No spender is guessed."""
    with pytest.raises(CodecError):
        OPERATOR.nominate(build.log(TOPIC0, *topics, data=data), build.OWNER)


@pytest.mark.parametrize(
    ("topics", "data", "claimed"),
    [
        ((OWNER, SPENDER), build.word(1), 1),
        ((OWNER, SPENDER), build.word(0), 0),
        ((OWNER, SPENDER), build.word(2), None),
        ((OWNER, SPENDER), "0x", None),
        ((OWNER,), SPENDER + build.word(1)[2:], 1),
        ((OWNER,), SPENDER, None),
    ],
)
def test_a_log_says_yes_or_no_or_nothing(
    topics: tuple[str, ...], data: str, claimed: int | None
) -> None:
    """What is neither yes nor no is not known."""
    (named,) = OPERATOR.nominate(build.log(TOPIC0, *topics, data=data), build.OWNER)

    assert (named.spender, named.claimed) == (build.SPENDER, claimed)


@given(allowances(Kind.OPERATOR))
def test_an_operator_is_taken_back_whole_or_not_at_all(allowance: Allowance) -> None:
    """One call for nothing, and no way to anything else."""
    stage = Stage(
        role=Role.WHOLE,
        method=Method.SET_APPROVAL_FOR_ALL,
        call=OPERATOR.revoke(allowance),
        leaves=0,
    )

    assert OPERATOR.ways(allowance, 0) == (Way(stages=(stage,)),)
    assert isinstance(OPERATOR.ways(allowance, 1), CannotLower)
