"""The policy of `allowctl check`: what approvals wallets may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from allowctl.model.approval import Kind
from allowctl.model.chain import Address
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Level
from allowctl.model.place import Place


class Action(StrEnum):
    """What becomes of an approval that a rule is about; the first that applies."""

    DENY = "deny"
    WARN = "warn"
    IGNORE = "ignore"


class OnUnpriced(StrEnum):
    """What becomes of an approval whose value at risk is unknown."""

    IGNORE = "ignore"
    WARN = "warn"
    FAIL = "fail"


class OnRefused(StrEnum):
    """What becomes of a contract that does not answer."""

    ROW = "row"
    """It is shown and counted."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A contract or an account, on one chain or on any."""

    address: Address
    chain: str | None = None
    """As `Chains` are written; None for any."""


def _no_places() -> Mapping[str, Place]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`[policy]`: what holds for every approval that no entry is about."""

    fail_on: Level = Level.HIGH
    """This level and worse are violations."""
    fail_on_incomplete: bool = True
    refused: OnRefused = OnRefused.ROW
    max_value_at_risk_usd: Decimal | None = None
    """Of each wallet, on all of its chains together."""
    max_total_value_at_risk_usd: Decimal | None = None
    """Of all wallets together."""
    unpriced: OnUnpriced | None = None
    """None where nobody says: then what is unpriced warns where a value decides."""
    max_age: int | None = None
    """Seconds since an approval was last raised, at the most."""
    max_unused: int | None = None
    """Seconds since an approval may last have been used, or was raised, at the most."""
    allow_unlimited: bool = True
    allowed_kinds: frozenset[Kind] | None = None
    """None for all."""
    denied_kinds: frozenset[Kind] = frozenset()
    places: Mapping[str, Place] = field(default_factory=_no_places)
    """Where each key is written, by its name; those that are not have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`when` of a rule: all that it says must hold; of a list, any."""

    min_level: Level | None = None
    max_level: Level | None = None
    rules: frozenset[str] = frozenset()
    """Ids of rules, or a rule's id, a point and its case, that found something."""
    spender_kinds: frozenset[SpenderKind] = frozenset()
    tokens: frozenset[Target] = frozenset()
    spenders: frozenset[Target] = frozenset()
    min_amount: int | None = None
    """Smallest units; an operator has more than any amount, a single item is 1."""
    unlimited: bool | None = None
    min_value_usd: Decimal | None = None
    min_age: int | None = None
    """Seconds since it was last raised."""
    kinds: frozenset[Kind] = frozenset()
    chains: frozenset[str] = frozenset()
    """As written; once they were looked up, ids in decimal (chains/policies.py)."""
    wallets: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Whether it says nothing, and so holds for every approval."""
        return self == Condition()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRule:
    """`[[rule]]`."""

    place: Place
    id: str
    action: Action
    when: Condition = field(default_factory=Condition)
    reason: str = ""
    """One line, in the words of whoever wrote it; may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowEntry:
    """`[[allow]]`: approvals that are expected. What it does not say, may be any."""

    place: Place
    reason: str
    wallet: str | None = None
    chain: str | None = None
    """As written; once it was looked up, an id in decimal (chains/policies.py)."""
    kind: Kind | None = None
    contract: Address | None = None
    token: Address | None = None
    spender: Address | None = None
    code_hash: str | None = None
    """The code that the spender must run: keccak256, as `SpenderFacts` has it."""
    max_amount: int | None = None
    """Smallest units; None for unlimited, which alone covers operators."""
    max_level: Level | None = None
    """The worst level that it covers; None for any."""
    owner: str | None = None
    """Who answers for it, in the words of whoever wrote it."""
    expires: date | None = None
    """The last day on which it applies, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """`[[acknowledge]]`: a contract that is known not to answer."""

    place: Place
    chain: str
    """As written; once it was looked up, an id in decimal."""
    token: Address
    reason: str
    expires: date | None = None
    """The last day on which it applies, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeEntry:
    """`[[probe]]`: a pair to be read even if no log names it."""

    place: Place
    chain: str
    """As written; once it was looked up, an id in decimal."""
    token: Address
    spender: Address
    wallet: str | None = None
    """None for every wallet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineFile:
    """`[baseline]`: where what was known before is written down."""

    place: Place
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What one file says: of several, the first that is read has the whole policy."""

    file: str
    """Its path as it is shown; empty where no file was read."""
    limits: Limits = field(default_factory=Limits)
    rules: tuple[PolicyRule, ...] = ()
    allows: tuple[AllowEntry, ...] = ()
    acknowledged: tuple[Acknowledgement, ...] = ()
    probes: tuple[ProbeEntry, ...] = ()
    baseline: BaselineFile | None = None

    def failing_on(self, level: Level | None, said_by: str) -> Policy:
        """The same with this level in the place of its own, by an option's word.

        None leaves it as it is.
        """
        if level is None:
            return self
        places = {**self.limits.places, "fail_on": Place(file=said_by, line=0)}
        limits = replace(self.limits, fail_on=level, places=places)
        return replace(self, limits=limits)

    def place(self, key: str) -> Place:
        """Where a key of `[policy]` is written; for a default, that it is none."""
        said = self.limits.places.get(key)
        return said or Place.by_default(self.file, f"policy.{key}")

    @property
    def values_decide(self) -> bool:
        """Whether what is violated depends on what something is worth."""
        limits = self.limits
        return (
            limits.max_value_at_risk_usd is not None
            or limits.max_total_value_at_risk_usd is not None
            or any(rule.when.min_value_usd is not None for rule in self.rules)
        )

    @property
    def unpriced(self) -> OnUnpriced:
        """What holds, said or not."""
        default = OnUnpriced.WARN if self.values_decide else OnUnpriced.IGNORE
        return self.limits.unpriced or default
