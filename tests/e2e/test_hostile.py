"""What strangers say acts nowhere: on a terminal, in a file, for a build machine.

Real tokens say it, lists that are configured, and an endpoint that refuses.
"""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from allowctl.codec.text import MAX_BYTES
from allowctl.codec.words import checksum
from allowctl.intel.tokens import LONGEST
from allowctl.model.chain import Address
from allowctl.output.names import short
from tests.cli.runs import here
from tests.e2e.command import Done, allowctl, command, environment
from tests.fakes.server import ScriptedServer, refusing
from tests.intel.lists.making import lay_out, raw
from tests.lab.world import World
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import Json

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("hostile")]

TEXTS: Mapping[str, bytes] = {
    "markup": b"[red]USDC[/red]",
    "end of markup": b"[/]",
    "colours": b"\x1b[2J\x1b[31mUSDC\x1b[0m",
    "title": b"\x1b]0;owned\x07",
    "link": b"\x1b]8;;https://evil.example\x1b\\USDC\x1b]8;;\x1b\\",
    "eight-bit codes": "\x9b2J\x9d0;x\x9c".encode(),
    "new lines": b"A\r\n\x0b\x0c\r\n\xe2\x80\xa8B",
    "command": b"A\n::error::owned\n::set-output name=x::y",
    "old command": b"##[error]owned ##vso[task.complete]",
    "backwards": "\u202eCDSU\u202c".encode(),
    "nothing to see": "\u200b\u200d\ufeff\u2060".encode(),
    "zero width": "US\u200bDC".encode(),
    "look-alike": "USD\u0421".encode(),
    "address": b"https://evil.example/claim",
    "bare address": b"Visit evil.com to claim",
    "no text": b"\xff\xfe\xc0\x80",
    "zeros": b"\x00\x00A\x00",
    "formula": b'=HYPERLINK("http://evil.example")',
    "other formulas": b"+1;-2;@SUM(A1)",
    "table": b"a | b | c",
    "code": b"`id` $(id) ${HOME}",
    "page": b"<script>alert(1)</script><!--",
    "quotes": b'"; drop table; \'"',
    "path": b"../../../etc/passwd\\..\\",
    "blanks": b" \t ",
    "emoji": "\U0001f4b8\U0001f1fa\U0001f1f8".encode() * 4,
    "long": b"A" * 5_000,
}
NAME = "\x1b[2J\u202e::error::x https://list.example <script>|`id`"
LABEL = '=cmd|"/c calc"!A1\n[/] https://label.example'
REFUSAL = "\x1b[31mno\x1b]0;x\x07 https://node.example ::error::owned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A wallet that gave rights over all of it, and what is configured."""

    world: World
    tokens: Mapping[str, Address]
    config: Path
    home: Path

    @property
    def arguments(self) -> tuple[str, ...]:
        """Of a scan of it."""
        return (
            *("scan", checksum(self.world.owner), "--config", str(self.config)),
            *("--rpc-url", self.world.anvil.url, "--show-spam"),
        )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Anvil() as anvil:
        world = World(anvil)
        tokens = {
            what: world.lab("HostileName", world.owner, text, text[::-1], 0)
            for what, text in TEXTS.items()
        }
        for what, size in (("a megabyte", 10**6), ("ten megabytes", 10**7)):
            tokens[what] = world.lab("LongName", world.owner, size)
        tokens["a claim"] = world.lab("HostileName", world.owner, b"A", b"A", 10**7)
        for token in tokens.values():
            world.approve(token, world.spenders[0], 5)
        home = tmp_path_factory.mktemp("home")
        config = lists(tmp_path_factory.mktemp("lists"), world.spenders[0])
        yield Scene(world=world, tokens=tokens, config=config, home=home)


def lists(folder: Path, spender: Address) -> Path:
    """Two lists that have a spender, in words of their own; the configuration."""
    where: Json = [{"chainId": 31337, "address": spender}]
    exploit = {"name": NAME, "date": "2024-02-29", "addresses": where}
    lay_out(
        folder / "exploits",
        {"index.json": raw(["case"]), "exploits/case.json": raw(exploit)},
    )
    known = {"name": LABEL, "label": LABEL}
    place = f"data/manual/spenders/31337/{checksum(spender)}.json"
    lay_out(folder / "whois", {place: raw(known)})
    config = folder / "allowctl.toml"
    config.write_text(
        "[intel]\nbuiltin = false\n"
        '[[intel.list]]\nid = "cases"\nformat = "approval-exploit-list"\n'
        'url = "exploits"\n'
        '[[intel.list]]\nid = "names"\nformat = "whois"\nurl = "whois"\n',
        "utf-8",
    )
    return config


@pytest.fixture(scope="module")
def done(scene: Scene) -> Done:
    """JSON on stdout, CSV and the table in files."""
    files = [f"-o{each}={scene.home / each}" for each in ("csv", "table")]
    return allowctl(*scene.arguments, "--json", *files, home=scene.home)


def acts(text: str) -> list[str]:
    """The lines that something might act on."""
    marks = ("://", "::", "##")
    return [
        line
        for line in text.split("\n")
        if not (line.isascii() and (line.isprintable() or not line))
        or any(mark in line for mark in marks)
    ]


def test_the_document_has_it_raw(scene: Scene, done: Done) -> None:
    """Each token is there, with the bytes that it said, inside escapes."""
    rows = {
        row["token"]["address"].lower(): row["token"] for row in done.scan["allowances"]
    }
    assert (done.code, done.err) == (0, "")
    assert done.out.isascii()
    assert all("://" in line for line in acts(done.out))
    assert rows.keys() == set(scene.tokens.values())
    for what, text in TEXTS.items():
        said = rows[scene.tokens[what]]["symbol"]
        assert said == text[:MAX_BYTES].decode("utf-8", "backslashreplace")[:LONGEST]
    for what in ("a megabyte", "ten megabytes", "a claim"):
        assert rows[scene.tokens[what]]["symbol"] is None
    assert len(done.out) < 10**6
    spender = done.scan["allowances"][0]["spender"]
    assert spender["label"] == " ".join(LABEL.split())
    assert spender["listed"][0]["name"] == NAME


def test_a_file_for_spreadsheets(scene: Scene, done: Done) -> None:
    """A row for each token, and no cell that is a formula."""
    del done
    text = (scene.home / "csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    live = {row["token"].lower() for row in rows if row["status"] == "live"}

    assert acts(text) == []
    assert live == set(scene.tokens.values())
    for row in rows:
        for cell in row.values():
            assert not cell.lstrip("\t\r\n ").startswith(("=", "+", "-", "@"))


def test_a_file_for_people(scene: Scene, done: Done) -> None:
    """A row for each token, with its address and what it was given for."""
    del done
    text = (scene.home / "table").read_text("utf-8")

    assert acts(text) == []
    assert f"live: {len(scene.tokens)} critical" in text
    for what, token in scene.tokens.items():
        assert short(token) in text, what
    assert "spender was exploited (+100)" in text


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_a_terminal(scene: Scene, done: Done, columns: int) -> None:
    """It gets colours for levels and headings, and no other code."""
    del done
    text = on_a_terminal(scene, columns)
    codes = set(re.findall(r"\x1b[^m]*m", text))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r\n", "\n")

    assert codes <= {"\x1b[0m", "\x1b[1m", "\x1b[1;31m", "\x1b[2m", "\x1b[33m"}
    assert codes >= {"\x1b[1;31m"}
    assert acts(plain) == []
    assert len(re.findall(r"^ *\d+  critical", plain, re.MULTILINE)) == len(
        scene.tokens
    )


def on_a_terminal(scene: Scene, columns: int) -> str:
    """What a scan prints on a terminal so wide."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = environment(scene.home, TERM="xterm-256color")
    del env["NO_COLOR"]
    with subprocess.Popen(
        command(*scene.arguments, "-q"), env=env, stdout=theirs, stdin=theirs
    ) as process:
        os.close(theirs)
        text, until = b"", time.monotonic() + 60
        while time.monotonic() < until:
            if not select.select([ours], [], [], 0.1)[0]:
                continue
            try:
                piece = os.read(ours, 65_536)
            except OSError:
                break
            text += piece
        os.close(ours)
        assert process.wait(30) == 0
    return text.decode("ascii")


def test_each_row_in_full(
    scene: Scene, done: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each of them says is in quotes, and where lists are from beside it."""
    monkeypatch.setenv("ALLOWCTL_STATE_DIR", str(scene.home))
    for row in done.scan["allowances"]:
        ended = here("explain", row["fingerprint"][:10])

        assert (ended.code, ended.err) == (0, "")
        assert acts(ended.out) == []
        assert row["token"]["address"] in ended.out
        assert "[list names]" in ended.out
        symbol = re.search(r"^  symbol +(.*)$", ended.out, re.MULTILINE)
        assert symbol
        assert symbol[1] == "none" or symbol[1].count('"') == 1 + symbol[1].endswith(
            '"'
        )


@pytest.mark.parametrize("format_", ["table", "csv", "json"])
def test_an_endpoint_s_words(scene: Scene, format_: str) -> None:
    """What a node says when it refuses goes nowhere raw."""
    with ScriptedServer(refusing({"code": -32603, "message": REFUSAL})) as server:
        ended = allowctl(
            *("scan", checksum(scene.world.owner), "--rpc-url", server.url),
            *("--format", format_),
        )

    assert ended.code == 3
    assert acts(ended.err) == []
    assert acts(ended.out) == []


def test_lists_of_lists(scene: Scene) -> None:
    """What `allowctl intel` tells of them is of our own words."""
    of = ("--config", str(scene.config))
    for what in ("list", "update"):
        # They lie on this machine: nobody is asked for them.
        asks = {"ALLOWCTL_OFFLINE": ""}
        ended = allowctl("intel", what, *of, env=asks, home=scene.home)

        assert ended.code == 0
        assert acts(ended.out + ended.err) == []
    assert json.loads(allowctl("intel", "list", *of, "--json").out)["lists"]
