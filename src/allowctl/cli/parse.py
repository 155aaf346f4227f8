"""Option values that need more than a type."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from allowctl.chains.owners import parse_address
from allowctl.errors import UsageError
from allowctl.model.approval import Kind
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


def pairs(tokens: Sequence[str], spenders: Sequence[str]) -> tuple[Pair, ...]:
    """Every --token with every --spender. UsageError for one without the other."""
    if bool(tokens) != bool(spenders):
        raise UsageError(
            "--token and --spender go together",
            hint="name both to read a pair, or neither to seek all approvals",
        )
    return tuple(
        Pair(
            token=parse_address(token, what="token"),
            spender=parse_address(spender, what="spender"),
        )
        for token in _split(tokens)
        for spender in _split(spenders)
    )


def _split(texts: Sequence[str]) -> list[str]:
    return [each for text in texts for each in text.split(",") if each.strip()]
