"""Where a code host is to show a violation, and in which order."""

from __future__ import annotations

from collections.abc import Iterable

from allowctl.codec.shown import inert
from allowctl.model.evaluation import Cover, Evaluation, OpenEnd, Violation
from allowctl.model.place import Place
from allowctl.model.settings import Wallet
from allowctl.output.check_words import covered, own

_OWNER = 100
_LONGEST = 1_000
"""Characters of a message: code hosts show 1,024 of most texts."""
_BROKEN = str.maketrans({"{": "\\x7b", "}": "\\x7d"})


def spot(violation: Violation, evaluation: Evaluation) -> Place | None:
    """The wallet's line in the policy; of an entry its own; None if in no file."""
    return _first(violation.subject.wallet, violation.place, evaluation)


def end_spot(end: OpenEnd, evaluation: Evaluation) -> Place | None:
    """The same for what was not seen."""
    return _first(end.wallet, None, evaluation)


def _first(
    wallet: Wallet | None, place: Place | None, evaluation: Evaluation
) -> Place | None:
    every = (wallet and wallet.place, place, Place(file=evaluation.policy.file))
    return next((each for each in every if each and written(each)), None)


def written(place: Place) -> bool:
    """Whether it is in a file, and neither an option nor a default."""
    return bool(place.file) and place.line >= 1


def worst_first(violations: Iterable[Violation]) -> list[Violation]:
    """Those that fail, then warnings, then what is covered; else as they stand."""
    return sorted(violations, key=lambda each: (not each.fails, not each.warns))


def line(text: str, longest: int = _LONGEST) -> str:
    """One line of printable ASCII, in which no link and no placeholder stands.

    SARIF 2.1.0 makes a link of `[text](1)` even in plain text (3.11.6), and takes
    `{0}` for an argument (3.11.5).
    """
    broken = text[: longest + 1].translate(_BROKEN).replace("](", "]\\x28")
    return own(broken, longest)


def justification(cover: Cover) -> str:
    """What lets it pass, why, until when, and who answers for it."""
    by = f"; owner: {inert(cover.owner, _OWNER)}" if cover.owner else ""
    return line(covered(cover) + by)
