"""An audit as a person runs it: report and table of one `allowctl scan`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from allowctl.model.chain import Address
from tests.e2e.command import Done, allowctl
from tests.nodes.jsonrpc import Json

ONLINE = {"ALLOWCTL_OFFLINE": ""}
"""Lists are fetched: a test that says so names loopback ones alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What came of a scan of one owner."""

    code: int
    err: str
    table: str
    report: Json
    """The whole document, held against its schema; None where there is none."""

    @property
    def scan(self) -> Json:
        """The only scan in it."""
        (only,) = self.report["scans"]
        return only

    @property
    def rows(self) -> list[Json]:
        """The live rows, in their order."""
        found: list[Json] = self.scan["allowances"]
        return found

    def row(self, spender: Address, kind: str = "erc20") -> Json:
        """The only live row of a kind for a spender."""
        (only,) = (
            row
            for row in self.rows
            if row["kind"] == kind and address(row["spender"]) == spender
        )
        return only

    def lacking(self, lack: str) -> dict[str, str]:
        """The rules that were not evaluated for that lack, and why."""
        return {
            each["rule"]: each["reason"]
            for each in self.scan["not_evaluated"]
            if each["lack"] == lack
        }

    @property
    def sections(self) -> dict[str, list[str]]:
        """What stands below the table, by heading, each line without its indent."""
        return dict(_sections(self.table))


def audit(
    url: str,
    owner: Address,
    *options: str | int | Path,
    home: Path | None = None,
    config: Path | None = None,
    online: bool = False,
) -> Audit:
    """`allowctl scan OWNER --rpc-url URL`, as table and as JSON of one run."""
    named = () if config is None else ("--config", config)
    env = ONLINE if online else {}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        arguments = ("scan", owner, "--rpc-url", url, "-o", f"json={file}")
        more = map(str, (*named, *options))
        done = allowctl(*arguments, *more, env=env, home=home)
        assert "Traceback" not in done.err, done.err
        report = None
        if file.exists():
            text = file.read_text("utf-8")
            report = Done(code=done.code, out=text, err=done.err).document
    return Audit(code=done.code, err=done.err, table=done.out, report=report)


def address(part: Json) -> Address:
    """The address of a token or spender in a row, as the tests write it."""
    return Address(part["address"].lower())


def points(row: Json) -> dict[str, int]:
    """Points by rule, and by case where it has any."""
    return {
        ".".join(filter(None, (each["rule"], each["case"]))): each["points"]
        for each in row["findings"]
    }


def evidence(row: Json, rule: str) -> str:
    """What a row's finding of a rule says. Fails where there is none."""
    (only,) = (each["evidence"] for each in row["findings"] if each["rule"] == rule)
    found: str = only
    return found


def timeless(report: Json) -> Json:
    """A document without what tells when it was made and what that took."""
    copy: Json = json.loads(json.dumps(report))
    del copy["created_at"]
    for scan in copy["scans"]:
        for name in ("requests", "items", "remembered"):
            del scan["coverage"][name]
    return copy


def _sections(table: str) -> Iterator[tuple[str, list[str]]]:
    """Paragraphs whose first line alone is not indented."""
    for paragraph in table.split("\n\n"):
        first, *rest = paragraph.strip("\n").split("\n")
        if rest and all(line.startswith("  ") for line in rest):
            yield first, _unbroken(rest)


def _unbroken(lines: list[str]) -> list[str]:
    """Each item on one line, where the terminal broke it."""
    whole: list[str] = []
    for line in lines:
        if line.startswith("    ") and whole:
            whole[-1] += f" {line.strip()}"
        else:
            whole.append(line.strip())
    return whole
