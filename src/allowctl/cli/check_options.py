"""The options of `allowctl check`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from allowctl.cli.options import complete_chain
from allowctl.cli.report_options import LevelName


class CheckFormat(StrEnum):
    """How the result is rendered."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    MARKDOWN = "markdown"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"


Wallets = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="WALLET",
        show_default=False,
        help="Names of wallets of the policy's file; default: all of them.",
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar="ALLOWCTL_CONFIG",
        show_envvar=False,
        help="The file with the policy, instead of the allowctl.toml found upwards "
        "from here. [env: ALLOWCTL_CONFIG]",
    ),
]
FailOn = Annotated[
    LevelName | None,
    typer.Option(
        "--fail-on",
        case_sensitive=False,
        help="In the place of the policy's fail_on: this level and worse fail.",
    ),
]
ChainsAlone = Annotated[
    list[str] | None,
    typer.Option(
        "--chain",
        "-c",
        metavar="CHAIN",
        envvar="ALLOWCTL_CHAIN",
        show_envvar=False,
        autocompletion=complete_chain,
        help="Only these chains of the wallets, commas between several; default: all "
        "that they name. [env: ALLOWCTL_CHAIN]",
    ),
]
FormatName = Annotated[
    CheckFormat | None,
    typer.Option(
        "--format",
        case_sensitive=False,
        show_default="table",
        help="How the result is printed.",
    ),
]
Output = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="[FORMAT=]FILE",
        help="Write to FILE instead of printing; FORMAT=FILE writes a further copy.",
    ),
]
ExitZero = Annotated[
    bool,
    typer.Option(
        "--exit-zero",
        help="End with 0 though the policy is violated; what is incomplete is still 3.",
    ),
]
WriteBaseline = Annotated[
    Path | None,
    typer.Option(
        "--write-baseline",
        metavar="FILE",
        help="Write down what is violated now, so that it passes from now on unless "
        "its amount or level rises.",
    ),
]
