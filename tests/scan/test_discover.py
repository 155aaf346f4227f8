"""Logs nominate: every approval once, by its newest log, in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import Kind, Origin
from allowctl.model.chain import Log
from allowctl.scan.discover import nominate
from allowctl.standards import erc20, operator, permit2
from tests import strategies
from tests.build import OWNER, PERMIT2, SPENDER, TOKEN, address, candidate, log
from tests.build import word as w
from tests.fakes.worlds import approval_log

ERC20 = candidate()
ITEM = candidate(kind=Kind.ERC721, token_id=7)
OPERATOR = candidate(kind=Kind.OPERATOR)
CHILD = candidate(kind=Kind.PERMIT2)
ONE_EACH = (ERC20, ITEM, OPERATOR, CHILD)


def test_every_kind_is_found() -> None:
    """One log of each standard, one candidate of each kind."""
    found = nominate([approval_log(each, number=3) for each in ONE_EACH], OWNER)
    assert {each.key for each in found.candidates} == {each.key for each in ONE_EACH}
    assert found.undecodable == ()


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_alone(kind: Kind) -> None:
    """Kinds that were not asked for stay out, unless a log may mean either."""
    logs = [approval_log(each) for each in ONE_EACH]
    found = nominate(logs, OWNER, frozenset({kind}))
    kinds = {each.kind for each in found.candidates}
    shares_its_event = {Kind.ERC20, Kind.ERC721}
    assert kinds == (shares_its_event if kind in shares_its_event else {kind})


def test_the_newest_log_is_kept() -> None:
    """Of many logs of one approval the last one says when it changed."""
    places = [(5, 1), (9, 0), (5, 2), (2, 7)]
    logs = [approval_log(ERC20, number=b, index=i) for b, i in places]
    (found,) = nominate(logs, OWNER).candidates
    assert found.last_changed is not None
    assert (found.last_changed.block, found.last_changed.index) == (9, 0)


@st.composite
def approvals(draw: st.DrawFn) -> tuple[list[Log], list[Log]]:
    """Logs of few owners' few approvals, and the same in another order."""
    few = st.integers(1, 3).map(address)
    named = st.builds(
        lambda kind, token, spender: candidate(kind=kind, token=token, spender=spender),
        st.sampled_from(Kind),
        few,
        few,
    )
    drawn = draw(st.lists(st.tuples(named, st.integers(0, 2**161)), max_size=15))
    logs = [
        approval_log(each, value=value, number=index // 3, index=index)
        for index, (each, value) in enumerate(drawn)
    ]
    return logs, draw(st.permutations(logs))


@given(approvals())
def test_order_changes_nothing(drawn: tuple[list[Log], list[Log]]) -> None:
    """Whatever order the replies come in, the candidates come in the same."""
    first, second = (nominate(logs, OWNER) for logs in drawn)
    assert first.candidates == second.candidates
    assert first.other_readings == second.other_readings


def test_a_log_in_no_known_layout() -> None:
    """It is counted and named, and hides no other."""
    odd = [
        log(permit2.APPROVAL.topic0, w(OWNER)),
        log(erc20.APPROVAL.topic0, w(OWNER), w(2**200)),
        log(operator.APPROVAL_FOR_ALL.topic0, w(OWNER), data="0x12"),
        log(permit2.LOCKDOWN.topic0, w(OWNER), data="0xzz"),
    ]
    found = nominate([*odd, approval_log(ERC20)], OWNER)
    assert [each.key for each in found.candidates] == [ERC20.key]
    assert len(found.undecodable) == 4
    assert {each.contract for each in found.undecodable} == {TOKEN}


def test_second_readings() -> None:
    """A log that may mean an amount or an item is remembered as both."""
    three = approval_log(ERC20, value=7)
    four = approval_log(ITEM)
    found = nominate([three, four], OWNER)
    (item,) = found.other_readings[ERC20.key]
    (allowance,) = found.other_readings[ITEM.key]
    assert (item.kind, item.token_id) == (Kind.ERC721, 7)
    assert allowance.key == ERC20.key


def test_probes_give_way() -> None:
    """What a log names and another only hints at is named."""
    hint = log(erc20.APPROVAL.topic0, w(OWNER), w(5), data=w(SPENDER))
    probe = candidate(origin=Origin.PROBE)
    hinted = {each.key: each.origin for each in nominate([hint], OWNER).candidates}
    assert hinted[probe.key] is Origin.PROBE
    both = nominate([hint, approval_log(ERC20)], OWNER).candidates
    assert {each.key: each.origin for each in both}[ERC20.key] is Origin.LOG


def test_permit2_at_any_address() -> None:
    """A copy of Permit2 is found by its events, wherever it lives."""
    copy = candidate(kind=Kind.PERMIT2, contract=address(0xC0))
    found = nominate([approval_log(copy), approval_log(CHILD)], OWNER).candidates
    assert {each.contract for each in found} == {address(0xC0), PERMIT2}


@given(st.lists(strategies.arbitrary_logs.filter(lambda each: bool(each.topics))))
def test_any_logs(logs: list[Log]) -> None:
    """Logs of any content end as candidates or as undecodable: nothing breaks."""
    sound = [each for each in logs if _placed(each)]
    found = nominate(sound, OWNER)
    assert len({each.key for each in found.candidates}) == len(found.candidates)


def _placed(each: Log) -> bool:
    try:
        return each.block >= 0 and each.index >= 0
    except ValueError:
        return False
