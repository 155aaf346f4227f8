"""The pages of the rules: docs/rules, which the package carries along."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def page(rule: str) -> str:
    """A rule's page, as Markdown. KeyError if it has none."""
    inside = resources.files("allowctl").joinpath("docs", "rules", f"{rule}.md")
    if inside.is_file():
        return inside.read_text(encoding="utf-8")
    # An editable installation has the pages where they are written.
    beside = Path(__file__).parents[3] / "docs" / "rules" / f"{rule}.md"
    if not beside.is_file():
        raise KeyError(rule)
    return beside.read_text(encoding="utf-8")
