"""What several rules say in the same words."""

from __future__ import annotations

import pytest

from allowctl.model.missing import Lack, Missing
from allowctl.risk.wording import days, missing
from tests import build


@pytest.mark.parametrize(
    ("count", "said"), [(0, "less than a day"), (1, "1 day"), (2, "2 days")]
)
def test_days_are_counted_as_people_do(count: int, said: str) -> None:
    """None, one, many."""
    assert days(count) == said


def test_what_was_not_served_makes_an_audit_incomplete() -> None:
    """A node's failure is one; a contract's silence cannot be helped."""
    unserved = build.token_facts(unserved=True)

    assert missing(unserved, "balance") == Missing(
        Lack.FAILED, "nobody served the token's balance"
    )
    assert missing(build.token_facts(), "balance") == Missing(
        Lack.UNAVAILABLE, "the token does not tell its balance"
    )
