"""`when` of a rule and one approval: it holds, it does not, or nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from allowctl.model.chain import Address
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Finding, Level
from allowctl.model.policy import Condition, Target
from allowctl.policy.judged import Judged, reach
from allowctl.policy.words import ago, dollars, listed, units


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """All that is known holds; these two may be open."""

    value_known: bool = True
    """Whether what it says of the value holds for certain."""
    age_known: bool = True
    """The same of the age."""

    @property
    def certain(self) -> bool:
        """Whether nothing is open."""
        return self.value_known and self.age_known


def match(when: Condition, of: Judged) -> Match | None:
    """How far a condition holds; None where something that is known does not."""
    if not all(_plain(when, of)):
        return None
    value, age = _worth(when, of), _old(when, of)
    if value is False or age is False:
        return None
    return Match(value_known=value is not None, age_known=age is not None)


def may_match(when: Condition, of: Judged) -> Match | None:
    """The same of all but its rules, where what nobody knows may be as it says."""
    level = of.row.level
    known = replace(when, rules=frozenset())
    if level is Level.UNKNOWN:
        known = replace(known, min_level=None, max_level=None)
    elif of.row.failed:  # it may be worse
        known = replace(known, min_level=None)
    if of.record.spender.kind is SpenderKind.UNKNOWN:
        known = replace(known, spender_kinds=frozenset())
    return match(known, of)


def because(when: Condition, of: Judged) -> str:
    """What of an approval a condition speaks of, as `its level is high, …`.

    Nothing where it speaks of nothing but whose it is and on which chain.
    """
    return ", ".join(_said(when, of))


def _plain(when: Condition, of: Judged) -> Iterator[bool]:
    """What is known of every approval.

    A level that is unknown is none: neither at least nor at most another. Nor has a
    rule found something that could not be evaluated. The scan is incomplete then.
    """
    record, chain, level = of.record, of.chain, of.row.level
    yield not when.kinds or of.candidate.kind in when.kinds
    yield not when.chains or chain in when.chains
    yield not when.wallets or not when.wallets.isdisjoint(of.names)
    yield not when.spender_kinds or record.spender.kind in when.spender_kinds
    yield not when.tokens or _among(of.candidate.token, chain, when.tokens)
    yield not when.spenders or _among(record.allowance.spender, chain, when.spenders)
    yield when.min_level is None or level >= when.min_level
    yield when.max_level is None or Level.UNKNOWN < level <= when.max_level
    yield not when.rules or bool(found(when, of))
    yield when.min_amount is None or _at_least(reach(of.grant), when.min_amount)
    yield when.unlimited is None or record.unlimited is when.unlimited


def _among(address: Address, chain: str, targets: frozenset[Target]) -> bool:
    on_any, here = Target(address=address), Target(address=address, chain=chain)
    return on_any in targets or here in targets


def found(when: Condition, of: Judged) -> list[str]:
    """The rules that it names and that found something."""
    named = {name for each in of.row.findings for name in _names(each)}
    return sorted(named & when.rules)


def _names(finding: Finding) -> tuple[str, ...]:
    if finding.case is None:
        return (finding.rule,)
    return finding.rule, f"{finding.rule}.{finding.case}"


def _at_least(amount: int | None, least: int) -> bool:
    return amount is None or amount >= least


def _worth(when: Condition, of: Judged) -> bool | None:
    if when.min_value_usd is None:
        return True
    return None if of.usd is None else of.usd >= when.min_value_usd


def _old(when: Condition, of: Judged) -> bool | None:
    if when.min_age is None:
        return True
    age = of.age
    return None if age is None else age >= when.min_age


def _said(when: Condition, of: Judged) -> Iterator[str]:
    if when.min_level is not None or when.max_level is not None:
        yield f"its level is {of.row.level}"
    if when.rules:
        yield f"{listed(found(when, of))} found something"
    if when.kinds:
        yield f"its kind is {of.candidate.kind}"
    if when.spender_kinds:
        yield f"its spender's kind is {of.record.spender.kind}"
    if when.tokens:
        yield "its token is named"
    if when.spenders:
        yield "its spender is named"
    yield from _measured(when, of)


def _measured(when: Condition, of: Judged) -> Iterator[str]:
    amount, usd, age = reach(of.grant), of.usd, of.age
    if when.unlimited is not None:
        yield f"it is {'' if when.unlimited else 'not '}unlimited"
    if when.min_amount is not None:
        many = "any number of" if amount is None else units(amount)
        yield f"it is for {many} smallest units"
    if when.min_value_usd is not None:
        yield "its value is unknown" if usd is None else f"{dollars(usd)} at risk"
    if when.min_age is not None:
        old = "when it was raised is not known"
        yield old if age is None else f"raised {ago(age, when.min_age)}"
