"""Rules over records: findings, points, levels, expected losses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context as Arithmetic
from decimal import Decimal

from allowctl.model.approval import Amount
from allowctl.model.finding import Finding, Level, NotEvaluated
from allowctl.model.missing import Lack
from allowctl.model.report import AuditedRecord, Record
from allowctl.risk.rank import ranked
from allowctl.risk.rule import Context, Rule
from allowctl.risk.rules import RULES
from allowctl.risk.weigh import most, weighed

MOST_POINTS = 100

_LEVELS = (
    (90, Level.CRITICAL),
    (75, Level.HIGH),
    (26, Level.MEDIUM),
    (1, Level.LOW),
    (0, Level.INFO),
)
_USD = Arithmetic(prec=60)
"""Our own, so that no loss depends on what the process has set for its thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the rules say of all records, the most urgent first."""

    records: tuple[AuditedRecord, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    """Each (rule, reason, lack) once, with the number of rows it lacks for."""


def level_of(points: int) -> Level:
    """The level that a sum of points stands for; never UNKNOWN."""
    return next(level for least, level in _LEVELS if points >= least)


def audit(
    records: Iterable[Record], context: Context, rules: Sequence[Rule] = RULES
) -> Audit:
    """Every rule on every record. Deterministic, whatever the records' order.

    Live records, or expired ones: the same is found in these, and they can lose
    nothing now.
    """
    heavy = {rule.card.id for rule in rules if most(rule.card, context.weights)}
    missing: Counter[NotEvaluated] = Counter()
    audited = []
    for record in records:
        said = [rule.judge(record, context) for rule in rules]
        lacking = [each for each in said if isinstance(each, NotEvaluated)]
        missing.update(lacking)
        findings = [
            weighed(each, context.weights) for each in said if isinstance(each, Finding)
        ]
        failed = {each.rule for each in lacking if each.lack is Lack.FAILED}
        points = min(sum(finding.points for finding in findings), MOST_POINTS)
        # A rule without points could not have changed the level.
        unknown = not points and failed & heavy
        level = Level.UNKNOWN if unknown else level_of(points)
        audited.append(
            AuditedRecord(
                record=record,
                findings=tuple(sorted(findings, key=lambda f: (-f.points, f.rule))),
                points=points,
                level=level,
                failed=tuple(sorted(failed)),
                lacking=_sorted(lacking),
                expected_loss=_expected_loss(record, level, context),
            )
        )
    return Audit(records=ranked(audited), not_evaluated=_counted(missing))


def _sorted(lacking: Iterable[NotEvaluated]) -> tuple[NotEvaluated, ...]:
    """What a row lacked and somebody wanted, whatever the rules' order."""
    wanted = [each for each in lacking if each.lack is not Lack.NOT_ASKED]
    return tuple(sorted(wanted, key=lambda each: (each.rule, each.reason)))


def _expected_loss(record: Record, level: Level, context: Context) -> Decimal | None:
    """USD; None where the value is unknown."""
    if _expired(record, context):
        return Decimal(0)
    if record.usd is None:
        return None
    return _USD.multiply(record.usd, context.weights.chances[level])


def _expired(record: Record, context: Context) -> bool:
    match record.allowance.grant:
        case Amount(expiration=int(expiration)):
            return expiration < context.as_of.timestamp
        case _:
            return False


def _counted(missing: Mapping[NotEvaluated, int]) -> tuple[NotEvaluated, ...]:
    return tuple(
        NotEvaluated(
            rule=each.rule, reason=f"{each.reason} ({_rows(rows)})", lack=each.lack
        )
        for each, rows in sorted(
            missing.items(),
            key=lambda item: (item[0].rule, item[0].reason, item[0].lack),
        )
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
