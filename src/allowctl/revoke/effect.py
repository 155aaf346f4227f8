"""What a trial shows of a way: whether it works, why not, and with how much gas. Pure.

State after each call decides. What a call itself answers does not: a plain `false` is
no failure where state shows the effect, nor is silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from allowctl.model.approval import (
    Allowance,
    Amount,
    Dead,
    DeadReason,
    Dormant,
    Fate,
    Live,
    NotServed,
    Refused,
)
from allowctl.model.chain import Answer, Block, Call, Reverted, Unserved
from allowctl.model.plan import Change, Method, Role, Stage, Way
from allowctl.revoke.verify import left
from allowctl.rpc.rehearsal import Acted
from allowctl.standards import STANDARD_OF

LEAST_GAS = 40_000
"""The lowest limit that is sent."""
_BESIDE = 5_000


def reads(change: Change) -> tuple[Call, ...]:
    """The calls that read its state."""
    candidate = change.allowance.candidate
    return STANDARD_OF[candidate.kind].reads(candidate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was tried of one way, on top of a block, and what came of it."""

    way: Way
    changes: Sequence[Change]
    asked: Sequence[Call]
    """What was read after each call."""
    acted: Sequence[Acted]
    """Of each stage; of the first alone where no effect can be seen."""
    at: Block
    gas_cap: int
    """What one call may use."""
    estimate: int | Reverted | None = None
    """What a node says that the first call needs; None where none says it."""


def flaw(shown: Shown) -> str:
    """Why a way does not work, in words of our own; nothing if it does."""
    match shown.estimate:
        case Reverted(reason=reason):
            return reason
        case int(gas) if gas > shown.gas_cap:
            return _burns(shown.gas_cap)
    for stage, act in zip(shown.way.stages, shown.acted, strict=False):
        why = _failure(act, shown.gas_cap) or _untold(stage, act)
        if act.reads is not None and not why:
            told = dict(zip(shown.asked, act.reads, strict=True))
            found = (
                _unlike(stage, change, _fate(change, told, shown.at))
                for change in shown.changes
            )
            why = next((each for each in found if each), "")
        if why:
            return why
    return ""


def limits(shown: Shown) -> tuple[int, ...]:
    """The gas limit to send with each stage.

    Half as much again as was used, for refunds are taken off only in the end; and
    what an estimate says that is needed besides. A stage that could not be tried has
    twice what the one before it has.
    """
    found: list[int] = []
    estimate = shown.estimate if isinstance(shown.estimate, int) else 0
    beside = max(0, estimate - shown.acted[0].gas)
    for number in range(len(shown.way.stages)):
        if number < len(shown.acted):
            wanted = (shown.acted[number].gas + beside) * 3 // 2 + _BESIDE
        else:
            wanted = 2 * found[-1]
        found.append(min(max(wanted, LEAST_GAS), shown.gas_cap))
    return tuple(found)


def _failure(act: Acted, gas_cap: int) -> str:
    """Why a call itself is no good; nothing if it is."""
    if act.gas > gas_cap or (not act.worked and act.gas == gas_cap):
        return _burns(gas_cap)
    if not act.worked:
        return "reverts"
    if act.reads is None and act.false:
        return "answers false, and what it leaves cannot be seen here"
    return ""


def _untold(stage: Stage, act: Acted) -> str:
    """Why what cannot be seen is not believed either; nothing if it may be.

    A token without that function may have a fallback that takes any call (WETH9).
    """
    odd = stage.method in {Method.DECREASE_ALLOWANCE, Method.DECREASE_APPROVAL}
    if odd and act.reads is None and not act.true:
        return f"{stage.method} may be no function of it, and nothing can be seen here"
    return ""


def _burns(gas_cap: int) -> str:
    return f"burns more than {gas_cap} gas"


def _fate(change: Change, told: Mapping[Call, Answer], at: Block) -> Fate:
    candidate = change.allowance.candidate
    answers = [told[call] for call in reads(change)]
    heard = [each for each in answers if not isinstance(each, Unserved)]
    if len(heard) < len(answers):
        reason = next(each.reason for each in answers if isinstance(each, Unserved))
        return NotServed(candidate=candidate, reason=reason)
    return STANDARD_OF[candidate.kind].parse(candidate, heard, at)


def _unlike(stage: Stage, change: Change, fate: Fate) -> str:
    """How what state says differs from what a stage is to leave; nothing if not."""
    cancels = stage.role is Role.CANCEL
    now, wanted = left(fate) or 0, change.before if cancels else stage.leaves
    match fate:
        case NotServed(reason=reason):
            why = f"not served: {reason}"
        case Refused(reason=reason):
            why = f"cannot be read after it: {reason}"
        case Dead(reason=DeadReason.TRANSFERRED):
            why = "moves the item away"
        case _ if now > wanted and now == change.before:
            why = "changes nothing"
        case _ if now > wanted:
            why = f"leaves {now} where {wanted} was to be left"
        case _ if _later(change, fate):
            why = "makes it last longer"
        case _ if cancels and _nonce(fate) != change.permit2_nonce:
            why = "leaves its signatures good"
        case _:
            why = ""
    return why


def _later(change: Change, fate: Fate) -> bool:
    """Whether it lasts longer than before, where it lasts only for a time."""
    before, after = change.allowance.grant, _granted(fate)
    return (
        after is not None
        and isinstance(before, Amount)
        and before.expiration is not None
        and (after.expiration is None or after.expiration > before.expiration)
    )


def _granted(fate: Fate) -> Amount | None:
    match fate:
        case Live(allowance=allowance) | Dormant(allowance=allowance):
            pass
        case Dead(allowance=Allowance() as allowance):
            pass
        case _:
            return None
    return allowance.grant if isinstance(allowance.grant, Amount) else None


def _nonce(fate: Fate) -> int | None:
    granted = _granted(fate)
    if granted is None and isinstance(fate, Dead):
        return fate.permit2_nonce
    return None if granted is None else granted.permit2_nonce
