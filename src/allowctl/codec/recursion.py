"""Importing what lifts Python's recursion limit, without having it lifted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def recursion_limit_kept() -> Iterator[None]:
    """Undo what the imports of web3 and eth-account do (py_ecc, below both).

    They let Python recurse a hundredfold. With that, deeply nested JSON of a node or a
    file would run over the C stack and end the process, where it is otherwise one
    more text that is none.
    """
    limit = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
