"""What `allowctl policy init` does: scan, or read a report, and write the proposal."""

from __future__ import annotations

import asyncio
import contextlib
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from allowctl.cli import interrupt, wiring, write
from allowctl.cli.progress import progress
from allowctl.config.files import LONGEST
from allowctl.errors import CodecError, ExitCode, OutputError, UsageError
from allowctl.output.policy_file import Draft, Sort, draft, text_of
from allowctl.output.prose import several

if TYPE_CHECKING:
    from allowctl.cli.wanted import Wanted
    from allowctl.model.report import Report
    from allowctl.model.settings import Wallet

_STDOUT = Path("-")
_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class Form(StrEnum):
    """The one form that the result has."""

    TOML = "toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the result goes."""

    place: write.Destination[Form]
    force: bool
    """Whether a file that is there is replaced."""

    @classmethod
    def of(cls, path: Path, *, force: bool) -> Target:
        """Before the work, not after: OutputError where nothing can be written.

        UsageError for a file that is there.
        """
        found = None if path == _STDOUT else path
        target = cls(place=write.Destination(format=Form.TOML, path=found), force=force)
        target.free()
        write.check((target.place,))
        return target

    def free(self) -> None:
        """UsageError for a file that is there, and must not be replaced."""
        path = self.place.path
        if path is None or self.force:
            return
        with contextlib.suppress(OSError, ValueError):
            if path.is_file() or path.is_symlink():
                raise UsageError(
                    f"{str(path)!a} is there already",
                    hint="--force replaces it, -o writes to another file, -o - prints",
                )

    def put(self, text: str) -> None:
        """Write it, whole or not at all. UsageError if a file came up meanwhile."""
        self.free()
        write.write((self.place,), lambda _form, _path: text)
        path = self.place.path
        if path is not None and path.is_file():
            # A file that others may write is not followed where it is found.
            with contextlib.suppress(OSError):
                path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)


def scanned(means: wiring.Means, asked: Wanted, *, quiet: bool) -> Report:
    """A scan. StoppedError if a person or a signal stops it."""
    try:
        with progress(quiet=quiet) as watch:
            return asyncio.run(wiring.scan_all(means, asked, watch))
    except KeyboardInterrupt:
        kept = interrupt.KEPT if means.resumable else interrupt.NOTHING
        raise interrupt.StoppedError(kept) from None


def saved(path: Path, owners: Sequence[str], owners_file: Path | None) -> Report:
    """The report of a file. UsageError if it is none."""
    from allowctl.output.policy_file_saved import saved
    from allowctl.output.reported import LONGEST as LARGEST

    if owners or owners_file is not None:
        raise UsageError(
            "--from-report says whose approvals are meant, and so does OWNER",
            hint="leave one of them out",
        )
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise UsageError(f"cannot read {str(path)!a}: above 256 MiB")
        return saved(data)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a usable name"
        raise UsageError(f"cannot read {str(path)!a}: {why}") from None
    except CodecError as error:
        raise UsageError(
            f"cannot read {str(path)!a}: {error.message}",
            hint="save one with `allowctl scan OWNER -o report.json`",
        ) from None


def written(
    report: Report,
    wallets: Sequence[Wallet],
    target: Target,
    *,
    saved: bool,
    say: Callable[[str], None] | None,
) -> ExitCode:
    """Write the proposal, say what is in it, and how it ended."""
    proposal = draft(report, wallets)
    if not proposal.wallets:
        typer.echo("incomplete: nothing was served, nothing is written", err=True)
        for each in proposal.open_ends:
            typer.echo(f"  {each}", err=True)
        return ExitCode.INCOMPLETE
    text = text_of(proposal, today=datetime.now(UTC).date(), saved=saved)
    if len(text) > LONGEST:
        raise OutputError(
            f"the file would be above {LONGEST >> 20} MiB, which no command reads",
            hint="name fewer owners at once",
        )
    target.put(text)
    if say is not None:
        for each in _told(proposal, target.place.path):
            say(each)
    if not proposal.complete:
        typer.echo("incomplete: not everything was served, see the file", err=True)
        return ExitCode.INCOMPLETE
    return ExitCode.OK


def _told(of: Draft, path: Path | None) -> list[str]:
    """What was written, and what is to be done with it."""
    where = "printed" if path is None else f"written to {str(path)!a}"
    wallets = several(len(of.wallets), "wallet")
    proposed = several(of.count(Sort.PROPOSED), "approval")
    lines = [f"{where}: {wallets}; {proposed} proposed as [[allow]]"]
    counts = (
        (
            of.count(Sort.HELD),
            "turned off, and violations: of level high or worse, or unknown",
        ),
        (of.count(Sort.SPAM), "turned off: their tokens are taken for spam"),
        (len(of.refused), "turned off: [[acknowledge]] for what does not answer"),
        (sum(of.left_out.values()) + of.refused_left_out, "not in it, and counted"),
        (len(of.dormant), "dormant: named in a comment"),
    )
    lines += [f"  {count:,} {what}" for count, what in counts if count]
    lines.append(
        "next: look at each entry, keep what is needed and write its reason; what you "
        "delete is a violation until it is taken back. Then `allowctl policy validate` "
        "and `allowctl check`"
    )
    return lines
