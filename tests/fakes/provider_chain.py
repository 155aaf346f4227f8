"""Blocks of a synthetic chain, computed from their numbers: none is ever stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from Crypto.Hash import keccak

_SPACE = 2**256
_BITS = 2**64
_BLOCK = int.from_bytes(hashlib.sha256(b"block").digest()) | 1
_BLOCK_INVERSE = pow(_BLOCK, -1, _SPACE)
_TRANSACTION = int.from_bytes(hashlib.sha256(b"transaction").digest()) | 1
_TRANSACTION_INVERSE = pow(_TRANSACTION, -1, _SPACE)
_SCATTER = int.from_bytes(hashlib.sha256(b"scatter").digest()[:8]) | 1
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
"""keccak-256 of Transfer(address,address,uint256): what a background log is."""
BACKGROUND = "0xbac1" + "0" * 36
"""The contract that every background log comes from."""


class Blocks:
    """Hashes of blocks and transactions, and which blocks have a background log.

    A hash is an affine image of the number, so that the number is found again
    without a table. `every`: one background log in each stretch of so many
    blocks, somewhere inside it; 0 for none.
    """

    def __init__(self, *, seed: int, every: int) -> None:
        self.every = every
        self._seed = seed
        self._forks: list[tuple[int, int]] = []
        self.fork(0)

    def fork(self, first: int) -> None:
        """Give every block from `first` on another hash."""
        digest = hashlib.sha256(f"{self._seed}/{len(self._forks)}".encode()).digest()
        self._forks.append((first, int.from_bytes(digest)))

    def hash(self, number: int) -> str:
        """32 bytes as 0x hex."""
        return f"0x{(number * _BLOCK + self._offset(number)) % _SPACE:064x}"

    def number(self, hashed: str) -> int | None:
        """The block with this hash, which the head may not have reached."""
        value = int(hashed, 16)
        for _, offset in self._forks:
            number = (value - offset) * _BLOCK_INVERSE % _SPACE
            if number < _BITS and self._offset(number) == offset:
                return number
        return None

    def transaction(self, number: int, index: int) -> str:
        """Hash of a block's transaction; another one on another fork."""
        place = (number << 24) + index
        return f"0x{(place * _TRANSACTION + self._offset(number)) % _SPACE:064x}"

    def place(self, hashed: str) -> tuple[int, int] | None:
        """Block and index of the transaction with this hash, if it can have one."""
        value = int(hashed, 16)
        for _, offset in self._forks:
            place = (value - offset) * _TRANSACTION_INVERSE % _SPACE
            number, index = place >> 24, place & 2**24 - 1
            if number < _BITS and self._offset(number) == offset:
                return number, index
        return None

    def has_background(self, number: int) -> bool:
        return self.every > 0 and number == self._background(number // self.every)

    def count_background(self, first: int, last: int) -> int:
        """How many of these blocks have a background log; as quick for any range."""
        if not self.every or last < first:
            return 0
        return self._background_up_to(last) - self._background_up_to(first - 1)

    def backgrounds(self, first: int, last: int) -> Iterator[int]:
        """The blocks among these that have a background log, ascending."""
        if self.every:
            for stretch in range(first // self.every, last // self.every + 1):
                number = self._background(stretch)
                if first <= number <= last:
                    yield number

    def _background(self, stretch: int) -> int:
        scattered = ((stretch + self._seed + 1) * _SCATTER) % _BITS >> 32
        return stretch * self.every + scattered % self.every

    def _background_up_to(self, number: int) -> int:
        stretch = number // self.every
        return stretch + (self._background(stretch) <= number)

    def _offset(self, number: int) -> int:
        for first, offset in reversed(self._forks):
            if first <= number:
                return offset
        raise AssertionError(number)


def background_row(number: int) -> tuple[str, ...]:
    """Address, data and topics of the log in a background block."""
    sender, receiver = f"0x{0xBAC2 << 144 | number:064x}", f"0x{0xBAC3 << 144:064x}"
    return (BACKGROUND, f"0x{number:064x}", TRANSFER, sender, receiver)


def bloom(rows: Iterable[tuple[str, ...]]) -> str:
    """LogsBloom of a block with these logs (yellow paper, 4.3.1): 256 bytes as hex."""
    bits = 0
    for address, _data, *topics in rows:
        for word in (address, *topics):
            digest = keccak.new(digest_bits=256, data=bytes.fromhex(word[2:])).digest()
            for at in (0, 2, 4):
                bits |= 1 << (int.from_bytes(digest[at : at + 2]) & 2047)
    return f"0x{bits:0512x}"
