"""Whose transactions are under way. Pure."""

from __future__ import annotations

from collections.abc import Collection

from allowctl.errors import PlanError
from allowctl.model.plan import Plan


def refuse_foreign(
    plan: Plan, latest: int, pending: int, ours: Collection[int]
) -> None:
    """PlanError if transactions are under way that we did not sign.

    `latest` and `pending` as in `ports.Nonces`, `ours` the nonces that we signed for.
    """
    # Counted, not listed: whoever tells of them may tell of any number.
    foreign = pending - latest - sum(latest <= nonce < pending for nonce in set(ours))
    if foreign:
        raise PlanError(
            f"{plan.owner} has {foreign} other transactions under way on "
            f"{plan.chain.name}",
            hint="wait for them, or --replace-pending takes their place",
        )
