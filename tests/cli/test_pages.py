"""The rules' pages are wherever allowctl is."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from allowctl.cli.pages import page
from allowctl.risk.rules import TITLES
from tests.markdown import text_of
from tests.nodes.npm import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)),
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize("rule", TITLES)
def test_every_rule_has_its_page(rule: str) -> None:
    """As docs/rules has it."""
    assert page(rule) == text_of(f"docs/rules/{rule}.md")


def test_the_wheel_carries_them_along(wheel: Path) -> None:
    """All of them, as they are written, and no other file of docs/."""
    inside = {
        path.name: path.read_text("utf-8")
        for path in (wheel / "allowctl" / "docs").rglob("*")
        if path.is_file()
    }

    assert inside == {
        path.name: path.read_text("utf-8") for path in (ROOT / "docs/rules").iterdir()
    }


def test_an_installed_allowctl_shows_its_own(wheel: Path, tmp_path: Path) -> None:
    """Those that came with it."""
    own = wheel / "allowctl" / "docs" / "rules" / "eoa-spender.md"
    own.write_text(own.read_text("utf-8") + "As installed.\n", "utf-8")
    ended = subprocess.run(
        (sys.executable, "-m", "allowctl", "explain", "eoa-spender"),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(wheel)},
        check=True,
        capture_output=True,
        text=True,
    )

    assert ended.stdout == text_of("docs/rules/eoa-spender.md") + "As installed.\n"


def test_no_page() -> None:
    """Of what is no rule there is none."""
    with pytest.raises(KeyError):
        page("no-rule")
