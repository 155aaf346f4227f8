"""What a journal tells of earlier runs: what was planned, signed, mined. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from allowctl.revoke.journal_line import Written
from allowctl.revoke.ports import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedEntry:
    """One transaction that was signed, and so may have been sent."""

    step: int
    nonce: int
    transaction: str
    """Its hash."""
    raw: bytes
    """It, to be sent again."""
    read: tuple[int, ...] = ()
    """What its approvals gave just before it was signed."""
    read_at: int = -1
    """The block at which that was read; -1 where it is not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MinedEntry:
    """Where a transaction was seen."""

    step: int
    block: int
    block_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was written of one run."""

    id: str
    plan_text: str
    """The plan as a document: the first, should there be two; empty if none is."""
    started_at: int
    """Unix seconds of its first line."""
    signed: tuple[SignedEntry, ...]
    """In the order of signing."""
    mined: Mapping[str, MinedEntry]
    """By the transaction's hash, as last written: what was lost since is not here."""
    lost: frozenset[str]
    """Hashes, as last written: what was mined again since is not here."""
    ended: str | None
    """The outcome; None if it was not written: the run is to be resumed."""

    @property
    def open(self) -> bool:
        """Whether it was begun and not ended."""
        return bool(self.plan_text) and self.ended is None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that a journal holds."""

    written: tuple[Written, ...] = ()
    torn: bool = False
    """Whether a last line was there that is not whole, and counts for nothing."""

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every run, in the order of beginning."""
        return runs(self.written)

    @property
    def open_runs(self) -> tuple[Run, ...]:
        """Those that are to be resumed."""
        return tuple(run for run in self.runs if run.open)

    @property
    def signed_nonces(self) -> dict[int, tuple[str, ...]]:
        """The nonces that any run signed for, with the hashes of what it signed.

        A pending transaction with another nonce is not ours.
        """
        return signed_nonces(self.runs)

    @property
    def nonce_floor(self) -> int:
        """The least nonce that no open run has signed for; 0 if there is none."""
        nonces = (each.nonce for run in self.open_runs for each in run.signed)
        return max(nonces, default=-1) + 1


def runs(written: Iterable[Written]) -> tuple[Run, ...]:
    """The runs that lines tell of, in the order of beginning."""
    begun: dict[str, _Begun] = {}
    for each in written:
        begun.setdefault(each.entry.run, _Begun(started_at=each.at)).add(each)
    return tuple(each.run(name) for name, each in begun.items())


def signed_nonces(told: Iterable[Run]) -> dict[int, tuple[str, ...]]:
    """The hashes of what was signed, by nonce, each once, in the order of signing."""
    found: dict[int, dict[str, None]] = {}
    for run in told:
        for each in run.signed:
            found.setdefault(each.nonce, {})[each.transaction] = None
    return {nonce: tuple(hashes) for nonce, hashes in found.items()}


@dataclass(slots=True, kw_only=True)
class _Begun:
    """A run while it is read."""

    started_at: int
    plan_text: str = ""
    signed: list[SignedEntry] = field(default_factory=list)
    mined: dict[str, MinedEntry] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    ended: str | None = None

    def add(self, written: Written) -> None:
        entry = written.entry
        match entry.what:
            case Event.PLANNED:
                self.plan_text = self.plan_text or entry.text
            case Event.SIGNED:
                self.signed.append(
                    SignedEntry(
                        step=entry.step,
                        nonce=entry.nonce,
                        transaction=entry.transaction,
                        raw=bytes.fromhex(entry.raw.removeprefix("0x")),
                        read=_numbers(entry.text),
                        read_at=entry.block,
                    )
                )
            case Event.SENT:
                pass
            case Event.MINED:
                self.lost.discard(entry.transaction)
                self.mined[entry.transaction] = MinedEntry(
                    step=entry.step, block=entry.block, block_hash=entry.block_hash
                )
            case Event.LOST:
                self.mined.pop(entry.transaction, None)
                self.lost.add(entry.transaction)
            case Event.ENDED:
                self.ended = entry.text
            case _:
                assert_never(entry.what)

    def run(self, name: str) -> Run:
        return Run(
            id=name,
            plan_text=self.plan_text,
            started_at=self.started_at,
            signed=tuple(self.signed),
            mined=self.mined,
            lost=frozenset(self.lost),
            ended=self.ended,
        )


def _numbers(text: str) -> tuple[int, ...]:
    """Amounts with commas between them; none if it is anything else."""
    parts = text.split(",")
    sound = all(part.isascii() and part.isdigit() for part in parts)
    return tuple(map(int, parts)) if sound else ()
