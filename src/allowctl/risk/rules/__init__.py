"""The rules, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from allowctl.risk.rule import Rule
from allowctl.risk.rules.blocklisted_spender import BlocklistedSpender
from allowctl.risk.rules.codeless_spender import CodelessSpender
from allowctl.risk.rules.collection_operator import CollectionOperator
from allowctl.risk.rules.delegated_eoa_spender import DelegatedEoaSpender
from allowctl.risk.rules.deprecated_spender import DeprecatedSpender
from allowctl.risk.rules.eoa_spender import EoaSpender
from allowctl.risk.rules.exceeds_balance import ExceedsBalance
from allowctl.risk.rules.expired_approval import ExpiredApproval
from allowctl.risk.rules.exploited_spender import ExploitedSpender
from allowctl.risk.rules.long_expiration import LongExpiration
from allowctl.risk.rules.lying_token import LyingToken
from allowctl.risk.rules.new_contract_spender import NewContractSpender
from allowctl.risk.rules.permit2_root import Permit2Root
from allowctl.risk.rules.self_approval import SelfApproval
from allowctl.risk.rules.shared_signature_surface import SharedSignatureSurface
from allowctl.risk.rules.spam_token import SpamToken
from allowctl.risk.rules.spender_code_changed import SpenderCodeChanged
from allowctl.risk.rules.stale_approval import StaleApproval
from allowctl.risk.rules.unlimited_amount import UnlimitedAmount
from allowctl.risk.rules.unverified_spender import UnverifiedSpender
from allowctl.risk.rules.upgradeable_spender import UpgradeableSpender
from allowctl.risk.rules.vanity_spender import VanitySpender

RULES: tuple[Rule, ...] = (
    ExploitedSpender(),
    BlocklistedSpender(),
    EoaSpender(),
    DelegatedEoaSpender(),
    CodelessSpender(),
    DeprecatedSpender(),
    VanitySpender(),
    NewContractSpender(),
    LongExpiration(),
    UpgradeableSpender(),
    SpenderCodeChanged(),
    UnlimitedAmount(),
    CollectionOperator(),
    Permit2Root(),
    SharedSignatureSurface(),
    StaleApproval(),
    UnverifiedSpender(),
    LyingToken(),
    ExceedsBalance(),
    SelfApproval(),
    ExpiredApproval(),
    SpamToken(),
)

TITLES: Mapping[str, str] = MappingProxyType(
    {rule.card.id: rule.card.title for rule in RULES}
)
