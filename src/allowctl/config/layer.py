"""One of the files that together are the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allowctl.config.shown import shown_key, shown_path
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

    @property
    def name(self) -> str:
        """Its path, as it is shown."""
        return shown_path(self.path)

    def place(self, *key: str | int) -> str:
        """The file and a key in it: `FILE: chains.eth.rpc[0]`."""
        return f"{self.name}: {shown_key(key)}"
