"""`${VAR}` in the URL of an endpoint."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass

from allowctl.errors import ConfigError

_MARK = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)\})?")
_OURS = re.compile(r"(ALLOWCTL|ETH)_([A-Z0-9_]*_)?RPC_URL(_[A-Z0-9_]+)?")
"""Variables that are made to name an endpoint."""
_NEVER = re.compile(
    r"(.*_)?(PRIVATE_?KEY|MNEMONIC|SEED|PASS\w*|HEADERS?)(_.*)?", re.IGNORECASE
)
"""What no endpoint of somebody else has to know, listed or not."""
_BEHIND_HOST = re.compile(r"https?://[^/?#\\@]+[/?#]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """The environment, as far as one file may see it."""

    values: Mapping[str, str]
    every: bool
    """Whether the file may name any variable, anywhere. Else, in a file that may be
    anybody's, only those listed and those made for it, and not before the path."""
    listed: Container[str] = ()

    def seen(self, name: str) -> bool:
        """Whether the file may name this variable."""
        if self.every:
            return True
        fit = name in self.listed or _OURS.fullmatch(name)
        return bool(fit) and not _NEVER.fullmatch(name)


def expanded(text: str, variables: Variables) -> str:
    """A text with each `${VAR}` replaced, once; `$${` stands for `${`.

    ConfigError, without any value, for a variable that the file may not see, one
    that is unset or empty, one that holds a URL in a longer text, one that would
    say who is asked in a file that may be anybody's, and for `${` without a name
    and `}`.
    """

    def value(mark: re.Match[str]) -> str:
        if mark[0] == "$${":
            return "${"
        if mark[1] is None:
            raise ConfigError(
                "${ is not followed by a variable's name and }",
                hint="write ${NAME}, or $${ for the two characters themselves",
            )
        if not variables.seen(mark[1]):
            raise _hidden(mark[1])
        alone = mark[0] == text
        # As a part of a host's name it would be told to every resolver.
        if not (variables.every or alone or _BEHIND_HOST.match(text[: mark.start()])):
            raise ConfigError(
                f"{mark[1]} stands before the path of a URL",
                hint="in a file that was found, a variable stands alone or behind "
                f"the host: https://HOST/${{{mark[1]}}}",
            )
        found = _value(mark[1], variables)
        # A URL may hold a key: nobody else's host is told it as a path.
        if "://" in found and not alone:
            raise ConfigError(
                f"{mark[1]} holds a URL, and stands in another one",
                hint=f"write ${{{mark[1]}}} alone",
            )
        return found

    return _MARK.sub(value, text)


def _value(name: str, variables: Variables) -> str:
    found = variables.values.get(name)
    if not found:
        raise ConfigError(
            f"the variable {name} is {'empty' if found == '' else 'not set'}",
            hint=f"set {name}, or write $${{ for the two characters themselves",
        )
    return found


def _hidden(name: str) -> ConfigError:
    allow = f'put env = ["{name}"] into your own configuration file, or '
    if _NEVER.fullmatch(name):
        allow = "no endpoint needs it; if this one does, "
    return ConfigError(
        f"{name} is not for a file that was found to expand",
        hint=f"{allow}name this file with --config",
    )
