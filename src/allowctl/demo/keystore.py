"""A throw-away keystore for the demo's owner, as geth and foundry write them."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eth_keyfile.keyfile import create_keyfile_json

from allowctl.demo.actors import owner
from allowctl.errors import OutputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "worth-nothing"  # noqa: S105 - the key is public, so this guards nothing
"""Password of every demo keystore."""

_SCRYPT_N = 4_096
"""What geth calls a light keystore: opened in a fraction of a second."""
_MAX_SIZE = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Keystore:
    """Where the throw-away account lies."""

    path: Path
    """Web3 Secret Storage, version 3."""
    password_file: Path


def write(folder: Path) -> Keystore:
    """Write the owner's keystore and its password, both for this user's eyes only.

    The folder is made if it is missing (mode 0700). A file that an earlier demo
    wrote is replaced; any other of the same name is left alone: UsageError.
    OutputError if the folder cannot be written.
    """
    me = owner()
    found = Keystore(
        path=folder / "demo-owner.json", password_file=folder / "demo-password.txt"
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_strangers(found, me.address[2:])
        encrypted = create_keyfile_json(
            me.key.to_bytes(), PASSWORD.encode(), kdf="scrypt", iterations=_SCRYPT_N
        )
        # As geth writes it; the library keeps the checksum's capitals.
        encrypted["address"] = me.address[2:]
        replace_whole(found.path, json.dumps(encrypted) + "\n")
        replace_whole(found.password_file, PASSWORD + "\n")
    except OSError as error:
        raise OutputError(
            f"the demo's keystore cannot be written: {error.strerror}",
            hint=f"choose another folder than {folder}",
        ) from error
    return found


def _refuse_strangers(wanted: Keystore, address: str) -> None:
    """Raise UsageError if one of the two names is taken by a file that is not ours."""
    for path in (wanted.path, wanted.password_file):
        try:
            with path.open("rb") as file:
                content = file.read(_MAX_SIZE)
        except FileNotFoundError:
            continue
        ours = (
            _address(content) == address
            if path == wanted.path
            else content.strip() == PASSWORD.encode()
        )
        if not ours:
            raise UsageError(
                f"{path} is not a demo's file and stays as it is",
                hint="choose another folder, or move that file away",
            )


def _address(content: bytes) -> str | None:
    """The address a keystore says it holds, in lower case without 0x."""
    try:
        said = json.loads(content)["address"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return said.lower().removeprefix("0x") if isinstance(said, str) else None


def replace_whole(path: Path, text: str) -> None:
    """Put a file in place whole, never readable by others, or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
