"""Where allowctl.toml is found, and which files are not read."""

from __future__ import annotations

import os
import socket
from functools import partial
from pathlib import Path

import pytest

from allowctl.config.files import LONGEST, NAME, discovered, guard, read
from allowctl.errors import ConfigError
from tests.config.place import Place


def test_the_nearest_file_up_to_the_repository_is_found(place: Place) -> None:
    """From a folder upwards; what is nearer comes first."""
    assert discovered(place.deep) is None

    far = place.project("")
    assert discovered(place.deep) == far

    near = place.write(place.deep / NAME, "")
    assert discovered(place.deep) == near
    assert discovered(place.repo) == far


def test_nothing_above_the_repository_is_found(place: Place) -> None:
    """Nor above the inner one of two."""
    place.write(place.folder / NAME, "")
    assert discovered(place.deep) is None

    place.project("")
    (place.repo / "a" / ".git").write_text("gitdir: elsewhere")
    assert discovered(place.deep) is None


def test_without_a_repository_only_the_folder_itself_counts(place: Place) -> None:
    """What lies above it may be anybody's."""
    (place.repo / ".git").rmdir()
    place.project("")

    assert discovered(place.deep) is None
    assert discovered(place.repo) == place.repo / NAME


def test_a_folder_reached_by_a_link_is_where_it_is(place: Place) -> None:
    """The repository is that of the real folder."""
    file = place.project("")
    (place.folder / "link").symlink_to(place.deep)

    assert discovered(place.folder / "link") == file


def test_a_link_within_the_repository_is_followed(place: Place) -> None:
    """Both ends were checked out together."""
    place.write(place.repo / "etc" / "real.toml", "x = 1")
    (place.repo / NAME).symlink_to("etc/real.toml")
    found = discovered(place.deep)

    assert found == place.repo / NAME
    assert read(found, guarded=True) == b"x = 1"


@pytest.mark.parametrize(
    "target", ["../own/allowctl.toml", "/etc/passwd", "gone", NAME]
)
def test_a_link_elsewhere_is_refused(place: Place, target: str) -> None:
    """Out of the repository, to nothing, to itself."""
    place.user("")
    (place.repo / NAME).symlink_to(target)

    with pytest.raises(ConfigError, match=f"{NAME}: (a link out of|cannot be read)"):
        discovered(place.deep)


@pytest.mark.skipif(os.name != "posix", reason="no mode bits")
@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666, 0o622])
def test_a_file_that_others_may_write_is_refused(place: Place, mode: int) -> None:
    """Group or all; by name it is taken, for then the user has chosen it."""
    file = place.project("x = 1")
    file.chmod(mode)

    for refuse in (partial(read, guarded=True), guard):
        with pytest.raises(ConfigError) as refused:
            refuse(file)

    assert place.shown(refused.value) == (
        "DIR/repo/allowctl.toml: others may write it\n"
        "chmod go-w DIR/repo/allowctl.toml, or name it with --config if you trust it"
    )
    assert read(file, guarded=False) == b"x = 1"


@pytest.mark.skipif(os.name != "posix", reason="no owners")
def test_a_file_of_another_user_is_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of root it is taken, and of oneself."""
    file = place.project("x = 1")
    mine = file.stat().st_uid
    if os.geteuid() == 0:
        os.chown(file, 4321, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: mine + 1)

    with pytest.raises(ConfigError, match=r"belongs to another user \(uid \d+\)"):
        read(file, guarded=True)
    assert read(file, guarded=False) == b"x = 1"


@pytest.mark.parametrize("guarded", [True, False])
def test_what_is_no_file_is_refused_at_once(place: Place, *, guarded: bool) -> None:
    """A pipe that nobody writes to, a device that never ends, a folder, a socket."""
    os.mkfifo(place.folder / "fifo", 0o600)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(place.folder / "socket"))
        for path in (
            place.folder / "fifo",
            place.folder / "socket",
            place.folder,
            Path("/dev/zero"),
            Path("/dev/null"),
        ):
            with pytest.raises(ConfigError, match="not a regular file"):
                read(path, guarded=guarded)


def test_a_file_swapped_for_a_pipe_is_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was opened is looked at once more, and opening did not wait."""
    file = place.project("")
    open_ = os.open

    def swapped(path: Path, flags: int) -> int:
        path.unlink()
        os.mkfifo(path, 0o600)
        return open_(path, flags)

    monkeypatch.setattr(os, "open", swapped)
    with pytest.raises(ConfigError, match="not a regular file"):
        read(file, guarded=True)


def test_a_file_may_be_too_long(place: Place) -> None:
    """A mebibyte is taken, one byte more is not."""
    file = place.project(b"#" * LONGEST)

    assert len(read(file, guarded=True)) == LONGEST
    place.project(b"#" * (LONGEST + 1))
    with pytest.raises(ConfigError, match="more than 1 MiB"):
        read(file, guarded=True)


def test_a_file_that_is_not_there(place: Place) -> None:
    """Or whose name goes on after a file, or is too long for any."""
    file = place.project("")
    for path in (place.folder / "gone", file / "x", place.folder / ("x" * 5000)):
        with pytest.raises(ConfigError, match="cannot be read: "):
            read(path, guarded=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_one_may_not_read(place: Place) -> None:
    """Says so."""
    file = place.project("")
    file.chmod(0)

    with pytest.raises(ConfigError, match="cannot be read: permission denied"):
        read(file, guarded=True)
