"""The nonce to begin with. Pure."""

from __future__ import annotations

from collections.abc import Collection

from allowctl.errors import PlanError
from allowctl.model.plan import Plan


def first_nonce(plan: Plan, latest: int, pending: int, ours: Collection[int]) -> int:
    """The nonce to begin with, where nothing foreign is to be replaced.

    PlanError if transactions are under way that we did not sign.
    """
    # Counted, not listed: whoever tells of them may tell of any number.
    foreign = pending - latest - sum(latest <= nonce < pending for nonce in set(ours))
    if foreign:
        raise PlanError(
            f"{plan.owner} has {foreign} other transactions under way on "
            f"{plan.chain.name}",
            hint="wait for them, or --replace-pending takes their place",
        )
    return pending
