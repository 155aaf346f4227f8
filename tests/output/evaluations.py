"""Evaluations as treasuries have them: what a screen shows, and what floods it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from allowctl.model.approval import Kind, NotServed
from allowctl.model.chain import BlockRange
from allowctl.model.coverage import Gap
from allowctl.model.evaluation import (
    Counts,
    Cover,
    CoverKind,
    Evaluation,
    OpenEnd,
    Subject,
    Violation,
)
from allowctl.model.finding import Level
from allowctl.model.missing import Lack, Missing
from allowctl.model.naming import NameCheck, NameClaim
from allowctl.model.place import Place
from allowctl.model.policy import (
    Action,
    BaselineFile,
    Limits,
    OnRefused,
    Policy,
    PolicyRule,
)
from allowctl.model.report import AuditedRecord, Record, Scan
from allowctl.model.settings import Origin, Wallet
from allowctl.risk.audit import audit
from tests.build import (
    OWNER,
    address,
    allowance,
    amount,
    candidate,
    context,
    coverage,
    record,
    scan,
    scan_report,
    spender_facts,
    token_facts,
)
from tests.output import wallet as years
from tests.policy import making
from tests.policy.making import BASE, EVIL, FILE, place

GRANTS = address(0x6A47)
MESSAGES = {
    "fail-on": "its level is {level}, and the policy fails on high and worse",
    "unlimited": "it is unlimited, and the policy lets nothing unlimited pass",
    "max-age": "it was raised 400 d ago, and the policy lets it get 180 d old",
}
LINES = {"fail-on": 3, "unlimited": 4, "max-age": 5}


def grants() -> Wallet:
    """A second wallet, on one chain alone."""
    return Wallet(
        name="grants",
        address=GRANTS,
        chains=("base",),
        origin=Origin.PROJECT,
        ens="grants.example.eth",
        place=place(16, "wallet[1]"),
    )


def policy() -> Policy:
    """Everything that a policy can say, said."""
    limits = Limits(
        fail_on=Level.HIGH,
        refused=OnRefused.FAIL,
        max_value_at_risk_usd=Decimal(250_000),
        max_total_value_at_risk_usd=Decimal(1_000_000),
        max_age=180 * 86_400,
        max_unused=90 * 86_400,
        allow_unlimited=False,
        denied_kinds=frozenset({Kind.OPERATOR}),
    )
    rule = PolicyRule(
        place=place(30, "rule[0]"),
        id="no-plain-keys",
        action=Action.DENY,
        reason="keys are no protocols",
    )
    return Policy(
        file=FILE,
        limits=limits,
        rules=(rule,),
        allows=(making.allow(), making.allow(1)),
        baseline=BaselineFile(
            place=place(60, "baseline.file"),
            path=Path("/repo/ops/.allowctl-baseline.json"),
        ),
    )


def found(
    check: str, of: Subject, *, cover: Cover | None = None, number: int = 0
) -> Violation:
    """A check of `[policy]` that an approval does not meet."""
    message = MESSAGES[check].format(level=of.level)
    where = place(LINES[check], f"policy.{check.replace('-', '_')}")
    each = making.violation(of, check=check, where=where, number=number, cover=cover)
    return replace(each, message=message)


def treasury() -> Evaluation:
    """Two wallets of many years: a failing check as a person meets it."""
    rows = audit(years.records(), context()).records
    seen = scan(allowances=rows, refused=(making.refusal(),))
    other = scan(chain=BASE, owner=GRANTS, coverage=replace(coverage(), gaps=(_gap(),)))
    of = Subject(wallet=making.wallet(), scan=seen)
    claim = NameClaim(wallet="grants", name="grants.example.eth", address=GRANTS)
    report = replace(
        scan_report(seen, other),
        names=(
            NameCheck(claim=claim, found=OWNER),
            NameCheck(claim=replace(claim, wallet="treasury"), found=None),
            NameCheck(claim=claim, found=Missing(Lack.FAILED, "nobody answered")),
        ),
    )
    violations = sorted(_all(of), key=lambda each: (not each.fails, not each.warns))
    return replace(
        making.evaluation(*violations, report=report, policy=policy()),
        wallets=(making.wallet(), grants()),
        counts=_counts(rows, violations),
        open_ends=(
            OpenEnd(
                wallet=grants(),
                chain_id=8453,
                chain="base",
                reason="blocks 5 to 9 were not served: node.example: too busy",
            ),
        ),
    )


def _gap() -> Gap:
    return Gap(blocks=BlockRange(5, 9), reason="node.example: too busy")


def _all(of: Subject) -> Iterable[Violation]:
    """What the policy has against the wallet, its approvals, and itself."""
    assert of.scan is not None
    rows = [each for each in of.scan.allowances if not each.spam]
    for number, row in enumerate(rows):
        subject = replace(of, row=row)
        cover = _cover(number)
        if row.level >= Level.HIGH:
            yield found("fail-on", subject, cover=cover, number=10 * number)
        if row.record.unlimited and number < 6:
            yield found("unlimited", subject, cover=cover, number=10 * number + 1)
    yield replace(
        making.violation(
            replace(of, row=rows[1]),
            check="rule.no-plain-keys",
            number=900,
            where=place(30, "rule[0]"),
        ),
        message='the rule denies it: "keys are no protocols"',
    )
    yield replace(
        making.violation(
            replace(of, row=rows[-1]),
            check="unpriced",
            action=Action.WARN,
            number=901,
            where=place(9, "policy.max_value_at_risk_usd"),
        ),
        message="what it puts at risk is not known: no source has a price",
    )
    yield replace(
        making.violation(
            Subject(wallet=making.wallet()),
            check="max-value-at-risk",
            number=902,
            where=place(9, "policy.max_value_at_risk_usd"),
        ),
        message="$31.44M at risk, and the policy lets it have $250,000",
    )
    yield replace(
        making.violation(
            check="allow-expired", number=903, where=place(41, "allow[1].expires")
        ),
        message="it expired on 2026-08-31, and applies no more",
    )
    assert of.scan.refused
    yield replace(
        making.violation(
            replace(of, refused=of.scan.refused[0]),
            check="refused",
            number=904,
            where=Place(file="--refused", line=0),
        ),
        message="the contract does not answer, and the policy lets none pass",
    )


def _cover(number: int) -> Cover | None:
    if number != 3:
        return None
    return Cover(
        kind=CoverKind.ALLOW,
        place=place(40, "allow[0]"),
        reason="settlement, OPS-12",
        owner="ops@example.org",
        expires=date(2027, 3, 31),
    )


def _counts(rows: Iterable[AuditedRecord], violations: Iterable[Violation]) -> Counts:
    """By the violations of each row, so that all of them add up."""
    fates = {"violating": 0, "warned": 0, "covered": 0, "passed": 0, "spam": 0}
    every = list(violations)
    for row in rows:
        of = [each for each in every if each.subject.row is row]
        if row.spam:
            fate = "spam"
        elif any(each.fails for each in of):
            fate = "violating"
        elif any(each.warns for each in of):
            fate = "warned"
        else:
            fate = "covered" if of else "passed"
        fates[fate] += 1
    return Counts(live=sum(fates.values()), **fates)


def incomplete() -> Evaluation:
    """Nothing is against what was seen; not all was."""
    lost = NotServed(candidate=candidate(token=address(0xDA)), reason=EVIL)
    seen = scan(allowances=making.rows(), unserved=(lost,))
    end = OpenEnd(
        wallet=making.wallet(),
        chain_id=1,
        chain="ethereum",
        reason="1 approval could not be read: node.example: too busy",
    )
    return making.evaluation(report=scan_report(seen), open_ends=(end,))


def forgiven() -> Evaluation:
    """The same, but nobody minds."""
    whole = incomplete()
    ends = tuple(replace(each, forgiven=True) for each in whole.open_ends)
    return replace(whole, open_ends=ends)


def flooded(number: int = 60) -> Evaluation:
    """So many rows of one planted token above one that matters.

    As many again are covered, refused and not seen.
    """
    planted = [_planted(each) for each in range(number)]
    serious = record(allowance(amount(7), token=address(0xACE)))
    rows = audit([*planted, serious], context()).records
    last = next(each for each in rows if each.record.allowance == serious.allowance)
    some = [each for each in rows if each is not last]
    refused = tuple(making.refusal(each) for each in range(number))
    seen = scan(allowances=(*some, last), refused=refused)
    of = Subject(wallet=making.wallet(), scan=seen)
    cover = Cover(kind=CoverKind.BASELINE, place=place(60, "baseline.file"), reason="")
    return making.evaluation(
        *(
            found("fail-on", replace(of, row=each), number=n)
            for n, each in enumerate(some)
        ),
        found("fail-on", replace(of, row=last), number=777),
        *(
            making.violation(replace(of, refused=each), check="refused", number=n)
            for n, each in enumerate(refused, 1_000)
        ),
        *(
            found("max-age", replace(of, row=each), number=2_000 + n, cover=cover)
            for n, each in enumerate(some)
        ),
        report=scan_report(seen),
        open_ends=tuple(
            OpenEnd(chain_id=1, chain="ethereum", reason=f"{n} was not served")
            for n in range(number + 20)
        ),
        counts=Counts(live=number + 1, violating=number + 1),
    )


def _planted(number: int) -> Record:
    spender = address(0xBAD000 + number)
    return record(
        allowance(amount(2**256 - 1), token=address(0xF1000D), spender=spender),
        token=token_facts(address=address(0xF1000D), symbol=EVIL),
        spender=spender_facts(address=spender),
    )


def tokens(number: int) -> Evaluation:
    """So many planted tokens of a row each: no token has too many."""
    rows = audit(
        [
            record(allowance(amount(2**256 - 1), token=address(0xF10000 + each)))
            for each in range(number)
        ],
        context(),
    ).records
    seen: Scan = scan(allowances=rows)
    of = Subject(wallet=making.wallet(), scan=seen)
    return making.evaluation(
        *(
            found("unlimited", replace(of, row=each), number=n)
            for n, each in enumerate(rows)
        ),
        report=scan_report(seen),
        counts=Counts(live=number, violating=number),
    )
