"""What `allowctl policy show` does: read, and print what holds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from allowctl.cli import checked, policy_world, show
from allowctl.config import files
from allowctl.config.shown import shown_path
from allowctl.model.finding import Level
from allowctl.model.settings import Origin, Settings
from allowctl.output import policy_shown


def shown(config: Path | None, fail_on: Level | None, *, json: bool) -> str:
    """The text for stdout. ConfigError if the configuration cannot be followed."""
    whole = checked.absolute(config)
    stated = policy_world.followed(whole)
    sources = stated.settings.sources
    what = policy_shown.Shown(
        settings=stated.settings,
        policy=stated.policy.failing_on(fail_on, "--fail-on"),
        chains=stated.chains,
        today=datetime.now(UTC).date(),
        root=shown_path(files.root_of(sources[0])) if sources else "",
        origin=_origin(stated.settings, whole),
    )
    if json:
        return policy_shown.document(what)
    return policy_shown.text(what, show.screen())


def _origin(settings: Settings, explicit: Path | None) -> Origin | None:
    """Who chose the first file, which is the policy's."""
    if not settings.sources:
        return None
    if explicit is not None:
        return Origin.EXPLICIT
    return Origin.USER if settings.project is None else Origin.PROJECT
