"""What surrounds a command: configuration, environment, folders."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from allowctl.cli import reach
from allowctl.model.chain import Chain
from allowctl.model.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The configuration, and the chains as it leaves them."""

    settings: Settings
    chains: tuple[Chain, ...]


def world(config: Path | None) -> World:
    """What allowctl.toml says. ConfigError if it cannot be followed."""
    import platformdirs

    from allowctl.chains.overrides import overridden
    from allowctl.chains.registry import chains
    from allowctl.config.load import load

    home = os.environ.get("ALLOWCTL_CONFIG_DIR")
    settings = load(
        explicit=config,
        cwd=Path.cwd(),
        home=Path(home) if home else platformdirs.user_config_path("allowctl"),
        environment=os.environ,
    )
    return World(settings=settings, chains=overridden(chains(), settings.chains))


def network(
    urls: Sequence[str] | None,
    headers: Sequence[str] | None,
    timeout: float,
    concurrency: int | None,
    *,
    public: bool,
) -> reach.Network:
    """How nodes are reached, as the command line says."""
    return reach.Network(
        endpoints=reach.named(urls or (), headers or ()),
        public=public,
        timeout=timeout,
        concurrency=concurrency,
    )


def cache(*, disabled: bool) -> Path | None:
    """The file of what is remembered, or None if nothing is to be."""
    return None if disabled else cache_file()


def cache_file() -> Path:
    """Where what is remembered lies, or would lie."""
    from allowctl.store.paths import cache_folder

    return cache_folder() / "cache.db"


def say(*, quiet: bool) -> Callable[[str], None] | None:
    """Where a word to the person goes: stderr, or (None) nowhere."""
    return None if quiet else _say


def _say(text: str) -> None:
    """By way of `sys.stderr`: while progress is shown, that is above it."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"{text}\n")
