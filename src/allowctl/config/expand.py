"""`${VAR}` in the URL of an endpoint."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass

from allowctl.errors import ConfigError

_MARK = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)\})?")
_OURS = ("ALLOWCTL_", "ETH_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """The environment, as far as one file may see it."""

    values: Mapping[str, str]
    every: bool
    """Whether the file may name any variable; else only ours and those listed."""
    listed: Container[str] = ()

    def seen(self, name: str) -> bool:
        """Whether the file may name this variable."""
        return self.every or name.startswith(_OURS) or name in self.listed


def expanded(text: str, variables: Variables) -> str:
    """A text with each `${VAR}` replaced, once; `$${` stands for `${`.

    ConfigError, without any value, for a variable that the file may not see, one
    that is unset or empty, one that holds a URL in a longer text, and for `${`
    without a name and `}`.
    """

    def value(mark: re.Match[str]) -> str:
        if mark[0] == "$${":
            return "${"
        if mark[1] is None:
            raise ConfigError(
                "${ is not followed by a variable's name and }",
                hint="write ${NAME}, or $${ for the two characters themselves",
            )
        found = _value(mark[1], variables)
        # A URL may hold a key: nobody else's host is told it as a path.
        if "://" in found and mark[0] != text:
            raise ConfigError(
                f"{mark[1]} holds a URL, and stands in another one",
                hint=f"write ${{{mark[1]}}} alone",
            )
        return found

    return _MARK.sub(value, text)


def _value(name: str, variables: Variables) -> str:
    if not variables.seen(name):
        raise ConfigError(
            f"{name} is not for a file that was found to expand",
            hint=f'put env = ["{name}"] into your own configuration file, or name '
            "this file with --config",
        )
    found = variables.values.get(name)
    if not found:
        raise ConfigError(
            f"the variable {name} is {'empty' if found == '' else 'not set'}",
            hint=f"set {name}, or write $${{ for the two characters themselves",
        )
    return found
