"""Whether a plan's transactions do what it says: each call is made once more. Pure.

A plan that comes from a file, or from a journal, may be anybody's work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from allowctl.model.approval import Amount, Kind
from allowctl.model.plan import Change, Method, Plan, Role, Step
from allowctl.revoke.attempts import DELTAS
from allowctl.standards import STANDARD_OF
from allowctl.standards.base import CannotLower
from allowctl.standards.permit2 import invalidate_call, lockdown_call


def flaw(plan: Plan) -> str:
    """Why a plan is not one that `attempts` and `build` make; empty if it is."""
    return next(_flaws(plan), "")


def _flaws(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        for change in step.changes:
            candidate = change.allowance.candidate
            if candidate.kind is not Kind.PERMIT2 and (
                candidate.contract != candidate.token
            ):
                yield f"step {step.number} is about another token than its contract"
    named = Counter(
        (change.fingerprint, step.role is Role.CANCEL)
        for step in plan.steps
        if step.role is not Role.SET
        for change in step.changes
    )
    if any(count > 1 for count in named.values()):
        yield "an approval is taken back twice"
    yield from _pairs(plan)
    for step in plan.steps:
        if not _is_its_own(step, plan):
            yield f"step {step.number} calls something else than it says"


def _pairs(plan: Plan) -> Iterator[str]:
    """Each ZERO has one SET, of the same approval, and each SET a ZERO."""
    zeros = {step.number: step for step in plan.steps if step.role is Role.ZERO}
    sets = [step for step in plan.steps if step.role is Role.SET]
    waited = [step.waits_for for step in sets]
    if sorted(waited, key=str) != sorted(zeros, key=str):
        yield "a limit is set without its own zeroing"
        return
    for step in sets:
        zero = zeros[step.waits_for or 0]
        names = [[c.fingerprint for c in each.changes] for each in (zero, step)]
        if names[0] != names[1] or len(step.changes) != 1:
            yield f"step {step.number} waits for another approval's zeroing"


def _is_its_own(step: Step, plan: Plan) -> bool:
    """Whether its call is what its approvals, role and method come to."""
    match step.role:
        case Role.CANCEL:
            return len(step.changes) == 1 and _cancels(step, step.changes[0])
        case Role.WHOLE if step.method is Method.LOCKDOWN:
            return _locks(step)
        case Role.WHOLE:
            return len(step.changes) == 1 and _is_way([step], step.changes[0])
        case Role.ZERO:
            others = [each for each in plan.steps if each.waits_for == step.number]
            return bool(others) and _is_way([step, others[0]], others[0].changes[0])
        case Role.SET:
            # Judged with its ZERO.
            return True


def _cancels(step: Step, change: Change) -> bool:
    candidate, grant = change.allowance.candidate, change.allowance.grant
    if candidate.kind is not Kind.PERMIT2 or not isinstance(grant, Amount):
        return False
    nonce = change.permit2_nonce
    if nonce is None or nonce - (grant.permit2_nonce or 0) not in DELTAS:
        return False
    call = invalidate_call(
        candidate.contract, candidate.token, change.allowance.spender, nonce
    )
    return step.call == call and step.method is Method.INVALIDATE_NONCES


def _locks(step: Step) -> bool:
    candidates = [change.allowance.candidate for change in step.changes]
    pairs = [
        (change.allowance.candidate.token, change.allowance.spender)
        for change in step.changes
    ]
    return (
        bool(pairs)
        and all(each.kind is Kind.PERMIT2 for each in candidates)
        and all(change.after == 0 for change in step.changes)
        and step.call == lockdown_call(candidates[0].contract, pairs)
    )


def _is_way(steps: Sequence[Step], goal: Change) -> bool:
    """Whether these are the stages of one of the ways to a goal."""
    try:
        ways = STANDARD_OF[goal.allowance.candidate.kind].ways(
            goal.allowance, _asked(steps, goal)
        )
    except ValueError:
        return False
    if isinstance(ways, CannotLower):
        return False
    told = [
        (step.role, step.method, step.call, step.changes[0].after) for step in steps
    ]
    return any(
        told == [(s.role, s.method, s.call, s.leaves) for s in way.stages]
        for way in ways
    )


def _asked(steps: Sequence[Step], goal: Change) -> int:
    """What was asked for: a token that refuses 0 is left 1 of a revocation."""
    alone = len(steps) == 1 and steps[0].method is Method.APPROVE
    return 0 if alone else goal.after
