"""One of the files that together are the configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from allowctl.config.lines import Lines
from allowctl.config.shown import shown_key, shown_path
from allowctl.model.place import Place
from allowctl.model.settings import Origin

if TYPE_CHECKING:
    # pydantic takes 0.1 s to load, and most runs have no file.
    from allowctl.config.schema import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A file that was read."""

    path: Path
    origin: Origin
    document: Document
    lines: Lines = field(default_factory=lambda: Lines(""), compare=False, repr=False)
    """Where its keys are written."""

    @property
    def name(self) -> str:
        """Its path, as it is shown."""
        return shown_path(self.path)

    def at(self, *key: str | int) -> Place:
        """A key in it; one that is not written stands where it would be."""
        return Place(file=self.name, line=self.lines.of(*key), key=shown_key(key))

    def place(self, *key: str | int) -> str:
        """The same as a message has it: `FILE:LINE: chains.eth.rpc[0]`."""
        return str(self.at(*key))
