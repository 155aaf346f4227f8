"""The rules, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from allowctl.risk.rule import Rule
from allowctl.risk.rules.collection_operator import CollectionOperator
from allowctl.risk.rules.eoa_spender import EoaSpender
from allowctl.risk.rules.exceeds_balance import ExceedsBalance
from allowctl.risk.rules.permit2_root import Permit2Root
from allowctl.risk.rules.unlimited_amount import UnlimitedAmount

RULES: tuple[Rule, ...] = (
    EoaSpender(),
    UnlimitedAmount(),
    CollectionOperator(),
    Permit2Root(),
    ExceedsBalance(),
)

TITLES: Mapping[str, str] = MappingProxyType(
    {rule.card.id: rule.card.title for rule in RULES}
)
