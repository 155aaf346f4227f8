"""Whose keystore signs, and where its password is from."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allowctl.errors import SignerError, UsageError
from allowctl.model.chain import Address

if TYPE_CHECKING:
    from allowctl.revoke.keysource import KeySource
    from allowctl.revoke.passwords import PasswordSource
    from allowctl.revoke.ports import Signer

_NO_KEY = "nothing signs: no keystore is named"
_HINT = "--keystore FILE or --account NAME"
_OR_DRY_RUN = f"{_HINT}; --dry-run needs none"
_TRIES = 3
"""Times that a person may mistype a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A keystore as the command line names it."""

    source: KeySource | None
    password: PasswordSource
    insecure_permissions: bool = False

    def check(self) -> None:
        """UsageError where nothing can sign, without opening any file."""
        from allowctl.revoke.keystore import look
        from allowctl.revoke.passwords import Prompt

        if self.source is None:
            # A command without --dry-run gets here with a key alone.
            raise UsageError(_NO_KEY, hint=_OR_DRY_RUN)
        insecure = self.insecure_permissions
        look(self._path(self.source), insecure_permissions=insecure)
        terminal = sys.__stdin__ is not None and sys.__stdin__.isatty()
        if isinstance(self.password, Prompt) and not terminal:
            raise UsageError(
                "nobody can be asked for the password: no terminal",
                hint="--password-file FILE, or another of the --password options",
            )

    def address(self) -> Address | None:
        """Whose keystore it is, where the file says it in the clear. SignerError."""
        from allowctl.revoke.keystore import address_in

        if self.source is None:
            return None
        return address_in(
            self._path(self.source), insecure_permissions=self.insecure_permissions
        )

    def unlock(self, owner: Address) -> Signer:
        """The owner's signer. SignerError."""
        from allowctl.revoke.keystore import NOT_TOGETHER
        from allowctl.revoke.passwords import Prompt

        left = _TRIES if isinstance(self.password, Prompt) else 1
        while True:
            left -= 1
            try:
                return self._unlock(owner)
            except SignerError as error:
                if error.message != NOT_TOGETHER or not left:
                    raise
                sys.stderr.write(f"{error.message}: try again\n")

    def _unlock(self, owner: Address) -> Signer:
        from allowctl.revoke.keysource import folders
        from allowctl.revoke.sign import unlock

        if self.source is None:
            raise SignerError(_NO_KEY, hint=_HINT)
        return unlock(
            self.source,
            self.password,
            owner,
            folders=folders(Path.home(), sys.platform),
            insecure_permissions=self.insecure_permissions,
        )

    @staticmethod
    def _path(source: KeySource) -> Path:
        from allowctl.revoke.keysource import folders, locate

        return locate(source, folders(Path.home(), sys.platform))
