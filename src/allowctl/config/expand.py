"""`${VAR}` in the URL of an endpoint."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import TypeVar

from allowctl.errors import ConfigError

_MARK = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)\})?")
_OURS = re.compile(r"(ALLOWCTL|ETH)_([A-Z0-9_]*_)?RPC_URL(_[A-Z0-9_]+)?")
"""Variables that are made to name an endpoint."""
_NEVER = re.compile(
    r"(.*_)?(PRIVATE_?KEY|MNEMONIC|SEED|PASS\w*|HEADERS?)(_.*)?", re.IGNORECASE
)
"""What no endpoint of somebody else has to know, listed or not."""
_BEHIND_HOST = re.compile(r"https?://[^/?#\\@]+[/?#]")
_IN_PATH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*[/?#]")
"""Before what cannot change scheme and host, whether these are usable or not."""
STAND_IN = "https://unset.invalid"
"""Where a variable is not set and nobody is asked: a host that never is (RFC 6761)."""

Built = TypeVar("Built")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """The environment, as far as one file may see it."""

    values: Mapping[str, str]
    every: bool
    """Whether the file may name any variable, anywhere. Else, in a file that may be
    anybody's, only those listed and those made for it, and not before the path."""
    listed: Container[str] = ()
    unset_fits: bool = False
    """Whether one that is not set or empty is no error: where nobody is asked."""

    def seen(self, name: str) -> bool:
        """Whether the file may name this variable."""
        if self.every:
            return True
        fit = name in self.listed or _OURS.fullmatch(name)
        return bool(fit) and not _NEVER.fullmatch(name)

    def lacks(self, text: str) -> bool:
        """Whether it names one that is not set or empty, without an error."""
        names = (mark[1] for mark in _MARK.finditer(text))
        return self.unset_fits and any(
            name and not self.values.get(name) for name in names
        )


def built(
    text: str, variables: Variables, place: str, build: Callable[[str], Built]
) -> Built:
    """What is made of a URL; of one that cannot be known, what is made of STAND_IN.

    ConfigError as `expanded` has it, with the place before it, and what `build`
    raises.
    """
    try:
        url = expanded(text, variables)
    except ConfigError as error:
        raise ConfigError(f"{place}: {error.message}", hint=error.hint) from None
    found = build(url)
    return build(STAND_IN) if variables.lacks(text) else found


def expanded(text: str, variables: Variables) -> str:
    """A text with each `${VAR}` replaced, once; `$${` stands for `${`.

    ConfigError, without any value, for a variable that the file may not see, one
    that is unset or empty, one that holds a URL in a longer text, one that would
    say who is asked in a file that may be anybody's, and for `${` without a name
    and `}`. Where a variable may be unset, what stands for it lets the rest be
    checked; STAND_IN is the whole text where nothing is left to be checked.
    """
    unknown = False

    def value(mark: re.Match[str]) -> str:
        nonlocal unknown
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
        before = text[: mark.start()]
        # As a part of a host's name it would be told to every resolver.
        if not (variables.every or alone or _BEHIND_HOST.match(before)):
            raise ConfigError(
                f"{mark[1]} stands before the path of a URL",
                hint="in a file that was found, a variable stands alone or behind "
                f"the host: https://HOST/${{{mark[1]}}}",
            )
        found = variables.values.get(mark[1])
        if not found:
            unknown |= not _IN_PATH.match(before)
            return _unset(mark[1], found, variables)
        # A URL may hold a key: nobody else's host is told it as a path.
        if "://" in found and not alone:
            raise ConfigError(
                f"{mark[1]} holds a URL, and stands in another one",
                hint=f"write ${{{mark[1]}}} alone",
            )
        return found

    text = _MARK.sub(value, text)
    return STAND_IN if unknown else text


def _unset(name: str, found: str | None, variables: Variables) -> str:
    if variables.unset_fits:
        return "unset"
    raise ConfigError(
        f"the variable {name} is {'empty' if found == '' else 'not set'}",
        hint=f"set {name}, or write $${{ for the two characters themselves",
    )


def _hidden(name: str) -> ConfigError:
    allow = f'put env = ["{name}"] into your own configuration file, or '
    if _NEVER.fullmatch(name):
        allow = "no endpoint needs it; if this one does, "
    return ConfigError(
        f"{name} is not for a file that was found to expand",
        hint=f"{allow}name this file with --config",
    )
