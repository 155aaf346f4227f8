"""Where a keystore's password comes from: never from an option's value."""

from __future__ import annotations

import getpass
import importlib
import os
import stat
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from allowctl.codec.shown import quoted
from allowctl.config.shown import shown_path
from allowctl.errors import SignerError, UsageError
from allowctl.model.chain import Address
from allowctl.revoke import private
from allowctl.revoke.hardening import Failure, Secret, sealed
from allowctl.revoke.keysource import KeyVariables

LONGEST = 4096
"""Bytes of a password at most."""
SERVICE = "allowctl"
"""Under which the keyring has it; the user is the address in lower case."""
_TAKEN = LONGEST + 2
"""With the newline that ends it."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A person types it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordFile:
    """A file for its owner's eyes only."""

    path: Path = field(repr=False)
    """Never shown if a variable named it: it may be the password itself."""
    variable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A credential that systemd hands over: a file of the service's own."""

    folder: Path
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """An open file descriptor, read to its end."""

    number: int


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keyring of the desktop, by the package `keyring` where that is installed."""


PasswordSource = Prompt | PasswordFile | Credential | Descriptor | Keyring


def password_source(
    *,
    file: Path | None = None,
    credential: str | None = None,
    descriptor: int | None = None,
    keyring: bool = False,
    given: KeyVariables,
) -> PasswordSource:
    """What the options name, or else a file that the environment names, or a prompt.

    UsageError if two are named, or what is named cannot be one.
    """
    options: list[tuple[str, PasswordSource]] = []
    if file is not None:
        options.append(("--password-file", PasswordFile(path=file)))
    if credential is not None:
        options.append(("--password-credential", _credential(credential, given)))
    if descriptor is not None:
        options.append(("--password-fd", _descriptor(descriptor)))
    if keyring:
        options.append(("--password-keyring", Keyring()))
    if len(options) > 1:
        names = " and ".join(name for name, _ in options)
        raise UsageError(f"{names} each name a password", hint="leave one of them out")
    if options:
        ((_, source),) = options
        return source
    if given.password is None:
        return Prompt()
    variable, path = given.password
    return PasswordFile(path=path, variable=variable)


def _credential(name: str, given: KeyVariables) -> Credential:
    if not name or name in {".", ".."} or "/" in name or "\\" in name:
        raise UsageError("--password-credential takes a credential's name, not a path")
    if given.credentials is None:
        raise UsageError(
            "--password-credential: there is no CREDENTIALS_DIRECTORY",
            hint="systemd sets it: LoadCredential= or LoadCredentialEncrypted=",
        )
    return Credential(folder=given.credentials, name=name)


def _descriptor(number: int) -> Descriptor:
    if number < 0 or number in {1, 2}:
        raise UsageError(
            f"--password-fd {number}: not a descriptor to read from",
            hint="0 is stdin; else open one: --password-fd 3 3<FILE",
        )
    return Descriptor(number=number)


def obtain(source: PasswordSource, owner: Address) -> Secret:
    """The password of an owner's keystore, without the one newline that ends it.

    SignerError if it cannot be had, or has more than 4 KiB.
    """
    match source:
        case Prompt():
            found = _typed(owner)
        case PasswordFile():
            found = private.read(_file(source))
        case Credential():
            found = private.read(_credential_file(source))
        case Descriptor():
            found = _drained(source.number)
        case Keyring():
            found = _from_keyring(owner)
        case _:
            assert_never(source)
    return _stripped(found)


def _typed(owner: Address) -> Secret:
    found = sealed(lambda: _prompted(f"password of {owner}: "))
    if not isinstance(found, Failure):
        return found
    if issubclass(found.kind, EOFError):
        raise SignerError("no password was typed")
    if issubclass(found.kind, UnicodeError):
        raise SignerError("what was typed is not text")
    raise SignerError(
        "there is no terminal to type the password at",
        hint="--password-file, --password-fd, --password-credential, "
        "--password-keyring",
    )


def _prompted(text: str) -> Secret:
    with warnings.catch_warnings():
        # It warns, and goes on, where what is typed would be seen.
        warnings.simplefilter("error", getpass.GetPassWarning)
        return Secret(getpass.getpass(text).encode())


def _file(source: PasswordFile) -> private.PrivateFile:
    if source.variable is None:
        shown = shown_path(source.path)
        name, repair = f"the password file {shown}", "chmod 600 the file"
    else:
        name = f"the file that {source.variable} names"
        repair = f'chmod 600 "${source.variable}"'
    return private.PrivateFile(
        path=source.path,
        name=name,
        longest=_TAKEN,
        hint=f"{repair}, or hand it over open: --password-fd 3 3<FILE",
    )


def _credential_file(source: Credential) -> private.PrivateFile:
    return private.PrivateFile(
        path=source.folder / source.name,
        name=f"the credential {quoted(source.name)}",
        longest=_TAKEN,
        # A service's user gets at it by an access list, which shows as its group.
        unreadable_to=stat.S_IROTH,
        hint="systemd makes them 0400 or 0440: this is not one of its own",
    )


def _drained(number: int) -> Secret:
    name = f"--password-fd {number}"
    if os.isatty(number):
        raise SignerError(
            f"{name}: a terminal, where what is typed would be seen",
            hint="without it the password is asked for",
        )
    found = private.drain(number, _TAKEN, name)
    if isinstance(found, Failure):
        raise SignerError(f"{name}: cannot be read: {found.reason}")
    return found


def _from_keyring(owner: Address) -> Secret:
    repair = f"keyring set {SERVICE} {owner}"
    keyring = sealed(lambda: importlib.import_module("keyring"))
    if isinstance(keyring, Failure):
        raise SignerError(
            f"--password-keyring needs the package keyring: {keyring.reason}",
            hint=f"install keyring beside allowctl, then: {repair}",
        )
    found = sealed(lambda: _kept(keyring.get_password(SERVICE, owner)))
    if isinstance(found, Failure):
        raise SignerError(f"the keyring does not answer: {found.reason}")
    if found is None:
        raise SignerError(f"the keyring has no password of {owner}", hint=repair)
    return found


def _kept(password: str | None) -> Secret | None:
    return None if password is None else Secret(password.encode())


def _stripped(found: Secret) -> Secret:
    password = sealed(lambda: _line(found.reveal()))
    found.wipe()
    if not isinstance(password, Secret):
        raise SignerError(f"the password has more than {LONGEST} bytes")
    return password


def _line(text: bytes) -> Secret | None:
    end = b"\r\n" if text.endswith(b"\r\n") else b"\n"
    line = text.removesuffix(end)
    return Secret(line) if len(line) <= LONGEST else None
