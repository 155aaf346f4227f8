"""A page of the documentation for a terminal: our own Markdown, and no more of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from allowctl.output.grid import GAP, hung

_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_FENCE = "```"


def rendered(markdown: str, width: int) -> str:
    """The page in lines of whole words; what is to be copied stays as it is."""
    code = False
    lines: list[str] = []
    for table, some in groupby(markdown.splitlines(), lambda line: line[:1] == "|"):
        if table and not code:
            lines += _table(list(some), width)
            continue
        for line in some:
            fence = line.startswith(_FENCE)
            code ^= fence
            if code and not fence:
                lines.append(f"  {line}".rstrip())
            elif not fence:
                lines += _paragraph(line, width)
    return "\n".join(lines).strip("\n") + "\n"


def _paragraph(line: str, width: int) -> Iterator[str]:
    text = _text(line.lstrip("#").strip() if line.startswith("#") else line.strip())
    if line.startswith("- "):
        yield from hung(text[2:], width, "- ")
    else:
        yield from hung(text, width, "")


def _table(lines: Sequence[str], width: int) -> Iterator[str]:
    """Cells below each other; the last of a row is broken under itself."""
    rows = [
        [_text(cell.strip()) for cell in line.strip("|").split("|")]
        for line in lines
        if set(line) - set("|- ")
    ]
    columns = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for *cells, last in rows:
        padded = [
            cell.ljust(column) for cell, column in zip(cells, columns, strict=False)
        ]
        yield from hung(last, width, GAP.join([*padded, ""]))


def _text(markdown: str) -> str:
    """Links as what they are called; addresses of the web stay behind that."""

    def named(link: re.Match[str]) -> str:
        text, target = link[1], link[2]
        return f"{text} ({target})" if "://" in target else text

    return _LINK.sub(named, markdown).replace("**", "")
