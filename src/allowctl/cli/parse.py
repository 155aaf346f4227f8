"""Option values that need more than a type."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from allowctl.chains.owners import parse_address
from allowctl.errors import UsageError
from allowctl.model.approval import Kind
from allowctl.model.chain import Address
from allowctl.model.question import Pair


def kinds(texts: Sequence[str]) -> frozenset[Kind]:
    """What --kind asks for, all if nothing. UsageError names the nearest kind."""
    names = [each.strip().lower() for text in texts for each in text.split(",")]
    for name in names:
        if name not in list(Kind):
            near = difflib.get_close_matches(name, list(Kind), n=1)
            raise UsageError(
                f"unknown kind {name[:40]!a}",
                hint=f"did you mean '{near[0]}'?"
                if near
                else f"the kinds are {', '.join(Kind)}",
            )
    return frozenset(map(Kind, names)) or frozenset(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What --token and --spender name."""

    pairs: tuple[Pair, ...] = ()
    """Both were given: every token with every spender."""
    tokens: frozenset[Address] = frozenset()
    spenders: frozenset[Address] = frozenset()


def named(tokens: Sequence[str], spenders: Sequence[str]) -> Named:
    """Pairs to read, or what the report is to be about. UsageError for no address."""
    asked = [parse_address(each, what="token") for each in _split(tokens)]
    by = [parse_address(each, what="spender") for each in _split(spenders)]
    if asked and by:
        return Named(
            pairs=tuple(Pair(token=one, spender=other) for one in asked for other in by)
        )
    return Named(tokens=frozenset(asked), spenders=frozenset(by))


def columns(texts: Sequence[str]) -> tuple[str, ...]:
    """What --columns asks for. UsageError names the nearest column."""
    from allowctl.output.columns import COLUMNS

    names = [each.strip().lower() for each in _split(texts)]
    if texts and not names:
        raise UsageError(
            "--columns names no column",
            hint=f"the columns are {', '.join(COLUMNS)}",
        )
    for name in names:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            raise UsageError(
                f"unknown column {name[:40]!a}",
                hint=f"did you mean {near[0]}?"
                if near
                else f"the columns are {', '.join(COLUMNS)}",
            )
    return tuple(dict.fromkeys(names))


def _split(texts: Sequence[str]) -> list[str]:
    return [each for text in texts for each in text.split(",") if each.strip()]
