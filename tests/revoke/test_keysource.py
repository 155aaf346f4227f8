"""Which keystore is meant is decided from names alone: no file is opened."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import SignerError, UsageError
from allowctl.revoke.keysource import (
    Folder,
    KeystoreFile,
    KeyVariables,
    Layout,
    NamedAccount,
    folders,
    key_source,
    locate,
    matching,
    variables,
)
from tests.revoke.making_keys import KEY, NOTHING, OWNER, PASSWORD

HOME = Path("/folder/someone")
GETH = f"UTC--2024-01-01T00-00-00.000000000Z--{OWNER[2:]}"


def named(
    keystore: str | None = None, account: str | None = None, **environment: str
) -> object:
    return key_source(
        keystore=None if keystore is None else Path(keystore),
        account=account,
        given=variables(environment),
    )


def test_an_option_wins() -> None:
    """Over both variables, of whatever kind they are."""
    environment = {
        "ALLOWCTL_KEYSTORE": "/a",
        "ETH_KEYSTORE": "/b",
        "ETH_KEYSTORE_ACCOUNT": "c",
    }

    assert named(keystore="/x", **environment) == KeystoreFile(path=Path("/x"))
    assert named(account="x", **environment) == NamedAccount(name="x")


def test_ours_wins_over_theirs() -> None:
    """ALLOWCTL_* comes before ETH_*, and what is empty is not there."""
    theirs = {"ETH_KEYSTORE": "/b", "ALLOWCTL_KEYSTORE": ""}

    assert named(**theirs) == KeystoreFile(path=Path("/b"))
    assert named(**theirs, ALLOWCTL_KEYSTORE_ACCOUNT="a") == NamedAccount(name="a")
    assert named(ETH_KEYSTORE_ACCOUNT="c") == NamedAccount(name="c")
    assert named() is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"keystore": "/a", "account": "b"}, "--keystore and --account"),
        (
            {"ETH_KEYSTORE": "/a", "ETH_KEYSTORE_ACCOUNT": "b"},
            "ETH_KEYSTORE and ETH_KEYSTORE_ACCOUNT",
        ),
    ],
)
def test_two_are_too_many(given: dict[str, str], words: str) -> None:
    """Two of one rank contradict each other."""
    with pytest.raises(UsageError, match=words):
        named(**given)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "/etc/x", "a\nb", "x" * 256]
)
def test_a_name_is_no_path(name: str) -> None:
    """An account's name leads to no other folder."""
    with pytest.raises(UsageError, match="takes a name, not a path"):
        named(account=name)


@pytest.mark.parametrize("prefix", ["", "0x", "0X"])
def test_a_key_is_no_name(prefix: str) -> None:
    """Who gives a private key there is told so, and it is not repeated."""
    for given_ in ({"keystore": prefix + KEY.hex()}, {"account": prefix + KEY.hex()}):
        with pytest.raises(UsageError, match="as long as a private key") as raised:
            named(**given_)
        assert KEY.hex() not in f"{raised.value} {raised.value.hint}"


def test_the_environment_is_not_shown() -> None:
    """What stands in ETH_PASSWORD may be a password, though a path belongs there."""
    found = variables({"ETH_PASSWORD": PASSWORD, "CREDENTIALS_DIRECTORY": "/run/c"})

    assert found == KeyVariables(
        keystores=(),
        password=("ETH_PASSWORD", Path(PASSWORD)),
        credentials=Path("/run/c"),
    )
    assert PASSWORD not in repr(found)
    both = {"ETH_PASSWORD": "/b", "ALLOWCTL_PASSWORD_FILE": "/a"}
    assert variables(both).password == ("ALLOWCTL_PASSWORD_FILE", Path("/a"))
    assert variables({}) == NOTHING


@pytest.mark.parametrize(
    ("platform", "geth"),
    [
        ("linux", ".ethereum/keystore"),
        ("darwin", "Library/Ethereum/keystore"),
        ("win32", "AppData/Local/Ethereum/keystore"),
    ],
)
def test_the_tools_folders(platform: str, geth: str) -> None:
    """Foundry's and ape's are everywhere the same, geth's is not."""
    assert [each.path for each in folders(HOME, platform)] == [
        HOME / ".foundry/keystores",
        HOME / geth,
        HOME / ".ape/accounts",
    ]


@pytest.mark.parametrize(
    ("layout", "name", "found"),
    [
        (Layout.FOUNDRY, "main", ["main"]),
        (Layout.FOUNDRY, "mai", []),
        (Layout.FOUNDRY, OWNER, []),
        (Layout.APE, "main", ["main.json"]),
        (Layout.APE, "main.json", []),
        (Layout.GETH, GETH, [GETH]),
        (Layout.GETH, OWNER, [GETH]),
        (Layout.GETH, OWNER[2:].upper(), [GETH]),
        (Layout.GETH, OWNER[:-1], []),
        (Layout.GETH, OWNER[10:], []),
    ],
)
def test_what_a_name_means(layout: Layout, name: str, found: list[str]) -> None:
    """Each tool's files by that tool's names; geth's by the address too."""
    assert matching(name, layout, ["main", "main.json", GETH, "other"]) == found


def made(home: Path, *files: str) -> tuple[Folder, ...]:
    for each in files:
        path = home / each
        path.parent.mkdir(parents=True, exist_ok=True)
        # Nobody opens them: they would not let themselves be read.
        os.mkfifo(path) if hasattr(os, "mkfifo") else path.touch()
    return folders(home, "linux")


def test_finds_each_tools_file(tmp_path: Path) -> None:
    """Folders that are not there are no hindrance, and what is found is not opened."""
    files = (
        ".foundry/keystores/one",
        ".ape/accounts/two.json",
        f".ethereum/keystore/{GETH}",
    )
    among = made(tmp_path, *files)

    for name, file in zip(("one", "two", OWNER), files, strict=True):
        assert locate(NamedAccount(name=name), among) == tmp_path / file
    assert locate(KeystoreFile(path=Path("x")), among) == Path("x")


def test_an_ambiguous_name_is_refused(tmp_path: Path) -> None:
    """The files are named, so that one can be chosen by --keystore."""
    among = made(tmp_path, ".foundry/keystores/one", ".ape/accounts/one.json")

    with pytest.raises(SignerError, match="more than one keystore") as raised:
        locate(NamedAccount(name="one"), among)
    assert str(tmp_path / ".foundry/keystores/one") in str(raised.value)
    assert str(tmp_path / ".ape/accounts/one.json") in str(raised.value)
    assert "--keystore" in (raised.value.hint or "")


def test_one_address_twice_is_ambiguous(tmp_path: Path) -> None:
    """An account that is imported again lies in another file of geth's."""
    other = GETH.replace("2024", "2025")
    among = made(tmp_path, f".ethereum/keystore/{GETH}", f".ethereum/keystore/{other}")

    with pytest.raises(SignerError, match=re.escape(other)):
        locate(NamedAccount(name=OWNER), among)
    assert locate(NamedAccount(name=other), among).name == other


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    """It says where it looked."""
    with pytest.raises(SignerError, match='no account named "one"') as raised:
        locate(NamedAccount(name="one"), folders(tmp_path, "linux"))
    assert str(tmp_path / ".foundry/keystores") in (raised.value.hint or "")


def test_a_closed_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is dropped in silence: the account may stand in it."""

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)

    with pytest.raises(SignerError, match="cannot be listed: permission denied"):
        locate(NamedAccount(name="one"), folders(tmp_path, "linux"))


@given(name=st.text(min_size=1, max_size=300))
def test_a_name_stays_in_its_folder(name: str) -> None:
    """Whatever the name: an error, or a name that leads nowhere else."""
    try:
        found = named(account=name)
    except UsageError:
        return
    assert isinstance(found, NamedAccount)
    assert (HOME / found.name).parent == HOME
