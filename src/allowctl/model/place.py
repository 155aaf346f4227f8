"""Where something is written in a file of configuration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A key of a file, to be found again by a person, an editor and a code host."""

    file: str
    """The file's path as it is shown: printable, on one line."""
    line: int = 1
    """Counted from 1; 0 for what stands in no line: a default, or an option of the
    command line, whose name `file` is then."""
    key: str = ""
    """Its path as TOML has it: `allow[3].expires`; empty for the whole file."""
    default: bool = False
    """Whether nobody wrote it: the file could say something else, and does not."""

    @classmethod
    def by_default(cls, file: str, key: str) -> Place:
        """A key that a file does not have."""
        return cls(file=file, line=0, key=key, default=True)

    def __str__(self) -> str:
        """`FILE:LINE: KEY`; `FILE: KEY (default)` for what nobody wrote."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        said = ": ".join(filter(None, (where, self.key)))
        return f"{said} (default)" if self.default else said
