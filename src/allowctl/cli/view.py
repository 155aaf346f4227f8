"""What the command line says of what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from allowctl.cli import parse
from allowctl.cli.report_options import LevelName, SortName
from allowctl.model.finding import Level

if TYPE_CHECKING:
    from allowctl.output.view import View


def level(name: LevelName | None) -> Level | None:
    """A level by its name."""
    return None if name is None else Level[name.upper()]


def view(  # noqa: PLR0913 - what the options of a view say, each by its name
    sort: SortName,
    min_level: LevelName | None,
    columns: Sequence[str] | None,
    *,
    spam: bool,
    dead: bool,
    kept: bool = False,
) -> View:
    """The view that is asked for. UsageError for a column that there is not.

    `kept` is whether the run keeps its rows for `allowctl explain`.
    """
    from allowctl.output.view import Sort, View

    return View(
        sort=Sort(sort.value),
        min_level=level(min_level),
        show_spam=spam,
        show_dead=dead,
        columns=parse.columns(columns or ()),
        kept=kept,
    )
