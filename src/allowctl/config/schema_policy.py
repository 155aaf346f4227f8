"""What `allowctl check` is told: the tables of a policy."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from allowctl.config import forms, forms_policy
from allowctl.config.fields import (
    Account,
    AddressText,
    CodeHash,
    OneOrMore,
    RuleName,
    Usd,
    WalletName,
    pattern,
)
from allowctl.config.table import Table
from allowctl.model.approval import Kind
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Level
from allowctl.model.policy import Action, OnRefused, OnUnpriced

_LONGEST_REASON = 200
_LONGEST_OWNER = 100

Version = Annotated[
    Literal[1],
    BeforeValidator(forms_policy.version),
]
EnsName = Annotated[
    str, AfterValidator(forms_policy.ens_name), pattern(forms_policy.ENS_NAME)
]
_Level = Annotated[
    Level,
    BeforeValidator(forms_policy.level),
    WithJsonSchema({"type": "string", "enum": [*forms_policy.LEVELS]}),
]
_Kind = Annotated[Kind, BeforeValidator(forms.one_of(Kind))]
_SpenderKind = Annotated[SpenderKind, BeforeValidator(forms.one_of(SpenderKind))]
_Duration = Annotated[
    int, BeforeValidator(forms_policy.duration), pattern(forms_policy.DURATION)
]
_Amount = Annotated[
    int | Literal["unlimited"],
    BeforeValidator(forms_policy.amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {
                    "type": "string",
                    "pattern": f"^({forms_policy.AMOUNT.pattern}|unlimited)$",
                },
            ]
        }
    ),
]
_Chain = Annotated[
    str,
    BeforeValidator(forms_policy.chain),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "string",
                    "pattern": f"^({forms.CHAIN_ID.pattern}|{forms.CHAIN.pattern})$",
                },
                {"type": "integer", "minimum": 1},
            ]
        }
    ),
]
_Reason = Annotated[
    str,
    AfterValidator(forms_policy.line(_LONGEST_REASON)),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": _LONGEST_REASON}),
]
_Owner = Annotated[
    str,
    AfterValidator(forms_policy.line(_LONGEST_OWNER)),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": _LONGEST_OWNER}),
]
_Day = Annotated[date, BeforeValidator(forms_policy.day)]
_RuleId = Annotated[
    str, AfterValidator(forms_policy.rule_id), pattern(forms_policy.RULE_ID)
]


class PolicyTable(Table):
    """`[policy]`: what holds for every approval that no entry is about."""

    model_config = ConfigDict(
        json_schema_extra={"not": {"required": ["allowed_kinds", "denied_kinds"]}}
    )

    fail_on: _Level | None = None
    """Approvals of this level and worse are violations; high where nothing is said."""
    fail_on_incomplete: bool | None = None
    """Whether the check fails where not all could be read; true where nothing is
    said."""
    refused: Annotated[OnRefused, BeforeValidator(forms.one_of(OnRefused))] | None = (
        None
    )
    """What a contract that does not answer is: a row, or a violation."""
    max_value_at_risk_usd: Usd | None = None
    """USD at risk at the most, of each wallet on all of its chains together."""
    max_total_value_at_risk_usd: Usd | None = None
    """USD at risk at the most, of all wallets together."""
    unpriced: (
        Annotated[OnUnpriced, BeforeValidator(forms.one_of(OnUnpriced))] | None
    ) = None
    """What an approval is whose value at risk is unknown: nothing, a warning, or a
    violation."""
    max_age: _Duration | None = None
    """How long ago an approval may last have been raised: a number and s, h, d, w,
    m (30 days) or y (365 days)."""
    max_unused: _Duration | None = None
    """How long an approval may go unused: a number and s, h, d, w, m (30 days) or
    y (365 days)."""
    allow_unlimited: bool | None = None
    """Whether approvals may be unlimited; true where nothing is said."""
    allowed_kinds: OneOrMore[_Kind] | None = None
    """The only kinds of approvals that there may be; not with denied_kinds."""
    denied_kinds: OneOrMore[_Kind] | None = None
    """Kinds of approvals that there may not be; not with allowed_kinds."""

    @model_validator(mode="after")
    def _fit(self) -> PolicyTable:
        if self.allowed_kinds is not None and self.denied_kinds is not None:
            raise ValueError(
                "has allowed_kinds and denied_kinds: one of them says it all"
            )
        return self


class WhenTable(Table):
    """`[rule.when]`: what must all hold of an approval; of a list, any."""

    min_level: _Level | None = None
    """Its level is this or worse."""
    max_level: _Level | None = None
    """Its level is this or better."""
    rules: OneOrMore[RuleName] | None = None
    """One of these rules, or cases of rules, found something."""
    spender_kind: OneOrMore[_SpenderKind] | None = None
    """What stands at the spender's address."""
    token: OneOrMore[Account] | None = None
    """The token, on any chain or on the one named before it."""
    spender: OneOrMore[Account] | None = None
    """The spender, on any chain or on the one named before it."""
    min_amount: _Amount | None = None
    """So many smallest units or more; "unlimited" is the same as unlimited = true."""
    unlimited: bool | None = None
    """Whether it is unlimited."""
    min_value_usd: Usd | None = None
    """USD at risk, or more."""
    min_age: _Duration | None = None
    """It was last raised so long ago, or longer: a number and s, h, d, w,
    m (30 days) or y (365 days)."""
    kind: OneOrMore[_Kind] | None = None
    """The kind of approval."""
    chain: OneOrMore[_Chain] | None = None
    """The chain's name, alias or id."""
    wallet: OneOrMore[WalletName] | None = None
    """The wallet's name in this file."""

    @model_validator(mode="after")
    def _fit(self) -> WhenTable:
        low, high = self.min_level, self.max_level
        if low is not None and high is not None and low > high:
            raise ValueError("has a min_level above its max_level: nothing is both")
        if self.min_amount == forms_policy.UNLIMITED and self.unlimited is False:
            raise ValueError(
                "has an unlimited min_amount and unlimited = false: nothing is both"
            )
        return self


class RuleTable(Table):
    """`[[rule]]`: what becomes of some approvals."""

    id: _RuleId
    """Its name in what is reported: small letters, digits and hyphens, once a file."""
    action: Annotated[Action, BeforeValidator(forms.one_of(Action))]
    """What becomes of an approval that all of its conditions hold for."""
    reason: _Reason | None = None
    """Why, on one line."""
    when: WhenTable = WhenTable()
    """Its conditions; without any it is about every approval."""

    @model_validator(mode="after")
    def _fit(self) -> RuleTable:
        if self.action is Action.IGNORE and not self.when.model_fields_set:
            raise ValueError(
                "ignores every approval: say under when which ones are meant"
            )
        return self


class AllowTable(Table):
    """`[[allow]]`: approvals that are expected; what is not said may be any."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [key]} for key in ("spender", "token", "contract")]
        }
    )

    wallet: WalletName | None = None
    """The wallet's name in this file."""
    chain: _Chain | None = None
    """The chain's name, alias or id."""
    kind: _Kind | None = None
    """The kind of approval."""
    contract: Account | None = None
    """Who holds its state: the token, or the Permit2 that was used."""
    token: Account | None = None
    """The token."""
    spender: Account | None = None
    """The spender."""
    spender_code_hash: CodeHash | None = None
    """keccak256 of the code that the spender must run for the entry to apply."""
    max_amount: _Amount | None = None
    """Smallest units at the most; "unlimited", or nothing, for any amount."""
    max_level: _Level | None = None
    """The worst level that it covers; any where nothing is said."""
    reason: _Reason
    """Why it is expected, on one line."""
    owner: _Owner | None = None
    """Who answers for it, on one line."""
    expires: _Day | None = None
    """The last day on which it applies, in UTC."""

    @model_validator(mode="after")
    def _fit(self) -> AllowTable:
        if self.spender is self.token is self.contract is None:
            raise ValueError(
                "has no spender, token or contract: it must name at least one of them"
            )
        return self


class AcknowledgeTable(Table):
    """`[[acknowledge]]`: a contract that is known not to answer."""

    chain: _Chain
    """The chain's name, alias or id."""
    token: AddressText
    """The contract."""
    reason: _Reason
    """Why it may be left, on one line."""
    expires: _Day | None = None
    """The last day on which it applies, in UTC."""


class ProbeTable(Table):
    """`[[probe]]`: a pair that is read even if no log names it."""

    chain: _Chain
    """The chain's name, alias or id."""
    token: AddressText
    """The token."""
    spender: AddressText
    """The spender."""
    wallet: WalletName | None = None
    """The wallet's name in this file; every wallet where nothing is said."""


class BaselineTable(Table):
    """`[baseline]`: what was known before."""

    file: Annotated[
        str,
        AfterValidator(forms_policy.path),
        Field(json_schema_extra={"minLength": 1}),
    ]
    """The file that check --write-baseline wrote, from the folder of this file."""
