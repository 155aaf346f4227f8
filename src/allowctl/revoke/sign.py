"""Signing with the key of a keystore: opened last, forgotten first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from allowctl.codec.recursion import recursion_limit_kept
from allowctl.errors import SignerError
from allowctl.model.chain import Address
from allowctl.revoke import keystore
from allowctl.revoke.hardening import Failure, Secret, harden, sealed
from allowctl.revoke.keysource import Folder, KeySource, locate
from allowctl.revoke.passwords import PasswordSource, obtain

_DYNAMIC_FEE = b"\x02"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unsigned:
    """A transaction that lacks its signature."""

    typed: bool
    """EIP-1559; else EIP-155."""
    chain_id: int
    fields: tuple[object, ...]
    """Items of RLP: bytes, and lists of them."""


def unlock(
    source: KeySource,
    password: PasswordSource,
    expected: Address,
    *,
    folders: Sequence[Folder],
    insecure_permissions: bool = False,
) -> KeystoreSigner:
    """The signer of `expected`, out of its keystore.

    First the process is hardened, then the file is checked, whose address and key
    derivation are looked at, and only then the password is asked for. SignerError
    if any of that fails, and always if the key is another address's.
    """
    harden()
    path = locate(source, folders)
    locked = keystore.read(path, insecure_permissions=insecure_permissions)
    if locked.address is not None:
        _same(locked.address, expected)
    secret = obtain(password, expected)
    try:
        key = keystore.decrypt(locked, secret)
    finally:
        secret.wipe()
    return KeystoreSigner(key, expected)


def _same(found: Address, expected: Address) -> None:
    if found != expected:
        raise SignerError(
            f"the keystore holds the key of {found}, not of {expected}",
            hint="name its own keystore with --keystore or --account",
        )


class KeystoreSigner:
    """A key that signs for one address (ports.Signer). It takes the key over.

    SignerError if the key is not `expected`'s; then it is wiped.
    """

    __slots__ = ("_address", "_key")

    def __init__(self, key: Secret, expected: Address) -> None:
        self._key = key
        self._address = expected
        try:
            _same(_owner(key), expected)
        except BaseException:
            key.wipe()
            raise

    @property
    def address(self) -> Address:
        """Whose signature it gives."""
        return self._address

    def sign(self, payload: bytes) -> bytes:
        """The signed transaction of exactly these bytes (see ports.Signer).

        SignerError if they are none, or the key was forgotten.
        """
        if self._key.gone:
            raise SignerError(f"the key of {self._address} was forgotten")
        unsigned = _unsigned(payload)
        found = sealed(lambda: _signature(self._key, payload))
        if isinstance(found, Failure):
            raise SignerError(f"cannot be signed: {found.reason}")
        raw = _assembled(unsigned, *found)
        signed_by = sealed(lambda: _signer(raw))
        if signed_by != self._address:
            raise SignerError("the signature came out wrong, and is not used")
        return raw

    def forget(self) -> None:
        """Wipe the key, as far as Python can. It signs nothing after that."""
        self._key.wipe()

    def __repr__(self) -> str:
        return f"<signer of {self._address}>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a signer is neither copied nor pickled")


def _owner(key: Secret) -> Address:
    found = sealed(lambda: _address_of(key))
    if isinstance(found, Failure):
        raise SignerError("the keystore holds no usable key")
    return found


def _address_of(key: Secret) -> Address:
    from eth_keys.datatypes import PrivateKey  # noqa: PLC0415 - late: --help

    return Address(PrivateKey(key.reveal()).public_key.to_address())


def _unsigned(payload: bytes) -> _Unsigned:
    """What is to be signed. SignerError unless it is all of it, and for one chain."""
    import rlp  # type: ignore[import-untyped]  # noqa: PLC0415 - no types; late

    typed = payload.startswith(_DYNAMIC_FEE)
    body = payload[1:] if typed else payload
    match sealed(lambda: rlp.decode(body)):
        case [bytes(chain), _, _, _, _, _, _, bytes(), [*_]] as items if typed:
            pass
        case [_, _, _, _, _, bytes(), bytes(chain), b"", b""] as items if not typed:
            pass
        case _:
            items, chain = [], b""
    # Without a chain it would be good on any; with other bytes for the same items
    # it would not be what is signed.
    if chain[:1] in {b"", b"\0"} or rlp.encode(items) != body:
        raise SignerError("only an unsigned transaction for one chain is signed")
    return _Unsigned(
        typed=typed, chain_id=int.from_bytes(chain, "big"), fields=tuple(items)
    )


def _signature(key: Secret, payload: bytes) -> tuple[int, int, int]:
    """Its y parity, r and s, of the payload's Keccak-256."""
    from eth_keys.datatypes import PrivateKey  # noqa: PLC0415 - late: --help

    signature = PrivateKey(key.reveal()).sign_msg(payload)
    return signature.v, signature.r, signature.s


def _assembled(unsigned: _Unsigned, parity: int, r: int, s: int) -> bytes:
    """The transaction with its signature, as EIP-1559 or EIP-155 has it."""
    import rlp  # noqa: PLC0415 - as above

    if unsigned.typed:
        return _DYNAMIC_FEE + bytes(rlp.encode([*unsigned.fields, parity, r, s]))
    v = unsigned.chain_id * 2 + 35 + parity
    return bytes(rlp.encode([*unsigned.fields[:6], v, r, s]))


def _signer(raw: bytes) -> Address:
    """Who signed a transaction, by a decoder that is none of ours."""
    with recursion_limit_kept():
        from eth_account import Account  # noqa: PLC0415 - late: --help

    return Address(Account.recover_transaction(raw).lower())
