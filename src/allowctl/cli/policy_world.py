"""The configuration for commands that ask nobody: no variable need be set."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from allowctl.chains import policies
from allowctl.chains.overrides import configured
from allowctl.chains.registry import chains
from allowctl.cli import given
from allowctl.config import load
from allowctl.model.chain import Chain
from allowctl.model.policy import Policy
from allowctl.model.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What files state, checked as far as no node is needed for it."""

    settings: Settings
    chains: tuple[Chain, ...]
    policy: Policy
    """The settings' own, its chains looked up."""


def followed(config: Path | None) -> Stated:
    """The files that a command would follow here. ConfigError if it could not."""
    import platformdirs

    home = os.environ.get("ALLOWCTL_CONFIG_DIR")
    return _stated(
        load.load(
            explicit=config,
            cwd=Path.cwd(),
            home=Path(home) if home else platformdirs.user_config_path("allowctl"),
            environment=os.environ,
            unset_fits=True,
        )
    )


def alone(path: Path, *, trusted: bool) -> Stated:
    """One file by itself. ConfigError if it cannot be followed, whoever runs it."""
    return _stated(load.validate(path, trusted=trusted, environment={}))


def _stated(settings: Settings) -> Stated:
    known, _ = configured(chains(), settings)
    given.check(settings, known)
    return Stated(
        settings=settings,
        chains=known,
        policy=policies.settled(settings.policy, known),
    )
