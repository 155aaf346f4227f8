"""Keystores by eth_account, a canary for a key and a password, and looking for them."""

from __future__ import annotations

import copy
import functools
import io
import json
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from rich.console import Console
from rich.traceback import Traceback

from allowctl.model.chain import Address
from allowctl.revoke.hardening import Secret
from allowctl.revoke.keysource import KeystoreFile, KeyVariables
from allowctl.revoke.passwords import PasswordFile
from allowctl.revoke.sign import KeystoreSigner, unlock

KEY = bytes.fromhex("c0ffee11" * 8)
PASSWORD = "8qZ!vT2k~Wm5%Rb9xLc3@Hd7&Ns4*Gf6"
OWNER = Address(Account.from_key(KEY).address.lower())
NOBODY = Address("0x" + "0b" * 20)
NOTHING = KeyVariables(keystores=(), password=None, credentials=None)


def document(
    key: bytes = KEY, password: str = PASSWORD, kdf: str = "scrypt", rounds: int = 2
) -> dict[str, Any]:
    """A keystore, as eth_account (and so ape) makes it; `rounds` is n or c.

    The same is made only once.
    """
    return copy.deepcopy(_encrypted(key, password, kdf, rounds))


@functools.cache
def _encrypted(key: bytes, password: str, kdf: str, rounds: int) -> dict[str, Any]:
    return dict(
        Account.encrypt(key, password, "scrypt", rounds)
        if kdf == "scrypt"
        else Account.encrypt(key, password, "pbkdf2", rounds)
    )


def put(path: Path, content: dict[str, Any] | bytes | str, mode: int = 0o600) -> Path:
    """A file with its mode, whatever the umask is."""
    text = json.dumps(content) if isinstance(content, dict) else content
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    return path


def changed(**crypto: Any) -> dict[str, Any]:  # noqa: ANN401 - as wrong as a test wants
    """A keystore with other fields in `crypto`; of `kdfparams` only those named."""
    found = document()
    params = found["crypto"]["kdfparams"] | crypto.pop("kdfparams", {})
    found["crypto"] |= {**crypto, "kdfparams": params}
    return found


def opened(folder: Path, **crypto: Any) -> KeystoreSigner:  # noqa: ANN401 - as above
    """The canary's signer, out of files in a folder."""
    return unlock(
        KeystoreFile(path=put(folder / "keystore", changed(**crypto))),
        PasswordFile(path=put(folder / "password", PASSWORD)),
        OWNER,
        folders=(),
    )


def secret(text: bytes | str = PASSWORD) -> Secret:
    return Secret(text.encode() if isinstance(text, str) else text)


def caught(work: Callable[[], object]) -> BaseException:
    """What it raises: the traceback begins in a frame that holds nothing."""
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - Ctrl-C is one of them
        return error
    pytest.fail("nothing was raised")


def printed(error: BaseException) -> str:
    """All that can be printed of an exception: its frames' locals, by two printers."""
    text = io.StringIO()
    console = Console(file=text, width=10_000, color_system=None)
    for each in _related(error):
        frames = traceback.TracebackException.from_exception(each, capture_locals=True)
        text.writelines(frames.format())
        text.write(repr(each) + repr(getattr(each, "args", ())))
        console.print(
            Traceback.from_exception(
                type(each),
                each,
                each.__traceback__,
                show_locals=True,
                locals_max_length=10_000,
                locals_max_string=10_000,
            )
        )
    return text.getvalue()


def _related(error: BaseException) -> Iterator[BaseException]:
    """It, and all that it leads to, suppressed or not."""
    following: list[BaseException | None] = [error]
    while following:
        each = following.pop()
        if each is not None:
            yield each
            following += [each.__cause__, each.__context__]


def forms(*canaries: bytes) -> set[str]:
    """How bytes can look when something prints them."""
    found: set[str] = set()
    for each in canaries:
        found |= {each.hex(), str(int.from_bytes(each, "big")), repr(each)[2:-1]}
        found |= {each.decode("latin-1"), repr(list(each))[1:-1]}
    return found


def leaks(text: str, *canaries: bytes) -> list[str]:
    """Those of the forms that stand in a text, the halves of each too."""
    halves = [part for each in canaries for part in (each[:16], each[16:]) if part]
    return [each for each in forms(*canaries, *halves) if each in text]
