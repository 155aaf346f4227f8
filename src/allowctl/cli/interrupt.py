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
    signal.signal(signal.SIGTERM, _as_ctrl_c)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _as_ctrl_c(_number: int, frame: FrameType | None) -> None:
    """By way of the handler in charge: asyncio ends its tasks in good order."""
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(signal.SIGINT, frame)
    else:
        # A shell that starts us in the background has Ctrl-C ignored.
        raise KeyboardInterrupt
