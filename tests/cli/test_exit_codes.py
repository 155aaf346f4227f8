"""What a run ends with, and what it says on which stream."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from allowctl.cli import run
from allowctl.model.chain import BlockRange
from allowctl.rpc.client import RefusalError, RefusalKind
from tests.build import OWNER, candidate
from tests.cli.runs import here, serving
from tests.fakes.rpc import FakeRpc
from tests.fakes.server import Raw, ScriptedServer, always
from tests.fakes.worlds import World
from tests.output.schemas import validator

NOBODY = "0x" + "99" * 20
CLOSED = "http://127.0.0.1:1"


def granted() -> FakeRpc:
    """A chain with one unlimited allowance to a key."""
    world = World()
    world.approves(candidate(), 2**256 - 1)
    return world.rpc


def test_done_and_complete() -> None:
    """0, the table on stdout, nothing on stderr."""
    with serving(granted()) as url:
        ended = here("scan", OWNER, "--rpc-url", url)

    assert (ended.code, ended.err) == (0, "")
    assert "1 candidate: 1 live" in ended.out


def test_nothing_is_a_result() -> None:
    """An owner without approvals: an empty table that says what was proven."""
    with serving(FakeRpc()) as url:
        ended = here("scan", NOBODY, "--rpc-url", url)

    assert ended.code == 0
    assert "No live approval: every block was served and every candidate" in ended.out
    assert "blocks 0 to 1000 covered without a gap" in ended.out


@pytest.mark.parametrize(("level", "code"), [("critical", 1), ("info", 1)])
def test_fail_on(level: str, code: int) -> None:
    """1 if a live allowance is of the level or worse; the report is printed too."""
    with serving(granted()) as url:
        ended = here("scan", OWNER, "--rpc-url", url, "--fail-on", level)

    assert ended.code == code
    assert "1 live" in ended.out


def test_fail_on_is_not_met_by_nothing() -> None:
    """An owner without approvals has no level."""
    with serving(FakeRpc()) as url:
        assert here("scan", NOBODY, "--rpc-url", url, "--fail-on", "info").code == 0


def _gapped() -> FakeRpc:
    rpc = granted()

    def refuse(blocks: BlockRange) -> RefusalError | None:
        if 500 not in blocks:
            return None
        kind = RefusalKind.RANGE if len(blocks) > 1 else RefusalKind.TRANSIENT
        return RefusalError("block range too large", kind=kind)

    rpc.refuse_range = refuse
    return rpc


def test_a_gap_is_incomplete() -> None:
    """3, said on stderr, and the gap is named in the report."""
    with serving(_gapped()) as url:
        ended = here("scan", OWNER, "--rpc-url", url, "--json")

    assert ended.code == 3
    assert ended.err == "incomplete: not everything was served, see the report\n"
    report = json.loads(ended.out)
    assert report["complete"] is False
    gaps = report["scans"][0]["coverage"]["gaps"]
    assert [(gap["from_block"], gap["to_block"]) for gap in gaps] == [(500, 500)]


def test_policy_comes_before_incomplete() -> None:
    """When both apply, 1."""
    with serving(_gapped()) as url:
        assert here("scan", OWNER, "--rpc-url", url, "--fail-on", "info").code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["0x12"], "'0x12' is no owner"),
        ([OWNER, "--chain", "etherum"], "unknown chain 'etherum'"),
        ([OWNER, "--kind", "erc-20"], "unknown kind 'erc-20'"),
        ([OWNER, "--from-block", "9", "--to-block", "5"], "--from-block 9 is above"),
        ([OWNER, "--token", "usdc"], "'usdc' is no token"),
        ([OWNER, "--columns", "levle"], "unknown column 'levle'"),
        (
            [OWNER, "--rpc-url", "ftp://a:secret@b/key"],
            "is no usable http:// or https://",
        ),
        ([OWNER, "--rpc-headers", "no colon"], "an RPC header is not NAME: VALUE"),
        ([OWNER, "-o", "/no/such/folder/file"], "cannot write"),
        ([OWNER, "--no-such-option"], "No such option: --no-such-option"),
    ],
)
def test_bad_input(arguments: list[str], said: str) -> None:
    """2: what is wrong and what to do, in two lines, before any request is sent."""
    with ScriptedServer(always(Raw(status=500))) as server:
        urls = () if "--rpc-url" in arguments else ("--rpc-url", server.url)
        ended = here("scan", *arguments, *urls)

        assert server.asked == []
    assert ended.code == 2
    assert ended.out == ""
    error, *hint = ended.err.splitlines()
    assert error.startswith(f"error: {said}") or said in error
    assert len(hint) <= 1
    assert all(line.startswith("hint: ") for line in hint)
    assert "secret" not in ended.err


def test_without_an_owner() -> None:
    """Neither typed nor configured: 2, and the ways to name one."""
    ended = here("scan")

    assert (ended.code, ended.out) == (2, "")
    assert "no owner" in ended.err
    assert "--owners-file" in ended.err


def test_another_chain_than_asked() -> None:
    """2, and which chain the endpoint does serve."""
    with serving(FakeRpc()) as url:
        ended = here("scan", OWNER, "--rpc-url", url, "--chain", "base")

    assert ended.code == 2
    assert "no endpoint serves base (8453): 127.0.0.1" in ended.err
    assert "serves ethereum (1)" in ended.err


def test_endpoint_down() -> None:
    """3, and a report that has nothing but the host, and why."""
    ended = here("scan", OWNER, "--rpc-url", CLOSED)

    assert ended.code == 3
    assert "NOT SCANNED" in ended.out
    assert "127.0.0.1:1 cannot be reached: connection refused" in ended.out
    assert ended.err == "incomplete: not everything was served, see the report\n"


def test_every_chain_that_nobody_serves_is_a_gap() -> None:
    """Each that was asked for is listed, in every format."""
    asked = ("scan", OWNER, "-r", CLOSED, "-c", "ethereum,base")
    found = json.loads(here(*asked, "--json").out)
    validator("report").validate(found)
    assert (found["complete"], found["scans"]) == (False, [])
    assert [(each["chain"], each["owner"]) for each in found["unscanned"]] == [
        ("ethereum", None),
        ("base", None),
    ]
    assert all(each["to_block"] is None for each in found["unscanned"])
    rows = list(csv.DictReader(here(*asked, "--format", "csv").out.splitlines()))
    assert [(row["chain"], row["status"]) for row in rows] == [
        ("ethereum", "gap"),
        ("base", "gap"),
    ]
    table = here(*asked).out
    assert "ethereum (1): 127.0.0.1:1 cannot be reached" in table
    assert "base (8453): 127.0.0.1:1 cannot be reached" in table


def test_one_of_two_endpoints_down() -> None:
    """The other one goes on; who is missing is said, and may have been a chain."""
    with serving(granted()) as url:
        asked = ("scan", OWNER, "-r", url, "-r", CLOSED, "--json")
        open_ended = here(*asked)
        named = here(*asked, "-c", "ethereum")
    found = json.loads(open_ended.out)
    assert open_ended.code == 3
    assert len(found["scans"][0]["allowances"]) == 1
    assert [each["chain"] for each in found["unscanned"]] == [None]
    found = json.loads(named.out)
    assert named.code == 0
    assert found["unscanned"] == []
    assert any(
        "127.0.0.1:1 cannot" in each for each in found["scans"][0]["blind_spots"]
    )


@pytest.mark.parametrize(
    "raw",
    [
        Raw(body=b"<html>hello</html>"),
        Raw(body=b'{"hello": 1}'),
        Raw(status=404, body=b"not found"),
    ],
    ids=["html", "json", "404"],
)
def test_no_node(raw: Raw) -> None:
    """3 for an endpoint that is none, without its words."""
    with ScriptedServer(always(raw)) as server:
        ended = here("scan", OWNER, "--rpc-url", server.url)

    assert ended.code == 3
    assert "hello" not in ended.out + ended.err
    assert len(ended.err.splitlines()) <= 2


def test_errors_under_json_are_documents() -> None:
    """On stdout, in the published form, with the same words on stderr."""
    ended = here("scan", "0x12", "--json", "--rpc-url", CLOSED)

    document = json.loads(ended.out)
    validator("error").validate(document)
    assert document["error"]["code"] == ended.code == 2
    assert f"error: {document['error']['message']}\n" in ended.err


def test_a_bug_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """70, one line with where it happened, and a request to report it."""

    def broken(*_: object) -> None:
        raise RuntimeError("with a secret in it")

    monkeypatch.setattr(run, "scan", broken)
    ended = here("scan", OWNER, "--rpc-url", CLOSED)

    assert ended.code == 70
    assert "internal error: RuntimeError at test_exit_codes.py:" in ended.err
    assert "secret" not in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("options", [[], ["--json"], ["--format", "github"]])
def test_no_error_is_a_command(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key of somebody's file can be told; a build machine finds no command in it."""
    (tmp_path / "allowctl.toml").write_text('"##[add-mask]e" = 1\n')
    monkeypatch.chdir(tmp_path)
    ended = here("check", *options)

    assert ended.code == 2
    assert "add-mask" in ended.err
    assert "##[" not in ended.out + ended.err
