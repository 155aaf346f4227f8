"""Contracts of a synthetic chain, whose state at a block follows from its logs."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from tests.fakes.provider_abi import string, uint
from tests.fakes.provider_logs import Logbook, Row, Wanted

APPROVAL = "0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"
FOR_ALL = "0x17307eab39ab6107e8899845ad3d59bd9653f200f220920489ca2b5937696c31"
PERMIT2_APPROVAL = "0xda9fa7c1b00402c17d0161b249b1ab8bbec047c5a52207b9c112deffd817036b"
PERMIT2_PERMIT = "0xc6a377bfc4eb120024a8ac08eef205be16b817020812c73223e81d1bdb9708ec"
PERMIT2_LOCKDOWN = "0x89b1add15eff56b3dfe299ad94e01f2b52fbcb80ae1a3baea6ae8c04cb2b98a4"
BALANCE, NFT_BALANCE, SUPPLY, DECIMALS = 1_000_000, 3, 10**15, 6
_OPEN_END = 2**64 - 1
_SIGNATURE = 2
_ITEM_ROW = 6
"""Address, data and four topics: the rows that may name an item."""
_BOOKS = 512
"""Owners whose state is kept worked out."""


class RevertsError(Exception):
    """The contract reverts."""


class BurnsError(Exception):
    """The contract burns all gas there is."""


Contract = Callable[[bytes, int], bytes]
"""Answers calldata at a block, or raises one of the two above."""
Function: TypeAlias = Callable[["Ledger", str, Sequence[bytes], int], bytes]
"""Of a ledger, the contract, the arguments' words and the block."""


class Slot(NamedTuple):
    """One approval, whoever the owner is: the place of its state."""

    kind: str
    """erc20, erc721, operator or permit2."""
    contract: str
    token: str
    spender: str
    """Empty for an item: its state says who may take it."""
    token_id: int | None = None


class Change(NamedTuple):
    """A value that no log tells of, from a block on."""

    owner: str
    slot: Slot
    block: int
    value: int


class Ledger:
    """What every owner has approved at every block.

    A value is an amount, 0 or 1 for an operator, the spender of an item, and
    for Permit2 the amount and, above 160 bits, the expiration.
    """

    def __init__(self, logbook: Logbook, silent: Iterable[Change]) -> None:
        self.logbook = logbook
        self._silent: dict[str, list[Change]] = {}
        for change in silent:
            self._silent.setdefault(change.owner, []).append(change)
        self._books: OrderedDict[str, dict[Slot, list[tuple[int, int]]]] = OrderedDict()
        self.items: dict[tuple[str, int], str] = {}
        self.emitters: dict[str, str] = {}
        seen: set[tuple[str, str, int]] = set()
        for row in logbook.rows:
            shape = (row[0], "".join(row[_SIGNATURE : _SIGNATURE + 1]), len(row))
            if shape in seen and len(row) != _ITEM_ROW:
                continue
            seen.add(shape)
            for owner, slot, _ in told(row):
                self.emitters[row[0]] = slot.kind
                if slot.token_id is not None:
                    self.items[slot.contract, slot.token_id] = owner

    def value(self, owner: str, slot: Slot, at: int) -> int:
        """What stands there after block `at`."""
        changes = self.book(owner).get(slot, ())
        place = bisect_right(changes, at, key=lambda change: change[0])
        return changes[place - 1][1] if place else 0

    def book(self, owner: str) -> Mapping[Slot, list[tuple[int, int]]]:
        """Each approval of an owner with its values, by the block they begin at."""
        known = self._books.get(owner)
        if known is None:
            known = self._read(owner)
            self._books[owner] = known
            if len(self._books) > _BOOKS:
                self._books.popitem(last=False)
        return known

    def _read(self, owner: str) -> dict[Slot, list[tuple[int, int]]]:
        book: dict[Slot, list[tuple[int, int]]] = {}
        named = frozenset({"0x" + "00" * 12 + owner[2:]})
        wanted = Wanted(first=0, last=_OPEN_END, topics=(None, named))
        for place in self.logbook.places(wanted):
            number = self.logbook.block(place)
            for _, slot, value in told(self.logbook.rows[place]):
                book.setdefault(slot, []).append((number, value))
        for change in self._silent.get(owner, ()):
            changes = book.setdefault(change.slot, [])
            changes.append((change.block, change.value))
            changes.sort(key=lambda each: each[0])
        return book


def told(row: Row) -> Iterator[tuple[str, Slot, int]]:
    """The owner, the approval and its value that a log tells, if it is one of ours."""
    contract, data, *topics = row
    match topics:
        case [str(signature), owner, spender] if signature == APPROVAL:
            slot = Slot("erc20", contract, contract, _address(spender))
            yield _address(owner), slot, int(data, 16)
        case [str(signature), owner, spender, item] if signature == APPROVAL:
            slot = Slot("erc721", contract, contract, "", int(item, 16))
            yield _address(owner), slot, int(spender, 16)
        case [str(signature), owner, spender] if signature == FOR_ALL:
            slot = Slot("operator", contract, contract, _address(spender))
            yield _address(owner), slot, int(data, 16)
        case [str(signature), owner, token, spender] if signature in {
            PERMIT2_APPROVAL,
            PERMIT2_PERMIT,
        }:
            slot = Slot("permit2", contract, _address(token), _address(spender))
            amount, expiration = int(data[2:66], 16), int(data[66:130], 16)
            yield _address(owner), slot, amount | expiration << 160
        case [str(signature), owner] if signature == PERMIT2_LOCKDOWN:
            token, spender = _address(data[:66]), _address(data[66:130])
            yield _address(owner), Slot("permit2", contract, token, spender), 0
        case _:
            pass


def answer(ledger: Ledger, to: str, data: bytes, at: int) -> bytes:
    """What one of the chain's own contracts returns; b"" from where there is none.

    RevertsError if the contract knows no such function.
    """
    kind = ledger.emitters.get(to)
    if kind is None:
        return b""
    known = _FUNCTIONS["nft" if kind in {"operator", "erc721"} else kind]
    function = known.get(data[:4].hex())
    given = [data[start : start + 32] for start in range(4, len(data), 32)]
    if function is None:
        raise RevertsError
    return function(ledger, to, given, at)


def _allowance(ledger: Ledger, to: str, given: Sequence[bytes], at: int) -> bytes:
    owner, spender = map(_named, given)
    return uint(ledger.value(owner, Slot("erc20", to, to, spender), at))


def _operator(ledger: Ledger, to: str, given: Sequence[bytes], at: int) -> bytes:
    owner, spender = map(_named, given)
    return uint(ledger.value(owner, Slot("operator", to, to, spender), at))


def _child(ledger: Ledger, to: str, given: Sequence[bytes], at: int) -> bytes:
    owner, token, spender = map(_named, given)
    value = ledger.value(owner, Slot("permit2", to, token, spender), at)
    return b"".join(map(uint, (value % 2**160, value >> 160, 0)))


def _holder(ledger: Ledger, to: str, given: Sequence[bytes], at: int) -> bytes:
    del at
    holder = ledger.items.get((to, int.from_bytes(given[0])))
    if holder is None:
        raise RevertsError
    return uint(int(holder, 16))


def _approved(ledger: Ledger, to: str, given: Sequence[bytes], at: int) -> bytes:
    item = int.from_bytes(given[0])
    holder = ledger.items.get((to, item))
    if holder is None:
        raise RevertsError
    return uint(ledger.value(holder, Slot("erc721", to, to, "", item), at))


def _supports(ledger: Ledger, to: str, given: Sequence[bytes], at: int) -> bytes:
    del ledger, to, at
    return uint(given[0][:4].hex() in {"80ac58cd", "01ffc9a7"})


def _always(number: int) -> Function:
    return lambda _ledger, _to, _given, _at: uint(number)


_NAMED: Mapping[str, Function] = {
    "95d89b41": lambda _ledger, to, _given, _at: string(f"T{to[-4:]}"),
    "06fdde03": lambda _ledger, to, _given, _at: string(f"Token {to[-4:]}"),
}
_FUNCTIONS: Mapping[str, Mapping[str, Function]] = {
    "erc20": {
        **_NAMED,
        "dd62ed3e": _allowance,
        "70a08231": _always(BALANCE),
        "18160ddd": _always(SUPPLY),
        "313ce567": _always(DECIMALS),
    },
    "nft": {
        **_NAMED,
        "e985e9c5": _operator,
        "70a08231": _always(NFT_BALANCE),
        "6352211e": _holder,
        "081812fc": _approved,
        "01ffc9a7": _supports,
    },
    "permit2": {"927da105": _child},
}
"""By the kind of contract and the selector."""


def _address(word: str) -> str:
    return "0x" + word[-40:]


def _named(word: bytes) -> str:
    return "0x" + word[12:].hex()
