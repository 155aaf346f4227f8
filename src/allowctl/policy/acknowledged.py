"""`[[acknowledge]]`: contracts that are known not to answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from allowctl.model.approval import Refused
from allowctl.model.chain import Address
from allowctl.model.evaluation import Cover, CoverKind
from allowctl.model.place import Place
from allowctl.model.policy import Acknowledgement
from allowctl.policy.entries import expired

_Contract = tuple[str, Address]


class Acknowledged:
    """The entries by chain and token."""

    def __init__(self, entries: Sequence[Acknowledgement], today: date) -> None:
        self._applying: dict[_Contract, Acknowledgement] = {}
        self._met: set[_Contract] = set()
        for entry in sorted(entries, key=_order, reverse=True):
            if not expired(entry.expires, today):
                self._applying[entry.chain, entry.token] = entry

    def meet(self, chain: str, refused: Refused) -> None:
        """A contract does not answer: the entry about it is not unused."""
        self._met.add((chain, refused.candidate.token))

    def unmet(self, entry: Acknowledgement) -> bool:
        """Whether no contract that was met is the one of an entry."""
        return (entry.chain, entry.token) not in self._met

    def cover(self, chain: str, refused: Refused) -> Cover | None:
        """The entry that lets a contract pass: of several the one that lasts longest.

        Beyond that it goes by what they say, so that their order never matters.
        """
        entry = self._applying.get((chain, refused.candidate.token))
        if entry is None:
            return None
        return Cover(
            kind=CoverKind.ACKNOWLEDGE,
            place=entry.place,
            reason=entry.reason,
            expires=entry.expires,
        )


def _order(entry: Acknowledgement) -> tuple[int, str, Place]:
    last = entry.expires or date.max
    return -last.toordinal(), entry.reason, entry.place
