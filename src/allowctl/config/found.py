"""What a file that was found, and may be anybody's, says on risk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from allowctl.config.layer import Layer
from allowctl.errors import ConfigError
from allowctl.model.settings import Origin
from allowctl.model.sources import PriceMode

_OWN = {
    "env": "a project's file cannot say which variables it may expand",
    "intel": "a project's file cannot say which lists are fetched and believed",
}
"""Tables for the user's own file, and why."""


def check(files: Sequence[Layer]) -> None:
    """ConfigError for what such a file may not say."""
    for file in files:
        if file.origin is not Origin.PROJECT:
            continue
        for key, reason in _OWN.items():
            if key in file.document.model_fields_set:
                raise ConfigError(
                    f"{file.place(key)} is for the user's own file", hint=reason
                )
        if file.document.prices.source is PriceMode.DEFILLAMA:
            place = file.place("prices", "source")
            raise ConfigError(
                f"{place}: defillama is for the user's own file",
                hint="it learns which tokens you hold: a project's file cannot choose "
                "that, --prices defillama can",
            )
        _check_baseline(file)


def _check_baseline(file: Layer) -> None:
    """ConfigError if it would have a file read that lies somewhere else."""
    table = file.document.baseline
    if table is None:
        return
    place = file.place("baseline", "file")
    hint = f"name {file.name} with --config if you trust it"
    if Path(table.file).anchor or table.file.startswith("~"):
        raise ConfigError(
            f"{place} must be a path from the folder of a file that was found",
            hint=hint,
        )
    folder = Path(os.path.realpath(file.path.parent))
    if not Path(os.path.realpath(folder / table.file)).is_relative_to(folder):
        raise ConfigError(
            f"{place} leads out of the folder of a file that was found", hint=hint
        )


def judged(files: Sequence[Layer]) -> tuple[str, ...]:
    """What such a file says, and is followed in."""
    for file in files:
        if file.origin is Origin.PROJECT:
            document = file.document
            said = {
                "weights": document.weights.model_fields_set,
                "prices": document.prices.model_fields_set,
                "pinned code": document.pin,
            }
            return tuple(name for name, table in said.items() if table)
    return ()
