"""What tells a plan that was agreed to from one that was made anew."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from allowctl.model.approval import Amount
from allowctl.model.plan import Change, Plan, Proof, Role, Step


def differences(old: Plan, new: Plan) -> tuple[str, ...]:
    """Why `new` is not what was agreed to with `old`, in words; empty if it is.

    The same owner and chain, the same transactions with the same effect. It may cost
    less, and not more in all. A cancellation may raise a Permit2 nonce by another
    random step: it does the same.
    """
    if old.chain.id != new.chain.id:
        return (f"the plan is for chain {old.chain.id}, not {new.chain.id}",)
    if old.owner != new.owner:
        return (f"the plan is for {old.owner}, not {new.owner}",)
    return tuple(_differences(old, new))


def _differences(old: Plan, new: Plan) -> Iterator[str]:
    for was, now in zip_longest(old.steps, new.steps):
        if now is None:
            yield f"step {was.number} ({was.method}) is no longer there"
        elif was is None:
            yield f"step {now.number} ({now.method}) is new"
        else:
            yield from _of_step(was, now)
    if new.worst_cost > old.worst_cost:
        yield (
            f"it may cost {new.worst_cost:,} wei now, and {old.worst_cost:,} as planned"
        )


def _of_step(was: Step, now: Step) -> Iterator[str]:
    step = f"step {was.number}"
    names = [[each.fingerprint for each in one.changes] for one in (was, now)]
    if names[0] != names[1]:
        yield f"{step} changes other approvals"
        return
    for before, after in zip(was.changes, now.changes, strict=True):
        yield from _of_change(step, before, after)
    if (was.role, was.method, was.waits_for) != (now.role, now.method, now.waits_for):
        yield f"{step} is done otherwise: {now.method} ({now.role})"
    elif was.call.to != now.call.to:
        yield f"{step} goes to another contract: {now.call.to}"
    elif was.call.data != now.call.data and was.role is not Role.CANCEL:
        yield f"{step} calls with other values"
    if now.proof is Proof.UNPROVEN and was.proof is not Proof.UNPROVEN:
        yield f"{step} was simulated, and could not be now"


def _of_change(step: str, was: Change, now: Change) -> Iterator[str]:
    name = was.fingerprint
    if was.before != now.before:
        yield f"{step}: {name} was {was.before:,} and is {now.before:,} now"
    if was.after != now.after:
        yield f"{step}: {name} was to be {was.after:,}, and would be {now.after:,}"
    if _ends(was) != _ends(now):
        yield f"{step}: {name} has another expiration or Permit2 nonce now"


def _ends(change: Change) -> tuple[int | None, int | None]:
    grant = change.allowance.grant
    if not isinstance(grant, Amount):
        return None, None
    return grant.expiration, grant.permit2_nonce
