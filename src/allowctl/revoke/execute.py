"""Carrying a plan out: read again, sign, write down, send, follow, read back.

A revocation may be sent again; a limit is set exactly once. So whatever is signed
for a step keeps its nonce for ever: it is sent again and replaced, never signed anew
under another. A SET is signed only after our own zeroing is final.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from allowctl.codec.signed import of_signed
from allowctl.errors import SignerError, UnservedError
from allowctl.model.approval import Fate
from allowctl.model.chain import Address, Block, Call, Head
from allowctl.model.outcome import Result
from allowctl.model.plan import Plan, Role, Step
from allowctl.revoke.dispatch import Dispatch, Known
from allowctl.revoke.follow import Follower, Terms
from allowctl.revoke.history import SignedEntry
from allowctl.revoke.ports import Outbox, Sleep
from allowctl.revoke.readback import Readback
from allowctl.revoke.rights import rights, unready
from allowctl.revoke.sendoff import Sendoff, Sent
from allowctl.revoke.setting import NotSetError, zeroing
from allowctl.revoke.verify import left

_AT_ONCE = 20
"""Steps that are read together: what was read long ago is not signed for."""
_Found = Mapping[int, tuple[Sequence[Fate], Mapping[Address, bool]]]
"""By a step's number: the fates of its approvals, and who has single items."""
_STALE = 6.0
"""Seconds after which state is read again before it is signed for."""
_NOT_FINAL = "the limit was not set: its zeroing is not final"
_NOT_TO_BE_SIGNED = "not sent: no keystore was named"
_STOPPED = "not sent: a transaction before it was not taken"


@dataclass(slots=True, kw_only=True)
class Execution:
    """One plan, from its first signature to its verdicts."""

    plan: Plan
    outbox: Outbox
    sendoff: Sendoff
    terms: Terms
    sleep: Sleep
    signs: bool = True
    """Whether steps that are not signed yet are to be."""
    unsent: dict[int, str] = field(default_factory=dict, init=False)
    """Why a step was not signed, by its number."""
    gone: frozenset[int] = field(default=frozenset(), init=False)
    """The steps whose nonces went to other transactions, once that is final."""

    def recall(self, signed: Sequence[SignedEntry]) -> None:
        """Go on with what an earlier run signed: in the order of signing."""
        steps = {step.number: step for step in self.plan.steps}
        for each in signed:
            sent = of_signed(each.raw)
            found = self.sendoff.dispatched.setdefault(
                each.step,
                Dispatch(
                    step=steps[each.step],
                    nonce=each.nonce,
                    call=Call(sent.to, sent.data),
                    fees=sent.fees,
                    signed_at=self.sendoff.clock(),
                    read=each.read,
                    read_at=each.read_at,
                ),
            )
            found.raws[each.transaction] = each.raw
            found.fees = sent.fees

    async def carry_out(self) -> Result:
        """Send all, follow it to the end, read it back.

        UnservedError if nobody answers before anything is signed; afterwards that is
        a verdict, and the run is to be resumed. JournalError ends it at once.
        """
        follower = Follower(
            plan=self.plan,
            outbox=self.outbox,
            sendoff=self.sendoff,
            terms=self.terms,
            sleep=self.sleep,
            replace=self._replace,
        )
        readback = Readback(plan=self.plan, outbox=self.outbox)
        under_way = self.sendoff.dispatched
        if not self.signs:
            self.unsent |= dict.fromkeys(
                (step.number for step in self._open()), _NOT_TO_BE_SIGNED
            )
        try:
            await follower.look()
            for each in [*under_way.values()]:
                # Nobody may have been told of what an earlier run signed.
                if each.receipt is None:
                    await self.sendoff.post(each)
            await self._first([step for step in self._open() if not step.waits_for])
            await follower.mined()
            await readback.at_receipts([*under_way.values()])
            await self._before_zeroings()
            waiting = [step for step in self._open() if step.waits_for]
            if not waiting:
                self.sendoff.forget()
            await follower.final()
            if waiting:
                await self._sets(waiting, follower.settled)
                await follower.mined()
                await readback.at_receipts([*under_way.values()])
                self.sendoff.forget()
                await follower.final()
        finally:
            self.sendoff.forget()
        self.gone = frozenset(
            number for number in follower.settled if under_way[number].lost
        )
        return await readback.result(
            under_way, self.unsent, follower.settled, follower.notes
        )

    def _open(self) -> list[Step]:
        """The steps that are neither signed nor given up."""
        done = self.sendoff.dispatched.keys() | self.unsent.keys()
        return [step for step in self.plan.steps if step.number not in done]

    async def _first(self, steps: Sequence[Step]) -> None:
        """Everything that waits for nothing: read together, sent one by one."""
        for begin in range(0, len(steps), _AT_ONCE):
            if not await self._some(steps[begin : begin + _AT_ONCE]):
                break
        for step in steps:
            if step.number not in self.sendoff.dispatched:
                self.unsent.setdefault(step.number, _STOPPED)

    async def _some(self, steps: Sequence[Step]) -> bool:
        """Whether those after them can be sent, too."""
        try:
            head, found = await self._read(steps)
            if self._unlocked(steps, head.block, found):
                head, found = await self._read(steps)
        except UnservedError as error:
            if not self.sendoff.dispatched:
                raise
            self.unsent |= {each.number: f"not sent: {error.message}" for each in steps}
            return False
        for step in steps:
            fates, _ = found[step.number]
            reason = unready(step, fates)
            if reason:
                self.unsent[step.number] = reason
                continue
            known = self._known(step, head.block, found)
            if await self._send(step, step.call, known) is Sent.STUCK:
                return False
        return True

    def _unlocked(self, steps: Sequence[Step], at: Block, found: _Found) -> bool:
        """Have the key, if anything is to be signed. Whether that took a while."""
        began = self.sendoff.clock()
        for step in steps:
            fates, _ = found[step.number]
            known = self._known(step, at, found)
            if not unready(step, fates) and self.sendoff.passes(
                self._dispatch(step, step.call, known), known
            ):
                self.sendoff.unlocked()
                break
        return self.sendoff.clock() - began > _STALE

    def _known(self, step: Step, at: Block, found: _Found) -> Known:
        fates, items = found[step.number]
        return Known(
            rights=rights(step, fates, items),
            read=tuple(left(each) or 0 for each in fates),
            at=at,
            spendable=self.sendoff.spendable(step),
        )

    def _dispatch(self, step: Step, call: Call, known: Known) -> Dispatch:
        return Dispatch(
            step=step,
            nonce=self.sendoff.nonce,
            call=call,
            fees=self.plan.fees,
            read=known.read,
            read_at=known.at.number,
        )

    async def _sets(self, steps: Sequence[Step], settled: Collection[int]) -> None:
        """What is to be left, once its zeroing is final, and only once."""
        for step in steps:
            if step.waits_for not in settled:
                self.unsent[step.number] = _NOT_FINAL
                continue
            try:
                call, known = await self._patiently(step)
            except NotSetError as error:
                self.unsent[step.number] = error.message
            except UnservedError as error:
                self.unsent[step.number] = f"the limit was not set: {error.message}"
            else:
                if await self._send(step, call, known) is Sent.STUCK:
                    break
        for step in steps:
            if step.number not in self.sendoff.dispatched:
                self.unsent.setdefault(step.number, _STOPPED)

    async def _before_zeroings(self) -> None:
        """What was granted just before each zeroing was mined, while nodes have it."""
        for each in self.sendoff.dispatched.values():
            if each.step.role is not Role.ZERO or each.receipt is None:
                continue
            try:
                parent = await self.outbox.parent(each.receipt)
                (change,) = each.step.changes
                found = await self.outbox.read([change.allowance.candidate], parent)
            except UnservedError:
                continue
            (amount,) = map(left, found)
            if amount is not None:
                each.then = (each.receipt.block_hash, amount)

    async def _patiently(self, step: Step) -> tuple[Call, Known]:
        """As `_after_zeroing`; who does not answer is asked again for a while."""
        began = self.sendoff.clock()
        while True:
            try:
                return await self._after_zeroing(step)
            except UnservedError:
                if self.sendoff.clock() - began > self.terms.silence:
                    raise
            await self.sleep(self.terms.poll)

    async def _after_zeroing(self, step: Step) -> tuple[Call, Known]:
        head, found = await self._read([step])
        fates, _ = found[step.number]
        reason = unready(step, fates)
        if reason:
            raise NotSetError(reason)
        call, bound = await zeroing(
            self.plan, step, self.sendoff.dispatched, self.outbox, fates
        )
        return call, replace(self._known(step, head.block, found), zeroing=bound)

    async def _send(self, step: Step, call: Call, known: Known) -> Sent:
        dispatch = self._dispatch(step, call, known)
        sent = await self.sendoff.send(dispatch, known)
        if sent is Sent.REFUSED:
            why = self.sendoff.refused[step.number]
            self.unsent[step.number] = f"refused before signing: {why}"
        return sent

    async def _replace(self, dispatch: Dispatch) -> bool:
        """A stuck transaction at a higher price. Whether there is a new one.

        What it would change is read once more: it may have come true by itself.
        """
        if dispatch.unpaid:
            # A higher price would not help.
            return False
        step = replace(dispatch.step, call=dispatch.call)
        try:
            if step.role is Role.SET:
                _, known = await self._after_zeroing(step)
            else:
                head, found = await self._read([step])
                known = self._known(step, head.block, found)
        except (UnservedError, NotSetError):
            return False
        try:
            if not self.sendoff.dearer(dispatch, known):
                return False
        except SignerError:
            # What is sent already may be mined all the same.
            return False
        await self.sendoff.post(dispatch)
        return True

    async def _read(self, steps: Sequence[Step]) -> tuple[Head, _Found]:
        """State as it is now, by everyone, and whose chain it is."""
        head = await self.outbox.head()
        candidates = [
            change.allowance.candidate for step in steps for change in step.changes
        ]
        fates = iter(await self.outbox.read(candidates, head.block))
        contracts = list(dict.fromkeys(step.call.to for step in steps))
        items = await self.outbox.items(contracts, head.block)
        return head, {
            step.number: ([next(fates) for _ in step.changes], items) for step in steps
        }
