"""Code and slots, as bytes: what runs another's code, and which."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak
from hypothesis import example, given
from hypothesis import strategies as st

from allowctl.intel import proxies
from allowctl.intel.proxies import (
    SLOTS,
    Pointer,
    code_hash,
    delegate_of,
    pointer,
    runs_others,
    target_of,
)
from allowctl.model.chain import Unserved
from allowctl.model.facts import ProxyKind
from allowctl.model.missing import Lack, Missing
from tests import strategies
from tests.build import address

LOGIC, ADMIN = address(0x10C1C), address(0xAD317)
EMPTY: dict[int, bytes | Unserved] = dict.fromkeys(SLOTS, bytes(32))
NOT_NOW = Unserved("not now")


def holding(number: int | str) -> bytes:
    """A storage word."""
    value = int(number, 16) if isinstance(number, str) else number
    return value.to_bytes(32, "big")


def walked(code: bytes) -> bool:
    """The same as `runs_others`, one instruction after the other."""
    at = 0
    while at < len(code):
        if code[at] in {0xF2, 0xF4}:
            return True
        at += 1 + (code[at] - 0x5F if 0x60 <= code[at] <= 0x7F else 0)
    return False


@pytest.mark.parametrize(
    ("slot", "name", "less"),
    [
        (proxies.IMPLEMENTATION, "eip1967.proxy.implementation", 1),
        (proxies.ADMIN, "eip1967.proxy.admin", 1),
        (proxies.BEACON, "eip1967.proxy.beacon", 1),
        (proxies.PROXIABLE, "PROXIABLE", 0),
        (proxies.ZOS_IMPLEMENTATION, "org.zeppelinos.proxy.implementation", 0),
        (proxies.ZOS_ADMIN, "org.zeppelinos.proxy.admin", 0),
    ],
)
def test_slots(slot: int, name: str, less: int) -> None:
    """Each slot is the hash that its standard says."""
    assert slot == int.from_bytes(keccak(text=name), "big") - less
    assert slot in SLOTS


_OPCODES = st.sampled_from([0x00, 0x01, 0x5B, 0x60, 0x61, 0x7F, 0xF2, 0xF4])


@given(st.binary(max_size=200) | st.lists(_OPCODES, max_size=60).map(bytes))
@example(b"")
@example(bytes.fromhex("60f4"))
@example(bytes.fromhex("60f4f4"))
@example(bytes.fromhex("7f") + b"\xf4" * 31)
@example(bytes.fromhex("7f") + b"\xf4" * 33)
def test_runs_others(code: bytes) -> None:
    """What is pushed is no instruction; all else is looked at, as the EVM does."""
    assert runs_others(code) == walked(code)


def test_runs_others_is_quick() -> None:
    """The largest contract, without any such instruction, is no work to speak of."""
    assert not runs_others(bytes.fromhex("60f4") * 12_288)
    assert runs_others(bytes.fromhex("60f4") * 12_287 + b"\xf4")


@given(strategies.addresses)
def test_delegate(whom: str) -> None:
    """EIP-7702: 23 bytes, and no other code that begins so."""
    code = bytes.fromhex("ef0100" + whom[2:])

    assert delegate_of(code) == whom
    assert delegate_of(code[:-1]) is None
    assert delegate_of(code + b"\0") is None
    assert delegate_of(b"\xef\x01\x01" + code[3:]) is None


@given(strategies.addresses, st.sampled_from(proxies.FIXED), st.binary(max_size=70))
def test_minimal_proxy(whom: str, pattern: tuple[bytes, bytes], more: bytes) -> None:
    """The address in the middle, whatever stands behind; no part of it less."""
    before, behind = pattern
    code = before + bytes.fromhex(whom[2:]) + behind

    assert target_of(code) == whom
    assert target_of(code + more) == whom
    assert target_of(code[:-1]) is None
    assert target_of(b"\0" + code) is None
    assert runs_others(code)


@given(st.binary(max_size=60))
def test_other_code_is_no_minimal_proxy(code: bytes) -> None:
    """Nor what begins like one and goes on otherwise."""
    before, _ = proxies.FIXED[0]

    assert target_of(code) is None
    assert target_of(before[:-1] + code) is None


@pytest.mark.parametrize(
    ("kind", "slot", "admin"),
    [
        (ProxyKind.EIP1967, proxies.IMPLEMENTATION, proxies.ADMIN),
        (ProxyKind.BEACON, proxies.BEACON, None),
        (ProxyKind.EIP1822, proxies.PROXIABLE, None),
        (ProxyKind.ZEPPELINOS, proxies.ZOS_IMPLEMENTATION, proxies.ZOS_ADMIN),
    ],
)
def test_pointer(kind: ProxyKind, slot: int, admin: int | None) -> None:
    """Where it points, and whose it is if it says that."""
    alone = EMPTY | {slot: holding(LOGIC)}

    assert pointer(alone) == Pointer(kind=kind, to=LOGIC, admin=None)
    assert pointer(alone | {slot: NOT_NOW}) == Missing(Lack.FAILED, "not now")
    if admin is not None:
        both = alone | {admin: holding(ADMIN)}
        assert pointer(both) == Pointer(kind=kind, to=LOGIC, admin=ADMIN)
        unserved = Missing(Lack.FAILED, "not now")
        assert pointer(alone | {admin: NOT_NOW}) == Pointer(
            kind=kind, to=LOGIC, admin=unserved
        )


def test_no_pointer() -> None:
    """Empty slots make no proxy, nor does an admin of nothing."""
    assert pointer(EMPTY) is None
    assert pointer(EMPTY | {proxies.ADMIN: holding(ADMIN)}) is None


def test_pointer_with_other_bits() -> None:
    """What stands above an address in its word is not looked at: nor by Solidity."""
    dirty = holding(int(LOGIC, 16) | 0xABC << 160)
    found = pointer(EMPTY | {proxies.IMPLEMENTATION: dirty})

    assert isinstance(found, Pointer)
    assert found.to == LOGIC


def test_several_pointers() -> None:
    """The newest standard's counts; what comes after it need not be served."""
    slots = EMPTY | {
        proxies.IMPLEMENTATION: holding(LOGIC),
        proxies.ZOS_IMPLEMENTATION: holding(ADMIN),
        proxies.BEACON: NOT_NOW,
    }
    found = pointer(slots)

    assert isinstance(found, Pointer)
    assert (found.kind, found.to) == (ProxyKind.EIP1967, LOGIC)
    assert isinstance(pointer(slots | {proxies.IMPLEMENTATION: bytes(32)}), Missing)


@given(st.binary(max_size=300))
def test_code_hash(code: bytes) -> None:
    """keccak256, as another library has it."""
    assert code_hash(code) == "0x" + keccak(code).hex()
