"""The Dockerfile and .dockerignore, as far as tests have to understand them."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from tests.markdown import text_of
from tests.nodes.npm import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction of a stage; lines that go on are one."""

    word: str
    rest: str


def stages() -> list[list[Instruction]]:
    """The Dockerfile's stages, each from its FROM on; what is before is the first's."""
    text = re.sub(r"^#.*\n", "", text_of("Dockerfile"), flags=re.MULTILINE)
    lines = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    found: list[list[Instruction]] = [[]]
    for line in filter(str.strip, lines):
        word, _, rest = line.partition(" ")
        if word == "FROM" and any(each.word == "FROM" for each in found[-1]):
            found.append([])
        found[-1].append(Instruction(word=word, rest=rest.strip()))
    return found


def taken(path: str) -> bool:
    """Whether .dockerignore lets a file into the build."""
    found = True
    parts = PurePosixPath(path)
    names = [str(each) for each in (parts, *parts.parents[:-1])]
    for line in text_of(".dockerignore").splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        kept = pattern.startswith("!")
        if any(_fits(name, pattern.removeprefix("!")) for name in names):
            found = kept
    return found


def _fits(name: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatchcase(PurePosixPath(name).name, pattern[3:])
    depth = pattern.count("/")
    return name.count("/") == depth and fnmatchcase(name, pattern)


def context() -> list[str]:
    """The files of the repository that a build is given."""
    listed = subprocess.run(
        ("git", "ls-files", "-co", "--exclude-standard"),  # noqa: S607 - git on PATH
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return [each for each in listed if taken(each) and (ROOT / each).is_file()]
