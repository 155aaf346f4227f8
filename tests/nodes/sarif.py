"""Microsoft's validator of SARIF, from npm."""

from __future__ import annotations

import json
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.nodes.jsonrpc import Json
from tests.nodes.npm import npm_path
from tests.nodes.process import finish

_PACKAGE = "@microsoft/sarif-multitool-linux"
_RULES = "Sarif;Ghas"
"""What the standard says, and what GitHub's code scanning wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What the validator says against a log."""

    rule: str
    level: str
    text: str


class Validator:
    """The validator in a folder of its own: npm puts it down as no program."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program = folder / "Sarif.Multitool"
        shutil.copyfile(npm_path(f"{_PACKAGE}/Sarif.Multitool"), self._program)
        self._program.chmod(0o700)

    def complaints(self, log: str) -> list[Complaint]:
        """Errors and warnings; its mere notes are advice."""
        given, out = self._folder / "given.sarif", self._folder / "out.sarif"
        given.write_text(log, encoding="utf-8")
        code, said, err = finish(
            [
                *(self._program, "validate", given, "--output", out),
                *("--rule-kind", _RULES, "--level", "Error;Warning"),
                *("--log", "ForceOverwrite", "--max-file-size-in-kb", "100000"),
            ],
            env={
                "HOME": str(self._folder),
                "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1",
                "DOTNET_BUNDLE_EXTRACT_BASE_DIR": str(self._folder),
                "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
                # It looks whether addresses of schemas lead somewhere: to nowhere.
                **dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9"),
            },
            cwd=self._folder,
            seconds=280,
        )
        assert code == 0, (said + err).decode(errors="replace")
        (run,) = json.loads(out.read_text("utf-8-sig"))["runs"]
        assert _clean(run), run["invocations"]
        return [_complaint(each) for each in run["results"]]


def _clean(run: Json) -> bool:
    """Whether it came to its end: it tells its own failures apart from results."""
    return all(
        each["executionSuccessful"] and "toolConfigurationNotifications" not in each
        for each in run["invocations"]
    )


def _complaint(result: Json) -> Complaint:
    message = result["message"]
    said = [message.get("text", message.get("id", "")), *message.get("arguments", [])]
    return Complaint(
        rule=result["ruleId"],
        level=result.get("level", "warning"),
        text=" | ".join(said),
    )


def shipped_schema() -> Json:
    """The JSON Schema that comes with it."""
    return json.loads(npm_path(f"{_PACKAGE}/sarif-2.1.0.json").read_text("utf-8"))


runs_here = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="the validator comes for Linux on x86_64 alone",
)
