"""Where a file stands for whoever reads a result elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from allowctl.model.place import Place


def inside(file: str, root: str) -> str:
    """A file's path from the root of its repository, with slashes.

    Its name alone where it stands outside: no path of this machine gets out.
    """
    path = PurePath(file)
    try:
        within = path.relative_to(root)
    except ValueError:
        return path.name
    return path.name if ".." in within.parts else within.as_posix()


def place(of: Place, root: str) -> str:
    """`FILE:LINE: KEY`, the file from the root; an option as it is.

    The key alone where no file was read; of a default without a line, and said so.
    """
    if not of.file:
        return str(replace(of, line=0))
    return str(of if is_option(of) else replace(of, file=inside(of.file, root)))


def is_option(of: Place) -> bool:
    """Whether it is an option of the command line: no file, and its own name."""
    return not of.line and not of.default
