"""What goes into our files and what they say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from allowctl.errors import CodecError
from allowctl.model.chain import Address, BlockRange, Log

_T = TypeVar("_T")
_Of = TypeVar("_Of", int, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A range that was served whole for some owners, and all its logs of them."""

    owners: tuple[Address, ...]
    blocks: BlockRange
    logs: tuple[tuple[Address, Log], ...]
    """Each log with the owner it is about. ValueError when it is committed, if
    that is none of `owners` or the log stands outside `blocks`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainInfo:
    """What is remembered of one chain."""

    chain_id: int
    owners: int
    blocks: int
    """Blocks that are covered for at least one owner."""
    logs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheInfo:
    """What the cache holds."""

    path: Path | None
    bytes: int
    """On disk; 0 for a temporary cache, whose file has no name."""
    logs: int
    chains: tuple[ChainInfo, ...]
    """By chain id."""
    endpoints: int
    """Endpoints of which something was learned."""


def merged(spans: Iterable[tuple[_Of, int, int]]) -> Iterator[tuple[_Of, int, int]]:
    """The same (of, first, last), in as few rows as cover the same blocks.

    They must come ordered by `of`, then by `first`; they go out the same way.
    CodecError for one that is no range.
    """
    held: tuple[_Of, int, int] | None = None
    for of, first, last in spans:
        if type(first) is not int or type(last) is not int or not 0 <= first <= last:
            raise CodecError("a block range that is none")
        if held is not None and held[0] == of and first <= held[2] + 1:
            held = (of, held[1], max(held[2], last))
            continue
        if held is not None:
            yield held
        held = (of, first, last)
    if held is not None:
        yield held


def batches(items: Iterable[_T], most: int) -> Iterator[list[_T]]:
    """The same items in lists of at most so many, none of them empty."""
    rest = iter(items)
    while some := list(islice(rest, most)):
        yield some


def whole(found: object) -> int:
    """SQLite holds any type in any column. CodecError for what is no integer."""
    if type(found) is not int:
        raise CodecError("a number that is none")
    return found


def text(found: object) -> str:
    """The same for what is no text."""
    if type(found) is not str:
        raise CodecError("a text that is none")
    return found
