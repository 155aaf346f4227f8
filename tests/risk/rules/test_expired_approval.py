"""expired-approval."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.approval import Amount, Dead, Kind
from allowctl.model.finding import Finding
from allowctl.model.report import Record
from allowctl.risk.rules.expired_approval import ExpiredApproval
from allowctl.standards.permit2 import Permit2
from tests import build
from tests.risk.pages import as_json, example
from tests.strategies import records, uints

RULE = ExpiredApproval()
DAY = 86_400
WAKES = "one signature gives it a new end, and the token lets Permit2 move"


def child(expiration: int, root: int | None = build.UNLIMITED) -> Record:
    grant = build.child(5, expiration=expiration, root_amount=root)
    return build.record(build.allowance(grant, kind=Kind.PERMIT2))


@pytest.mark.parametrize(
    ("ago", "said"),
    [(1, "less than a day"), (DAY, "1 day"), (3 * DAY - 1, "2 days")],
)
def test_what_has_expired_is_told(ago: int, said: str) -> None:
    """With what is left of it."""
    found = RULE.judge(child(build.NOW - ago, 0), build.context())

    assert found == RULE.card.finding(
        f"it expired {said} before block 24000000, with 5 left; "
        "the token lets Permit2 move nothing"
    )


@pytest.mark.parametrize(
    ("root", "evidence"),
    [
        (None, "what the token lets Permit2 move is not known"),
        (0, "the token lets Permit2 move nothing"),
        (7, f"{WAKES} 7"),
        (2**160 - 1, f"{WAKES} any amount"),
    ],
)
def test_what_a_signature_would_wake_is_told(root: int | None, evidence: str) -> None:
    """The root bounds it; what is not known of it is said to be unknown."""
    found = RULE.judge(child(build.NOW - 1, root), build.context())

    assert isinstance(found, Finding)
    assert found.evidence.endswith(f"; {evidence}")


@given(records())
def test_what_works_is_not_expired(record: Record) -> None:
    """The named second is the last one that works; other standards have none."""
    grant = record.allowance.grant
    past = isinstance(grant, Amount) and (grant.expiration or build.NOW) < build.NOW
    found = RULE.judge(record, build.context())

    assert isinstance(found, Finding) is past


@given(uints(160, least=1), uints(48))
def test_it_is_found_of_all_that_permit2_calls_expired(
    amount: int, expiration: int
) -> None:
    """Standard and rule mean the same by it."""
    of = build.candidate(kind=Kind.PERMIT2)
    told = [build.returned(amount, expiration, 0), build.returned(1)]
    fate = Permit2().parse(of, told, build.block())
    left = fate.allowance if isinstance(fate, Dead) else None

    assert (left is not None) is (expiration < build.NOW)
    if left is not None:
        assert isinstance(RULE.judge(build.record(left), build.context()), Finding)


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    found = RULE.judge(child(build.NOW - 30 * DAY), build.context())

    assert example("expired-approval") == as_json(found)
