"""In which order violations are told: what fails first, the worst first."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from allowctl.model.evaluation import Violation
from allowctl.model.finding import Level
from allowctl.model.place import Place
from allowctl.policy.checks import CHECKS
from allowctl.policy.spam import SPAM_CHECK

_Key = tuple[int, int, Decimal, int, str, str, str, Place, str]


def ordered(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """The same in any order of entries, rules and scans."""
    return tuple(sorted(violations, key=_key))


def _key(violation: Violation) -> _Key:
    row, scan = violation.subject.row, violation.subject.scan
    usd, points, approval = Decimal(0), 0, ""
    if row is not None and scan is not None:
        usd, points = row.record.usd or usd, row.points
        # What is against one approval stands together.
        approval = row.record.allowance.fingerprint(scan.chain.id)
    return (
        _rank(violation),
        -_weight(violation),
        -usd,
        -points,
        approval,
        violation.check,
        violation.fingerprint,
        violation.place,
        violation.message,
    )


def _rank(violation: Violation) -> int:
    """Spam comes after all other warnings: whoever plants much of it hides nothing."""
    if violation.fails:
        return 0
    if not violation.warns:
        return 3
    return 2 if violation.check == SPAM_CHECK else 1


def _weight(violation: Violation) -> int:
    """How bad it is: an approval's own level; of anything else the check's severity.

    A level that is unknown may be any: it is taken for medium, as in the ranking.
    """
    level = violation.subject.level
    if level is not None:
        return Level.MEDIUM if level is Level.UNKNOWN else level
    card = CHECKS.get(violation.check)
    return Level.INFO if card is None else Level[card.severity.name]
