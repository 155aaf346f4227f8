"""One plan under one journal: what must hold before, and what is written after."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from allowctl.errors import JournalError, PlanError, UnservedError
from allowctl.model.outcome import Result, Verdict
from allowctl.model.plan import Plan
from allowctl.revoke import document
from allowctl.revoke.execute import Execution
from allowctl.revoke.follow import Terms
from allowctl.revoke.history import History, Run
from allowctl.revoke.journal import FileJournal
from allowctl.revoke.nonces import refuse_foreign
from allowctl.revoke.ports import Entry, Event, Outbox, Signer, Sleep
from allowctl.revoke.sendoff import Sendoff
from allowctl.revoke.tell import Tell

_WEI = 10**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """What carries plans out, on one chain for one account."""

    outbox: Outbox
    journal: FileJournal
    unlock: Callable[[], Signer]
    terms: Terms
    clock: Callable[[], float]
    sleep: Sleep
    tell: Tell
    replace_pending: bool = False
    signs: bool = True
    """Whether steps that are not signed yet are to be."""

    async def carry(self, plan: Plan, run: str) -> Result:
        """Send a new plan, under a run's name that no other has.

        Before anything is signed: PlanError if it cannot be paid or something
        foreign is under way, JournalError if an earlier run is not finished,
        UnservedError if nodes do not answer.
        """
        history = self.journal.history
        _refuse_unfinished(history, plan)
        nonce = await self._nonce(plan, history)
        await self._refuse_poor(plan)
        for each in history.open_runs:
            # Nothing of it was signed, and what it was made from is long past.
            self._close(each.id, "nothing was signed")
        self.journal.append(Entry(run=run, what=Event.PLANNED, text=document.one(plan)))
        return await self._run(plan, run, nonce, None)

    async def resume(self, run: Run) -> Result:
        """Finish a run that was broken off: what it signed, and what it had not yet.

        `run` as it was shown to a person. JournalError if it is not that any more: it
        may have been finished by somebody else meanwhile. PlanError if its plan cannot
        be read; UnservedError as `carry`.
        """
        history = self.journal.history
        now = next((each for each in history.open_runs if each.id == run.id), None)
        if now is None or now.signed != run.signed:
            raise JournalError(
                f"the run {run.id} went on meanwhile", hint="allowctl resume again"
            )
        plan = document.read_one(run.plan_text)
        whole = {each.step for each in run.signed} >= {s.number for s in plan.steps}
        nonce = -1
        if self.signs and not whole:
            nonce = await self._nonce(plan, history)
        return await self._run(plan, run.id, nonce, run)

    async def _nonce(self, plan: Plan, history: History) -> int:
        """The first that is free, beyond all that we signed and is under way."""
        nonces = await self.outbox.nonces(plan.owner)
        _refuse_behind(history, nonces.latest)
        ours = {
            each.nonce
            for run in history.open_runs
            for each in run.signed
            if each.nonce >= nonces.latest
        }
        if not self.replace_pending:
            signed = history.signed_nonces.keys()
            refuse_foreign(plan, nonces.latest, nonces.pending, signed)
        return max(nonces.latest, max(ours, default=-1) + 1)

    async def _run(
        self, plan: Plan, run: str, nonce: int, before: Run | None
    ) -> Result:
        sendoff = Sendoff(
            run=run,
            plan=plan,
            outbox=self.outbox,
            journal=self.journal,
            unlock=self.unlock,
            clock=self.clock,
            tell=self.tell,
            nonce=nonce,
        )
        execution = Execution(
            plan=plan,
            outbox=self.outbox,
            sendoff=sendoff,
            terms=self.terms,
            sleep=self.sleep,
            signs=self.signs,
        )
        if before is not None:
            execution.recall(before.signed)
        result = None
        try:
            result = await execution.carry_out()
        finally:
            self._end(run, result, execution.gone)
        return result

    def _end(self, run: str, result: Result | None, gone: Collection[int]) -> None:
        """Written only where nothing is left to be looked at again."""
        # What is written down counts: it may have been signed a moment ago.
        signed = any(
            each.signed for each in self.journal.history.runs if each.id == run
        )
        if result is None and not signed:
            text = "nothing was signed"
        elif result is not None and concluded(result, gone):
            text = ", ".join(
                f"{each.change.fingerprint}: {each.verdict}" for each in result.outcomes
            )
        else:
            return
        self._close(run, text)

    def _close(self, run: str, text: str) -> None:
        self.journal.append(Entry(run=run, what=Event.ENDED, text=text))

    async def _refuse_poor(self, plan: Plan) -> None:
        balance = await self.outbox.balance(plan.owner)
        if balance < plan.worst_cost:
            symbol = plan.chain.native_symbol
            raise PlanError(
                f"it may cost {coins(plan.worst_cost)} {symbol}, and {plan.owner} "
                f"has {coins(balance)} {symbol}",
                hint="send it some, choose fewer rows, or --urgency slow",
            )


def concluded(result: Result, gone: Collection[int]) -> bool:
    """Whether looking again could tell nothing new.

    `gone`: the steps that can never be mined, their nonces being another's for good.
    """
    signed = {each.number for each in result.transacted if each.number not in gone}
    return not any(
        each.verdict is Verdict.UNVERIFIED
        or (each.verdict is Verdict.NOT_MINED and signed & {*each.steps})
        for each in result.outcomes
    )


def coins(wei: int) -> str:
    """Wei as whole coins, exactly, without zeros at the end."""
    whole, rest = divmod(wei, _WEI)
    return f"{whole}.{rest:018d}".rstrip("0").rstrip(".")


def _refuse_unfinished(history: History, plan: Plan) -> None:
    if any(run.signed for run in history.open_runs):
        raise JournalError(
            f"an earlier run for {plan.owner} on {plan.chain.name} is not finished",
            hint="finish it first: allowctl resume",
        )


def _refuse_behind(history: History, latest: int) -> None:
    """A node that has not seen what we saw mined would have us use a nonce again."""
    mined = [
        each.nonce
        for run in history.runs
        for each in run.signed
        # In an open one a block may be gone again, and what was in it.
        if not run.open and each.transaction in run.mined
    ]
    if mined and latest <= max(mined):
        raise UnservedError(
            f"the endpoints are behind: nonce {max(mined)} was mined, and they say "
            f"that {latest} is next",
            hint="try again, or give another --rpc-url; if a test chain began anew, "
            "move its journal aside (docs/journal.md)",
        )
