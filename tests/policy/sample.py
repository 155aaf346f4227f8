"""One evaluation with all that there can be, and how it comes out as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from allowctl.model.chain import BlockRange
from allowctl.model.coverage import Gap
from allowctl.model.evaluation import Evaluation
from allowctl.model.finding import Level
from allowctl.model.naming import NameCheck, NameClaim
from allowctl.model.policy import (
    Acknowledgement,
    Action,
    Condition,
    Limits,
    OnRefused,
    Policy,
    PolicyRule,
)
from allowctl.policy.evaluate import evaluate
from tests import build
from tests.build import MAINNET, OWNER, SPENDER, TOKEN, address
from tests.policy.making import (
    BASE,
    EVIL,
    FILE,
    TODAY,
    allow,
    judged,
    place,
    refusal,
    wallet,
)


def policy() -> Policy:
    """Of each sort of entry one that covers, one that is unused, one that is over."""
    over = date(2026, 9, 1)
    return Policy(
        file=FILE,
        limits=Limits(
            fail_on=Level.MEDIUM,
            refused=OnRefused.FAIL,
            max_value_at_risk_usd=Decimal(10_000),
            max_total_value_at_risk_usd=Decimal(5_000),
            max_age=180 * 86_400,
            max_unused=90 * 86_400,
            allow_unlimited=False,
        ),
        rules=(
            PolicyRule(
                place=place(30, "rule[0]"),
                id="old",
                action=Action.WARN,
                when=Condition(min_age=86_400),
            ),
            PolicyRule(
                place=place(31, "rule[1]"),
                id="no-operators",
                action=Action.DENY,
                when=Condition(unlimited=True, min_value_usd=Decimal(1)),
            ),
        ),
        allows=(
            allow(0, token=TOKEN, reason=EVIL),
            allow(1, token=TOKEN, max_amount=5),
            allow(2, token=address(0xC0), code_hash="0x" + "11" * 32),
            allow(3, chain="1", token=address(0xDEAD)),
            allow(4, expires=over),
            allow(5, token=TOKEN, reason="settlement"),
        ),
        acknowledged=(
            Acknowledgement(
                place=place(60, "acknowledge[0]"),
                chain="1",
                token=refusal().candidate.token,
                reason=EVIL,
            ),
            Acknowledgement(
                place=place(61, "acknowledge[1]"),
                chain="1",
                token=address(0xDEAD),
                reason=EVIL,
            ),
            Acknowledgement(
                place=place(62, "acknowledge[2]"),
                chain="1",
                token=address(0xDEAD),
                reason=EVIL,
                expires=over,
            ),
        ),
    )


def evaluation() -> Evaluation:
    """Two scans, one of them with a gap, and a name that leads elsewhere."""
    gap = Gap(blocks=BlockRange(5, 9), reason="node.example: too busy")
    scans = (
        replace(judged(), refused=(refusal(1), refusal(2))),
        build.scan(chain=BASE, coverage=replace(build.coverage(), gaps=(gap,))),
    )
    claim = NameClaim(wallet="treasury", name="x.eth", address=OWNER)
    report = replace(
        build.scan_report(*scans), names=(NameCheck(claim=claim, found=SPENDER),)
    )
    assert MAINNET.name in wallet().chains
    return evaluate(report, policy(), [wallet()], today=TODAY)


def told() -> str:
    """All of it, a line for each thing."""
    found = evaluation()
    lines = [
        f"{each.place} {each.check} {each.action} {each.fingerprint}: {each.message}"
        f" [{each.cover and each.cover.place}]"
        for each in found.violations
    ]
    ends = [f"{each.chain} {each.forgiven}: {each.reason}" for each in found.open_ends]
    return "\n".join([*lines, *ends, str(found.counts)])
