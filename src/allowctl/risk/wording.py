"""What several rules say in the same words."""

from __future__ import annotations

from allowctl.model.facts import TokenFacts
from allowctl.model.missing import Lack, Missing


def days(count: int) -> str:
    """A number of whole days."""
    match count:
        case 0:
            return "less than a day"
        case 1:
            return "1 day"
        case _:
            return f"{count} days"


def missing(token: TokenFacts, what: str) -> Missing:
    """Why `what` of a token is not known: nobody served it, or the token has none."""
    if token.unserved:
        return Missing(Lack.FAILED, f"nobody served the token's {what}")
    return Missing(Lack.UNAVAILABLE, f"the token does not tell its {what}")
