"""What `allowctl policy validate` does: read, check, say."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import typer

from allowctl.cli import policy_world
from allowctl.cli.complain import complain
from allowctl.codec.shown import uncommanded
from allowctl.config.files import guard
from allowctl.config.shown import shown_path
from allowctl.errors import ConfigError, ExitCode, UsageError
from allowctl.model.policy import Policy

_VARIABLE = "ALLOWCTL_CONFIG"


def validate(files: Sequence[Path], config: Path | None) -> ExitCode:
    """Look at each, tell of each. UsageError where there is none to look at.

    Without any, those that a command would follow; `config` is one that is trusted.
    """
    if files and str(config) == os.environ.get(_VARIABLE):
        # It says which file is followed, and nobody asked for that one.
        config = None
    if not files and config is None:
        return _followed()
    named = [(path, False) for path in dict.fromkeys(files)]
    if config is not None:
        named.append((config, True))
    ended = [_one(path, trusted=trusted) for path, trusted in named]
    return max(ended)


def _followed() -> ExitCode:
    stated = policy_world.followed(None)
    if not stated.settings.sources:
        raise UsageError(
            "no allowctl.toml: there is nothing to look at",
            hint="name a file; `allowctl policy init` writes one",
        )
    _warn(stated.policy)
    for path in stated.settings.sources:
        typer.echo(uncommanded(f"{shown_path(path)}: valid"))
    return ExitCode.OK


def _one(path: Path, *, trusted: bool) -> ExitCode:
    try:
        stated = policy_world.alone(path, trusted=trusted)
        if not trusted:
            _warn_of_others(path)
    except ConfigError as error:
        complain(error)
        return ExitCode.USAGE
    _warn(stated.policy)
    typer.echo(uncommanded(f"{shown_path(path)}: valid"))
    return ExitCode.OK


def _warn_of_others(path: Path) -> None:
    """What others may write is valid: git records no mode that says so."""
    try:
        guard(path)
    except ConfigError as error:
        said = f"{error.message}: where it is found, no command follows it"
        typer.echo(uncommanded(f"warning: {said}; {error.hint}"), err=True)


def _warn(policy: Policy) -> None:
    for each in _expired(policy, datetime.now(UTC).date()):
        typer.echo(uncommanded(f"warning: {each}"), err=True)


def _expired(policy: Policy, today: date) -> Iterator[str]:
    """What a check would fail for, whatever it sees."""
    entries = [(each.place, each.expires) for each in policy.allows]
    entries += [(each.place, each.expires) for each in policy.acknowledged]
    for place, expires in entries:
        if expires is not None and expires < today:
            yield (
                f"{place}: it expired after {expires} and covers nothing any more: "
                "`allowctl check` fails for it"
            )
