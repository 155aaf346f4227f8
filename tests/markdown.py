"""The project's Markdown files, as far as tests have to understand them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.nodes.npm import ROOT

_FENCED = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_COMMENT = re.compile(r"\s+# .*$")

ELISION = "..."


@dataclass(frozen=True, slots=True)
class Shown:
    """A command in a console block, and what stands below it."""

    file: Path
    command: str
    output: tuple[str, ...]
    before: tuple[str, ...] = ()
    """The commands above it in its block."""


def pages() -> list[Path]:
    """Every Markdown file of the project."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".*/**/*.md")]
    return sorted(
        page
        for page in found
        if not {".venv", ".git"} & {*page.relative_to(ROOT).parts}
    )


def text_of(page: str) -> str:
    """A page by its path in the repository."""
    return (ROOT / page).read_text("utf-8")


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table."""
    lines = (line.strip() for line in text.splitlines())
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|") and set(line) - set("|-: ")
    ]


def links(text: str) -> list[str]:
    """Where links lead, but for those in code."""
    prose = _CODE.sub("", _FENCED.sub("", text))
    return _LINK.findall(prose)


def anchors(text: str) -> set[str]:
    """What `#...` can be, as GitHub makes it of headings."""
    headings = _HEADING.findall(_FENCED.sub("", text))
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in headings
    }


def shown(page: Path) -> Iterator[Shown]:
    """Each `$ command` of the console blocks, with its output."""
    for language, block in _FENCED.findall(page.read_text("utf-8")):
        if language != "console":
            continue
        before: list[str] = []
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, *output = part.rstrip("\n").split("\n")
            command = _COMMENT.sub("", line).strip()
            yield Shown(page, command, tuple(output), tuple(before))
            before.append(command)


def missing(wanted: list[str], found: list[str]) -> list[str]:
    """The first lines shown that are not printed where they should be; or none.

    A line `...` stands for any lines; what is before, between and behind such
    lines must be there, in order, and nothing else.
    """
    pieces: list[list[str]] = [[]]
    for line in wanted:
        if line.strip() == ELISION:
            pieces.append([])
        else:
            pieces[-1].append(line)
    first, *rest = pieces
    if found[: len(first)] != first or (not rest and len(found) != len(first)):
        return first or [ELISION]
    at = len(first)
    *middle, last = rest or [[]]
    for piece in middle:
        starts = range(at, len(found) - len(piece) + 1)
        hit = next((s for s in starts if found[s : s + len(piece)] == piece), None)
        if hit is None:
            return piece
        at = hit + len(piece)
    end = len(found) - len(last)
    return [] if end >= at and found[end:] == last else last
