"""The options of a report: what it looks into, what of it is shown, and where."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Format(StrEnum):
    """How the result is rendered."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class LevelName(StrEnum):
    """The levels, as --fail-on takes them."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class PriceName(StrEnum):
    """Who is asked for prices."""

    ONCHAIN = "onchain"
    DEFILLAMA = "defillama"
    NONE = "none"


class SortName(StrEnum):
    """What the table's rows can be sorted by."""

    RANK = "rank"
    LEVEL = "level"
    VALUE = "value"
    AGE = "age"
    TOKEN = "token"  # noqa: S105 - a column's name
    SPENDER = "spender"


def complete_column(incomplete: str) -> list[str]:
    """For the shell: the last name of those that stand there already."""
    from allowctl.output.columns import COLUMNS

    before, comma, begun = incomplete.rpartition(",")
    return [before + comma + name for name in COLUMNS if name.startswith(begun)]


SortBy = Annotated[
    SortName,
    typer.Option(
        "--sort",
        case_sensitive=False,
        help="What the table's rows are sorted by.",
    ),
]
MinLevel = Annotated[
    LevelName | None,
    typer.Option(
        "--min-level",
        case_sensitive=False,
        help="Leave rows below this level out of the table, and count them.",
    ),
]
ShowSpam = Annotated[
    bool,
    typer.Option(
        "--show-spam",
        help="Have suspected spam in the table, and not only below it.",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        metavar="NAMES",
        autocompletion=complete_column,
        show_default="those that fit",
        help="The table's columns, commas between several: rank, level, value, token, "
        "spender, amount, age, why, id, kind, points, loss, movable, symbol, "
        "token-address, spender-address.",
    ),
]
Prices = Annotated[
    PriceName | None,
    typer.Option(
        "--prices",
        case_sensitive=False,
        show_default="onchain",
        help="Who is asked what tokens are worth, besides the prices in allowctl.toml: "
        "oracles on chain, DefiLlama too (a third party that learns your tokens), or "
        "none.",
    ),
]
Offline = Annotated[
    bool,
    typer.Option(
        "--offline",
        envvar="ALLOWCTL_OFFLINE",
        show_envvar=False,
        help="Fetch no lists and ask no one but the endpoints; lists that are there "
        "are used, however old. [env: ALLOWCTL_OFFLINE]",
    ),
]
Sourcify = Annotated[
    bool,
    typer.Option(
        "--sourcify",
        help="Ask Sourcify whether spenders' source is published (it learns them).",
    ),
]
FormatName = Annotated[
    Format | None,
    typer.Option(
        "--format",
        case_sensitive=False,
        show_default="table",
        help="How the result is printed.",
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="The same as --format json."),
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
ShowDead = Annotated[
    bool,
    typer.Option(
        "--show-dead",
        help="Name the approvals of which nothing is left, too.",
    ),
]
FailOn = Annotated[
    LevelName | None,
    typer.Option(
        "--fail-on",
        case_sensitive=False,
        help="Exit with 1 if any live allowance is of this level or worse.",
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No progress and no notices on stderr."),
]
