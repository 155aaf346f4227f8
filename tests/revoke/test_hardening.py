"""A secret stays in the process, and has no form that could be printed."""

from __future__ import annotations

import copy
import ctypes
import json
import os
import pickle
import subprocess
import sys

import pytest

from allowctl.errors import SignerError
from allowctl.revoke.hardening import Failure, Secret, harden, sealed
from tests.revoke.making_keys import KEY, PASSWORD, caught, leaks, printed, secret

LIMITS = """
import ctypes, json, resource
from allowctl.revoke.hardening import harden
prctl = ctypes.CDLL(None).prctl
before = prctl(3, 0, 0, 0, 0)
harden()
harden()
core = resource.getrlimit(resource.RLIMIT_CORE)
print(json.dumps([before, prctl(3, 0, 0, 0, 0), core]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_no_core_dump() -> None:
    """After it the process may write no core file and is not dumpable; twice too."""
    told = subprocess.run(
        [sys.executable, "-c", LIMITS], capture_output=True, check=True
    )

    assert json.loads(told.stdout) == [1, 0, [0, 0]]


@pytest.mark.skipif(os.name != "posix", reason="POSIX has these limits")
def test_no_key_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system does not let us, that is an error, not a risk."""

    def refuse(*_: object) -> None:
        raise OSError(1, "no")

    monkeypatch.setattr("resource.setrlimit", refuse)

    with pytest.raises(SignerError, match="core dumps cannot be turned off"):
        harden()


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_dumpable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of 0 does not hold for dumps that are piped to a program."""

    class Deaf:
        def prctl(self, *_: int) -> int:
            return 1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Deaf())

    with pytest.raises(SignerError, match="core dumps cannot be turned off"):
        harden()


def test_a_secret_has_no_printable_form() -> None:
    """Neither as text, nor in a container, nor formatted, nor in its attributes."""
    it = secret(KEY)
    shown = f"{it} {it!r} {[it]} {it:}" + repr((it,)) + str({1: it})

    assert leaks(shown, KEY) == []
    assert "<secret>" in shown
    assert not hasattr(it, "__dict__")
    assert it.reveal() == KEY


@pytest.mark.parametrize(
    "use", [pickle.dumps, copy.copy, copy.deepcopy], ids=lambda use: use.__name__
)
def test_a_secret_is_not_copied(use: object) -> None:
    """It is neither pickled nor copied."""
    assert callable(use)

    with pytest.raises(TypeError, match="neither copied nor pickled"):
        use(secret())


def test_a_wiped_secret_is_overwritten() -> None:
    """The bytes are zero where they stood; it gives nothing after that."""
    data = bytearray(KEY)
    it = Secret(data)
    it.wipe()
    it.wipe()

    assert data == bytes(32)
    assert it.gone
    with pytest.raises(SignerError, match="gone"):
        it.reveal()


def test_an_empty_secret_is_not_a_wiped_one() -> None:
    """A password may be empty."""
    assert Secret(b"").reveal() == b""
    assert not Secret(b"").gone


def test_sealed_gives_what_there_is() -> None:
    """Where nothing fails it changes nothing."""
    assert sealed(lambda: 5) == 5


def test_sealed_drops_what_failed() -> None:
    """Only the kind of an exception comes out, and the system's word for its number."""

    def fail() -> int:
        raise ValueError(PASSWORD)

    def fail_to_open() -> int:
        raise FileNotFoundError(2, PASSWORD, PASSWORD)

    assert sealed(fail) == Failure(kind=ValueError, reason="ValueError")
    assert sealed(fail_to_open) == Failure(
        kind=FileNotFoundError, reason="no such file or directory"
    )


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_sealed_lets_a_stop_through(stop: type[BaseException]) -> None:
    """Ctrl-C goes on, without the frames that it came from or what it was raised in."""

    def stopped() -> None:
        password = PASSWORD
        try:
            int(password)
        except ValueError:
            raise stop from None

    error = caught(lambda: sealed(stopped))

    assert type(error) is stop
    assert leaks(printed(error), PASSWORD.encode()) == []
