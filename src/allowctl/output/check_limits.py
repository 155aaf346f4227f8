"""What a policy lets pass, in words."""

from __future__ import annotations

from collections.abc import Iterator

from allowctl.model.finding import Level
from allowctl.model.policy import OnRefused, OnUnpriced, Policy
from allowctl.output import located
from allowctl.output.check_words import own
from allowctl.output.money import dollars
from allowctl.output.prose import several

_SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def span(seconds: int) -> str:
    """A length of time, exactly, in the largest unit that has it whole."""
    length, unit = next(each for each in _SPANS if seconds % each[0] == 0)
    return f"{seconds // length:,} {unit}"


def entries(policy: Policy, root: str) -> str:
    """The policy's file, and how much stands in it besides the limits."""
    parts = [
        several(len(policy.rules), "rule"),
        f"{len(policy.allows):,} allow {_entries(len(policy.allows))}",
    ]
    if policy.acknowledged:
        count = len(policy.acknowledged)
        parts.append(f"{count:,} acknowledge {_entries(count)}")
    if policy.probes:
        parts.append(several(len(policy.probes), "probe"))
    if policy.baseline is not None:
        file = own(located.inside(str(policy.baseline.path), root))
        parts.append(f"baseline {file}")
    file = own(located.inside(policy.file, root)) if policy.file else "no file"
    return f"{file} ({', '.join(parts)})"


def limits(policy: Policy) -> str:
    """What the check fails on, and what it warns of."""
    of = policy.limits
    worse = "" if of.fail_on is Level.CRITICAL else " and worse"
    parts = [f"level {of.fail_on}{worse}", *_of_rows(policy), *_of_wallets(policy)]
    if of.refused is OnRefused.FAIL:
        parts.append("contracts that do not answer")
    if of.fail_on_incomplete:
        parts.append("what could not be seen")
    said = f"fails on: {'; '.join(parts)}"
    warns = policy.unpriced is OnUnpriced.WARN
    return f"{said}. Warns of what has no price" if warns else said


def _of_rows(policy: Policy) -> Iterator[str]:
    of = policy.limits
    if not of.allow_unlimited:
        yield "unlimited approvals"
    if of.allowed_kinds is not None:
        yield f"kinds other than {', '.join(sorted(of.allowed_kinds))}"
    if of.denied_kinds:
        yield f"kind {', '.join(sorted(of.denied_kinds))}"
    if of.max_age is not None:
        yield f"raised more than {span(of.max_age)} ago"
    if of.max_unused is not None:
        yield f"not used for more than {span(of.max_unused)}"
    if policy.unpriced is OnUnpriced.FAIL:
        yield "what has no price"


def _of_wallets(policy: Policy) -> Iterator[str]:
    of = policy.limits
    if of.max_value_at_risk_usd is not None:
        yield f"more than {dollars(of.max_value_at_risk_usd)} at risk in a wallet"
    if of.max_total_value_at_risk_usd is not None:
        yield f"more than {dollars(of.max_total_value_at_risk_usd)} at risk in all"


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"
