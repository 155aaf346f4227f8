"""Violations by what they are of: each approval once, with all that is against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from allowctl.codec.words import checksum
from allowctl.model.evaluation import (
    Cover,
    CoverKind,
    Evaluation,
    Subject,
    Violation,
)
from allowctl.output.check_words import approval, candidate, logical, whose

MOST = 20
"""Rows of a token, refusals of a wallet on a chain, and entries of a check that are
shown: anybody can plant more of them, and they must not bury the others."""
REST = "--format json has them all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One approval, wallet or entry of the policy."""

    subject: Subject
    violations: tuple[Violation, ...]
    """Of a row all that are asked for, of anything else one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What is of one wallet on one chain, of a wallet, or of the policy itself."""

    subject: Subject
    """The first of them: they have wallet, chain and owner in common."""
    items: tuple[Item, ...]
    left_out: tuple[str, ...]
    """What is counted and not shown, in sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What an entry lets pass of one approval."""

    subject: Subject
    cover: Cover
    checks: tuple[str, ...]


def against(evaluation: Evaluation) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """What the check fails for, with the warnings of the same; what it warns of."""
    open_ = items(each for each in evaluation.violations if each.cover is None)
    return (
        tuple(each for each in open_ if any(v.fails for v in each.violations)),
        tuple(each for each in open_ if not any(v.fails for v in each.violations)),
    )


def passed(evaluation: Evaluation) -> dict[CoverKind, list[Passed]]:
    """What is covered: by how it is, each approval once for each entry."""
    found: dict[Hashable, list[tuple[Cover, Violation]]] = {}
    for each in evaluation.covered:
        if each.cover is not None:
            key = (_same(each), each.cover.kind, each.cover.place)
            found.setdefault(key, []).append((each.cover, each))
    by_kind: dict[CoverKind, list[Passed]] = {}
    for some in found.values():
        (cover, first), *_ = some
        checks = tuple(each.check for _, each in some)
        by_kind.setdefault(cover.kind, []).append(
            Passed(subject=first.subject, cover=cover, checks=checks)
        )
    return by_kind


def items(violations: Iterable[Violation]) -> tuple[Item, ...]:
    """Each thing once, in the order of the first violation of it."""
    found: dict[Hashable, list[Violation]] = {}
    for each in violations:
        found.setdefault(_same(each), []).append(each)
    return tuple(
        Item(subject=some[0].subject, violations=tuple(some)) for some in found.values()
    )


def groups(some: Iterable[Item]) -> tuple[Group, ...]:
    """The items by whose they are, in the order of the first of each."""
    found: dict[Hashable, list[Item]] = {}
    for each in some:
        found.setdefault(_whose(each.subject), []).append(each)
    return tuple(_group(of) for of in found.values())


def _group(of: Sequence[Item]) -> Group:
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for each in of:
        alike = _alike(each)
        seen[alike] += 1
        if seen[alike] <= MOST:
            kept.append(each)
    return Group(
        subject=of[0].subject,
        items=tuple(kept),
        left_out=tuple(
            f"and {count - MOST:,} more {what} {which}".rstrip() + f": {REST}"
            for (what, which), count in seen.items()
            if count > MOST
        ),
    )


def _same(violation: Violation) -> Hashable:
    """Equal for violations of one approval, or contract that does not answer."""
    of = violation.subject
    named = candidate(of)
    if named is None:
        return violation.fingerprint
    known = approval(of) or (logical(of), named.contract)
    return (_whose(of), known)


def _whose(of: Subject) -> Hashable:
    wallet = None if of.wallet is None else of.wallet.name
    if of.scan is None:
        return (wallet, None, None)
    return (wallet, of.scan.chain.id, of.scan.owner)


def _alike(of: Item) -> tuple[str, str]:
    """What anybody can have any number of, in words."""
    if of.subject.row is not None:
        token = of.subject.row.record.allowance.candidate.token
        return ("approvals of", checksum(token))
    if of.subject.refused is not None:
        return ("contracts that do not answer", "")
    return ("of", of.violations[0].check)


def heading(of: Group) -> str:
    """Whose they are, with the whole address where it is a wallet's."""
    subject = of.subject
    if subject.scan is not None:
        scan = subject.scan
        return f"{whose(subject)} ({scan.chain.id}), {checksum(scan.owner)}"
    if subject.wallet is not None:
        return f"{subject.wallet.name}, {checksum(subject.wallet.address)}"
    return "the policy itself"
