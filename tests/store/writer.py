"""A process that commits to a cache until it is done or killed.

python writer.py PATH FIRST LAST [COMPACT]: commits the ranges FIRST..LAST, ten
blocks and forty logs each, in one commit each, and prints each number when it is
in; compacts after every COMPACT of them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from allowctl.model.chain import Address, BlockRange, Log
from allowctl.store.cache import Cache
from allowctl.store.values import Piece

OWNERS = tuple(Address(f"0x{number:040x}") for number in (1, 2))
VERSION = "v1"
WIDTH = 10
LOGS = 40


def blocks(number: int) -> BlockRange:
    """The range with a number."""
    return BlockRange(number * WIDTH, number * WIDTH + WIDTH - 1)


def piece(number: int) -> Piece:
    """The range with a number, and its logs, half of them for each owner."""
    first = number * WIDTH
    logs = tuple(
        (
            OWNERS[index % 2],
            Log(
                address=OWNERS[0],
                topics=(f"0x{index:064x}",),
                data="0x" + "ab" * 200,
                block_hex=hex(first + index % WIDTH),
                index_hex=hex(index),
            ),
        )
        for index in range(LOGS)
    )
    return Piece(owners=OWNERS, blocks=blocks(number), logs=logs)


def main(path: str, first: str, last: str, compact: str = "0") -> None:
    """Say that it is ready, wait for a line, and commit."""
    print("ready", flush=True)  # noqa: T201 - the parent reads it
    sys.stdin.readline()
    every = int(compact)
    with Cache.open(Path(path)) as cache:
        for number in range(int(first), int(last) + 1):
            cache.commit(1, VERSION, [piece(number)])
            if every and number % every == 0:
                cache.compact(1, VERSION)
            print(number, flush=True)  # noqa: T201 - the same


if __name__ == "__main__":
    main(*sys.argv[1:])
