"""Policies and evaluations for tests: sensible by default, hostile where it counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from allowctl.model.approval import Kind, Refused
from allowctl.model.chain import Chain
from allowctl.model.evaluation import (
    Counts,
    Cover,
    CoverKind,
    Evaluation,
    OpenEnd,
    Subject,
    Violation,
)
from allowctl.model.facts import SpenderKind
from allowctl.model.place import Place
from allowctl.model.policy import Action, AllowEntry, Policy
from allowctl.model.report import AuditedRecord, Report, Scan
from allowctl.model.settings import Origin, Wallet
from allowctl.risk.audit import audit
from tests.build import (
    NOW,
    OWNER,
    SPENDER,
    UNLIMITED,
    address,
    allowance,
    amount,
    candidate,
    context,
    record,
    scan,
    scan_report,
    spender_facts,
    token_facts,
    worth,
)

ROOT = "/repo"
FILE = "/repo/ops/allowctl.toml"
TODAY = date(2026, 9, 21)
"""The day of `NOW`."""
EVIL = "::error::\x1b[31m<script>`|[x](http://evil.example)`##[error]\u202e\n=1+1"
"""A symbol, or somebody's reason, that wants to be more than text."""
BASE = Chain(id=8453, name="base", aliases=())


def place(line: int = 1, key: str = "") -> Place:
    return Place(file=FILE, line=line, key=key)


def wallet(name: str = "treasury", *, number: int = 0) -> Wallet:
    """A wallet of the policy's file, in line 10."""
    return Wallet(
        name=name,
        address=OWNER if not number else address(number),
        chains=("ethereum",),
        origin=Origin.PROJECT,
        place=place(10 + number, f"wallet[{number}]"),
    )


def allow(number: int = 0, **parts: object) -> AllowEntry:
    """An entry for `SPENDER`, of whatever token, until further notice."""
    plain = AllowEntry(
        place=place(40 + number, f"allow[{number}]"),
        reason="settlement, OPS-12",
        spender=SPENDER,
    )
    return replace(plain, **parts)  # type: ignore[arg-type]


def rows() -> tuple[AuditedRecord, ...]:
    """A key that may take everything, a quiet contract, and a collection's operator."""
    eoa = address(0xE0A)
    records = [
        record(
            allowance(amount(UNLIMITED), spender=eoa),
            token=token_facts(symbol=EVIL),
            spender=spender_facts(SpenderKind.EOA, address=eoa, label=EVIL),
            value=worth(12_000),
            raised_at=NOW - 400 * 86_400,
        ),
        record(allowance(amount(1_000)), value=worth(1), raised_at=NOW - 86_400),
        record(allowance(kind=Kind.OPERATOR, token=address(0xC0)), raised_at=NOW),
    ]
    return audit(records, context()).records


def refusal(number: int = 1) -> Refused:
    return Refused(candidate=candidate(token=address(0xBAD + number)), reason="reverts")


def judged() -> Scan:
    """A scan with all rows, and a contract that does not answer."""
    return scan(allowances=rows(), refused=(refusal(),))


def violation(  # noqa: PLR0913 - its parts, all by name
    subject: Subject | None = None,
    *,
    check: str = "fail-on",
    action: Action = Action.DENY,
    number: int = 0,
    cover: Cover | None = None,
    where: Place | None = None,
) -> Violation:
    """A violation whose fingerprint is its number."""
    return Violation(
        check=check,
        action=action,
        message="its level is critical, and the policy fails on high and worse",
        place=where or place(3, "policy.fail_on"),
        fingerprint=f"{number:032x}",
        subject=subject or Subject(),
        cover=cover,
    )


def evaluation(
    *violations: Violation,
    report: Report | None = None,
    open_ends: tuple[OpenEnd, ...] = (),
    counts: Counts | None = None,
    policy: Policy | None = None,
) -> Evaluation:
    return Evaluation(
        report=report or scan_report(judged()),
        policy=policy or Policy(file=FILE, allows=(allow(),)),
        wallets=(wallet(),),
        today=TODAY,
        violations=violations,
        open_ends=open_ends,
        counts=counts or Counts(live=3, passed=3),
    )


def passing() -> Evaluation:
    """Nothing is against anything, and all was seen."""
    return evaluation()


def rich() -> Evaluation:
    """Of everything that an evaluation can hold, one."""
    seen = judged()
    first, second, third = seen.allowances
    of = Subject(wallet=wallet(), scan=seen)
    return evaluation(
        violation(replace(of, row=first), number=1),
        violation(
            of, check="max-value-at-risk", number=2, where=place(5, "policy.max")
        ),
        violation(check="allow-expired", number=3, where=place(41, "allow[1].expires")),
        violation(
            replace(of, refused=seen.refused[0]),
            check="refused",
            number=4,
            where=place(6, "policy.refused"),
        ),
        violation(
            replace(of, row=third),
            check="rule.no-operators",
            action=Action.WARN,
            number=5,
            where=place(20, "rule[0]"),
        ),
        violation(
            check="allow-unused",
            action=Action.WARN,
            number=6,
            where=place(42, "allow[2]"),
        ),
        violation(
            replace(of, row=second),
            number=7,
            cover=Cover(
                kind=CoverKind.ALLOW,
                place=place(40, "allow[0]"),
                reason=EVIL,
                owner="ops@example.org",
                expires=date(2027, 3, 31),
            ),
        ),
        violation(
            replace(of, row=second),
            check="max-age",
            number=8,
            cover=Cover(
                kind=CoverKind.BASELINE, place=place(60, "baseline.file"), reason=""
            ),
        ),
        report=scan_report(seen, scan(chain=BASE)),
        open_ends=(
            OpenEnd(
                wallet=wallet(),
                chain_id=1,
                chain="ethereum",
                reason="blocks 5 to 9 were not served: node.example: too busy",
            ),
            OpenEnd(chain_id=8453, chain="base", reason=EVIL, forgiven=True),
        ),
        counts=Counts(live=3, violating=1, warned=1, covered=1),
    )
