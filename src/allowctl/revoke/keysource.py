"""Which keystore file is meant, by path or by the name that other tools gave it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from allowctl.codec.shown import quoted
from allowctl.config.shown import shown_path
from allowctl.errors import SignerError, UsageError

_KEY = re.compile(r"(0[xX])?[0-9a-fA-F]{64}")
_ADDRESS = re.compile(r"(0[xX])?([0-9a-fA-F]{40})")
_LONGEST = 255
"""Characters of a file's name on any usual disk."""
_BY_PATH = "name the file itself: --keystore FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeystoreFile:
    """A keystore by its path."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAccount:
    """A keystore by its name in a folder of another tool."""

    name: str


KeySource = KeystoreFile | NamedAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVariables:
    """What the environment says of keys; empty is as if it were not set."""

    keystores: tuple[tuple[str, KeySource], ...]
    """With the variable's name: all of ALLOWCTL_*, or else all of ETH_*."""
    password: tuple[str, Path] | None = field(repr=False)
    """A file, with the variable's name. Never shown: it may be a password itself."""
    credentials: Path | None
    """systemd's folder of credentials."""


def variables(environment: Mapping[str, str]) -> KeyVariables:
    """What of the environment matters. It never fails: that would show the rest."""
    files = ("ALLOWCTL_PASSWORD_FILE", "ETH_PASSWORD")
    named = [(each, Path(environment[each])) for each in files if environment.get(each)]
    folder = environment.get("CREDENTIALS_DIRECTORY")
    return KeyVariables(
        keystores=_keystores(environment, "ALLOWCTL") or _keystores(environment, "ETH"),
        password=named[0] if named else None,
        credentials=Path(folder) if folder else None,
    )


def _keystores(
    environment: Mapping[str, str], prefix: str
) -> tuple[tuple[str, KeySource], ...]:
    by_path, by_name = f"{prefix}_KEYSTORE", f"{prefix}_KEYSTORE_ACCOUNT"
    found: list[tuple[str, KeySource]] = []
    if path := environment.get(by_path):
        found.append((by_path, KeystoreFile(path=Path(path))))
    if name := environment.get(by_name):
        found.append((by_name, NamedAccount(name=name)))
    return tuple(found)


def key_source(
    *, keystore: Path | None, account: str | None, given: KeyVariables
) -> KeySource | None:
    """The keystore that the options name, or else the environment; None for none.

    UsageError if two are named, or what is named cannot be a name.
    """
    options: list[tuple[str, KeySource]] = []
    if keystore is not None:
        options.append(("--keystore", KeystoreFile(path=keystore)))
    if account is not None:
        options.append(("--account", NamedAccount(name=account)))
    found = options or given.keystores
    if len(found) > 1:
        names = " and ".join(name for name, _ in found)
        raise UsageError(f"{names} each name a keystore", hint="leave one of them out")
    if not found:
        return None
    ((name, source),) = found
    _check(name, source)
    return source


def _check(option: str, source: KeySource) -> None:
    text = str(source.path) if isinstance(source, KeystoreFile) else source.name
    if _KEY.fullmatch(text):
        raise UsageError(
            f"{option} is not a keystore's name: it is as long as a private key",
            hint="if it is one, others may have seen it: move what it holds",
        )
    if isinstance(source, NamedAccount) and (
        not text
        or len(text) > _LONGEST
        or text in {".", ".."}
        or any(each in "/\\" or not each.isprintable() for each in text)
    ):
        raise UsageError(f"{option} takes a name, not a path", hint=_BY_PATH)


class Layout(StrEnum):
    """How a tool names its keystores."""

    FOUNDRY = "foundry"
    """NAME."""
    GETH = "geth"
    """UTC--time--address, the address in hex without 0x."""
    APE = "ape"
    """NAME.json."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Where a tool keeps its keystores."""

    layout: Layout
    path: Path


def folders(home: Path, platform: str) -> tuple[Folder, ...]:
    """Where foundry, geth and ape keep them, by `sys.platform`."""
    geth = {
        "darwin": home / "Library" / "Ethereum",
        "win32": home / "AppData" / "Local" / "Ethereum",
    }.get(platform, home / ".ethereum")
    return (
        Folder(layout=Layout.FOUNDRY, path=home / ".foundry" / "keystores"),
        Folder(layout=Layout.GETH, path=geth / "keystore"),
        Folder(layout=Layout.APE, path=home / ".ape" / "accounts"),
    )


def matching(name: str, layout: Layout, files: Iterable[str]) -> list[str]:
    """Those of a folder's files that a name means. Of geth's, an address means all."""
    match layout:
        case Layout.FOUNDRY:
            return [each for each in files if each == name]
        case Layout.APE:
            return [each for each in files if each == f"{name}.json"]
        case Layout.GETH:
            found = _ADDRESS.fullmatch(name)
            end = f"--{found[2].lower()}" if found else None
            return sorted(
                each
                for each in files
                if each == name or (end and each.lower().endswith(end))
            )
        case _:
            assert_never(layout)


def locate(source: KeySource, among: Sequence[Folder]) -> Path:
    """The file that is meant. Folders are listed, no file is opened.

    SignerError if there is none of that name, or more than one.
    """
    match source:
        case KeystoreFile():
            return source.path
        case NamedAccount():
            return _only(source.name, among)
        case _:
            assert_never(source)


def _only(name: str, among: Sequence[Folder]) -> Path:
    found = [
        folder.path / each
        for folder in among
        for each in matching(name, folder.layout, _listed(folder.path))
    ]
    match found:
        case [path]:
            return path
        case []:
            places = ", ".join(shown_path(folder.path) for folder in among)
            raise SignerError(
                f"no account named {quoted(name)}", hint=f"looked in {places}"
            )
        case _:
            files = ", ".join(shown_path(path) for path in found)
            raise SignerError(
                f"{quoted(name)} names more than one keystore: {files}", hint=_BY_PATH
            )


def _listed(folder: Path) -> list[str]:
    try:
        return [each.name for each in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise SignerError(
            f"{shown_path(folder)}: cannot be listed: {reason}", hint=_BY_PATH
        ) from None
