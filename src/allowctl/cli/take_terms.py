"""How far taking back goes by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from allowctl.cli import ask, write
from allowctl.cli.report_options import Format
from allowctl.cli.signing_key import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the command line says of that."""

    key: Key
    dry_run: bool = False
    yes: bool = False
    replace_pending: bool = False
    confirmations: int | None = None
    plan_out: Path | None = None
    allowed: frozenset[int] = frozenset()
    """Chains that may be incomplete, by id."""
    places: tuple[write.Destination[Format], ...] = ()
    quiet: bool = False
    signs: bool = True
    """Whether anything new is signed at all."""
    state: Path = field(repr=False)
    """The folder of journals."""

    def check(self, hint: str = ask.HINT) -> None:
        """UsageError where nobody could be asked, or nothing could sign.

        `hint`: what to do where there is no terminal.
        """
        write.check(self.places)
        if self.dry_run:
            return
        ask.need_terminal(self.yes, hint)
        self.key.check()
