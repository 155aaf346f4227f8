"""A key and a password are found nowhere; keystores are opened last, and carefully."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.command import Done, allowctl, command, environment
from tests.e2e.takes import PATIENCE, arguments, take
from tests.fakes.recording_proxy import SEND, RecordingProxy
from tests.lab.revoking import PASSWORD, Wallet, plain, private, stranger
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import Json
from tests.nodes.process import started

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("revoke secrets")]

LOUD: tuple[str, ...] = ()
"""The options that make it say as much as it can."""

# Loaded by Python itself at its start: at each of the journal's writes the whole
# stack is kept with its locals, as a careless traceback would show it. Then the
# one that is asked for fails.
_SPY = """
import os, sys, traceback
real, calls = os.fsync, [0]
def fsync(fd):
    calls[0] += 1
    stack = traceback.StackSummary.extract(
        traceback.walk_stack(sys._getframe(1)), capture_locals=True)
    with open(os.environ["SPY_FILE"], "a") as file:
        file.write("".join(stack.format()) + "\\n")
    if calls[0] == int(os.environ["SPY_FAILS"]):
        raise RuntimeError("injected")
    return real(fd)
os.fsync = fsync
"""


@pytest.fixture
def anvil() -> Iterator[Anvil]:
    with Anvil() as anvil:
        yield anvil


@pytest.fixture
def proxy(anvil: Anvil) -> Iterator[RecordingProxy]:
    with RecordingProxy(anvil.url) as proxy:
        yield proxy


@pytest.fixture
def wallet(anvil: Anvil, tmp_path: Path) -> Wallet:
    return plain(anvil, tmp_path / "keys")


def canaries(wallet: Wallet) -> list[bytes]:
    """The key and the password in the forms in which they might be written."""
    key = bytes(wallet.world.key.key)
    forms = [
        *(PASSWORD, key.hex(), key.hex().upper(), str(int.from_bytes(key))),
        *(key.hex().lstrip("0"), repr(key)[2:-1]),
        *(base64.b64encode(each).decode() for each in (key, PASSWORD.encode())),
        repr(list(key))[1:-1],
    ]
    return [key, *(form.encode() for form in forms)]


def clean(wallet: Wallet, *places: bytes | Path) -> None:
    """None of them holds a canary; folders are read to the last file."""
    texts: list[tuple[str, bytes]] = []
    for place in places:
        if isinstance(place, bytes):
            texts.append(("output", place))
        else:
            files = [each for each in place.rglob("*") if each.is_file()]
            assert files, f"nothing was written to {place}"
            texts += [(str(each), each.read_bytes()) for each in files]
    for where, text in texts:
        for canary in canaries(wallet):
            assert canary not in text, f"a secret in {where}"


def test_canaries_are_found(wallet: Wallet, tmp_path: Path) -> None:
    """The search itself works."""
    place = tmp_path / "spill"
    place.mkdir()
    key = bytes(wallet.world.key.key)
    for text in (key, b"x" + key.hex().encode(), repr({"k": key}).encode()):
        (place / "log").write_bytes(text)
        with pytest.raises(AssertionError, match="a secret in"):
            clean(wallet, place)


def test_nowhere(wallet: Wallet, proxy: RecordingProxy, tmp_path: Path) -> None:
    """Output, cache, journal, state; the process's arguments and environment.

    Those are read while it signs: at each transaction, before the node has it.
    """
    home = tmp_path / "home"
    seen: list[bytes] = []
    running: list[int] = []

    def look() -> bool:
        process = Path(f"/proc/{running[0]}")
        seen.extend((process / each).read_bytes() for each in ("cmdline", "environ"))
        return True

    proxy.cues[SEND] = look
    whole = arguments("revoke", wallet, [proxy.url], "--all", *LOUD)
    env = environment(home, PYTHONDEVMODE="1", PYTHONWARNINGS="ignore")
    with started(command(*whole), env=env) as process:
        running.append(process.pid)
        out, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 0, err
    assert len(seen) == 6
    assert all(seen)
    clean(wallet, out, err, home, *seen)


@pytest.mark.parametrize("fails", [1, 2, 3, 4])
def test_no_frame_holds_it(
    wallet: Wallet, proxy: RecordingProxy, tmp_path: Path, fails: int
) -> None:
    """The journal's disk fails: no local on the whole stack shows key or password."""
    spy, home = tmp_path / "spy", tmp_path / "home"
    spy.mkdir()
    (spy / "sitecustomize.py").write_text(_SPY, "utf-8")
    kept = spy / "stacks.txt"
    env = {"PYTHONPATH": str(spy), "SPY_FILE": str(kept), "SPY_FAILS": str(fails)}
    whole = arguments("revoke", wallet, [proxy.url], "--all")
    done = allowctl(*whole, env=env, home=home, seconds=PATIENCE)

    assert done.code != 0
    # What could not be written down is not sent.
    assert len(proxy.sent) < fails
    assert "allowctl/revoke" in kept.read_text("utf-8")
    clean(wallet, done.out.encode(), done.err.encode(), home, kept.read_bytes())


WRONG = "canary-wrong-password-77aa"


def test_wrong_password(wallet: Wallet, proxy: RecordingProxy, tmp_path: Path) -> None:
    """It is refused without telling either password, and nothing is sent."""
    home = tmp_path / "home"
    wallet.password_file.write_text(WRONG + "\n", "utf-8")
    took = take("revoke", wallet, proxy.url, "--all", home=home)
    said = (took.done.out + took.done.err).encode()

    assert took.done.code == 2
    assert proxy.sent == []
    assert WRONG.encode() not in said
    clean(wallet, said)


def test_no_option_takes_a_secret() -> None:
    """Neither key nor password nor mnemonic is ever an option's value."""
    for what in ("revoke", "limit", "resume"):
        text = allowctl(what, "--help", env={"COLUMNS": "200"}).out
        for name in ("--private-key", "--password ", "--mnemonic", "--seed"):
            assert name not in text


# Opened last


@contextmanager
def trap(wallet: Wallet) -> Iterator[threading.Event]:
    """The keystore is a FIFO: whoever opens it is seen, and waits for ever.

    A writer can open it without waiting only while a reader has it open.
    """
    wallet.keystore.unlink()
    os.mkfifo(wallet.keystore, 0o600)
    opened, over = threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(0.002):
            try:
                found = os.open(wallet.keystore, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                continue
            opened.set()
            os.close(found)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield opened
    finally:
        over.set()
        thread.join()


def test_the_trap_works(wallet: Wallet) -> None:
    """A reader is seen."""
    with trap(wallet) as opened:
        assert wallet.keystore.read_bytes() == b""
        assert opened.wait(20)


def test_not_opened_by_a_dry_run(wallet: Wallet, proxy: RecordingProxy) -> None:
    """It does not even look at it."""
    with trap(wallet) as opened:
        took = take("revoke", wallet, proxy.url, "--all", "--dry-run")
        assert not opened.is_set()

    assert took.done.code == 0
    assert proxy.sent == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--token", "0x" + "12" * 20), None),
        (("--all", "--max-tx-cost", "0.000000000000000001"), None),
        (("--all", "--gas-cap", "21000"), 4),
    ],
    ids=["nothing to do", "too dear", "all left out"],
)
def test_not_opened(
    wallet: Wallet,
    proxy: RecordingProxy,
    options: tuple[str, ...],
    code: int | None,
) -> None:
    """Nothing to do and refusals never open the keystore: it would be told as none."""
    private(wallet.keystore, "not a keystore")
    took = take("revoke", wallet, proxy.url, *options)

    assert "keystore" not in took.done.err
    assert code is None or took.done.code == code
    assert proxy.sent == []


def test_not_opened_where_nobody_says_yes(
    wallet: Wallet, proxy: RecordingProxy
) -> None:
    """Without a terminal and without --yes: exit 2 before anything is read from it."""
    with trap(wallet) as opened:
        done = allowctl(
            *("revoke", wallet.owner, "--rpc-url", proxy.url, "--all"), *wallet.unlock
        )
        assert not opened.is_set()

    assert done.code == 2


def test_a_fifo_is_no_keystore(wallet: Wallet, proxy: RecordingProxy) -> None:
    """A FIFO is refused before anything is read, and not opened."""
    with trap(wallet) as opened:
        took = take("revoke", wallet, proxy.url, "--all")
        assert not opened.is_set()

    assert took.done.code == 2
    assert "not a regular file" in took.done.err
    assert proxy.sent == []


# Refused


def monstrous(wallet: Wallet, kdf: str, **params: Json) -> None:
    """A keystore that takes days to open."""
    made = json.loads(wallet.keystore.read_text("utf-8"))
    salt = "00" * 32
    made["crypto"]["kdf"] = kdf
    made["crypto"]["kdfparams"] = {"dklen": 32, "salt": salt, **params}
    private(wallet.keystore, json.dumps(made))


@pytest.mark.parametrize(
    ("kdf", "params"),
    [
        ("scrypt", {"n": 2**40, "r": 8, "p": 1}),
        ("scrypt", {"n": 2**18, "r": 2**20, "p": 1}),
        ("scrypt", {"n": 2**10, "r": 8, "p": 2**26}),
        ("pbkdf2", {"c": 2**40, "prf": "hmac-sha256"}),
    ],
    ids=["n", "r", "p", "c"],
)
def test_monstrous_kdf(
    wallet: Wallet, proxy: RecordingProxy, kdf: str, params: Json
) -> None:
    """It is refused before any work is done: or this would never end."""
    monstrous(wallet, kdf, **params)
    took = take("revoke", wallet, proxy.url, "--all")

    assert took.done.code == 2
    assert proxy.sent == []


def _readable(wallet: Wallet) -> None:
    wallet.keystore.chmod(0o644)


def _writable(wallet: Wallet) -> None:
    wallet.keystore.chmod(0o622)


def _linked(wallet: Wallet) -> None:
    real = wallet.keystore.with_name("real.json")
    wallet.keystore.rename(real)
    wallet.keystore.symlink_to(real)


def _somebody_else_s(wallet: Wallet) -> None:
    found = stranger(wallet.keystore.parent)
    found.replace(wallet.keystore)


def _huge(wallet: Wallet) -> None:
    text = wallet.keystore.read_text("utf-8")
    private(wallet.keystore, text + " " * 100_000)


def _no_keystore(wallet: Wallet) -> None:
    private(wallet.keystore, '{"version": 3}')


@pytest.mark.parametrize(
    "spoil", [_readable, _writable, _linked, _somebody_else_s, _huge, _no_keystore]
)
def test_refused(wallet: Wallet, proxy: RecordingProxy, spoil: Json) -> None:
    """What others may read or write, links, another's key, and what is none: exit 2."""
    spoil(wallet)
    took = take("revoke", wallet, proxy.url, "--all")

    assert took.done.code == 2
    assert proxy.sent == []
    clean(wallet, took.done.out.encode(), took.done.err.encode())


def test_foundry_s_permissions(wallet: Wallet, proxy: RecordingProxy) -> None:
    """Foundry writes 0644: the hint is chmod 600, and there is an option."""
    _readable(wallet)
    refused = take("revoke", wallet, proxy.url, "--all")
    taken = take("revoke", wallet, proxy.url, "--all", "--insecure-permissions")

    assert "chmod 600" in said(refused.done)
    assert taken.done.code == 0
    assert len(proxy.sent) == 3


def said(done: Done) -> str:
    return done.out + done.err
