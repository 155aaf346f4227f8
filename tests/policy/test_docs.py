"""docs/policy.md says what there is, and nothing that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli

from allowctl.model.finding import Severity
from allowctl.policy.checks import CHECKS, RULE_PREFIX, CheckCard
from tests.cli.runs import here
from tests.markdown import anchors, text_of

PAGE = text_of("docs/policy.md")
BLOCKS = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_every_check_has_its_section() -> None:
    """Each id is a heading of its own below "Checks", and no other is."""
    (section,) = re.findall(r"^## Checks\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^### `(.*)`$", section, re.MULTILINE)

    assert headings == [*CHECKS]
    assert anchors(PAGE) >= {*CHECKS, "rules", "allow", "acknowledge", "baseline"}
    assert len(re.findall(r"^### ", PAGE, re.MULTILINE)) == len(CHECKS)


@pytest.mark.parametrize("card", [*CHECKS.values()], ids=lambda card: card.id)
def test_cards(card: CheckCard) -> None:
    """A title is a part of a sentence, its help are sentences."""
    assert not card.title.endswith(".")
    assert card.help.endswith(".")
    assert isinstance(card.severity, Severity)
    assert not card.id.startswith(RULE_PREFIX)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", card.id)


@pytest.mark.parametrize("block", BLOCKS)
def test_blocks(block: str, tmp_path: Path) -> None:
    """Each can be followed by itself."""
    file = tmp_path / "allowctl.toml"
    file.write_text(block, "utf-8")
    file.chmod(0o644)
    ended = here("policy", "validate", str(file))

    assert (ended.code, ended.err) == (0, "")


def test_there_are_blocks() -> None:
    """The first one is a whole file."""
    first = tomli.loads(BLOCKS[0])

    assert {"version", "wallet", "policy", "rule", "allow", "baseline"} == first.keys()
