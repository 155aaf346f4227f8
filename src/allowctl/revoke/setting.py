"""The second of two: how much may be set after a zeroing, and that it is ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allowctl.errors import AllowctlError, UnservedError
from allowctl.model.approval import Fate, Kind
from allowctl.model.chain import Call
from allowctl.model.outcome import Receipt
from allowctl.model.plan import Change, Plan, Step
from allowctl.revoke.dispatch import Dispatch
from allowctl.revoke.guard import Zeroing
from allowctl.revoke.ports import Outbox
from allowctl.revoke.verify import left
from allowctl.standards import STANDARD_OF

_UNKNOWN = "the limit was not set: what was spent meanwhile is not known"


class NotSetError(AllowctlError):
    """Nothing is left of an approval, and the limit is not set: why."""


async def zeroing(
    plan: Plan,
    step: Step,
    dispatched: Mapping[int, Dispatch],
    outbox: Outbox,
    fates: Sequence[Fate],
) -> tuple[Call, Zeroing]:
    """The call that sets a limit, and the bound that the guard holds it to.

    `fates` as just read. The bound is what was granted when the plan was made,
    less all that has left the owner until the zeroing was mined: otherwise whoever
    spent in between would be given the limit on top. NotSetError if there is no
    such zeroing (its receipt is asked for once more: another block would hold other
    spending before it), or nothing remains; UnservedError.
    """
    (change,), (fate,) = step.changes, fates
    first = dispatched.get(step.waits_for or 0)
    receipt = None if first is None else first.receipt
    if first is None or receipt is None or not receipt.succeeded:
        raise NotSetError("the limit was not set: its zeroing did not pass")
    again = (await outbox.receipts([*first.raws], plan.owner)).get(receipt.transaction)
    if again is None or _place(again) != _place(receipt):
        raise NotSetError("the limit was not set: its zeroing is not where it was")
    (zeroed,) = first.step.changes
    now = left(fate)
    if now is None or now > zeroed.after:
        raise NotSetError("the limit was not set: it was granted anew meanwhile")
    before = await _before(plan, change, first, receipt, outbox)
    # What the zeroing left can be taken before the limit is set.
    amount = min(change.after, max(0, before - zeroed.after))
    if amount <= now:
        raise NotSetError("the limit was not set: all of it was spent meanwhile")
    candidate = change.allowance.candidate
    bound = Zeroing(
        contract=candidate.contract,
        spender=change.allowance.spender,
        # Never more than is planned, whatever remains.
        remaining=amount,
        left=zeroed.after,
        token=candidate.token if candidate.kind is Kind.PERMIT2 else None,
    )
    if amount == change.after:
        return step.call, bound
    call = STANDARD_OF[change.allowance.candidate.kind].limit(change.allowance, amount)
    if not isinstance(call, Call):
        raise NotSetError(f"the limit was not set: {call.reason}")
    return call, bound


async def _before(
    plan: Plan, change: Change, first: Dispatch, receipt: Receipt, outbox: Outbox
) -> int:
    """What remained of the plan's allowance when it was zeroed, in smallest units.

    By state, just before the zeroing was signed and, where nodes still have that, just
    before it was mined, and by the logs of what has left the owner: the least. An
    allowance that was lowered elsewhere meanwhile is not raised, nor is one whose
    token logs nothing. NotSetError if it was not written down, UnservedError if one
    of the others cannot be had.
    """
    token, owner = change.allowance.candidate.token, plan.owner
    if len(first.read) != 1 or first.read_at < plan.as_of.number:
        raise NotSetError(f"{_UNKNOWN}: the journal does not tell what was read")
    since = await outbox.spent(token, owner, first.read_at + 1, receipt)
    all_along = await outbox.spent(token, owner, plan.as_of.number + 1, receipt)
    last = await outbox.spent(token, owner, receipt.block, receipt)
    if since is None or all_along is None or last is None:
        raise UnservedError("what was spent meanwhile is not known")
    if first.then is not None and first.then[0] == receipt.block_hash:
        then: int | None = first.then[1]
    else:
        then = await _at_parent(change, receipt, outbox)
    known = [change.before - all_along, first.read[0] - since]
    # Nodes forget old state: then what was read before signing, and logs, have to do.
    return min(known if then is None else [*known, then - last])


async def _at_parent(change: Change, receipt: Receipt, outbox: Outbox) -> int | None:
    try:
        parent = await outbox.parent(receipt)
        (fate,) = await outbox.read([change.allowance.candidate], parent)
    except UnservedError:
        return None
    return left(fate)


def _place(receipt: Receipt) -> tuple[str, int, bool]:
    """Where it is mined, and how that ended."""
    return receipt.block_hash, receipt.index, receipt.succeeded
