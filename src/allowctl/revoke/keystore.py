"""Keystores: Web3 Secret Storage, version 3, as geth, foundry and ape write them.

What a file asks for is checked before any work is done for it: the key derivation
of a hostile file could take all memory, or a year.
Layout: https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage/
"""

from __future__ import annotations

import re
import shlex
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

import msgspec

from allowctl.config.shown import shown_path
from allowctl.errors import SignerError
from allowctl.model.chain import Address
from allowctl.revoke import private
from allowctl.revoke.hardening import Failure, Secret, sealed

LONGEST = 64 << 10
"""Bytes of a keystore at most; usual are 500."""
MOST_MEMORY = 1 << 30
"""Bytes that scrypt may take: 128 * n * r."""
MOST_N, MOST_R, MOST_P = 1 << 20, 32, 16
"""scrypt's parameters, each alone. Usual: n 2^13 to 2^18, r 8, p 1."""
MOST_WORK = 1 << 24
"""n * r * p: some ten seconds. The usual 2^21 take one."""
MOST_ROUNDS = 10_000_000
"""c of PBKDF2. Usual: 262,144 to 1,000,000."""
_KEY = 32
_ADDRESS = re.compile(r"(0[xX])?([0-9a-fA-F]{40})")
_HEX = re.compile(r"(0[xX])?((?:[0-9a-fA-F]{2})*)")


NOT_TOGETHER = "the keystore and this password do not go together"
"""Nothing more is said of what was wrong."""


class _Kdf(msgspec.Struct):
    dklen: int
    salt: str
    n: int | None = None
    r: int | None = None
    p: int | None = None
    c: int | None = None
    prf: str | None = None


class _Cipher(msgspec.Struct):
    iv: str


class _Crypto(msgspec.Struct):
    cipher: str
    cipherparams: _Cipher
    ciphertext: str
    kdf: str
    kdfparams: _Kdf
    mac: str


class _Document(msgspec.Struct):
    version: int
    crypto: _Crypto | None = None
    old_crypto: _Crypto | None = msgspec.field(name="Crypto", default=None)
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrypt:
    """Key derivation by scrypt (RFC 7914), within the bounds."""

    n: int
    r: int
    p: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pbkdf2:
    """Key derivation by PBKDF2 with HMAC-SHA-256 (RFC 8018), within the bounds."""

    c: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A keystore that was read and checked, and not yet decrypted."""

    name: str
    """Its path, for errors."""
    address: Address | None
    """As the file says; foundry's say nothing."""
    kdf: Scrypt | Pbkdf2
    salt: str = field(repr=False)
    iv: str = field(repr=False)
    ciphertext: str = field(repr=False)
    mac: str = field(repr=False)


def read(path: Path, *, insecure_permissions: bool = False) -> Locked:
    """The keystore at a path, checked whole, without any key derivation.

    SignerError for what `private.read` refuses, for more than 64 KiB, for what is
    no keystore of version 3, and for key derivation that asks for too much. Only
    with `insecure_permissions` may others read it.
    """
    file = _file(path, insecure_permissions=insecure_permissions)
    content = private.read(file)
    try:
        return _locked(file.name, content)
    finally:
        # By mistake it may be a bare key.
        content.wipe()


def look(path: Path, *, insecure_permissions: bool = False) -> None:
    """What of `read` can be told without opening the file. SignerError."""
    private.look(_file(path, insecure_permissions=insecure_permissions))


def _file(path: Path, *, insecure_permissions: bool) -> private.PrivateFile:
    name = shown_path(path)
    repair = f"chmod 600 {shlex.quote(name)}"
    return private.PrivateFile(
        path=path,
        name=name,
        longest=LONGEST,
        unreadable_to=0 if insecure_permissions else stat.S_IRGRP | stat.S_IROTH,
        hint=f"{repair}, or --insecure-permissions if only they may read it",
        # What somebody else wrote is not to be trusted by an option.
        write_hint=repair,
    )


def address_in(path: Path, *, insecure_permissions: bool = False) -> Address | None:
    """Whose keystore a file says it is; None where it does not say, as foundry's.

    A mere claim, read with the checks of `read` and without a password.
    """
    return read(path, insecure_permissions=insecure_permissions).address


def decrypt(locked: Locked, password: Secret) -> Secret:
    """The private key, 32 bytes. SignerError if the password is not its own."""
    # Late: --help does without it.
    from eth_keyfile.exceptions import EthKeyfileValueError  # noqa: PLC0415
    from eth_keyfile.keyfile import decode_keyfile_json  # noqa: PLC0415

    # Made anew: the library sees nothing of the file that was not checked.
    document = _document(locked)
    found = sealed(lambda: Secret(decode_keyfile_json(document, password.reveal())))
    if not isinstance(found, Failure):
        return found
    if issubclass(found.kind, EthKeyfileValueError):
        raise SignerError(NOT_TOGETHER)
    raise SignerError(
        f"{locked.name}: cannot be decrypted here: {found.reason}",
        hint="its key derivation may take up to 1 GiB of memory",
    )


def _document(locked: Locked) -> dict[str, object]:
    kdf = locked.kdf
    numbers: dict[str, object]
    match kdf:
        case Scrypt():
            method, numbers = "scrypt", {"n": kdf.n, "r": kdf.r, "p": kdf.p}
        case Pbkdf2():
            method, numbers = "pbkdf2", {"c": kdf.c, "prf": "hmac-sha256"}
        case _:
            assert_never(kdf)
    return {
        "version": 3,
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": locked.iv},
            "ciphertext": locked.ciphertext,
            "kdf": method,
            "kdfparams": {"dklen": _KEY, "salt": locked.salt, **numbers},
            "mac": locked.mac,
        },
    }


def _locked(name: str, content: Secret) -> Locked:
    found = sealed(lambda: _judged(name, content))
    match found:
        case Locked():
            return found
        case Failure():
            reason = "nested too deeply" if _too_deep(found) else found.reason
        case reason:
            pass
    raise SignerError(f"{name}: not a keystore that can be used: {reason}")


def _too_deep(failure: Failure) -> bool:
    return issubclass(failure.kind, RecursionError)


class _UnfitError(Exception):
    """What is wrong with a keystore, in words of our own."""


def _judged(name: str, content: Secret) -> Locked | str:
    try:
        return _checked(name, msgspec.json.decode(content.reveal(), type=_Document))
    except _UnfitError as error:
        return str(error)
    except msgspec.DecodeError as error:
        # It names our fields, types and positions, nothing of what stands there.
        return str(error)


def _checked(name: str, document: _Document) -> Locked:
    if document.version != 3:  # noqa: PLR2004 - the layout's version
        raise _UnfitError("its version is not 3")
    both = (document.crypto, document.old_crypto)
    match [each for each in both if each is not None]:
        case [crypto]:
            pass
        case _:
            raise _UnfitError("it has not one field crypto")
    if crypto.cipher != "aes-128-ctr":
        raise _UnfitError("its cipher is not aes-128-ctr")
    if crypto.kdfparams.dklen != _KEY:
        raise _UnfitError("its dklen is not 32")
    return Locked(
        name=name,
        address=_address(document.address),
        kdf=_kdf(crypto.kdf, crypto.kdfparams),
        salt=_hex("salt", crypto.kdfparams.salt, 1, 128),
        # Some libraries left out its leading zeros; it is a number to them.
        iv=_hex("iv", crypto.cipherparams.iv, 1, 16),
        ciphertext=_hex("ciphertext", crypto.ciphertext, _KEY, _KEY),
        mac=_hex("mac", crypto.mac, 32, 32),
    )


def _kdf(kind: str, given: _Kdf) -> Scrypt | Pbkdf2:
    match kind:
        case "scrypt":
            return _scrypt(given)
        case "pbkdf2":
            if given.prf != "hmac-sha256":
                raise _UnfitError("its prf is not hmac-sha256")
            return Pbkdf2(c=_number("c", given.c, MOST_ROUNDS))
        case _:
            raise _UnfitError("its kdf is neither scrypt nor pbkdf2")


def _scrypt(given: _Kdf) -> Scrypt:
    n = _number("n", given.n, MOST_N)
    r = _number("r", given.r, MOST_R)
    p = _number("p", given.p, MOST_P)
    if n == 1 or n & (n - 1):
        raise _UnfitError("its n is no power of two")
    if 128 * n * r > MOST_MEMORY:
        raise _UnfitError("its n and r ask for more than 1 GiB of memory")
    if n * r * p > MOST_WORK:
        raise _UnfitError("its n, r and p ask for too much work")
    return Scrypt(n=n, r=r, p=p)


def _number(name: str, value: int | None, most: int) -> int:
    if value is None or not 1 <= value <= most:
        raise _UnfitError(f"its {name} is not between 1 and {most}")
    return value


def _hex(name: str, text: str, least: int, most: int) -> str:
    found = _HEX.fullmatch(text)
    if found is None or not least <= len(found[2]) // 2 <= most:
        size = f"{least}" if least == most else f"{least} to {most}"
        raise _UnfitError(f"its {name} is not {size} bytes in hex")
    return found[2].lower()


def _address(text: str | None) -> Address | None:
    if text is None:
        return None
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise _UnfitError("its address is none")
    return Address("0x" + found[2].lower())
