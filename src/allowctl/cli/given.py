"""What surrounds a command: configuration, environment, folders."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from allowctl.cli import reach
from allowctl.errors import ConfigError, UsageError
from allowctl.model.chain import Chain
from allowctl.model.settings import Origin, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The configuration, and the chains as it leaves them."""

    settings: Settings
    chains: tuple[Chain, ...]
    project: reach.Project | None = None
    """The file that was found because of where one stands."""
    aside: tuple[str, ...] = ()
    """Sentences on what is not taken from it."""


def world(config: Path | None) -> World:
    """What allowctl.toml says. ConfigError if it cannot be followed."""
    import platformdirs

    from allowctl.chains.overrides import configured
    from allowctl.chains.registry import chains
    from allowctl.config.load import load

    home = os.environ.get("ALLOWCTL_CONFIG_DIR")
    settings = load(
        explicit=config,
        cwd=Path.cwd(),
        home=Path(home) if home else platformdirs.user_config_path("allowctl"),
        environment=os.environ,
    )
    known, aside = configured(chains(), settings)
    _check(settings, known)
    project = _project(settings)
    return World(
        settings=settings,
        chains=known,
        project=project,
        aside=tuple(
            f"{each}: not taken from {project.name if project else 'it'}, which was "
            "found (--config names a file that you trust)"
            for each in aside
        ),
    )


def _check(settings: Settings, known: Sequence[Chain]) -> None:
    """ConfigError for a wallet's chain that there is not, whoever is scanned."""
    from allowctl.chains.registry import select

    for wallet in settings.wallets:
        for text, place in zip(wallet.chains, wallet.places, strict=False):
            try:
                select([text], known)
            except UsageError as error:
                raise ConfigError(
                    f"{place}: {error.message}", hint=error.hint
                ) from None


def _project(settings: Settings) -> reach.Project | None:
    """The file that was found because of where one stands."""
    from allowctl.config.shown import shown_path

    if settings.project is None:
        return None
    return reach.Project(
        name=shown_path(settings.project),
        keys=frozenset(
            each.endpoint.key
            for override in settings.chains.values()
            for each in override.rpc
            if each.origin is Origin.PROJECT
        ),
    )


def network(
    urls: Sequence[str] | None,
    headers: Sequence[str] | None,
    timeout: float,
    concurrency: int | None,
    *,
    public: bool,
) -> reach.Network:
    """How nodes are reached, as the command line says."""
    variable = os.environ.get("ALLOWCTL_RPC_URL") or os.environ.get("ETH_RPC_URL")
    return reach.Network(
        endpoints=reach.named(urls or (), headers or ()),
        from_environment=bool(urls) and urls == (variable or "").split(),
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
