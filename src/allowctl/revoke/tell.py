"""What a person is told while a plan is carried out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from allowctl.model.outcome import Receipt
from allowctl.model.plan import Step
from allowctl.revoke.ports import Posted


class Tell(Protocol):
    """Whoever shows it, or nobody."""

    def sent(self, step: Step, transaction: str, posted: Sequence[Posted]) -> None:
        """A transaction was handed to endpoints, and what they said."""

    def mined(self, step: Step, receipt: Receipt) -> None:
        """It has a receipt."""

    def lost(self, step: Step, transaction: str) -> None:
        """Its block is gone again: it is under way once more."""

    def waiting(self, words: str) -> None:
        """What is waited for now."""


class Silent:
    """Nobody."""

    def sent(self, step: Step, transaction: str, posted: Sequence[Posted]) -> None:
        """Nothing."""

    def mined(self, step: Step, receipt: Receipt) -> None:
        """Nothing."""

    def lost(self, step: Step, transaction: str) -> None:
        """Nothing."""

    def waiting(self, words: str) -> None:
        """Nothing."""
