"""What is told of each transaction while it is on its way: one line for each event."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from allowctl.model.outcome import Receipt
from allowctl.model.plan import Plan, Step
from allowctl.revoke.ports import Answer, Posted

Say = Callable[[str], None]

_FINE = {Answer.TAKEN, Answer.KNOWN}


def say(*, quiet: bool) -> Say:
    """What writes a line to stderr; or nothing."""
    return _nothing if quiet or sys.__stderr__ is None else _line


@dataclass(slots=True, kw_only=True)
class StepLines:
    """A `Tell` (revoke/tell.py) of one plan, in sentences."""

    plan: Plan
    say: Say
    _newest: dict[int, str] = field(default_factory=dict, init=False)
    """The transaction that was sent last, by its step's number."""

    def sent(self, step: Step, transaction: str, posted: Sequence[Posted]) -> None:
        """It is on the wire; what was said to it only where nobody took it."""
        from allowctl.output.outcome_rows import link

        before = self._newest.get(step.number)
        self._newest[step.number] = transaction
        verb = "sent" if before is None else "sent again"
        more = " for more" if before not in {None, transaction} else ""
        told = [each.answer for each in posted]
        taken = any(answer in _FINE for answer in told)
        doubts = "" if taken else f"; {_answers(posted)}"
        self._event(step, f"{verb}{more} {link(transaction, self.plan.chain)}{doubts}")

    def mined(self, step: Step, receipt: Receipt) -> None:
        """A block holds it, by its receipt: what it did is not known yet."""
        became = "mined" if receipt.succeeded else "FAILED"
        self._event(step, f"{became} in block {receipt.block}")

    def lost(self, step: Step, transaction: str) -> None:
        """The block that held it is gone."""
        del transaction
        self._event(step, "its block is gone, waiting again")

    def waiting(self, words: str) -> None:
        """What is waited for, in words of our own."""
        from allowctl.codec.shown import printable
        from allowctl.output.open_ends import SAID

        self.say(printable(words, SAID))

    def _event(self, step: Step, event: str) -> None:
        from allowctl.output.change_words import step_words

        count = f"{step.number}/{len(self.plan.steps)}"
        self.say(f"{count} {step_words(step, self.plan)}: {event}")


def _answers(posted: Sequence[Posted]) -> str:
    """What each endpoint said; its own words only where we have none for them."""
    from allowctl.codec.shown import printable, quoted

    if not posted:
        return "nobody took it"
    return ", ".join(
        f"{printable(each.host, 80)}: {each.answer.value}"
        + (f" {quoted(each.said)}" if each.answer is Answer.UNCLEAR else "")
        for each in posted
    )


def _line(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _nothing(_text: str) -> None:
    pass
