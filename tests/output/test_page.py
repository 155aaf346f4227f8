"""A page of the documentation on a terminal: whole words, and no Markdown."""

from __future__ import annotations

import re

import pytest

from allowctl.cli.pages import page
from allowctl.output.page import rendered
from allowctl.risk.rules import TITLES

PAGE = """# a-rule: what it is

| case | points |
| --- | --- |
| `one` | words that do not fit the line |

**With** a [page](../intel.md), and [EIP-20](https://eips.example/20).

- a point of more words than one line has

```json
{"a": "words that do not fit the line | and stay"}
| in code
```
"""


def test_what_is_made_of_it() -> None:
    """Tables in columns, links by name, code as it is."""
    assert rendered(PAGE, 30) == (
        "a-rule: what it is\n"
        "\n"
        "case   points\n"
        "`one`  words that do not fit\n"
        "       the line\n"
        "\n"
        "With a page, and EIP-20\n"
        "(https://eips.example/20).\n"
        "\n"
        "- a point of more words than\n"
        "  one line has\n"
        "\n"
        '  {"a": "words that do not fit the line | and stay"}\n'
        "  | in code\n"
    )


@pytest.mark.parametrize("rule", TITLES)
@pytest.mark.parametrize("width", [60, 80, 140])
def test_pages_of_rules(rule: str, width: int) -> None:
    """None is wider than the terminal, but for what is copied; no word is lost."""
    text = page(rule)
    shown = rendered(text, width)
    prose = re.sub(r"(?s)```.*?```", "", text)

    for line in shown.splitlines():
        assert len(line) <= width or line.startswith("  ") or " " not in line.strip()
    assert not re.search(r"\]\(|\*\*|^\||^#|```", shown, re.MULTILINE)
    words = re.findall(r"[a-z]{4,}", re.sub(r"\]\([^)]*\)", "]", prose))
    assert [word for word in words if word not in shown] == []
