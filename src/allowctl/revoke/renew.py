"""A plan of earlier, in the light of what state says now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from allowctl.errors import PlanError
from allowctl.model.approval import (
    Allowance,
    Dead,
    Dormant,
    Fate,
    Live,
    NotServed,
    Refused,
)
from allowctl.model.chain import Address
from allowctl.model.facts import TokenFacts
from allowctl.model.plan import Attempt, Change, Plan, Role, Stage, Way
from allowctl.revoke.ports import Outbox
from allowctl.revoke.prepare import refuse_contract
from allowctl.standards.base import IN_TWO


async def renewed(outbox: Outbox, plan: Plan) -> Plan:
    """The same plan with what state says now in it, to be compared with the old one.

    PlanError if something of it cannot be read.
    """
    head = await outbox.head()
    await refuse_contract(outbox, plan.owner, head.block)
    changes = [change for step in plan.steps for change in step.changes]
    fates = iter(
        await outbox.read([each.allowance.candidate for each in changes], head.block)
    )
    return replace(
        plan,
        steps=tuple(
            replace(
                step, changes=tuple(_now(each, next(fates)) for each in step.changes)
            )
            for step in plan.steps
        ),
    )


def renamed(plan: Plan, facts: Mapping[Address, TokenFacts]) -> Plan:
    """The same with tokens named as they name themselves, and spenders not at all."""

    def named(change: Change) -> Change:
        token = facts.get(change.allowance.candidate.token)
        return replace(
            change,
            symbol=token.symbol if token else None,
            decimals=token.decimals if token else None,
            label=None,
            level=None,
        )

    return replace(
        plan,
        steps=tuple(
            replace(step, changes=tuple(map(named, step.changes)))
            for step in plan.steps
        ),
    )


def _now(change: Change, fate: Fate) -> Change:
    match fate:
        case Live(allowance=allowance) | Dormant(allowance=allowance):
            return replace(change, allowance=allowance)
        case Dead(allowance=Allowance() as allowance):
            return replace(change, allowance=allowance)
        case Dead():
            raise PlanError(
                f"{change.fingerprint} is gone since the plan was made",
                hint="make a new plan",
            )
        case Refused(reason=reason) | NotServed(reason=reason):
            raise PlanError(f"{change.fingerprint} could not be read again: {reason}")


def attempts_of(plan: Plan) -> tuple[Attempt, ...]:
    """What a plan's steps try, to be tried once more."""
    found = []
    for step in plan.steps:
        if step.role is Role.SET:
            continue
        steps = [step, *(each for each in plan.steps if each.waits_for == step.number)]
        stages = tuple(
            Stage(
                role=each.role,
                method=each.method,
                call=each.call,
                leaves=each.changes[0].before
                if each.role is Role.CANCEL
                else each.changes[0].after,
            )
            for each in steps
        )
        way = Way(stages=stages, note=IN_TWO if len(stages) > 1 else "")
        found.append(Attempt(changes=steps[-1].changes, ways=(way,)))
    return tuple(found)
