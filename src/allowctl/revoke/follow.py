"""Waiting for what was sent: receipts, replacements, reorganisations, finality."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from allowctl.errors import UnservedError
from allowctl.model.chain import Chain, Head
from allowctl.model.outcome import Receipt
from allowctl.model.plan import Plan
from allowctl.revoke.dispatch import Dispatch
from allowctl.revoke.ports import Entry, Event, Outbox, Sleep
from allowctl.revoke.sendoff import Sendoff

_BLOCK_MS = 12_000
"""Between blocks, where nobody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long is waited for what. Seconds."""

    confirmations: int | None = None
    """Blocks on top of, and with, a receipt's that make it final; None: the chain's
    own finality."""
    poll: float = 4.0
    """Between two looks."""
    stuck: float = 90.0
    """After which an unmined transaction is replaced at a higher price."""
    patience: float = 1_800.0
    """After which nobody waits for a receipt any more."""
    silence: float = 300.0
    """After which nobody who does not answer is asked any more."""
    finality: float = 3_600.0
    """After which nobody waits for finality any more."""

    @classmethod
    def usual(cls, chain: Chain, confirmations: int | None) -> Terms:
        """What suits a chain: a look every third of a block, six blocks to be stuck."""
        block = (chain.block_ms or _BLOCK_MS) / 1000
        return cls(
            confirmations=confirmations,
            poll=min(4.0, max(0.5, block / 3)),
            stuck=max(30.0, 6 * block),
        )


@dataclass(slots=True, kw_only=True)
class Follower:
    """What becomes of transactions that are under way."""

    plan: Plan
    outbox: Outbox
    sendoff: Sendoff
    terms: Terms
    sleep: Sleep
    replace: Callable[[Dispatch], Awaitable[bool]]
    """Signs and sends a stuck one anew, dearer. Whether it did."""
    settled: set[int] = field(default_factory=set, init=False)
    """The steps whose receipts are as final as was asked for."""
    notes: list[str] = field(default_factory=list, init=False)
    """What went wrong meanwhile, in words of our own."""

    async def look(self) -> None:
        """Receipts that are there already, of what an earlier run sent."""
        if self._under_way:
            await self._look(self._under_way)

    async def mined(self) -> None:
        """Until each has a receipt, or is given up."""
        under_way = self._under_way
        began = heard = self._clock()
        while any(each.receipt is None and not each.lost for each in under_way):
            if await self._look(under_way):
                heard = self._clock()
            open_ones = [e for e in under_way if e.receipt is None and not e.lost]
            if not open_ones:
                return
            if self._clock() - heard > self.terms.silence:
                self._note("receipts were not served any more")
                return
            if self._clock() - began > self.terms.patience:
                self._note("some transactions were not mined in time")
                return
            if any(each.taken for each in open_ones):
                await self._used_elsewhere(open_ones)
            still = [each for each in open_ones if not each.lost]
            if still:
                await self._stuck(still)
            await self.sleep(self.terms.poll)

    async def final(self) -> None:
        """Until each that has a receipt is final, its block still canonical."""
        under_way = self._under_way
        began = heard = self._clock()
        told = False
        while known := [e for e in under_way if e.receipt is not None or e.lost]:
            try:
                head = await self.outbox.head()
            except UnservedError as error:
                if self._clock() - heard > self.terms.silence:
                    self._note(f"finality was not served: {error.message}")
                    return
                await self.sleep(self.terms.poll)
                continue
            heard = self._clock()
            if all(_deep(each, head, self.terms) for each in known):
                await self._settle(under_way, head)
                if all(each.step.number in self.settled for each in known):
                    return
            if self._clock() - began > self.terms.finality:
                await self._settle(under_way, head)
                self._note("some transactions did not become final in time")
                return
            if not told:
                self.sendoff.tell.waiting(_words(self.terms))
                told = True
            await self.sleep(self.terms.poll)
            await self._look(under_way)
            if any(each.receipt is None and not each.lost for each in under_way):
                await self.mined()

    @property
    def _under_way(self) -> list[Dispatch]:
        return [*self.sendoff.dispatched.values()]

    def _clock(self) -> float:
        return self.sendoff.clock()

    async def _settle(self, under_way: Sequence[Dispatch], head: Head) -> None:
        """Those that are deep enough, if they are still what they were."""
        self.settled = set()
        if not await self._look(under_way):
            return
        lost = [each for each in under_way if each.lost]
        try:
            latest = (await self.outbox.nonces(self.plan.owner)).latest if lost else 0
        except UnservedError:
            return
        for each in lost:
            if each.nonce >= latest:
                # What took its nonce is gone again itself.
                each.lost_at = None
        self.settled = {
            each.step.number for each in under_way if _deep(each, head, self.terms)
        }

    async def _look(self, under_way: Sequence[Dispatch]) -> bool:
        """Receipts as they are now: one that was there may be gone again.

        Whether anybody told.
        """
        hashes = [name for each in under_way for name in each.raws]
        try:
            found = await self.outbox.receipts(hashes, self.plan.owner)
        except UnservedError:
            return False
        for each in under_way:
            told = (found[name] for name in each.raws if name in found)
            ours = (receipt for receipt in told if self._ours(each, receipt))
            self._note_receipt(each, next(ours, None))
        return True

    def _ours(self, dispatch: Dispatch, receipt: Receipt) -> bool:
        """Whether it can be the receipt of what we signed."""
        return (
            receipt.sender == self.plan.owner
            and receipt.to == dispatch.call.to
            and receipt.transaction in dispatch.raws
        )

    def _note_receipt(self, dispatch: Dispatch, receipt: Receipt | None) -> None:
        before = dispatch.receipt
        same = (
            before is not None
            and receipt is not None
            and (before.transaction, before.block_hash)
            == (receipt.transaction, receipt.block_hash)
        )
        if same or before is receipt:
            return
        if before is not None:
            self._write(Event.LOST, dispatch, before)
            self.sendoff.tell.lost(dispatch.step, before.transaction)
            dispatch.signed_at = self._clock()
        if receipt is not None:
            self._write(Event.MINED, dispatch, receipt)
            self.sendoff.tell.mined(dispatch.step, receipt)
            dispatch.lost_at = None
        dispatch.receipt = receipt

    async def _stuck(self, open_ones: Sequence[Dispatch]) -> None:
        """The one that holds up the others is replaced; the rest is sent again."""
        first = min(open_ones, key=lambda each: each.nonce)
        if self._clock() - first.signed_at < self.terms.stuck:
            return
        await self._used_elsewhere(open_ones)
        if first.lost or await self.replace(first):
            return
        for each in open_ones:
            if not each.lost:
                await self.outbox.send(each.newest)
        first.signed_at = self._clock()

    async def _used_elsewhere(self, open_ones: Sequence[Dispatch]) -> None:
        """Whoever's nonce another transaction has taken is not waited for."""
        try:
            nonces = await self.outbox.nonces(self.plan.owner)
            head = await self.outbox.head()
        except UnservedError:
            return
        taken = [each for each in open_ones if each.nonce < nonces.latest]
        # The receipt may have come between the questions.
        if not taken or not await self._look(taken):
            return
        for each in taken:
            if each.receipt is None:
                each.lost_at = head.block.number
                self.sendoff.journal.append(
                    Entry(
                        run=self.sendoff.run,
                        what=Event.LOST,
                        step=each.step.number,
                        nonce=each.nonce,
                        transaction=[*each.raws][-1],
                    )
                )
                self._note(
                    f"nonce {each.nonce} is used, and no receipt of ours is known"
                )

    def _write(self, what: Event, dispatch: Dispatch, receipt: Receipt) -> None:
        self.sendoff.journal.append(
            Entry(
                run=self.sendoff.run,
                what=what,
                step=dispatch.step.number,
                transaction=receipt.transaction,
                block=receipt.block,
                block_hash=receipt.block_hash,
            )
        )

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _deep(dispatch: Dispatch, head: Head, terms: Terms) -> bool:
    """Whether what became of it is as final as is asked for."""
    receipt = dispatch.receipt
    block = dispatch.lost_at if receipt is None else receipt.block
    if block is None:
        return False
    if terms.confirmations is None:
        return head.final is not None and head.final.number >= block
    return head.block.number - block + 1 >= max(1, terms.confirmations)


def _words(terms: Terms) -> str:
    if terms.confirmations is None:
        return "mined; waiting until it is final (--confirmations N waits for less)"
    return f"mined; waiting for {terms.confirmations} confirmations"
