"""The one question before anything is signed. Only a plain yes is a yes."""

from __future__ import annotations

import sys

from allowctl.cli import interrupt
from allowctl.errors import UsageError

HINT = "--yes answers, --dry-run only shows"
NO_DRY_RUN = "--yes answers"
"""The hint of a command that has none."""
_YES = {b"y", b"yes"}
_LONGEST = 1_024
"""Bytes of an answer that are read: no yes is longer."""


def need_terminal(
    yes: bool,  # noqa: FBT001 - it is what --yes says
    hint: str = HINT,
) -> None:
    """UsageError where nobody can be asked, unless --yes has answered already."""
    if yes:
        return
    streams = (sys.__stdin__, sys.__stderr__)
    if not all(each is not None and each.isatty() for each in streams):
        raise UsageError("nobody can be asked: no terminal", hint=hint)


def agree(question: str, *, yes: bool, undone: str, hint: str = HINT) -> None:
    """StoppedError for whatever is no yes, Ctrl-C too. `undone`: what is not done."""
    try:
        agreed = confirmed(question, yes=yes, hint=hint)
    except KeyboardInterrupt:
        # What is said of it stands on a line of its own.
        sys.stderr.write("\n")
        raise interrupt.StoppedError(f"interrupted: {undone}") from None
    if not agreed:
        raise interrupt.StoppedError(f"declined: {undone}")


def confirmed(question: str, *, yes: bool, hint: str = HINT) -> bool:
    """Whether a person says yes, or --yes did. Anything else is a no.

    Asked on stderr, read from stdin; what was typed before the question stood there
    is no answer to it. UsageError where nobody can be asked.
    """
    need_terminal(yes, hint)
    if yes:
        return True
    # Before the question, not behind it: a quick answer must not be dropped.
    _forget_typed()
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.buffer.readline(_LONGEST)
    if not answer.endswith(b"\n"):
        # Nobody pressed return: the next line would stand behind the question.
        sys.stderr.write("\n")
    return answer.strip().lower() in _YES


def _forget_typed() -> None:
    """Drop what waits in the terminal, where there is a way to."""
    try:
        import termios
    except ImportError:
        return
    termios.tcflush(sys.stdin, termios.TCIFLUSH)
