"""What the texts, numbers and days of a policy must look like, in their one form."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Literal

from allowctl.codec import durations
from allowctl.config import forms
from allowctl.model.finding import Level

LEVELS = {str(each): each for each in Level if each is not Level.UNKNOWN}
"""What a policy can speak of, by name."""
RULE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
AMOUNT = re.compile(r"[0-9]{1,78}")
DURATION = re.compile(r"[0-9]{1,9}[shdwmy]")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ENS_NAME = re.compile(r"[^\s.:/\\@]{1,100}(\.[^\s.:/\\@]{1,100}){1,9}")
UNLIMITED: Literal["unlimited"] = "unlimited"

_LONGEST_ID = 40
_LONGEST_PATH = 1_000
_NAMED = ", ".join(f'"{each}"' for each in [*LEVELS][:-1])


def version(value: object) -> Literal[1]:
    """The version of the file's form."""
    if type(value) is not int or value != 1:
        raise ValueError("must be 1, the only version that there is")
    return 1


def level(value: object) -> Level:
    """A level by its name."""
    found = LEVELS.get(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'must be {_NAMED} or "{[*LEVELS][-1]}"')
    return found


def chain(value: object) -> str:
    """A chain's name, or its id as a text or a number: as a text."""
    match value:
        case bool():
            pass
        case int() if 0 < value < 2**63:
            return str(value)
        case str():
            return forms.chain_key(value)
    raise ValueError("must be a chain's name in small letters, or its id")


def amount(value: object) -> int | Literal["unlimited"]:
    """Smallest units, as a text or a number: a float would lose some of them."""
    match value:
        case bool():
            found = None
        case int():
            found = value
        case "unlimited":
            return UNLIMITED
        case str() if AMOUNT.fullmatch(value):
            found = int(value)
        case _:
            found = None
    if found is None or not 0 <= found < 2**256:
        raise ValueError(
            "must be a whole number of smallest units from 0 to 2^256 - 1, as a "
            'number or a text, or "unlimited"'
        )
    return found


def duration(value: object) -> int:
    """Seconds."""
    # More exactly than on the command line: so an editor can tell it, too.
    fits = isinstance(value, str) and DURATION.fullmatch(value)
    found = durations.seconds(fits[0]) if fits else None
    if found is None:
        raise ValueError(
            "must be a duration, a number and a unit in a text: " + durations.EXAMPLES
        )
    return found


def day(value: object) -> date:
    """A day, as TOML's local date or as a text."""
    match value:
        case datetime():
            raise ValueError("must be a day without a time, such as 2027-03-31")
        case date():
            return value
        case str() if DAY.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise ValueError("must be a day that the calendar has") from None
    raise ValueError("must be a day, such as 2027-03-31")


def rule_id(text: str) -> str:
    """What a rule of a policy can be called."""
    if not RULE_ID.fullmatch(text) or len(text) > _LONGEST_ID:
        raise ValueError(
            "must be words of small letters and digits with - between, "
            f"at most {_LONGEST_ID} characters"
        )
    return text


def ens_name(text: str) -> str:
    """What can be an ENS name; whether it is one, mainnet says."""
    if not ENS_NAME.fullmatch(text) or not text.isprintable():
        raise ValueError("must be an ENS name, such as treasury.example.eth")
    return text


def line(longest: int) -> Callable[[str], str]:
    """What makes words of somebody's one printable line that says something."""

    def said(text: str) -> str:
        found = text.strip()
        if not found:
            raise ValueError("must not be blank")
        if not found.isprintable():
            raise ValueError("must be one line of printable characters")
        if len(text) > longest:
            raise ValueError(f"must not be longer than {longest} characters")
        return found

    return said


def path(text: str) -> str:
    """The path of a file."""
    if not text.strip() or not text.isprintable() or len(text) > _LONGEST_PATH:
        raise ValueError("must be the path of a file")
    return text
