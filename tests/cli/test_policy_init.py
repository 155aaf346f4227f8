"""`allowctl policy init`: a file that holds, and never one in the place of another."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
import tomli

from allowctl.model.approval import Kind
from allowctl.model.chain import BlockRange
from allowctl.model.report import Scan, Unscanned
from allowctl.output import json_v1
from allowctl.rpc.client import RefusalError, RefusalKind
from tests import build
from tests.build import OWNER, candidate
from tests.cli.runs import Ended, here, serving
from tests.fakes.rpc import FakeRpc
from tests.fakes.server import Raw, ScriptedServer, always
from tests.fakes.worlds import World
from tests.policy.making import EVIL


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the run stands."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def granted() -> FakeRpc:
    """A chain with an unlimited allowance to a key, and one that is small."""
    world = World()
    world.approves(candidate(), 2**256 - 1)
    return world.rpc


def init(*arguments: str) -> Ended:
    return here("policy", "init", *arguments)


def report(folder: Path, *scans: Scan) -> Path:
    path = folder / "report.json"
    path.write_text(json_v1.render(build.scan_report(*scans)), "utf-8")
    return path


def plain(folder: Path) -> Path:
    """A saved report of one row, of a low level."""
    return report(folder, build.scan(allowances=(build.audited(),)))


def test_a_scan_becomes_a_file(folder: Path) -> None:
    """It is told where and of what; it is valid; stdout stays empty."""
    with serving(granted()) as url:
        ended = init(OWNER, "--rpc-url", url)
    assert (ended.code, ended.out) == (0, "")
    first, *_, last = ended.err.splitlines()
    assert first.startswith("written to 'allowctl.toml': 1 wallet; ")
    assert last.startswith("next: ")
    file = folder / "allowctl.toml"
    assert url not in file.read_text("utf-8")
    validated = here("policy", "validate")
    assert (validated.code, validated.err) == (0, "")
    assert here("policy", "show").code == 0


def test_quiet(folder: Path) -> None:
    """No word where all is well."""
    ended = init("-q", "--from-report", str(plain(folder)))
    assert ended == Ended(code=0, out="", err="")


def test_a_file_that_is_there_stays(folder: Path) -> None:
    """2 before anything is asked, also where it is a link to nowhere."""
    file = folder / "allowctl.toml"
    file.write_text("# mine\n", "utf-8")
    with ScriptedServer(always(Raw(status=500))) as server:
        ended = init(OWNER, "--rpc-url", server.url)
        assert server.asked == []
    assert (ended.code, ended.out) == (2, "")
    assert "--force" in ended.err
    assert file.read_text("utf-8") == "# mine\n"
    file.unlink()
    file.symlink_to(folder / "nowhere")
    assert init("--from-report", str(plain(folder))).code == 2


def test_unless_it_is_to_be_replaced(folder: Path) -> None:
    """By --force; elsewhere by -o."""
    file = folder / "allowctl.toml"
    file.write_text("version = 1\n", "utf-8")
    file.chmod(0o600)
    saved = str(plain(folder))
    other = init("--from-report", saved, "-o", "other.toml")
    assert (other.code, file.read_text("utf-8")) == (0, "version = 1\n")
    assert init("--from-report", saved, "--force").code == 0
    assert file.read_bytes() == (folder / "other.toml").read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="other systems have other rights")
def test_nobody_else_may_write_it(folder: Path) -> None:
    """Whatever the umask is: else no command would follow it where it is found."""
    before = os.umask(0)
    try:
        assert init("--from-report", str(plain(folder))).code == 0
    finally:
        os.umask(before)
    mode = (folder / "allowctl.toml").stat().st_mode
    assert stat.S_IMODE(mode) == 0o644
    assert here("policy", "validate").code == 0


def test_on_stdout(folder: Path) -> None:
    """With -o -: the file and nothing else."""
    ended = init("--from-report", str(plain(folder)), "-o", "-")
    assert ended.code == 0
    assert len(tomli.loads(ended.out)["allow"]) == 1
    assert ended.err.startswith("printed: ")
    assert not (folder / "allowctl.toml").exists()


def test_a_place_that_cannot_be_written(folder: Path) -> None:
    """2, before anything is asked."""
    (folder / "folder").mkdir()
    with ScriptedServer(always(Raw(status=500))) as server:
        for place in ("none/allowctl.toml", "folder"):
            assert init(OWNER, "--rpc-url", server.url, "-o", place).code == 2
        assert server.asked == []


def test_what_is_incomplete_is_written(folder: Path) -> None:
    """3, and the file says so at its top."""
    rpc = granted()

    def refuse(blocks: BlockRange) -> RefusalError | None:
        if 500 not in blocks:
            return None
        kind = RefusalKind.RANGE if len(blocks) > 1 else RefusalKind.TRANSIENT
        return RefusalError("block range too large", kind=kind)

    rpc.refuse_range = refuse
    with serving(rpc) as url:
        ended = init(OWNER, "--rpc-url", url)
    assert ended.code == 3
    assert "incomplete: " in ended.err
    text = (folder / "allowctl.toml").read_text("utf-8")
    assert "# INCOMPLETE" in text
    assert here("policy", "validate").code == 0


def test_nothing_was_served(folder: Path) -> None:
    """3, and no file: it would be of nobody."""
    empty = replace(
        build.scan_report(), unscanned=(Unscanned(reason=EVIL, chain=build.MAINNET),)
    )
    path = folder / "report.json"
    path.write_text(json_v1.render(empty), "utf-8")
    ended = init("--from-report", str(path))
    assert (ended.code, ended.out) == (3, "")
    assert "nothing is written" in ended.err
    assert "\x1b" not in ended.err
    assert not (folder / "allowctl.toml").exists()


def test_a_report_and_an_owner(folder: Path) -> None:
    """2: the report says whose it is."""
    ended = init(OWNER, "--from-report", str(plain(folder)))
    assert ended.code == 2
    assert "leave one of them out" in ended.err


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"schema": "x"}'])
def test_no_report(folder: Path, data: bytes) -> None:
    """2, and how to have one."""
    path = folder / "report.json"
    path.write_bytes(data)
    ended = init("--from-report", str(path))
    assert ended.code == 2
    assert "allowctl scan" in ended.err
    assert init("--from-report", "none.json").code == 2
    assert init("--from-report", str(folder)).code == 2


def test_no_owner() -> None:
    """2: nothing says whose approvals are meant."""
    ended = init()
    assert ended.code == 2
    assert "no owner" in ended.err


def test_hostile_text(folder: Path) -> None:
    """What a token says is a comment, and nothing else, in a file that is valid."""
    row = build.audited(
        build.record(
            build.allowance(kind=Kind.OPERATOR),
            token=build.token_facts(symbol=f'"\n[policy]\nfail_on = "x"\n{EVIL}'),
            spender=build.spender_facts(label=EVIL),
        )
    )
    path = report(folder, build.scan(allowances=(row,), owner_name="a.eth\n[x]"))
    ended = init("--from-report", str(path))
    assert ended.code == 0
    text = (folder / "allowctl.toml").read_text("utf-8")
    assert tomli.loads(text)["policy"]["fail_on"] == "high"
    assert "\x1b" not in text
    assert "::error" not in text
    assert here("policy", "validate").code == 0


def test_a_wallet_keeps_its_name(folder: Path, own_folders: Path) -> None:
    """The configuration's; and the file that is made goes with it."""
    own = own_folders / "config" / "allowctl.toml"
    own.parent.mkdir()
    own.write_text(f'[[wallet]]\nname = "treasury"\naddress = "{OWNER}"\n', "utf-8")
    own.chmod(0o600)
    assert init("--from-report", str(plain(folder))).code == 0
    read = tomli.loads((folder / "allowctl.toml").read_text("utf-8"))
    assert read["wallet"][0]["name"] == read["allow"][0]["wallet"] == "treasury"
    assert here("policy", "show").code == 0


def test_it_would_be_too_large(folder: Path) -> None:
    """2, and no file that no command could read."""
    scans = [build.scan(owner=build.address(each)) for each in range(1, 10_000)]
    ended = init("--from-report", str(report(folder, *scans)))
    assert ended.code == 2
    assert "above 1 MiB" in ended.err
    assert not (folder / "allowctl.toml").exists()
