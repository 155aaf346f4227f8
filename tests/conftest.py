"""What holds for all tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure: an example may take as long as it takes.
settings.register_profile("steady", parent=settings(), deadline=None)
settings.load_profile("steady")


_RECURSION = 5_000
"""What the C stack holds: eth-account, which tests import, lifts it beyond that."""


@pytest.fixture(autouse=True)
def recursion_as_in_the_program() -> None:
    """The program keeps Python's limit when it imports what lifts it."""
    sys.setrecursionlimit(min(sys.getrecursionlimit(), _RECURSION))


@pytest.fixture(autouse=True)
def own_folders(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """No test sees another's cache or the user's configuration, nor leaves any."""
    folder = tmp_path_factory.mktemp("allowctl")
    # Both ways: some tests start processes without any ALLOWCTL_* variable.
    for name in ("ALLOWCTL_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(folder / "cache"))
    for name in ("ALLOWCTL_STATE_DIR", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(folder / "state"))
    for name in ("ALLOWCTL_CONFIG_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(folder / "config"))
    # No list is fetched: tests reach nothing but loopback.
    monkeypatch.setenv("ALLOWCTL_OFFLINE", "1")
    return folder
