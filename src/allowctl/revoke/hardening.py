"""What keeps a secret in this process: no core dump, no printable form.

The rule for those who use it: the bytes of a secret are named only in frames below
`sealed`. All other frames hold a Secret, so a traceback with locals shows nothing.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from allowctl.errors import SignerError

T = TypeVar("T")

_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4
"""Linux, include/uapi/linux/prctl.h."""


class Secret:
    """Bytes without a printable form, that nobody copies or pickles by accident.

    A bytearray is taken over, so that it can be wiped.
    """

    __slots__ = ("_data",)

    def __init__(self, data: bytes | bytearray) -> None:
        self._data: bytearray | None = (
            data if isinstance(data, bytearray) else bytearray(data)
        )

    def reveal(self) -> bytes:
        """A copy, for a library, below `sealed`. SignerError if it was wiped."""
        if self._data is None:
            raise SignerError("the secret is gone")
        return bytes(self._data)

    def wipe(self) -> None:
        """Overwrite it. What libraries copied of it is out of reach."""
        if self._data is not None:
            self._data[:] = bytes(len(self._data))
        self._data = None

    @property
    def gone(self) -> bool:
        """Whether it was wiped."""
        return self._data is None

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a secret is neither copied nor pickled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """That something failed below `sealed`, and nothing that leads to its frames."""

    kind: type[Exception]
    reason: str
    """The system's words for an OSError, else the exception's class."""


def sealed(work: Callable[[], T]) -> T | Failure:
    """What `work` gives, or what kind of exception it raised.

    The exception is dropped, with the frames and the locals that it leads to. What
    is no Exception (Ctrl-C) goes on without them.
    """
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - whatever it is, its frames stay here
        return Failure(kind=type(error), reason=_reason(error))
    except BaseException as error:  # noqa: BLE001 - the same
        error.__context__ = error.__cause__ = None
        stopped = error.with_traceback(None)
    # Not where it is handled: there it would become its own successor's context.
    raise stopped


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return type(error).__name__


def harden() -> None:
    """No core dump of this process, and no other of the same user reads its memory.

    RLIMIT_CORE is 0 for good. On Linux it is not dumpable either: that also holds
    where dumps are piped to a program. SignerError if it cannot be had.
    """
    if os.name != "posix":
        return
    import resource  # noqa: PLC0415 - Windows has none

    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            _make_undumpable()
    except (OSError, ValueError, AttributeError):
        raise SignerError(
            "core dumps cannot be turned off here, so no key is opened",
            hint="let the container or sandbox permit setrlimit and prctl",
        ) from None


def _make_undumpable() -> None:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) or prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
