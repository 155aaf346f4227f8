"""Options of what is taken back, at what price, and how far it goes by itself."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from allowctl.cli.report_options import LevelName
from allowctl.codec import durations
from allowctl.errors import UsageError


class UrgencyName(StrEnum):
    """How soon it is to be mined, as --urgency takes it."""

    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"


def duration(text: str) -> int:
    """Seconds of a number and one of s, h, d, w, m (30 days), y (365 days).

    UsageError for anything else, and for nothing at all.
    """
    found = durations.seconds(text)
    if found is None:
        raise UsageError(
            f"{text[:40]!a} is no duration",
            hint=f"a number and a unit: {durations.EXAMPLES}",
        )
    return found


OwnConfig = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar="ALLOWCTL_CONFIG",
        show_envvar=False,
        help="Instead of your own allowctl.toml. One that is merely found is not "
        "followed by what signs. [env: ALLOWCTL_CONFIG]",
    ),
]
AllRisky = Annotated[
    bool,
    typer.Option(
        "--all-risky",
        help="What is high or critical, but for suspected spam.",
    ),
]
All = Annotated[
    bool,
    typer.Option("--all", help="Everything that is live or dormant, but for spam."),
]
Ids = Annotated[
    list[str] | None,
    typer.Option(
        "--id",
        metavar="FINGERPRINT",
        help="The row with this id; its first 6 or more digits do. Repeatable.",
    ),
]
MinLevel = Annotated[
    LevelName | None,
    typer.Option(
        "--min-level",
        case_sensitive=False,
        help="Only what is of this level or worse.",
    ),
]
OlderThan = Annotated[
    str | None,
    typer.Option(
        "--older-than",
        metavar="AGE",
        help="Only what was last raised so long ago: 3600s, 12h, 90d, 12w, "
        "6m (of 30 days) or 1y.",
    ),
]
IncludeSpam = Annotated[
    bool,
    typer.Option(
        "--include-spam",
        help="Suspected spam, too: to take it back may run the token's code.",
    ),
]
FromReport = Annotated[
    Path | None,
    typer.Option(
        "--from-report",
        metavar="FILE",
        help="Take the rows of a report that was saved as JSON, and seek no logs; "
        "state is read again.",
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="AMOUNT",
        help="What is to be left: 100.5 in whole tokens, '1000 units' in smallest "
        "ones, or balance: what the owner holds.",
    ),
]
CancelSignatures = Annotated[
    bool,
    typer.Option(
        "--cancel-signatures",
        help="First make the Permit2 signatures of these pairs useless.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Plan, simulate, print, and stop: no key is needed, or opened.",
    ),
]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Sign without asking."),
]
PlanOut = Annotated[
    Path | None,
    typer.Option(
        "--plan-out",
        metavar="FILE",
        help="Write the plan to FILE, too.",
    ),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        metavar="FILE",
        help="Carry out a plan of --plan-out. Refused where state has changed since.",
    ),
]
Sender = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="ADDRESS",
        envvar=["ALLOWCTL_FROM", "ETH_FROM"],
        show_envvar=False,
        help="Whose approvals, where no OWNER says it. [env: ALLOWCTL_FROM, ETH_FROM]",
    ),
]
Urgency = Annotated[
    UrgencyName,
    typer.Option(
        "--urgency",
        case_sensitive=False,
        help="How soon it is to be mined: what is offered for gas.",
    ),
]
MaxGwei = Annotated[
    str | None,
    typer.Option(
        "--max-gwei",
        metavar="GWEI",
        help="Never offer more for a gas.",
    ),
]
MaxTxCost = Annotated[
    str | None,
    typer.Option(
        "--max-tx-cost",
        metavar="COINS",
        help="Never let one transaction cost more, in the chain's own coin.",
    ),
]
MaxCost = Annotated[
    str | None,
    typer.Option(
        "--max-cost",
        metavar="COINS",
        help="Never let all of a chain cost more, replacements included.",
    ),
]
GasCap = Annotated[
    int | None,
    typer.Option(
        "--gas-cap",
        metavar="GAS",
        min=21_000,
        show_default="300000; more where a chain counts otherwise",
        help="Leave out what takes more gas than this.",
    ),
]
ReplacePending = Annotated[
    bool,
    typer.Option(
        "--replace-pending",
        help="Take the nonces of transactions that wait and are not ours.",
    ),
]
Confirmations = Annotated[
    int | None,
    typer.Option(
        "--confirmations",
        metavar="BLOCKS",
        min=0,
        show_default="until it is final",
        help="Call it done so many blocks after the one that holds it.",
    ),
]
AllowIncomplete = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-incomplete",
        metavar="CHAIN",
        help="End with 0 though not all of these chains could be read; commas "
        "between several.",
    ),
]
