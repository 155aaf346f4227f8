"""One thing that a policy was held against, as a case of a JUnit suite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from allowctl.model.evaluation import OpenEnd, Subject, Violation
from allowctl.output.check_items import Item
from allowctl.output.check_spot import justification, line
from allowctl.output.check_words import (
    approval,
    logical,
    sentence,
    unseen,
    what,
    where,
    whose,
)

READ = "everything was read"
LISTED = "everything is listed"
_SHORT = 8
"""Hex digits of a fingerprint that tell an approval from its namesakes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case; each of its texts is one line that is safe to be shown."""

    name: str
    sort: str = ""
    """The checks that are not met."""
    failures: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    output: tuple[str, ...] = ()


def case(of: Item, root: str) -> Case:
    """What is against one approval, wallet or entry, and what lets it pass."""
    failing = [each for each in of.violations if each.fails]
    warning = [each for each in of.violations if each.warns]
    covered = [each for each in of.violations if each.cover is not None]
    told = [text for each in (failing or warning) for text in _told(each, root)]
    told += _found(of.subject) if told else ()
    also = warning if failing else ()
    others = [
        *(text for each in also for text in _told(each, root)),
        *map(_covered, covered),
    ]
    plain = Case(
        name=_name(of),
        sort=", ".join(dict.fromkeys(each.check for each in failing or covered)),
    )
    if failing:
        return replace(plain, failures=tuple(told), output=tuple(others))
    if warning:
        return replace(plain, output=(*told, *others))
    return replace(plain, skipped=tuple(others))


def _name(of: Item) -> str:
    """Of an approval what it is; else the check, and the wallet or the entry."""
    if known_by := approval(of.subject):
        return line(f"{what(of.subject)} [{known_by[:_SHORT]}]")
    (violation, *_) = of.violations
    which = what(of.subject) or whose(of.subject) or violation.place.key
    return line(f"{violation.check}: {which} [{violation.fingerprint[:_SHORT]}]")


def _told(violation: Violation, root: str) -> Iterator[str]:
    yield line(f"{violation.check}: {sentence(violation)}")
    yield line(f"policy: {where(violation.place, root)}")


def _found(of: Subject) -> Iterator[str]:
    if name := logical(of):
        yield line(name)
    for each in () if of.row is None else of.row.findings:
        yield line(f"{each.rule}: {each.evidence}")


def _covered(violation: Violation) -> str:
    if violation.cover is None:
        return line(sentence(violation))
    return line(f"{violation.check}: {justification(violation.cover)}")


def everything_read(ends: Sequence[OpenEnd]) -> Case:
    """Whether there is nothing that could not be read."""
    return Case(
        name=READ,
        errors=tuple(line(unseen(each)) for each in ends if not each.forgiven),
        output=tuple(
            line(f"forgiven: {unseen(each)}") for each in ends if each.forgiven
        ),
    )


def everything_listed(left: Sequence[Item]) -> Case:
    """Whether no violation had to be left out."""
    told = line(f"{len(left)} more are not listed here: --format json has them all")
    fails = any(each.fails for item in left for each in item.violations)
    return Case(
        name=LISTED,
        sort="left-out",
        failures=(told,) if fails else (),
        output=(told,) if left and not fails else (),
    )
