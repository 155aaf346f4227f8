"""`[policy]` and one approval: which of its checks that does not meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from allowctl.model.approval import Everything
from allowctl.model.missing import Lack, Missing
from allowctl.model.policy import Action, Limits, OnUnpriced, Policy
from allowctl.model.value import Unpriced
from allowctl.policy.judged import Fault, Judged
from allowctl.policy.words import ago, duration, listed, up_to

_WHY = {
    Unpriced.NOT_ASKED: "no price was asked for",
    Unpriced.NO_PRICE: "no price is known",
    Unpriced.THIN: "no price with liquidity is known",
    Unpriced.BEYOND: "its pools hold less than it would be worth",
    Unpriced.NO_BALANCE: "the balance is not known",
    Unpriced.FURTHER: "it reaches further than the balance",
    Unpriced.ITEMS: "items have no price here",
    Unpriced.UNSERVED: "no price was served",
}


def faults(of: Judged, policy: Policy) -> Iterator[Fault]:
    """What `[policy]` has against an approval, each check once."""
    for check, key, judge in _CHECKS:
        said = judge(of, policy.limits)
        if said is not None:
            yield Fault(
                check=check, action=Action.DENY, message=said, place=policy.place(key)
            )
    yield from _unpriced(of, policy)


def use_unserved(of: Judged, limits: Limits) -> Missing | None:
    """Why it is open whether an approval was used lately; None where it is not."""
    used = of.record.used_at
    if limits.max_unused is None or not _beyond(of.age, limits.max_unused):
        return None
    return used if isinstance(used, Missing) and used.lack is Lack.FAILED else None


def _level(of: Judged, limits: Limits) -> str | None:
    # A level that is unknown is below all: the scan is incomplete anyway.
    if of.row.level < limits.fail_on:
        return None
    worst = up_to(limits.fail_on)
    return f"its level is {of.row.level}, and the policy fails on {worst}"


def _unlimited(of: Judged, limits: Limits) -> str | None:
    if limits.allow_unlimited or not of.record.unlimited:
        return None
    what = "is for all that there is, and will be"
    if not isinstance(of.grant, Everything):
        what = "is unlimited"
    return f"it {what}, and the policy lets no approval be unlimited"


def _denied(of: Judged, limits: Limits) -> str | None:
    kind = of.candidate.kind
    if kind not in limits.denied_kinds or _not_allowed(of, limits):
        return None
    denied = listed(sorted(limits.denied_kinds))
    return f"its kind is {kind}, and the policy denies {denied}"


def _not_allowed(of: Judged, limits: Limits) -> str | None:
    kind, allowed = of.candidate.kind, limits.allowed_kinds
    if allowed is None or kind in allowed:
        return None
    only = f"only {listed(sorted(allowed))}" if allowed else "none"
    return f"its kind is {kind}, and the policy allows {only}"


def _age(of: Judged, limits: Limits) -> str | None:
    most, age = limits.max_age, of.age
    if most is None or not _beyond(age, most):
        return None
    limit = f"the policy lets none be older than {duration(most)}"
    return f"{_raised(age, most)}, and {limit}"


def _unused(of: Judged, limits: Limits) -> str | None:
    most, used = limits.max_unused, of.record.used_at
    if most is None or not _beyond(of.age, most):
        return None
    whole = duration(most)
    lately = f"in the last {whole}, which is the most that the policy lets pass"
    match used:
        case int() if of.scan.as_of.timestamp - used <= most:
            return None
        case int():
            last = ago(of.scan.as_of.timestamp - used, most)
            use = f"last used {last}, and the policy lets {whole} pass at the most"
        case Missing(lack=Lack.FAILED):
            return None  # open, which is neither yes nor no (open_ends.py)
        case Missing():
            use = f"not known to have been used {lately}"
        case None:
            use = f"not used {lately}"
    return f"{_raised(of.age, most)} and {use}"


def _beyond(age: int | None, most: int) -> bool:
    """Whether an age is beyond the most; one that is not known is."""
    return age is None or age > most


def _raised(age: int | None, most: int) -> str:
    if age is None:
        return "raised at an unknown time"
    return f"raised {ago(age, most)}"


def _unpriced(of: Judged, policy: Policy) -> Iterator[Fault]:
    value = of.record.value
    if of.usd is not None or not isinstance(value, Unpriced):
        return
    said = Fault(
        check="unpriced",
        action=Action.DENY,
        message=f"its value at risk is unknown: {_WHY[value]}",
        place=policy.place("unpriced"),
    )
    match policy.unpriced:
        case OnUnpriced.FAIL:
            yield said
        case OnUnpriced.WARN:
            yield replace(said, action=Action.WARN)
        case OnUnpriced.IGNORE:
            pass


_CHECKS: tuple[tuple[str, str, Callable[[Judged, Limits], str | None]], ...] = (
    ("fail-on", "fail_on", _level),
    ("unlimited", "allow_unlimited", _unlimited),
    ("kind", "allowed_kinds", _not_allowed),
    ("kind", "denied_kinds", _denied),
    ("max-age", "max_age", _age),
    ("max-unused", "max_unused", _unused),
)
"""Id, key, and the sentence where it is not met."""
