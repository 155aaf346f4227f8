"""`allowctl policy schema`: what an editor needs, from what is installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allowctl.output import policy_file
from tests import build
from tests.cli.runs import command, finished, here
from tests.nodes.npm import ROOT
from tests.policy.making import TODAY

PUBLISHED = ROOT / "docs" / "schema" / "allowctl.schema.json"


def test_it_prints_what_is_published() -> None:
    """The same bytes, whatever stdout can be written in; nothing on stderr."""
    ended = finished(
        command("policy", "schema", environment={"PYTHONIOENCODING": "ascii"})
    )
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == PUBLISHED.read_text("utf-8")
    assert ended.out.isascii()


def test_no_file_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one that can be followed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "allowctl.toml").write_text("no TOML", "utf-8")
    ended = here("policy", "schema")
    assert ended.code == 0
    assert json.loads(ended.out)["title"] == "allowctl.toml"


def test_a_proposed_file_names_the_command() -> None:
    """As it is called: what the file says can be copied."""
    found = policy_file.render(build.scan_report(build.scan()), (), today=TODAY)
    assert "`allowctl policy schema > allowctl.schema.json`" in found
    assert "policy schema" in here("policy", "schema", "--help").out
