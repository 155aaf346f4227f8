"""The rate follows what an endpoint serves and refuses, and never leaves reason."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from allowctl.rpc.rate import Rate


def served(rate: Rate, since: float, seconds: float) -> float:
    """So many seconds evenly at the rate, all served; when they are over."""
    now = since
    while now < since + seconds:
        now += 1 / (rate.per_second or 10)
        rate.served(now, now)
    return now


def test_nothing_is_known_before_a_refusal() -> None:
    """However much is served."""
    rate = Rate()
    served(rate, 0, 10)
    assert rate.per_second is None


def test_a_first_refusal_without_anything_served() -> None:
    """One in a second is the least to begin with."""
    rate = Rate()
    rate.refused(5.0)
    assert rate.per_second == 1


def test_still_closed_is_no_news() -> None:
    """Refused again with nothing served in between: the rate stays."""
    rate = Rate(10)
    rate.refused(1.0)
    learned = rate.per_second
    for now in (1.5, 2.5, 4.5):
        rate.refused(now)
    assert rate.per_second == learned


def test_it_climbs_after_a_burst_until_it_is_refused() -> None:
    """What a burst showed may be too little: the ceiling is sought at once."""
    rate = Rate()
    for _ in range(10):
        rate.served(0.5, 0.5)
    rate.refused(0.6)
    now = served(rate, 0.6, 10)
    assert 12 < (rate.per_second or 0) < 14
    top = rate.per_second or 0
    rate.refused(now)
    assert 0.85 * top < (rate.per_second or 0) < 0.95 * top


def test_it_stays_below_its_ceiling() -> None:
    """Until a trial, which comes after twenty seconds and fails."""
    rate = Rate(10)
    now = served(rate, 0, 19)
    assert rate.per_second == 10
    now = served(rate, now, 2)
    assert 10 < (rate.per_second or 0) < 10.5
    rate.refused(now)
    assert abs((rate.per_second or 0) - 10) < 1e-9
    now = served(rate, now, 38)
    assert abs((rate.per_second or 0) - 10) < 1e-9, "twice as patient"
    served(rate, now, 4)
    assert (rate.per_second or 0) > 10


def test_trials_that_hold_grow_bolder() -> None:
    """A limit that was lifted is found in minutes, not in hours."""
    rate = Rate(5)
    served(rate, 0, 300)
    assert (rate.per_second or 0) > 50


def test_heavy_requests_count_as_many() -> None:
    """A batch whose items are counted."""
    rate = Rate()
    rate.served(0.5, 0.5, 30)
    rate.refused(0.6)
    assert rate.per_second == 30


@given(
    events=st.lists(
        st.tuples(st.booleans(), st.floats(0, 5), st.floats(0, 2)), max_size=200
    ),
    known=st.none() | st.floats(0.05, 1000),
)
def test_it_never_leaves_reason(
    events: list[tuple[bool, float, float]], known: float | None
) -> None:
    """Above 0; a refusal never raises it, and lowers it by half at most."""
    rate = Rate(known)
    now = 0.0
    for refused, passes, took in events:
        now += passes
        before = rate.per_second
        if refused:
            rate.refused(now)
            assert rate.per_second is not None
            if before is not None:
                assert before / 2.0001 <= rate.per_second <= before or before <= 0.1
        else:
            rate.served(now - took, now)
        assert rate.per_second is None or rate.per_second >= 0.05
