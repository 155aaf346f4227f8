"""Rules over records: findings, levels, and the order to fix things in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from allowctl.model.finding import Finding, Level, NotEvaluated
from allowctl.model.report import AuditedRecord, Record
from allowctl.risk.rule import Context, Rule
from allowctl.risk.rules import RULES

MOST_POINTS = 100

_LEVELS = (
    (90, Level.CRITICAL),
    (75, Level.HIGH),
    (26, Level.MEDIUM),
    (1, Level.LOW),
    (0, Level.INFO),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the rules say of all records, worst first."""

    records: tuple[AuditedRecord, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    """Each (rule, reason) once, with the number of rows it lacks for."""


def level_of(points: int) -> Level:
    """The level that a sum of points stands for."""
    return next(level for least, level in _LEVELS if points >= least)


def audit(
    records: Iterable[Record], context: Context, rules: Sequence[Rule] = RULES
) -> Audit:
    """Every rule on every record. Deterministic, whatever the records' order."""
    audited: list[AuditedRecord] = []
    missing: Counter[NotEvaluated] = Counter()
    for record in records:
        findings: list[Finding] = []
        for rule in rules:
            match rule.judge(record, context):
                case Finding() as finding:
                    findings.append(finding)
                case NotEvaluated() as unknown:
                    missing[unknown] += 1
                case None:
                    pass
        points = min(sum(finding.points for finding in findings), MOST_POINTS)
        audited.append(
            AuditedRecord(
                record=record,
                findings=tuple(sorted(findings, key=lambda f: (-f.points, f.rule))),
                points=points,
                level=level_of(points),
            )
        )
    return Audit(
        records=tuple(sorted(audited, key=_rank)),
        not_evaluated=tuple(
            NotEvaluated(rule=each.rule, reason=f"{each.reason} ({_rows(rows)})")
            for each, rows in sorted(
                missing.items(), key=lambda item: (item[0].rule, item[0].reason)
            )
        ),
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _rank(audited: AuditedRecord) -> tuple[int | bool | str, ...]:
    """Points, then whether anything can move now, then a stable order."""
    allowance = audited.record.allowance
    candidate = allowance.candidate
    return (
        -audited.points,
        audited.record.effective == 0,
        candidate.kind,
        candidate.token,
        allowance.spender,
        candidate.contract,
        str(candidate.token_id),
    )
