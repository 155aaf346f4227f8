"""-o: files that are whole or not there."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import pytest

from allowctl.cli import write
from allowctl.cli.report_options import Format
from allowctl.errors import OutputError
from tests.cli.runs import here, serving
from tests.fakes.rpc import FakeRpc

NOBODY = "0x" + "99" * 20


def test_a_file_takes_the_place_of_stdout(tmp_path: Path) -> None:
    """In the format its suffix names."""
    target = tmp_path / "report.json"
    with serving(FakeRpc()) as url:
        ended = here("scan", NOBODY, "--rpc-url", url, "-o", str(target))

    assert (ended.code, ended.out) == (0, "")
    assert json.loads(target.read_text("utf-8"))["complete"] is True


def test_format_and_file_come_on_top(tmp_path: Path) -> None:
    """FORMAT=FILE writes a copy; stdout has what --format says."""
    target = tmp_path / "report.txt"
    with serving(FakeRpc()) as url:
        ended = here("scan", NOBODY, "--rpc-url", url, "--json", "-o", f"csv={target}")

    assert json.loads(ended.out)["schema"] == "allowctl.report/v1"
    header, row = csv.reader(target.read_text("utf-8").splitlines())
    assert header[0] == "chain_id"
    assert row[header.index("status")] == "scan"


def test_a_failed_run_leaves_the_old_file(tmp_path: Path) -> None:
    """Nothing is written before there is a result, and nothing is left lying."""
    target = tmp_path / "report.json"
    target.write_text("old", "utf-8")

    with serving(FakeRpc()) as url:
        beyond = ("--to-block", "999999")
        ended = here("scan", NOBODY, "--rpc-url", url, "-o", str(target), *beyond)

    assert ended.code == 2
    assert target.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_report_of_nothing_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """It says that nothing was scanned: the old one would say that all is well."""
    target = tmp_path / "report.json"
    target.write_text("old", "utf-8")

    ended = here("scan", NOBODY, "--rpc-url", "http://127.0.0.1:1", "-o", str(target))

    assert ended.code == 3
    assert json.loads(target.read_text("utf-8"))["complete"] is False


def _written(path: Path, text: str) -> None:
    places = (write.Destination(format=Format.JSON, path=path),)
    write.check(places)
    write.write(places, lambda _format, _path: text)


def test_the_mode_of_an_existing_file_is_kept(tmp_path: Path) -> None:
    """A private report stays private."""
    target = tmp_path / "report.json"
    target.write_text("old", "utf-8")
    target.chmod(0o600)

    _written(target, "new")

    assert target.read_text("utf-8") == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_link_is_followed(tmp_path: Path) -> None:
    """The file behind it is replaced, the link stays."""
    target, link = tmp_path / "real.json", tmp_path / "link.json"
    target.write_text("old", "utf-8")
    link.symlink_to(target)

    _written(link, "new")

    assert link.is_symlink()
    assert target.read_text("utf-8") == "new"


def test_a_device_is_written_not_replaced() -> None:
    """/dev/null survives."""
    _written(Path("/dev/null"), "new")

    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("name", ["", "no/such/folder/file", "."])
def test_what_cannot_be_written(tmp_path: Path, name: str) -> None:
    """Is told before any work is done."""
    with pytest.raises(OutputError):
        write.check(write.destinations([f"json={tmp_path / name}"], None, Format))


def test_no_name() -> None:
    """An empty one is no file."""
    with pytest.raises(OutputError, match="names no file"):
        write.destinations(["json="], None, Format)


def test_dash_is_stdout() -> None:
    """As everywhere."""
    (place,) = write.destinations(["-"], Format.CSV, Format)

    assert place == write.Destination(format=Format.CSV, path=None)


def test_an_open_file_is_added_to(tmp_path: Path) -> None:
    """/dev/stdout may be a log that others write: its content stays."""
    log = tmp_path / "log.txt"
    log.write_text("before\n", "utf-8")
    with log.open("a", encoding="utf-8") as file:
        _written(Path(f"/dev/fd/{file.fileno()}"), "new")

    assert log.read_text("utf-8") == "before\nnew"
    assert list(tmp_path.iterdir()) == [log]
