"""What is offered for gas, and what never is."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from allowctl.errors import PlanError, UsageError
from allowctl.model.plan import Caps, Fees
from allowctl.revoke.fees import (
    GWEI,
    Urgency,
    bumped,
    default_caps,
    offered,
    parse_gwei,
    parse_native,
    shown_gwei,
)
from allowctl.revoke.ports import FeeHistory

CAP = 200 * GWEI
wei = st.integers(0, 2**80)
histories = st.builds(
    FeeHistory,
    base_fees=st.lists(wei, max_size=21).map(tuple),
    rewards=st.lists(st.tuples(wei, wei, wei), max_size=20).map(tuple),
    gas_price=wei,
    suggested_tip=st.none() | wei,
)


def history(
    *base_fees: int,
    rewards: tuple[tuple[int, int, int], ...] = (),
    suggested: int | None = None,
) -> FeeHistory:
    return FeeHistory(base_fees=base_fees, rewards=rewards, suggested_tip=suggested)


# what is offered


@pytest.mark.parametrize(
    ("urgency", "tip"), [(Urgency.SLOW, 2), (Urgency.NORMAL, 5), (Urgency.FAST, 9)]
)
def test_the_urgency_chooses_the_percentile(urgency: Urgency, tip: int) -> None:
    """Its median over the blocks; twice the next base fee is added."""
    told = history(7, 8, 10, rewards=((1, 4, 8), (2, 5, 9), (3, 6, 99)))
    assert offered(told, urgency, 1, CAP) == Fees(max_fee=20 + tip, tip=tip, base_fee=8)


def test_of_two_blocks_the_lower_tip_counts() -> None:
    """One block of a bidding war does not raise it."""
    told = history(1, 1, rewards=((1, 1, 1), (9, 9, 9)))
    assert offered(told, Urgency.NORMAL, 1, CAP).tip == 1


@pytest.mark.parametrize(
    ("chain_id", "tip"),
    [
        (137, 30 * GWEI),
        (56, 60_000_000),
        (143, 2 * GWEI),
        (80094, 30_000_000),
        (1, 1),
        (10, 1),
    ],
)
def test_tip_floors(chain_id: int, tip: int) -> None:
    """Some chains' validators take nothing below theirs; nowhere is it nothing."""
    told = history(0, 0, rewards=((0, 0, 0),))
    assert offered(told, Urgency.FAST, chain_id, CAP).tip == tip


def test_what_the_chain_suggests() -> None:
    """It counts where it is more than what others paid."""
    told = history(5, 5, rewards=((1, 2, 3),), suggested=50)
    assert offered(told, Urgency.NORMAL, 59144, CAP).tip == 50
    told = history(5, 5, rewards=((1, 200, 300),), suggested=50)
    assert offered(told, Urgency.NORMAL, 59144, CAP).tip == 200


def test_only_the_next_base_fee_is_known() -> None:
    """Then that is the newest block's, too."""
    found = offered(history(8), Urgency.NORMAL, 1, CAP)
    assert found == Fees(max_fee=17, tip=1, base_fee=8)


@pytest.mark.parametrize(
    ("urgency", "price"),
    [(Urgency.SLOW, 101), (Urgency.NORMAL, 112), (Urgency.FAST, 127)],
)
def test_a_chain_without_base_fee(urgency: Urgency, price: int) -> None:
    """The gas price, a tenth or a quarter more of it, rounded up; no tip."""
    told = FeeHistory(base_fees=(), gas_price=101)
    assert offered(told, urgency, 1, CAP) == Fees(max_fee=price, tip=None)


# the cap


def test_a_cap_that_still_pays_for_the_next_block() -> None:
    """Then it is what is offered."""
    assert offered(history(100, 100), Urgency.NORMAL, 1, 101).max_fee == 101
    told = FeeHistory(base_fees=(), gas_price=100)
    assert offered(told, Urgency.FAST, 1, 101).max_fee == 101


@pytest.mark.parametrize(
    "told",
    [
        history(30 * GWEI, 41 * GWEI),
        history(1, 1, rewards=((41 * GWEI,) * 3,)),
        history(1, 1, suggested=41 * GWEI),
        FeeHistory(base_fees=(), gas_price=41 * GWEI),
    ],
)
def test_above_the_cap(told: FeeHistory) -> None:
    """Nothing is offered, whoever is to blame; the hint names the option."""
    with pytest.raises(PlanError, match=r"gas costs 41.* gwei, above the cap of 40.5$"):
        offered(told, Urgency.NORMAL, 1, 40 * GWEI + GWEI // 2)
    with pytest.raises(PlanError) as caught:
        offered(told, Urgency.NORMAL, 1, 40 * GWEI)
    assert "--max-gwei" in str(caught.value.hint)


@given(histories, st.sampled_from(Urgency), st.sampled_from([1, 137, 59144]), wei)
def test_the_cap_holds_whatever_a_node_says(
    told: FeeHistory, urgency: Urgency, chain_id: int, cap: int
) -> None:
    """And the tip is never above what is offered in all."""
    try:
        found = offered(told, urgency, chain_id, cap)
    except PlanError:
        return
    assert 0 <= (found.tip or 0) <= found.max_fee <= cap
    assert (found.tip is None) is (not told.base_fees)
    if told.base_fees:
        assert found.max_fee >= told.base_fees[-1] + (found.tip or 0)


# replacements


@given(wei, st.none() | wei, wei)
def test_a_replacement_is_an_eighth_above_in_both(
    max_fee: int, tip: int | None, cap: int
) -> None:
    """At least, strictly more, and never above the cap."""
    assume(tip is None or tip <= max_fee)
    old = Fees(max_fee=max_fee, tip=tip, base_fee=3)
    new = bumped(old, cap)
    if new is None:
        assert max(-(-max_fee * 9 // 8), max_fee + 1) > cap
        return
    assert new.max_fee <= cap
    assert (new.tip is None, new.base_fee) == (tip is None, 3)
    for before, after in ((max_fee, new.max_fee), (tip, new.tip)):
        if before is not None and after is not None:
            assert after > before
            assert after * 1000 >= before * 1125
    assert (new.tip or 0) <= new.max_fee


def test_the_ceiling() -> None:
    """Exactly at the cap it still goes."""
    old = Fees(max_fee=8, tip=8)
    assert bumped(old, 9) == Fees(max_fee=9, tip=9)
    assert bumped(old, 8) is None


# caps


@pytest.mark.parametrize(
    ("chain_id", "gwei", "gas"),
    [
        (1, 200, 300_000),
        (137, 2_000, 300_000),
        (56, 50, 300_000),
        (100, 100, 300_000),
        (43114, 500, 300_000),
        (10, 300, 300_000),
        (31337, 300, 300_000),
        (42161, 10, 3_000_000),
        (324, 5, 6_000_000),
        (5000, 1, 600_000_000),
    ],
)
def test_default_caps(chain_id: int, gwei: int, gas: int) -> None:
    """A transaction may cost all its gas at the highest fee, a run twenty of them."""
    each = gas * gwei * GWEI
    assert default_caps(chain_id) == Caps(
        fee_per_gas=gwei * GWEI, gas=gas, per_transaction=each, per_run=20 * each
    )


def test_given_caps() -> None:
    """Each takes a default's place, and those that follow from it follow."""
    caps = default_caps(1, fee_per_gas=10, gas=100)
    assert (caps.per_transaction, caps.per_run) == (1_000, 20_000)
    caps = default_caps(1, per_transaction=7)
    assert (caps.fee_per_gas, caps.per_run) == (200 * GWEI, 140)
    assert default_caps(1, per_run=9).per_run == 9
    assert default_caps(1, fee_per_gas=0).fee_per_gas == 0


# money as it is typed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 10**18),
        ("0.05", 5 * 10**16),
        ("0.000000000000000001", 1),
        ("007.50", 75 * 10**17),
        ("123456789012345678", 123456789012345678 * 10**18),
    ],
)
def test_native(text: str, expected: int) -> None:
    """Every digit counts: no float comes near it."""
    assert parse_native(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("30.5", 30_500_000_000), ("0.000000001", 1), ("1", GWEI)]
)
def test_gwei(text: str, expected: int) -> None:
    """Nine decimals are a wei."""
    assert parse_gwei(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "0.0", ".5", "5.", "-1", "+1", "1e3", "1_000", "1,5", " 1", "1 "),
        *("0x10", "NaN", "inf", "٣", "1.0000000000000000001", "9" * 19, "1" * 10**6),
    ],
)
def test_no_money(text: str) -> None:
    """What is not plain digits is refused, in one short line."""
    for parse in (parse_native, parse_gwei):
        with pytest.raises(UsageError) as caught:
            parse(text)
        assert caught.value.message.isascii()
        assert len(caught.value.message) < 300


def test_more_decimals_than_gwei_has() -> None:
    """A tenth of a wei is not rounded."""
    with pytest.raises(UsageError, match=r"'1.0000000001' is not a price in gwei"):
        parse_gwei("1.0000000001")


@given(st.integers(1, 10**18 - 1), st.integers(0, GWEI - 1))
def test_gwei_round_trip(whole: int, part: int) -> None:
    """What is shown is what is parsed."""
    assume(whole < 10**15)
    price = whole * GWEI + part
    assert parse_gwei(shown_gwei(price)) == price
