"""Pairs that a person names are read from state, whatever the logs say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.model.approval import (
    Candidate,
    Dead,
    DeadReason,
    Kind,
    NotServed,
    Origin,
    Refused,
)
from allowctl.model.question import Pair, Question
from allowctl.scan import named
from allowctl.scan.discover import Discovery
from tests.build import MAINNET, OWNER, PERMIT2, SPENDER, TOKEN, address, candidate

QUESTION = Question(
    chain=MAINNET, owner=OWNER, pairs=(Pair(token=TOKEN, spender=SPENDER),)
)
ERC20 = candidate()
OPERATOR = candidate(kind=Kind.OPERATOR)
CHILD = candidate(kind=Kind.PERMIT2)


def test_what_a_pair_may_be() -> None:
    """An allowance, an operator, and a child inside the chain's Permit2."""
    found = named.candidates(QUESTION)
    assert {each.key for each in found} == {ERC20.key, OPERATOR.key, CHILD.key}
    assert {each.origin for each in found} == {Origin.NAMED}
    assert {each.contract for each in found} == {TOKEN, PERMIT2}


@pytest.mark.parametrize("kind", Kind)
def test_kinds_not_asked_for(kind: Kind) -> None:
    """They are not read; a single NFT has no pair."""
    found = named.candidates(replace(QUESTION, kinds=frozenset({kind})))
    assert [each.kind for each in found] == ([] if kind is Kind.ERC721 else [kind])


def test_every_pair() -> None:
    """Each pair is read for itself."""
    pairs = tuple(Pair(token=TOKEN, spender=address(n)) for n in range(1, 4))
    assert len(named.candidates(replace(QUESTION, pairs=pairs))) == 9


def test_a_token_speaks_one_kind() -> None:
    """An ERC-20 has no operators: that it refuses the question is said, not shown."""
    dead = Dead(candidate=ERC20, reason=DeadReason.ZERO)
    refused = Refused(candidate=OPERATOR, reason="reverts")
    kept, said = named.without_foreign_kinds([dead, refused])
    assert kept == [dead]
    assert said == [f"{TOKEN} does not answer as operator"]


def test_a_token_that_speaks_none() -> None:
    """Where it answers as nothing, every refusal is shown."""
    fates = [
        Refused(candidate=ERC20, reason="reverts"),
        Refused(candidate=OPERATOR, reason="reverts"),
    ]
    assert named.without_foreign_kinds(fates) == (fates, [])


def test_permit2_proves_nothing_of_the_token() -> None:
    """A child that is dead inside Permit2 is no word of the token's."""
    child = Dead(candidate=CHILD, reason=DeadReason.ZERO)
    refused = Refused(candidate=ERC20, reason="reverts")
    assert named.without_foreign_kinds([child, refused]) == ([child, refused], [])


def test_unserved_stays() -> None:
    """What nobody served is never left out."""
    unserved = NotServed(candidate=ERC20, reason="not now")
    dead = Dead(candidate=OPERATOR, reason=DeadReason.ZERO)
    kept, said = named.without_foreign_kinds([unserved, dead])
    assert (kept, said) == ([unserved, dead], [])


def discovery(*named: Candidate) -> Discovery:
    return Discovery(candidates=named, other_readings={})


PROBED = replace(QUESTION, pairs=(), probes=(Pair(token=TOKEN, spender=SPENDER),) * 2)


def test_what_is_probed() -> None:
    """Once, as whatever it may be, besides what logs name; that is not read twice."""
    other = candidate(token=address(7))
    found = named.probed(discovery(ERC20, other), PROBED)
    assert found.discovery.candidates[:2] == (ERC20, other)
    assert [each.key for each in found.discovery.candidates[2:]] == [
        OPERATOR.key,
        CHILD.key,
    ]
    assert found.keys == {OPERATOR.key, CHILD.key}
    assert {each.origin for each in found.discovery.candidates[2:]} == {Origin.NAMED}


@pytest.mark.parametrize(
    "narrowed",
    [
        replace(PROBED, tokens=frozenset({address(7)})),
        replace(PROBED, spenders=frozenset({address(7)})),
        replace(PROBED, kinds=frozenset({Kind.ERC721})),
        replace(PROBED, probes=()),
    ],
)
def test_what_is_not_probed(narrowed: Question) -> None:
    """What the question is not about is not read for a probe either."""
    assert named.probed(discovery(), narrowed).discovery.candidates == ()


def test_a_probe_narrows_nothing() -> None:
    """It asks for more, never for less."""
    assert not PROBED.restricted
    assert not PROBED.named


def test_a_log_outweighs_a_probe() -> None:
    """What a log names is told even if the token speaks no such kind."""
    dead = Dead(candidate=ERC20, reason=DeadReason.ZERO)
    refused = Refused(candidate=OPERATOR, reason="reverts")
    kept, notes = named.without_foreign_kinds([dead, refused], {CHILD.key})
    assert (kept, notes) == ([dead, refused], [])
    kept, notes = named.without_foreign_kinds([dead, refused], {OPERATOR.key})
    assert (kept, notes) == ([dead], [f"{TOKEN} does not answer as operator"])


def test_no_code() -> None:
    """A token that is not there is told; where Permit2 is not, the token is not it."""
    gone = Dead(candidate=CHILD, reason=DeadReason.NO_CODE)
    assert named.without_foreign_kinds([gone]) == ([gone], [])
    gone = Dead(candidate=ERC20, reason=DeadReason.NO_CODE)
    kept, (note,) = named.without_foreign_kinds([gone])
    assert kept == [gone]
    assert note == f"no contract is at {TOKEN}: right chain?"
