"""A report under a policy: what is against it, what lets that pass, what is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from allowctl.model.evaluation import Counts, Evaluation, Violation
from allowctl.model.policy import Policy
from allowctl.model.report import Report
from allowctl.model.settings import Wallet
from allowctl.policy import leftover
from allowctl.policy.baseline import Baseline
from allowctl.policy.judging import Judging
from allowctl.policy.open_ends import Asked, open_ends
from allowctl.policy.order import ordered
from allowctl.policy.probes import without_code
from allowctl.policy.seen import Seen
from allowctl.policy.spam import SPAM_CHECK
from allowctl.policy.wallets import caps, names
from allowctl.policy.whose import Whose


def evaluate(  # noqa: PLR0913 - what decides, most of it by name
    report: Report,
    policy: Policy,
    wallets: Sequence[Wallet],
    *,
    baseline: Baseline | None = None,
    today: date,
    forgiven: frozenset[int] = frozenset(),
    narrowed: bool = False,
) -> Evaluation:
    """What a policy says of a report. Deterministic; no order of entries matters.

    The policy is settled: its chains are ids in decimal. `wallets` are all that were
    asked about, `today` is in UTC, `forgiven` are chains that may be incomplete.
    `narrowed`: there are more of the policy's wallets, or of their chains.
    """
    whose = Whose(wallets)
    judging = Judging(policy, whose, baseline, today)
    found: list[Violation] = []
    tally = _Tally()
    for scan in report.scans:
        judging.meet(scan)
        found += judging.refusals(scan)
        for row in scan.allowances:
            said = judging.row(scan, row)
            tally.add(said)
            found += said
    found += caps(report, policy, wallets, whose)
    found += names(report.names, policy, wallets)
    seen = Seen(report, wallets, narrowed=narrowed)
    found += leftover.of_allows(policy.allows, judging.allows, seen, today)
    found += leftover.of_acknowledgements(
        policy.acknowledged, judging.acknowledged, seen, today
    )
    found += without_code(report, policy, wallets)
    asked = Asked(
        policy=policy,
        wallets=wallets,
        whose=whose,
        forgiven=forgiven,
        narrowed=narrowed,
    )
    return Evaluation(
        report=report,
        policy=policy,
        wallets=tuple(wallets),
        today=today,
        violations=ordered(found),
        open_ends=open_ends(report, asked),
        counts=tally.counts,
    )


@dataclass(slots=True)
class _Tally:
    """How the approvals come out, each in one way."""

    live: int = 0
    violating: int = 0
    warned: int = 0
    covered: int = 0
    passed: int = 0
    spam: int = 0

    def add(self, said: Sequence[Violation]) -> None:
        self.live += 1
        if any(each.fails for each in said):
            self.violating += 1
        elif any(each.warns and each.check != SPAM_CHECK for each in said):
            self.warned += 1
        elif any(each.warns for each in said):
            self.spam += 1
        elif said:
            self.covered += 1
        else:
            self.passed += 1

    @property
    def counts(self) -> Counts:
        return Counts(
            live=self.live,
            violating=self.violating,
            warned=self.warned,
            covered=self.covered,
            passed=self.passed,
            spam=self.spam,
        )
