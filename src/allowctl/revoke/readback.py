"""Reading back: state at the receipts' blocks, and at the head once that is final."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from allowctl.errors import UnservedError
from allowctl.model.approval import Allowance, Amount, Dead, Dormant, Fate, Live
from allowctl.model.chain import Block
from allowctl.model.outcome import Receipt, Result
from allowctl.model.plan import Change, Plan, Role
from allowctl.revoke.dispatch import Dispatch
from allowctl.revoke.ports import Outbox
from allowctl.revoke.verify import Evidence, Reading, outcome


@dataclass(slots=True, kw_only=True)
class Readback:
    """What state says of one plan's approvals."""

    plan: Plan
    outbox: Outbox
    _mined: dict[tuple[str, str], Reading] = field(default_factory=dict, init=False)
    """By fingerprint and the hash of its receipt's block."""

    async def at_receipts(self, dispatched: Sequence[Dispatch]) -> None:
        """Read what each transaction left, at its own block, while nodes have it."""
        for number, block_hash in dict.fromkeys(
            (each.receipt.block, each.receipt.block_hash)
            for each in dispatched
            if each.receipt is not None
        ):
            changes = [
                change
                for each in dispatched
                if each.receipt is not None and each.receipt.block_hash == block_hash
                for change in each.step.changes
                if (change.fingerprint, block_hash) not in self._mined
            ]
            if not changes:
                continue
            try:
                head = await self.outbox.head()
                at = Block(
                    number=number, hash=block_hash, timestamp=head.block.timestamp
                )
                fates = await self._read(changes, at)
            except UnservedError:
                continue
            for change, fate in zip(changes, fates, strict=True):
                self._mined[change.fingerprint, block_hash] = Reading(fate=fate, at=at)

    async def result(
        self,
        dispatched: Mapping[int, Dispatch],
        unsent: Mapping[int, str],
        final: Collection[int],
        notes: Sequence[str],
    ) -> Result:
        """The verdicts. `final`: the steps of which it is final what became of them."""
        goals = self.plan.goals
        finals: dict[str, Reading] = {}
        told = list(notes)
        try:
            head = await self.outbox.head()
            standing = await self._standing(dispatched, final)
            for change, fate in zip(
                goals, await self._read(goals, head.block), strict=True
            ):
                finals[change.fingerprint] = Reading(fate=fate, at=head.block)
        except UnservedError as error:
            finals, standing = {}, set()
            told.append(f"what is left could not be read: {error.message}")
        outcomes = [
            outcome(self._evidence(each, dispatched, unsent, standing, finals))
            for each in goals
        ]
        return Result(
            plan=self.plan,
            outcomes=tuple(outcomes),
            transacted=tuple(
                dispatched[each].transacted for each in sorted(dispatched)
            ),
            notes=tuple(told),
        )

    def _evidence(
        self,
        goal: Change,
        dispatched: Mapping[int, Dispatch],
        unsent: Mapping[int, str],
        final: Collection[int],
        finals: Mapping[str, Reading],
    ) -> Evidence:
        steps = [
            step.number
            for step in self.plan.steps
            if step.role is not Role.CANCEL
            and any(each.fingerprint == goal.fingerprint for each in step.changes)
        ]
        signed = [dispatched[number] for number in steps if number in dispatched]
        receipts = [each.receipt for each in signed if each.receipt is not None]
        last: Receipt | None = receipts[-1] if receipts else None
        proven = all(each.step.number in final or not each.receipt for each in signed)
        reading = finals.get(goal.fingerprint)
        return Evidence(
            change=goal,
            transacted=tuple(each.transacted for each in signed),
            steps=tuple(steps),
            unsent=next((unsent[each] for each in steps if each in unsent), ""),
            mined=None
            if last is None
            else self._mined.get((goal.fingerprint, last.block_hash)),
            final=reading if proven else None,
            cancelled=reading is None or self._cancelled(goal, reading.fate),
            gone=all(each.step.number in final for each in signed if not each.receipt),
        )

    def _cancelled(self, goal: Change, fate: Fate) -> bool:
        """Whether the signatures that were to be cancelled with it are."""
        wanted = [
            change.permit2_nonce
            for step in self.plan.steps
            if step.role is Role.CANCEL
            for change in step.changes
            if change.fingerprint == goal.fingerprint
        ]
        nonce = _nonce(fate)
        return all(
            each is None or (nonce is not None and nonce >= each) for each in wanted
        )

    async def _standing(
        self, dispatched: Mapping[int, Dispatch], final: Collection[int]
    ) -> set[int]:
        """Of the final steps, those whose block everyone still has, and the lost."""
        asked: dict[tuple[int, str], bool] = {}
        found = set()
        for number in final:
            receipt = dispatched[number].receipt
            if receipt is None:
                found.add(number)
                continue
            block = (receipt.block, receipt.block_hash)
            if block not in asked:
                asked[block] = await self.outbox.canonical(*block)
            if asked[block]:
                found.add(number)
        return found

    async def _read(self, changes: Sequence[Change], at: Block) -> list[Fate]:
        return await self.outbox.read(
            [change.allowance.candidate for change in changes], at
        )


def _nonce(fate: Fate) -> int | None:
    """Permit2's nonce, as far as state told it."""
    match fate:
        case Live(allowance=allowance) | Dormant(allowance=allowance):
            return _of(allowance)
        case Dead(allowance=Allowance() as allowance):
            return _of(allowance)
        case Dead(permit2_nonce=nonce):
            return nonce
        case _:
            return None


def _of(allowance: Allowance) -> int | None:
    grant = allowance.grant
    return grant.permit2_nonce if isinstance(grant, Amount) else None
