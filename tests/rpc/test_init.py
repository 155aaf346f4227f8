"""The map of the package is the package."""

from __future__ import annotations

import re
from pathlib import Path

from allowctl import rpc


def test_every_module_is_on_the_map() -> None:
    """Each stands in the docstring once, and none that is not there."""
    (folder,) = rpc.__path__
    modules = {path.stem for path in Path(folder).glob("*.py")} - {"__init__"}
    _, lines, _ = str(rpc.__doc__).split("\n\n")
    # Between the part's name and what it is for; words are apart by a dot.
    columns = [re.split(r" {2,}", line)[1] for line in lines.splitlines()]
    named = [name for column in columns for name in column.split(" · ")]
    assert sorted(named) == sorted([*modules, "reader.json", "rehearsal.json"])
