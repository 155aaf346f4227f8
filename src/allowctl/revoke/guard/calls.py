"""The calls that may be let through, decoded by hand; every other is refused.

Only the one canonical encoding of each is taken: exact length, clean upper bytes
(Solidity ABI specification).
"""

from __future__ import annotations

from dataclasses import dataclass

from allowctl.errors import GuardError
from allowctl.model.chain import Address

MOST_PAIRS = 1000
"""Of one lockdown."""

_SELECTOR = 4
_WORD = 32
_PAIR = 2 * _WORD
_APPROVE = bytes.fromhex("095ea7b3")
_DECREASE_ALLOWANCE = bytes.fromhex("a457c2d7")
_DECREASE_APPROVAL = bytes.fromhex("66188463")
_SET_APPROVAL_FOR_ALL = bytes.fromhex("a22cb465")
_PERMIT2_APPROVE = bytes.fromhex("87517c45")
_LOCKDOWN = bytes.fromhex("cc53287f")
_INVALIDATE_NONCES = bytes.fromhex("65d9723c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """approve(address,uint256): an amount (EIP-20), or one item (EIP-721)."""

    spender: Address
    number: int
    """The amount, or the id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decrease:
    """decreaseAllowance or decreaseApproval(address,uint256)."""

    spender: Address
    delta: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForAll:
    """setApprovalForAll(address,bool)."""

    operator: Address
    flag: int
    """The whole word: what is neither 0 nor 1 some contracts take for true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit2Approve:
    """Permit2's approve(address,address,uint160,uint48)."""

    token: Address
    spender: Address
    amount: int
    expiration: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockdown:
    """Permit2's lockdown((address,address)[])."""

    pairs: tuple[tuple[Address, Address], ...]
    """Token and spender of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidateNonces:
    """Permit2's invalidateNonces(address,address,uint48)."""

    token: Address
    spender: Address
    nonce: int
    """The new one."""


Decoded = Approve | Decrease | ForAll | Permit2Approve | Lockdown | InvalidateNonces


def decode(data: bytes) -> Decoded:
    """The call that calldata makes. GuardError if it is none of these."""
    selector, body = data[:_SELECTOR], data[_SELECTOR:]
    if selector == _APPROVE:
        _exactly(2, body)
        spender, number = _address(body, 0, "spender"), _uint(body, 1, 256, "amount")
        return Approve(spender=spender, number=number)
    if selector in {_DECREASE_ALLOWANCE, _DECREASE_APPROVAL}:
        _exactly(2, body)
        spender, delta = _address(body, 0, "spender"), _uint(body, 1, 256, "amount")
        return Decrease(spender=spender, delta=delta)
    if selector == _SET_APPROVAL_FOR_ALL:
        _exactly(2, body)
        operator, flag = _address(body, 0, "operator"), _uint(body, 1, 256, "flag")
        return ForAll(operator=operator, flag=flag)
    if selector == _PERMIT2_APPROVE:
        _exactly(4, body)
        return Permit2Approve(
            token=_address(body, 0, "token"),
            spender=_address(body, 1, "spender"),
            amount=_uint(body, 2, 160, "amount"),
            expiration=_uint(body, 3, 48, "expiration"),
        )
    if selector == _LOCKDOWN:
        return _lockdown(body)
    if selector == _INVALIDATE_NONCES:
        _exactly(3, body)
        return InvalidateNonces(
            token=_address(body, 0, "token"),
            spender=_address(body, 1, "spender"),
            nonce=_uint(body, 2, 48, "Permit2 nonce"),
        )
    raise GuardError("a call of a function that takes nothing back")


def _lockdown(body: bytes) -> Lockdown:
    """An offset, a count, and so many pairs of words; nothing else."""
    count, rest = divmod(len(body) - _PAIR, _PAIR)
    if not 1 <= count <= MOST_PAIRS or rest:
        raise GuardError(f"a lockdown of {len(body)} bytes")
    if _uint(body, 0, 256, "offset") != _WORD:
        raise GuardError("the pairs of a lockdown do not stand where they should")
    told = _uint(body, 1, 256, "count")
    if told != count:
        raise GuardError(f"a lockdown that counts {told} pairs and has {count}")
    return Lockdown(
        pairs=tuple(
            (_address(body, at, "token"), _address(body, at + 1, "spender"))
            for at in range(2, 2 + 2 * count, 2)
        )
    )


def _exactly(words: int, body: bytes) -> None:
    """So many words, and nothing before, between or after them."""
    if len(body) != words * _WORD:
        raise GuardError(f"{len(body)} bytes of arguments, not {words * _WORD}")


def _uint(body: bytes, index: int, bits: int, name: str) -> int:
    """The number in a word that is known to be there."""
    value = int.from_bytes(body[index * _WORD : (index + 1) * _WORD], "big")
    if value >> bits:
        raise GuardError(f"the {name} has more than {bits} bits")
    return value


def _address(body: bytes, index: int, name: str) -> Address:
    """The address in a word; the twelve bytes above it are 0."""
    return Address(f"0x{_uint(body, index, 160, name):040x}")
