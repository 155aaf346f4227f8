"""The last gate before the signer: it reads the final bytes, and trusts nobody.

It decodes by hand and strictly (`rlp`, `payload`, `calls`), and lets through only
what takes rights back or lowers them, measured by what was just read from state
(`rights`, `reductions`). It shares no code with what encodes, and does no I/O.
"""

from __future__ import annotations

from allowctl.revoke.guard.gate import check, check_signed
from allowctl.revoke.guard.payload import Transaction, transaction
from allowctl.revoke.guard.rights import (
    AmountRight,
    Bounds,
    ItemRight,
    OperatorRight,
    Permit2Right,
    Right,
    Zeroing,
)

__all__ = [
    "AmountRight",
    "Bounds",
    "ItemRight",
    "OperatorRight",
    "Permit2Right",
    "Right",
    "Transaction",
    "Zeroing",
    "check",
    "check_signed",
    "transaction",
]
