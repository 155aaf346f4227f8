"""A password comes from where nobody else sees it, byte for byte."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TypedDict, Unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import SignerError, UsageError
from allowctl.revoke import passwords
from allowctl.revoke.hardening import Secret
from allowctl.revoke.keysource import variables
from allowctl.revoke.passwords import (
    LONGEST,
    Credential,
    Descriptor,
    Keyring,
    PasswordFile,
    PasswordSource,
    Prompt,
    obtain,
    password_source,
)
from tests.revoke.making_keys import (
    NOTHING,
    OWNER,
    PASSWORD,
    caught,
    leaks,
    printed,
    put,
)

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such things")
ASKED = f"""
import sys
from allowctl.errors import SignerError
from allowctl.revoke.hardening import harden
from allowctl.revoke.passwords import Prompt, obtain
harden()
try:
    print(obtain(Prompt(), "{OWNER}").reveal())
except SignerError as error:
    print(f"refused: {{error}}; {{error.hint}}")
"""


@contextmanager
def piped(data: bytes) -> Iterator[int]:
    """A descriptor that gives these bytes."""
    reader, writer = os.pipe()
    try:
        os.write(writer, data)
        os.close(writer)
        yield reader
    finally:
        os.close(reader)


class Options(TypedDict, total=False):
    file: str
    credential: str
    descriptor: int
    keyring: bool


def chosen(
    environment: dict[str, str] | None = None, **options: Unpack[Options]
) -> PasswordSource:
    file = options.get("file")
    return password_source(
        file=None if file is None else Path(file),
        credential=options.get("credential"),
        descriptor=options.get("descriptor"),
        keyring=options.get("keyring", False),
        given=variables(environment or {}),
    )


SYSTEMD = {"CREDENTIALS_DIRECTORY": "/run/c"}


def test_each_option_is_a_source() -> None:
    """One option, one source; none, and a person is asked."""
    assert chosen() == Prompt()
    assert chosen(file="/a") == PasswordFile(path=Path("/a"))
    assert chosen(descriptor=0) == Descriptor(number=0)
    assert chosen(descriptor=3) == Descriptor(number=3)
    assert chosen(keyring=True) == Keyring()
    assert chosen(SYSTEMD, credential="pw") == Credential(
        folder=Path("/run/c"), name="pw"
    )


def test_options_win_over_variables() -> None:
    """And ours over theirs."""
    theirs = {"ETH_PASSWORD": "/b"}
    both = {**theirs, "ALLOWCTL_PASSWORD_FILE": "/a"}

    assert chosen(both, file="/x") == PasswordFile(path=Path("/x"))
    assert chosen(both, keyring=True) == Keyring()
    assert chosen(theirs) == PasswordFile(path=Path("/b"), variable="ETH_PASSWORD")
    assert chosen(both) == PasswordFile(
        path=Path("/a"), variable="ALLOWCTL_PASSWORD_FILE"
    )


def test_two_sources_are_refused() -> None:
    """Which of them is right is not guessed."""
    with pytest.raises(UsageError, match="--password-file and --password-fd"):
        chosen(file="/a", descriptor=3)
    with pytest.raises(UsageError, match="--password-fd and --password-keyring"):
        chosen(descriptor=3, keyring=True)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "/etc/x", "a\\b"])
def test_a_credential_is_a_name(name: str) -> None:
    """It leads out of its folder nowhere."""
    with pytest.raises(UsageError, match="a credential's name, not a path"):
        chosen(SYSTEMD, credential=name)


def test_credentials_need_systemd() -> None:
    """Without its folder there are none, and the hint says who makes it."""
    with pytest.raises(UsageError, match="no CREDENTIALS_DIRECTORY") as raised:
        chosen(credential="pw")
    assert "LoadCredential" in (raised.value.hint or "")


@pytest.mark.parametrize("number", [-1, 1, 2])
def test_output_is_no_source(number: int) -> None:
    """Neither stdout nor stderr is read from."""
    with pytest.raises(UsageError, match="not a descriptor to read from"):
        chosen(descriptor=number)


ENDS = [
    (b"pw", b"pw"),
    (b"pw\n", b"pw"),
    (b"pw\r\n", b"pw"),
    (b"pw\n\n", b"pw\n"),
    (b"pw\r\n\r\n", b"pw\r\n"),
    (b"pw\r", b"pw\r"),
    (b" pw ", b" pw "),
    (b"\n", b""),
    (b"", b""),
    (b"a\nb\n", b"a\nb"),
    (b"\xff\x00\n", b"\xff\x00"),
]


@posix
@pytest.mark.parametrize(("stored", "password"), ENDS, ids=repr)
def test_one_newline_ends_it(tmp_path: Path, stored: bytes, password: bytes) -> None:
    """Exactly one is taken off, and nothing else, from file and descriptor alike."""
    path = put(tmp_path / "pw", stored, 0o400)

    assert obtain(PasswordFile(path=path), OWNER).reveal() == password
    assert obtain(Credential(folder=tmp_path, name="pw"), OWNER).reveal() == password
    with piped(stored) as reader:
        assert obtain(Descriptor(number=reader), OWNER).reveal() == password


@given(password=st.binary(max_size=LONGEST), end=st.sampled_from([b"\n", b"\r\n"]))
def test_a_newline_changes_nothing(password: bytes, end: bytes) -> None:
    """A file with one at its end holds the same password as one without."""
    if not password.endswith(b"\r") or end == b"\r\n":
        found = passwords._stripped(Secret(password + end))  # noqa: SLF001 - no file
        assert found.reveal() == password


@posix
def test_it_is_bounded(tmp_path: Path) -> None:
    """4 KiB are taken, with the newline after them, and not one byte more."""
    longest = b"x" * LONGEST
    path = put(tmp_path / "pw", longest + b"\r\n")

    assert obtain(PasswordFile(path=path), OWNER).reveal() == longest
    for more in (longest + b"x", longest + b"x\n", longest * 3):
        put(path, more)
        with pytest.raises(SignerError, match=r"more than 409[68] bytes"):
            obtain(PasswordFile(path=path), OWNER)
        with piped(more) as reader, pytest.raises(SignerError, match="more than"):
            obtain(Descriptor(number=reader), OWNER)


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_is_for_its_owner(tmp_path: Path, mode: int) -> None:
    """What others may read is refused, always; the hint offers a descriptor."""
    path = put(tmp_path / "pw", "x", mode)

    with pytest.raises(SignerError, match="others may") as raised:
        obtain(PasswordFile(path=path), OWNER)
    assert "--password-fd 3 3<FILE" in (raised.value.hint or "")


@posix
@pytest.mark.parametrize(
    ("mode", "taken"), [(0o400, True), (0o440, True), (0o444, False)]
)
def test_a_credential_s_modes(tmp_path: Path, mode: int, taken: bool) -> None:  # noqa: FBT001 - a row
    """0400, or 0440 with an access list, as systemd makes them; nothing else."""
    put(tmp_path / "pw", "x", mode)
    source = Credential(folder=tmp_path, name="pw")

    if taken:
        assert obtain(source, OWNER).reveal() == b"x"
    else:
        with pytest.raises(SignerError, match="others may read"):
            obtain(source, OWNER)


@posix
def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    """Nor a link followed."""
    os.mkfifo(tmp_path / "fifo", 0o600)
    put(tmp_path / "pw", "x")
    (tmp_path / "link").symlink_to(tmp_path / "pw")

    for name, words in (("fifo", "not a regular file"), ("link", "a symbolic link")):
        with pytest.raises(SignerError, match=words):
            obtain(PasswordFile(path=tmp_path / name), OWNER)
        with pytest.raises(SignerError, match=words):
            obtain(Credential(folder=tmp_path, name=name), OWNER)


def test_a_password_in_place_of_a_path() -> None:
    """Who puts the password itself into ETH_PASSWORD does not see it in an error."""
    source = chosen({"ETH_PASSWORD": PASSWORD})
    error = caught(lambda: obtain(source, OWNER))

    assert isinstance(error, SignerError)
    assert str(error).startswith("the file that ETH_PASSWORD names: cannot be read")
    assert leaks(printed(error) + repr(source), PASSWORD.encode()) == []


@posix
def test_a_closed_descriptor(tmp_path: Path) -> None:
    """It is told, as is a folder."""
    with piped(b"") as reader:
        pass
    with pytest.raises(SignerError, match="cannot be read: bad file descriptor"):
        obtain(Descriptor(number=reader), OWNER)
    handle = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(SignerError, match="cannot be read: is a directory"):
            obtain(Descriptor(number=handle), OWNER)
    finally:
        os.close(handle)


@posix
def test_a_terminal_is_no_descriptor() -> None:
    """There it would be seen as it is typed."""
    import pty  # noqa: PLC0415 - POSIX has it

    ours, theirs = pty.openpty()
    try:
        with pytest.raises(SignerError, match="a terminal"):
            obtain(Descriptor(number=theirs), OWNER)
    finally:
        os.close(ours)
        os.close(theirs)


@posix
@pytest.mark.parametrize("typed", [PASSWORD, "grün 🔑", ""])
def test_a_person_types_it_unseen(typed: str) -> None:
    """On a real terminal: asked for by the owner's address, and not echoed."""
    import pty  # noqa: PLC0415 - POSIX has it

    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-X", "utf8", "-c", ASKED],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            start_new_session=True,
        ) as child:
            shown = b""
            while b": " not in shown:
                shown += os.read(ours, 1000)
            os.write(ours, typed.encode() + b"\n")
            told, _ = child.communicate()
        os.close(theirs)
        theirs = -1
        shown += _rest(ours)
    finally:
        for each in (ours, theirs):
            if each >= 0:
                os.close(each)

    assert told.decode().strip() == repr(typed.encode())
    assert shown.decode().strip() == f"password of {OWNER}:"


def _rest(handle: int) -> bytes:
    """What is still to be read at a terminal whose other side is closed."""
    found = b""
    try:
        while chunk := os.read(handle, 1000):
            found += chunk
    except OSError:
        pass
    return found


@posix
def test_nobody_is_asked_without_a_terminal() -> None:
    """What stands on stdin is not taken for a password."""
    told = subprocess.run(
        [sys.executable, "-c", ASKED],
        input=b"from-a-pipe\n",
        capture_output=True,
        start_new_session=True,
        check=True,
    )

    assert told.stdout.startswith(b"refused: there is no terminal")
    assert b"--password-fd" in told.stdout
    assert told.stderr == b""


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (EOFError(), "no password was typed"),
        (UnicodeDecodeError("utf-8", PASSWORD.encode(), 0, 1, "x"), "is not text"),
        (OSError(5, PASSWORD), "there is no terminal"),
    ],
)
def test_a_prompt_that_fails(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, words: str
) -> None:
    """Each failure is told, and what was typed is in none of them."""

    def fail(_: str) -> str:
        typed = PASSWORD
        raise raised from ValueError(typed)

    monkeypatch.setattr("getpass.getpass", fail)
    error = caught(lambda: obtain(Prompt(), OWNER))

    assert isinstance(error, SignerError)
    assert words in str(error)
    assert leaks(printed(error), PASSWORD.encode()) == []


def test_ctrl_c_at_the_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on as what it is, without what was typed so far."""

    def stop(_: str) -> str:
        typed = PASSWORD
        raise KeyboardInterrupt(*typed[:0])

    monkeypatch.setattr("getpass.getpass", stop)
    error = caught(lambda: obtain(Prompt(), OWNER))

    assert type(error) is KeyboardInterrupt
    assert leaks(printed(error), PASSWORD.encode()) == []


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """A package `keyring` whose `get_password` is this."""

    def install(get_password: object) -> None:
        module = ModuleType("keyring")
        vars(module)["get_password"] = get_password
        monkeypatch.setitem(sys.modules, "keyring", module)

    return install


def test_the_keyring_is_asked_by_address(keyring: Callable[[object], None]) -> None:
    """The service is allowctl, the user the address in lower case."""
    keyring(lambda service, user: f"{service} {user}\n")

    assert obtain(Keyring(), OWNER).reveal() == f"allowctl {OWNER}".encode()


def test_an_empty_keyring(keyring: Callable[[object], None]) -> None:
    """The hint is the command that fills it."""
    keyring(lambda *_: None)

    with pytest.raises(SignerError, match="no password of 0x") as raised:
        obtain(Keyring(), OWNER)
    assert raised.value.hint == f"keyring set allowctl {OWNER}"


def test_a_keyring_that_fails(keyring: Callable[[object], None]) -> None:
    """Whatever it raises, with whatever in it."""

    def fail(*_: str) -> str:
        found = PASSWORD
        raise RuntimeError(found)

    keyring(fail)
    error = caught(lambda: obtain(Keyring(), OWNER))

    assert isinstance(error, SignerError)
    assert str(error) == "the keyring does not answer: RuntimeError"
    assert leaks(printed(error), PASSWORD.encode()) == []


def test_without_a_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is nobody's dependency: the hint says what to install."""

    def missing(_: str) -> ModuleType:
        raise ModuleNotFoundError

    monkeypatch.setattr(importlib, "import_module", missing)

    with pytest.raises(SignerError, match="needs the package keyring") as raised:
        obtain(Keyring(), OWNER)
    assert "install keyring" in (raised.value.hint or "")


def test_nothing_is_given() -> None:
    """What the environment does not say is a prompt."""
    assert password_source(given=NOTHING) == Prompt()
