"""Where a contract's code comes from: its own bytes, and the slots that it names.

No I/O. All of it is the contract's word: one that means harm may fill the known
slots with something harmless and run what another slot says. Only that code can run
no other is certain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from allowctl.model.chain import ZERO_ADDRESS, Address, Unserved
from allowctl.model.facts import ProxyKind
from allowctl.model.missing import Lack, Missing

IMPLEMENTATION = 0x360894A13BA1A3210667C828492DB98DCA3E2076CC3735A920A3CA505D382BBC
"""EIP-1967: keccak256("eip1967.proxy.implementation") - 1."""
ADMIN = 0xB53127684A568B3173AE13B9F8A6016E243E63B6E8EE1178D6A717850B5D6103
"""EIP-1967: keccak256("eip1967.proxy.admin") - 1."""
BEACON = 0xA3F0AD74E5423AEBFD80D3EF4346578335A9A72AEAEE59FF6CB3582B35133D50
"""EIP-1967: keccak256("eip1967.proxy.beacon") - 1."""
PROXIABLE = 0xC5F16F0FCC639FA48A6947836D9850F504798523BF8C9A3A87D5876CF622BCF7
"""EIP-1822: keccak256("PROXIABLE")."""
ZOS_IMPLEMENTATION = 0x7050C9E0F4CA769C69BD3A8EF740BC37934F8E2C036E5A723FD8EE048ED3F8C3
"""keccak256("org.zeppelinos.proxy.implementation"): before EIP-1967."""
ZOS_ADMIN = 0x10D6A54A4754C8869D6886B5F5D7FBFA5B4522237EA5C60D11BC4E7A1FF9390B
"""keccak256("org.zeppelinos.proxy.admin")."""

SLOTS = (IMPLEMENTATION, ADMIN, BEACON, PROXIABLE, ZOS_IMPLEMENTATION, ZOS_ADMIN)

_LAYOUTS: tuple[tuple[ProxyKind, int, int | None], ...] = (
    (ProxyKind.EIP1967, IMPLEMENTATION, ADMIN),
    (ProxyKind.BEACON, BEACON, None),
    (ProxyKind.EIP1822, PROXIABLE, None),
    (ProxyKind.ZEPPELINOS, ZOS_IMPLEMENTATION, ZOS_ADMIN),
)
"""Each with the slot that points to the code, and the admin's. The first that is
filled counts."""

_PUSH1, _PUSH20, _PUSH32 = 0x60, 0x73, 0x7F
_RUNS_OTHERS = (0xF2, 0xF4)
"""CALLCODE and DELEGATECALL."""
_INSTRUCTIONS = re.compile(
    rb"(?s:[^\x60-\x7f\xf2\xf4]++|%b)*+[\xf2\xf4]"
    % b"|".join(
        rb"\x%02x.{%d}" % (push, push - _PUSH1 + 1)
        for push in range(_PUSH1, _PUSH32 + 1)
    )
)
"""All that comes before the first of those, what is pushed among it."""

_DELEGATION = bytes.fromhex("ef0100")
"""What the code of a delegated account begins with (EIP-7702)."""
_ADDRESS = 20

FIXED = tuple(
    (bytes.fromhex(before), bytes.fromhex(behind))
    for before, behind in (
        ("363d3d373d3d3d363d73", "5af43d82803e903d91602b57fd5bf3"),  # ERC-1167
        ("3d3d3d3d363d3d37363d73", "5af43d3d93803e602a57fd5bf3"),
        ("365f5f375f5f365f73", "5af43d5f5f3e5f3d91602a57fd5bf3"),  # ERC-7511
        ("5f5f365f5f37365f73", "5af43d5f5f3e5f3d91602a57fd5bf3"),
        ("366000600037611000600036600073", "5af41558576110006000f3"),
        ("366000600037611000600036600073", "5af4602c57600080fd5b6110006000f3"),
    )
)
"""What stands before and behind the address in code that only passes calls on."""
_SHORT = (bytes.fromhex("363d3d373d3d3d363d"), bytes.fromhex("5af43d82803e903d9160"))
_SHORT_END = bytes.fromhex("57fd5bf3")
_SHORT_JUMP = 0x2B
"""The same of ERC-1167 for an address whose leading zeros are left out: behind it
comes the place to jump to, which is nearer by as many bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """What a proxy's slots say."""

    kind: ProxyKind
    to: Address
    """The implementation, or the beacon."""
    admin: Address | Missing | None
    """None where that kind has none, or nobody stands there."""


def runs_others(code: bytes) -> bool:
    """Whether any instruction may run another contract's code in this one's name.

    Exact: what a program jumps to is an instruction in this way of counting too.
    """
    if not any(opcode in code for opcode in _RUNS_OTHERS):
        return False
    return _INSTRUCTIONS.match(code) is not None


def delegate_of(code: bytes) -> Address | None:
    """Whose code a delegated account runs (EIP-7702); None if it is none."""
    if not code.startswith(_DELEGATION) or len(code) != len(_DELEGATION) + _ADDRESS:
        return None
    return _address(code[len(_DELEGATION) :])


def target_of(code: bytes) -> Address | None:
    """The contract that a minimal proxy passes every call on to; None if it is none.

    What stands behind such code (arguments, some factories put there) never runs.
    """
    for before, behind in FIXED:
        end = len(before) + _ADDRESS
        if code.startswith(before) and code.startswith(behind, end):
            return _address(code[len(before) : end])
    before, behind = _SHORT
    if not code.startswith(before) or len(code) == len(before):
        return None
    length = code[len(before)] - _PUSH1 + 1
    start = len(before) + 1
    jump = bytes([_SHORT_JUMP - _ADDRESS + length]) if 0 < length < _ADDRESS else b""
    if jump and code.startswith(behind + jump + _SHORT_END, start + length):
        return _address(code[start : start + length])
    return None


def pointer(slots: Mapping[int, bytes | Unserved]) -> Pointer | Missing | None:
    """What `SLOTS` of a contract say; None if they are empty.

    Missing if one was not served that may have decided it.
    """
    for kind, slot, admin in _LAYOUTS:
        found = _in_slot(slots[slot])
        if isinstance(found, Missing):
            return found
        if found is not None:
            theirs = None if admin is None else _in_slot(slots[admin])
            return Pointer(kind=kind, to=found, admin=theirs)
    return None


def code_hash(code: bytes) -> str:
    """keccak256, as 0x and 64 hex digits."""
    from Crypto.Hash import keccak  # noqa: PLC0415 - a C library that --help can do without

    return "0x" + keccak.new(data=code, digest_bits=256).hexdigest()


def address_in(word: bytes) -> Address:
    """The address in a storage word: Solidity does not look at the upper 12 bytes."""
    return _address(word[-_ADDRESS:])


def failed(why: Unserved) -> Missing:
    """A fact that was asked for, and that nobody served."""
    return Missing(Lack.FAILED, why.reason)


def _in_slot(word: bytes | Unserved) -> Address | Missing | None:
    if isinstance(word, Unserved):
        return failed(word)
    found = address_in(word)
    return None if found == ZERO_ADDRESS else found


def _address(data: bytes) -> Address:
    return Address("0x" + data.rjust(_ADDRESS, b"\0").hex())
