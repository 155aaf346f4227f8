"""One key for several chains: asked for once, dropped when the last lets go."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from allowctl.errors import SignerError

if TYPE_CHECKING:
    from allowctl.model.chain import Address
    from allowctl.revoke.ports import Signer


@dataclass(slots=True, kw_only=True)
class SharedKey:
    """A signer that is unlocked when the first signature is due."""

    unlock: Callable[[], Signer] = field(repr=False)
    _signer: Signer | None = field(default=None, init=False, repr=False)
    _leases: int = field(default=0, init=False)

    def lease(self) -> Signer:
        """The signer, until it is told to forget. SignerError if it cannot be had."""
        if self._signer is None:
            with _interruptible():
                self._signer = self.unlock()
        self._leases += 1
        return _Lease(self, self._signer)

    def give_back(self) -> None:
        """One that had it needs it no more."""
        self._leases -= 1
        if not self._leases and self._signer is not None:
            self._signer.forget()
            self._signer = None


class _Lease:
    """The signer, as one of several has it."""

    def __init__(self, shared: SharedKey, signer: Signer) -> None:
        self._shared = shared
        self._signer: Signer | None = signer
        self._address = signer.address

    @property
    def address(self) -> Address:
        """Whose signature it gives."""
        return self._address

    def sign(self, payload: bytes) -> bytes:
        """See `ports.Signer`. SignerError once it was told to forget."""
        if self._signer is None:
            raise SignerError("the key was given back")
        return self._signer.sign(payload)

    def forget(self) -> None:
        """Give it back."""
        if self._signer is not None:
            self._signer = None
            self._shared.give_back()


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Within it Ctrl-C ends a prompt at once: asyncio's handler would only note it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
