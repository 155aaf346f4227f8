"""CPU of holding many approvals against a policy, in a process of its own.

    python -m benchmarks.checks 5000 1000

prints seconds of CPU as JSON: the rules of risk over so many records, the policy of
so many entries over the same, and each rendering of what it comes to.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import date

from allowctl.model.chain import Address
from allowctl.model.finding import Level
from allowctl.model.place import Place
from allowctl.model.policy import (
    Action,
    AllowEntry,
    Condition,
    Limits,
    Policy,
    PolicyRule,
)
from allowctl.model.settings import Origin, Wallet
from allowctl.output import check_table, check_v1, junit, sarif
from allowctl.output.table import Screen
from allowctl.policy.evaluate import evaluate
from allowctl.risk.audit import audit
from allowctl.risk.rule import Context
from benchmarks.judge import AS_OF, CHAIN, OWNER, record, report

_FILE = "/repo/allowctl.toml"


def main(rows: int, entries: int) -> None:
    """Judge so many records, then evaluate so many entries over them."""
    records = [record(number) for number in range(rows)]
    context = Context(chain=CHAIN, as_of=AS_OF)
    took: dict[str, float] = {}

    def timed(name: str, work: Callable[[], object]) -> object:
        begin = time.process_time()
        result = work()
        took[name] = time.process_time() - begin
        return result

    audited = audit(records, context)
    timed("audit", lambda: audit(records, context))
    whole = report(audited.records)
    policy = _policy(entries)
    wallet = Wallet(
        name="treasury",
        address=OWNER,
        origin=Origin.PROJECT,
        place=Place(file=_FILE, line=3),
    )
    evaluation = evaluate(whole, policy, [wallet], today=date(2026, 1, 1))
    timed("evaluate", lambda: evaluate(whole, policy, [wallet], today=date(2026, 1, 1)))
    for name, render in {
        "table": lambda: check_table.render(evaluation, Screen(), "/repo"),
        "json": lambda: check_v1.render(evaluation, "/repo"),
        "sarif": lambda: sarif.render(evaluation, "/repo"),
        "junit": lambda: junit.render(evaluation, "/repo"),
    }.items():
        timed(name, render)
    json.dump(took | {"violations": len(evaluation.violations)}, sys.stdout)


def _policy(entries: int) -> Policy:
    """Every second entry is about a spender that is there."""
    return Policy(
        file=_FILE,
        limits=Limits(fail_on=Level.MEDIUM, max_age=30 * 86_400, allow_unlimited=False),
        rules=tuple(
            PolicyRule(
                place=Place(file=_FILE, line=20 + number),
                id=f"rule-{number}",
                action=Action.DENY,
                when=Condition(min_level=Level.HIGH, min_amount=10**number),
            )
            for number in range(5)
        ),
        allows=tuple(
            AllowEntry(
                place=Place(file=_FILE, line=100 + number, key=f"allow[{number}]"),
                reason="as agreed",
                spender=Address(f"0x{number + 7 + number % 2 * 10**9:040x}"),
            )
            for number in range(entries)
        ),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
