"""The texts, numbers and days of a policy, in their one form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from allowctl.config import forms_policy
from allowctl.model.finding import Level


@given(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.decimals(),
        st.text(),
        st.dates(),
        st.datetimes(),
        st.times(),
        st.lists(st.text(), max_size=2),
    )
)
def test_anything_is_taken_in_one_form_or_refused(value: object) -> None:
    """By each form, with a sentence that does not depend on the value."""
    for form, kind, refusals in (
        (forms_policy.amount, (int, str), 1),
        (forms_policy.duration, int, 1),
        (forms_policy.day, date, 3),
        (forms_policy.level, Level, 1),
        (forms_policy.chain, str, 1),
        (forms_policy.version, int, 1),
    ):
        found, said = tried(form, value)

        assert said or isinstance(found, kind)
        told[form].update({said} - {""})
        assert len(told[form]) <= refusals


told: dict[Callable[[object], object], set[str]] = defaultdict(set)
"""What each form has said of all values so far."""


def tried(form: Callable[[object], object], value: object) -> tuple[object, str]:
    try:
        return form(value), ""
    except ValueError as error:
        return None, str(error)


@given(st.text())
def test_a_line_is_one(text: str) -> None:
    """Whatever is taken is printable, bounded, and says something; and stays so."""
    form = forms_policy.line(20)
    try:
        found = form(text)
    except ValueError:
        return

    assert found.isprintable()
    assert 0 < len(found) <= 20
    assert form(found) == found
