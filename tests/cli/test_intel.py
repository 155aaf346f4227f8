"""`allowctl intel`: lists from outside, fetched and shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.runs import Ended, here
from tests.fakes.server import Raw, ScriptedServer, always
from tests.intel.lists.making import ONE, exploits, lay_out, raw, serving, tar_gz
from tests.nodes.jsonrpc import Json
from tests.output.schemas import validator


@pytest.fixture
def host() -> Iterator[ScriptedServer]:
    files = {"k3yk3yk3y/exploits.tgz": tar_gz(exploits()), "blocked.json": raw([ONE])}
    with ScriptedServer(serving(files)) as server:
        yield server


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """These fetch, from loopback."""
    monkeypatch.delenv("ALLOWCTL_OFFLINE")


@pytest.fixture
def config(host: ScriptedServer, tmp_path: Path) -> Path:
    path = tmp_path / "lists.toml"
    path.write_text(
        f"""
        [intel]
        builtin = false

        [[intel.list]]
        id = "cases"
        format = "approval-exploit-list"
        url = "{host.url}/k3yk3yk3y/exploits.tgz"

        [[intel.list]]
        id = "drainers"
        format = "addresses"
        url = "{host.url}/blocked.json"
        charge = "blocked"
        """,
        "utf-8",
    )
    path.chmod(0o600)
    return path


def intel(command: str, config: Path, *more: str) -> Ended:
    return here("intel", command, "--config", str(config), *more)


def document(command: str, config: Path) -> Json:
    ended = intel(command, config, "--json")
    assert ended.err == ""
    found = json.loads(ended.out)
    validator("intel").validate(found)
    return found["lists"]


def test_update(config: Path, host: ScriptedServer) -> None:
    """One line for each list: how much, how old, from where. Never the URL."""
    ended = intel("update", config)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        f"cases                            2 entries  just now     {host.host}",
        f"drainers                           1 entry  just now     {host.host}",
    ]
    assert [each["entries"] for each in document("update", config)] == [2, 1]
    assert len(host.asked) == 4


def test_list(config: Path, host: ScriptedServer) -> None:
    """What is there, without asking anybody; nothing is no failure."""
    ended = intel("list", config)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.count("nothing") == 2
    assert host.asked == []
    intel("update", config)
    before = len(host.asked)
    assert [each["usable"] for each in document("list", config)] == [True, True]
    assert "2 entries" in intel("list", config).out
    assert len(host.asked) == before


def test_what_cannot_be_had(config: Path, host: ScriptedServer) -> None:
    """3, with the reason; the old one stays."""
    intel("update", config)
    host.answer = serving({"blocked.json": raw([ONE])})
    ended = intel("update", config)
    assert (ended.code, ended.err) == (3, "")
    lines = ended.out.splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("  cases could not be fetched: ")
    assert lines[1].endswith("answers 404")
    found = document("update", config)
    assert [each["usable"] for each in found] == [True, True]
    assert found[0]["missing"]["lack"] == "failed"
    assert "k3y" not in ended.out


@pytest.mark.parametrize("option", ["-q", "--quiet"])
def test_quiet(config: Path, host: ScriptedServer, option: str) -> None:
    """Nothing, unless something could not be had."""
    assert intel("update", config, option) == Ended(code=0, out="", err="")
    host.answer = always(Raw(status=500))
    assert intel("update", config, option).out.count("could not be fetched") == 2
    host.answer = serving({"blocked.json": raw([ONE])})
    ended = intel("update", config, option)
    assert ended.code == 3
    assert "drainers" not in ended.out


def test_no_list_at_all(tmp_path: Path) -> None:
    """It says so, and that is well."""
    path = tmp_path / "none.toml"
    path.write_text("[intel]\nbuiltin = false\n", "utf-8")
    path.chmod(0o600)
    for command in ("update", "list"):
        ended = intel(command, path)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith("no list is configured")
        assert document(command, path) == []


def test_the_built_in_lists() -> None:
    """Without a configuration there are three; nobody is asked to say so."""
    ended = here("intel", "list")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines()[::2]] == [
        "approval-exploit-list",
        "whois",
        "scamsniffer",
    ]


def test_a_list_on_this_machine(tmp_path: Path) -> None:
    """From the folder of the configuration; `list` reads it too."""
    lay_out(tmp_path / "mine", exploits())
    path = tmp_path / "mine.toml"
    path.write_text(
        '[intel]\nbuiltin = false\n[[intel.list]]\nid = "mine"\nurl = "mine"\n'
        'format = "approval-exploit-list"\n',
        "utf-8",
    )
    path.chmod(0o600)
    (found,) = document("list", path)
    assert (found["entries"], found["source"]) == (2, str(tmp_path / "mine"))


@pytest.mark.parametrize("command", ["update", "list"])
@pytest.mark.parametrize(
    "text",
    [
        '[[intel.list]]\nid = "x"\nformat = "addresses"\nurl = "http://far.invalid"\n',
        (
            '[[intel.list]]\nid = "x"\nformat = "addresses"\nurl = "/x"\n'
            'charge = "blocked"\nchain = "no-such-chain"\n'
        ),
        "[intel]\nbuilt = true\n",
    ],
)
def test_a_bad_configuration(command: str, text: str, tmp_path: Path) -> None:
    """2, before anything is asked."""
    path = tmp_path / "bad.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    ended = intel(command, path)
    assert (ended.code, ended.out) == (2, "")
    assert "error: " in ended.err


def test_a_folder_that_cannot_be_used(
    config: Path, own_folders: Path, host: ScriptedServer
) -> None:
    """2, and where to keep them instead."""
    (own_folders / "cache" / "lists").mkdir(parents=True)
    (own_folders / "cache" / "lists").rmdir()
    (own_folders / "cache" / "lists").symlink_to(own_folders)
    ended = intel("update", config)
    assert (ended.code, ended.out) == (2, "")
    assert "ALLOWCTL_CACHE_DIR" in ended.err
    assert len(host.asked) <= 2


def test_intel_alone_is_a_usage_error() -> None:
    """The help, and 2."""
    ended = here("intel")
    assert ended.code == 2
    assert "update" in ended.out + ended.err


def test_offline_means_nobody_is_asked(
    config: Path, host: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has said so in the environment is not overruled by a command."""
    monkeypatch.setenv("ALLOWCTL_OFFLINE", "1")
    ended = intel("update", config)
    assert (ended.code, host.asked) == (2, [])
    assert "ALLOWCTL_OFFLINE is set" in ended.err
    monkeypatch.setenv("ALLOWCTL_OFFLINE", "0")
    assert intel("update", config).code == 0
