"""Being stopped by a person (Ctrl-C) or by whoever started us (SIGTERM): the same."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from allowctl.errors import AllowctlError, ExitCode

KEPT = "interrupted: what was read is kept; the same command goes on from there"
NOTHING = "interrupted: no result"


class StoppedError(AllowctlError):
    """The run was stopped; the message says what is left of it."""

    exit_code = ExitCode.INTERRUPTED


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Within it SIGTERM does what Ctrl-C does, unless somebody else handles it."""
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    with _heeding_asyncio():
        signal.signal(signal.SIGTERM, _as_ctrl_c)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextlib.contextmanager
def _heeding_asyncio() -> Iterator[None]:
    """Where Ctrl-C is ignored it is kept out, but no more ignored.

    A shell that starts us in the background has it ignored; then asyncio installs no
    handler, and an exception out of ours could end any step of any task.
    """
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if not ignored or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        # First this: it throws away what came meanwhile.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _as_ctrl_c(_number: int, frame: FrameType | None) -> None:
    """By way of the handler in charge: asyncio ends its tasks in good order."""
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(signal.SIGINT, frame)
    else:
        raise KeyboardInterrupt
