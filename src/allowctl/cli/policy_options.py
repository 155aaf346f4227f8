"""The options of the commands below `allowctl policy`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allowctl.cli.report_options import LevelName

HERE = Path("allowctl.toml")
"""What is written where nobody names another file."""

FromReport = Annotated[
    Path | None,
    typer.Option(
        "--from-report",
        metavar="FILE",
        help="Propose what a report has that was saved as JSON, and scan nothing.",
    ),
]
Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Where it is written; - prints it.",
    ),
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Replace a file that is there."),
]
FailOn = Annotated[
    LevelName | None,
    typer.Option(
        "--fail-on",
        case_sensitive=False,
        help="In the place of the policy's own, as for check.",
    ),
]
Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE",
        show_default=False,
        help="Files to look at, as if they had been found; default: those that a "
        "command would follow here.",
    ),
]
