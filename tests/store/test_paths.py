"""Where our files lie."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from allowctl.errors import CacheError
from allowctl.store.paths import cache_folder, state_folder


def test_the_folder_is_the_platforms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made where it is not there, for its owner alone."""
    wanted = tmp_path / "deep" / "allowctl"
    monkeypatch.delenv("ALLOWCTL_CACHE_DIR", raising=False)
    monkeypatch.setattr(
        platformdirs, "user_cache_path", lambda name: tmp_path / "deep" / name
    )

    assert cache_folder() == wanted
    assert wanted.stat().st_mode & 0o777 == 0o700
    assert cache_folder() == wanted


def test_a_variable_names_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It wins; ~ is the home folder; empty is as good as not set."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ALLOWCTL_CACHE_DIR", "~/mine")
    assert cache_folder() == tmp_path / "mine"

    monkeypatch.setenv("ALLOWCTL_CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == platformdirs.user_cache_path("allowctl")


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Before anything is scanned, with the way around it."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALLOWCTL_CACHE_DIR", str(tmp_path / name))
    with pytest.raises(CacheError, match="cannot keep a cache at") as caught:
        cache_folder()

    assert "--no-cache" in (caught.value.hint or "")


def test_the_state_lies_apart_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the platform's folder for state, or in one that a variable names."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ALLOWCTL_STATE_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    usual = state_folder()

    assert usual == platformdirs.user_state_path("allowctl") != cache_folder()
    assert usual.stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("ALLOWCTL_STATE_DIR", "~/mine")
    assert state_folder() == tmp_path / "mine"


def test_a_folder_for_state_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing goes without it by an option of the cache."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALLOWCTL_STATE_DIR", str(tmp_path / "file"))
    with pytest.raises(CacheError, match="cannot keep a state file at") as caught:
        state_folder()

    assert caught.value.hint == "give another folder in ALLOWCTL_STATE_DIR"
