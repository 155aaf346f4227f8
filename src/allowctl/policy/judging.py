"""Each approval and each refusal of a scan, its checks, and what covers them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from allowctl.model.evaluation import Cover, CoverKind, Subject, Violation
from allowctl.model.place import Place
from allowctl.model.policy import Action, OnRefused, Policy
from allowctl.model.report import AuditedRecord, Scan
from allowctl.policy import fingerprints
from allowctl.policy.acknowledged import Acknowledged
from allowctl.policy.baseline import Baseline
from allowctl.policy.entries import Allows
from allowctl.policy.judged import Fault, Judged, first
from allowctl.policy.rows import faults
from allowctl.policy.rules import Ruling, naming_spam, ruling
from allowctl.policy.spam import suspected
from allowctl.policy.whose import Whose


class Judging:
    """A policy at work: it learns on its way which entries were needed."""

    def __init__(
        self, policy: Policy, whose: Whose, baseline: Baseline | None, today: date
    ) -> None:
        self.allows = Allows(policy.allows, today)
        self.acknowledged = Acknowledged(policy.acknowledged, today)
        self._policy = policy
        self._whose = whose
        self._of_spam = naming_spam(policy.rules)
        self._baseline = baseline or Baseline()

    def row(self, scan: Scan, row: AuditedRecord) -> Sequence[Violation]:
        """All that is against a live approval, covered or not.

        Spam is judged by nothing but the rules that name it: anyone can plant it.
        Where none of them is against it, that it is spam is told: it may be none.
        """
        wallets = self._whose.of(scan.owner, scan.chain)
        of = Judged(scan=scan, wallets=wallets, row=row)
        rules = self._of_spam if row.spam else self._policy.rules
        said = ruling(of, rules, self._policy.unpriced)
        if not row.spam:
            own = tuple(faults(of, self._policy))
        else:
            own = () if said.faults else (suspected(of, self._policy),)
        return self._violations(of, (*own, *said.faults), said)

    def _violations(
        self, of: Judged, found: Sequence[Fault], said: Ruling
    ) -> Sequence[Violation]:
        if not found:
            return ()
        # A rule that ignores does so only where no rule is against the approval.
        passes = self.allows.cover(of) or said.ignored
        subject = of.subject
        spender = of.record.allowance.spender
        remark = "" if passes else self.allows.remark(of)
        violations = []
        for fault in found:
            mark = fingerprints.of_approval(
                of.scan.chain.id, of.candidate, spender, fault.check
            )
            cover = passes or self._known(mark, subject)
            grown = "" if cover else self._baseline.remark(mark, subject)
            violations.append(
                Violation(
                    check=fault.check,
                    action=fault.action,
                    message=fault.message + ("" if cover else remark + grown),
                    place=fault.place,
                    fingerprint=mark,
                    subject=subject,
                    cover=cover,
                    outgrown=bool(grown),
                )
            )
        return violations

    def refusals(self, scan: Scan) -> Iterable[Violation]:
        """The contracts that do not answer, where the policy fails on that."""
        if self._policy.limits.refused is not OnRefused.FAIL:
            return
        chain, wallets = scan.chain, self._whose.of(scan.owner, scan.chain)
        for refused in scan.refused:
            of = refused.candidate
            mark = fingerprints.of_approval(chain.id, of, of.spender, "refused")
            subject = Subject(wallet=first(wallets), scan=scan, refused=refused)
            passes = self.acknowledged.cover(str(chain.id), refused)
            cover = passes or self._known(mark, subject)
            grown = "" if cover else self._baseline.remark(mark, subject)
            yield Violation(
                check="refused",
                action=Action.DENY,
                message=f"it gives no answer, and the policy fails on that{grown}",
                place=self._policy.place("refused"),
                fingerprint=mark,
                subject=subject,
                cover=cover,
                outgrown=bool(grown),
            )

    def meet(self, scan: Scan) -> None:
        """Tell the entries what there is: live or not, judged or not, read or not.

        What did not answer may well be what an entry allows.
        """
        chain = str(scan.chain.id)
        names = [each.name for each in self._whose.of(scan.owner, scan.chain)]
        audited = (each.record for each in (*scan.allowances, *scan.expired))
        for record in (*audited, *scan.dormant):
            allowance = record.allowance
            self.allows.meet(chain, names, allowance.candidate, allowance.spender)
        for refused in scan.refused:
            of = refused.candidate
            self.allows.meet(chain, names, of, of.spender)
            self.acknowledged.meet(chain, refused)

    def _known(self, mark: str, subject: Subject) -> Cover | None:
        if not self._baseline.covers(mark, subject):
            return None
        said = self._policy.baseline
        # No file names it: it has just been written.
        place = Place(file="", line=0, key="baseline")
        return Cover(
            kind=CoverKind.BASELINE,
            place=place if said is None else said.place,
            reason="",
        )
