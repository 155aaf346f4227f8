"""The chains that a policy's entries name, as ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from allowctl.chains.registry import GROUPS, chain_by_name
from allowctl.errors import ConfigError, UsageError
from allowctl.model.chain import Chain
from allowctl.model.place import Place
from allowctl.model.policy import Condition, Policy, Target


def settled(policy: Policy, known: Sequence[Chain]) -> Policy:
    """The policy with each chain's id, in decimal, in the place of its name.

    ConfigError, with the entry's place, for a chain that there is not. What is
    settled already stays as it is.
    """
    return replace(
        policy,
        rules=tuple(
            replace(each, when=_condition(each.when, each.place, known))
            for each in policy.rules
        ),
        allows=tuple(
            replace(each, chain=_or_any(each.chain, each.place, known))
            for each in policy.allows
        ),
        acknowledged=tuple(
            replace(each, chain=_id(each.chain, each.place, known))
            for each in policy.acknowledged
        ),
        probes=tuple(
            replace(each, chain=_id(each.chain, each.place, known))
            for each in policy.probes
        ),
    )


def _condition(when: Condition, place: Place, known: Sequence[Chain]) -> Condition:
    return replace(
        when,
        tokens=_targets(when.tokens, place, known),
        spenders=_targets(when.spenders, place, known),
        # By name, so that of several wrong ones it is always the same that is told.
        chains=frozenset(_id(each, place, known) for each in sorted(when.chains)),
    )


def _targets(
    targets: Iterable[Target], place: Place, known: Sequence[Chain]
) -> frozenset[Target]:
    ordered = sorted(targets, key=lambda each: (each.chain or "", each.address))
    return frozenset(
        replace(each, chain=_or_any(each.chain, place, known)) for each in ordered
    )


def _or_any(text: str | None, place: Place, known: Sequence[Chain]) -> str | None:
    return None if text is None else _id(text, place, known)


def _id(text: str, place: Place, known: Sequence[Chain]) -> str:
    if text in GROUPS:
        raise ConfigError(
            f"{place}: {text} is a group of chains, and no chain",
            hint="name each chain that is meant",
        )
    try:
        return str(chain_by_name(text, known).id)
    except UsageError as error:
        raise ConfigError(f"{place}: {error.message}", hint=error.hint) from None
