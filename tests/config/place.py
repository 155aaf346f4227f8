"""A made-up user: a home, a repository, an environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from allowctl.config.files import NAME
from allowctl.config.load import load
from allowctl.errors import ConfigError
from allowctl.model.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where `load` looks."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "own"

    @property
    def repo(self) -> Path:
        return self.folder / "repo"

    @property
    def deep(self) -> Path:
        return self.repo / "a" / "b"

    def write(self, path: Path, text: str | bytes) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(0o644)
        return path

    def user(self, text: str | bytes) -> Path:
        return self.write(self.home / NAME, text)

    def project(self, text: str | bytes) -> Path:
        return self.write(self.repo / NAME, text)

    def explicit(self, text: str | bytes) -> Path:
        return self.write(self.folder / "other" / "mine.toml", text)

    def load(
        self, *, explicit: Path | None = None, cwd: Path | None = None
    ) -> Settings:
        return load(
            explicit=explicit,
            cwd=cwd or self.deep,
            home=self.home,
            environment=self.environment,
        )

    def shown(self, error: ConfigError) -> str:
        """What a user would read, with the folder of this test called DIR."""
        text = error.message if error.hint is None else f"{error.message}\n{error.hint}"
        return text.replace(str(self.folder), "DIR")


def urls(settings: Settings, name: str) -> list[str]:
    """The endpoints of a chain, in the clear."""
    return [each.endpoint.url for each in settings.chains[name].rpc]
