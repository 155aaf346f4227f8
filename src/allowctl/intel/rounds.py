"""Many questions that lead to others, asked in rounds: each round is one round trip.

What is asked next is decided by generators without I/O. They go on together, so what
is sent depends on what is known and never on who answered first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import TypeVar

from allowctl.model.chain import Address, Answer, Call, Unserved
from allowctl.rpc.state import State

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")

Slot = tuple[Address, int]
"""A contract and a position in its storage."""
Wanted = Address | Slot | Call
"""An address's code, a word of storage, or a contract's answer."""
Steps = Generator[tuple[Wanted, ...], None, T]
"""Yields what has to be known before it can go on."""


class Board:
    """What is known at one block: nothing is asked twice, or answered differently."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.codes: dict[Address, bytes | Unserved] = {}
        self.slots: dict[Slot, bytes | Unserved] = {}
        self.answers: dict[Call, Answer] = {}

    async def settle(self, steps: Steps[T]) -> T:
        """What they come to. StateExpiredError as `State` raises it."""
        while True:
            try:
                wanted = next(steps)
            except StopIteration as end:
                found: T = end.value
                return found
            await self._ask(wanted)

    def together(self, *parts: Steps[T]) -> Steps[list[T]]:
        """All of them side by side: what each comes to, in order."""
        found: dict[int, T] = {}
        while True:
            wanted: list[Wanted] = []
            for index, part in enumerate(parts):
                if index in found:
                    continue
                try:
                    while not (needs := self._unknown(next(part))):
                        pass
                except StopIteration as end:
                    found[index] = end.value
                else:
                    wanted += needs
            if not wanted:
                return [found[index] for index in range(len(parts))]
            yield tuple(dict.fromkeys(wanted))

    def both(self, one: Steps[A], other: Steps[B]) -> Steps[tuple[A, B]]:
        """The same of two that come to different things."""
        first: list[A] = []
        second: list[B] = []
        yield from self.together(_into(one, first), _into(other, second))
        return first[0], second[0]

    def _unknown(self, wanted: tuple[Wanted, ...]) -> list[Wanted]:
        return [
            it
            for it in wanted
            if it not in self.codes and it not in self.slots and it not in self.answers
        ]

    async def _ask(self, wanted: tuple[Wanted, ...]) -> None:
        """One round. A contract's failure is its answer: it is not asked again."""
        new = self._unknown(wanted)
        codes = [it for it in new if isinstance(it, str)]
        slots = [it for it in new if isinstance(it, tuple)]
        calls = [it for it in new if isinstance(it, Call)]
        told = await asyncio.gather(
            self._state.codes(codes),
            self._state.slots(slots),
            self._state.read(calls, impatient=calls),
        )
        self.codes |= zip(codes, told[0], strict=True)
        self.slots |= zip(slots, told[1], strict=True)
        self.answers |= zip(calls, told[2], strict=True)


def _into(steps: Steps[T], found: list[T]) -> Steps[None]:
    found.append((yield from steps))
