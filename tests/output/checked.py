"""Evaluations for what code hosts show: too many of everything, and anything at all."""

from __future__ import annotations

import functools
from dataclasses import replace

from hypothesis import strategies as st

from allowctl.model.evaluation import (
    Cover,
    CoverKind,
    Evaluation,
    OpenEnd,
    Subject,
)
from allowctl.model.place import Place
from allowctl.model.policy import Action, Policy, PolicyRule
from allowctl.model.report import AuditedRecord
from allowctl.policy.checks import CHECKS
from tests.build import address, scan, scan_report
from tests.output import anything
from tests.policy import making

MANY = 6_000
"""More violations than GitHub shows."""


@functools.cache
def many(count: int = MANY) -> Evaluation:
    """So many approvals; of three one violates, one is under a warning, one covered."""
    some = tuple(_numbered(making.rows()[0], number) for number in range(count))
    seen = scan(allowances=some)
    cover = Cover(kind=CoverKind.ALLOW, place=making.place(40, "allow[0]"), reason="it")
    found = [
        making.violation(
            Subject(wallet=making.wallet(), scan=seen, row=row),
            number=number,
            action=(Action.DENY, Action.WARN, Action.DENY)[number % 3],
            cover=(None, None, cover)[number % 3],
        )
        for number, row in enumerate(some)
    ]
    return making.evaluation(*found, report=scan_report(seen))


def _numbered(row: AuditedRecord, number: int) -> AuditedRecord:
    spender = address(0xF0000 + number)
    record = row.record
    return replace(
        row,
        record=replace(
            record,
            allowance=replace(record.allowance, spender=spender),
            spender=replace(record.spender, address=spender),
        ),
    )


_places = st.just(Place(file="--fail-on", line=0)) | st.builds(
    making.place, st.integers(1, 99), st.sampled_from(("", "rule[0]", "allow[1].token"))
)
_covers = st.builds(
    Cover,
    kind=st.sampled_from(CoverKind),
    place=_places,
    reason=anything.said,
    owner=st.none() | anything.said,
    expires=st.none() | st.dates(),
)
_ends = st.builds(
    OpenEnd,
    reason=anything.said,
    wallet=st.none() | st.just(making.wallet()),
    chain=st.none() | anything.said,
    forgiven=st.booleans(),
)


@st.composite
def evaluations(draw: st.DrawFn) -> Evaluation:
    """Whatever somebody's tokens, files and endpoints say."""
    report = draw(anything.reports())
    wallets = (making.wallet(),)
    subjects = [Subject(), Subject(wallet=wallets[0])]
    for seen in report.scans:
        of = Subject(wallet=draw(st.sampled_from((None, *wallets))), scan=seen)
        subjects.append(of)
        subjects += [replace(of, row=each) for each in seen.allowances]
        subjects += [replace(of, refused=each) for each in seen.refused]
    checks = st.sampled_from((*CHECKS, "rule.mine", "rule.other"))
    found = [
        making.violation(
            draw(st.sampled_from(subjects)),
            check=draw(checks),
            action=draw(st.sampled_from((Action.DENY, Action.WARN))),
            number=number,
            cover=draw(st.none() | _covers),
            where=draw(_places),
        )
        for number in range(draw(st.integers(0, 8)))
    ]
    rule = PolicyRule(
        place=making.place(20, "rule[0]"),
        id="mine",
        action=Action.DENY,
        reason=draw(anything.said),
    )
    return making.evaluation(
        *found,
        report=report,
        open_ends=tuple(draw(st.lists(_ends, max_size=3))),
        policy=Policy(file=making.FILE, rules=(rule,)),
    )
