"""What a file that was found, and may be anybody's, says on risk."""

from __future__ import annotations

from collections.abc import Sequence

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
                    f"{file.name}: {key} is for the user's own file", hint=reason
                )
        if file.document.prices.source is PriceMode.DEFILLAMA:
            place = file.place("prices", "source")
            raise ConfigError(
                f"{place}: defillama is for the user's own file",
                hint="it learns which tokens you hold: a project's file cannot choose "
                "that, --prices defillama can",
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
