"""What may stand in allowctl.toml. Each feature has its own table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from allowctl.config import forms
from allowctl.config.fields import (
    Account,
    AddressText,
    ChainKey,
    Chance,
    CodeHash,
    Price,
    RuleName,
    Usd,
    WalletName,
    pattern,
)
from allowctl.config.schema_policy import (
    AcknowledgeTable,
    AllowTable,
    BaselineTable,
    EnsName,
    PolicyTable,
    ProbeTable,
    RuleTable,
    Version,
    WhenTable,
)
from allowctl.config.table import Table
from allowctl.model.lists import Charge
from allowctl.model.sources import ListFormat, PriceMode

_Days = Annotated[int, Field(ge=0, le=36_500)]
_Points = Annotated[int, Field(ge=0, le=100)]
_Alias = Annotated[str, AfterValidator(forms.chain_name), pattern(forms.CHAIN)]
_Variable = Annotated[str, AfterValidator(forms.variable), pattern(forms.VARIABLE)]


class ChainTable(Table):
    """`[chains.NAME]`: changes a chain, or adds one."""

    rpc: Annotated[list[str], Field(min_length=1, max_length=64)] | None = None
    """JSON-RPC endpoints; ${VAR} in them is replaced by an environment variable."""
    id: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    """EIP-155 chain id."""
    explorer: (
        Annotated[str, AfterValidator(forms.explorer), pattern(forms.EXPLORER)] | None
    ) = None
    """Address of a block explorer."""
    multicall: AddressText | None = None
    """Where Multicall3 is."""
    permit2: AddressText | None = None
    """Where Permit2 is."""
    finality: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    """Blocks below the head that count as final where a node knows no finalized."""
    block_ms: Annotated[int, Field(ge=1, le=3_600_000)] | None = None
    """Milliseconds between two blocks."""
    native_symbol: (
        Annotated[str, AfterValidator(forms.symbol), pattern(forms.SYMBOL)] | None
    ) = None
    """What its native currency is called."""
    aliases: list[_Alias] = Field(default_factory=list)
    """Further names, besides those there are."""


class WalletTable(Table):
    """`[[wallet]]`: an owner that has a name."""

    name: WalletName
    """What it is called."""
    address: Account
    """Its address, with or without the chain before it."""
    chains: list[ChainKey] = Field(default_factory=list)
    """The chains to look at; not together with an address that names its chain."""
    ens: EnsName | None = None
    """An ENS name that must lead to the address."""


class ChanceTable(Table):
    """`[weights.chance]`: how likely a loss is taken to be, by level."""

    critical: Chance | None = None
    """Of a loss by an allowance of level critical."""
    high: Chance | None = None
    """Of level high."""
    medium: Chance | None = None
    """Of level medium, and where the level is unknown."""
    low: Chance | None = None
    """Of level low."""
    info: Chance | None = None
    """Of level info."""


class WeightsTable(Table):
    """`[weights]`: judgement, in the place of allowctl's own."""

    points: Annotated[
        dict[RuleName, _Points],
        BeforeValidator(
            forms.by_rule,
            json_schema_input_type=dict[RuleName, _Points | dict[str, _Points]],
        ),
    ] = Field(default_factory=dict)
    """Points of a rule, by its id or by its id, a point and a case."""
    chance: ChanceTable = ChanceTable()
    """How likely a loss is taken to be, by level."""
    new_days: _Days | None = None
    """Days for which a contract is new; not above recent_days."""
    recent_days: _Days | None = None
    """Days for which it is recent."""
    stale_days: _Days | None = None
    """Days without an event that raised it, after which an approval is stale."""
    long_days: _Days | None = None
    """Days beyond which a Permit2 expiration is long."""
    min_liquidity_usd: Usd | None = None
    """USD on the other side of a token's pools, below which a spot price is thin."""


class PricesTable(Table):
    """`[prices]`: who is asked, and what one knows oneself."""

    source: Annotated[PriceMode, BeforeValidator(forms.one_of(PriceMode))] | None = None
    """Who is asked for prices."""
    fixed: dict[
        Annotated[str, AfterValidator(forms.token), pattern(forms.TOKEN)], Price
    ] = Field(default_factory=dict)
    """USD for one whole token, by its chain and address."""


class ListTable(Table):
    """`[[intel.list]]`: a list from outside."""

    id: Annotated[str, AfterValidator(forms.list_id), pattern(forms.LIST)]
    """Its name; one that a built-in list has takes its place."""
    format: Annotated[ListFormat, BeforeValidator(forms.one_of(ListFormat))]
    """How it is written."""
    url: str
    """Where it is: https://, file:// or a path from the folder of this file."""
    charge: Annotated[Charge, BeforeValidator(forms.one_of(Charge))] | None = None
    """What it says of its addresses, where its format does not say that."""
    chain: ChainKey | None = None
    """The one chain it speaks of, where its format does not say that; else all."""

    @model_validator(mode="after")
    def _fit(self) -> ListTable:
        bare = self.format is ListFormat.ADDRESSES
        if bare and self.charge is None:
            raise ValueError("has no charge: addresses alone do not say what they did")
        if not bare and (self.charge or self.chain):
            raise ValueError("is of a format that says its own charges and chains")
        return self


class IntelTable(Table):
    """`[intel]`: which lists are looked into."""

    builtin: bool | None = None
    """False: without the lists that allowctl knows of itself."""
    lists: list[ListTable] = Field(alias="list", default_factory=list)
    """Lists of one's own."""


class PinTable(Table):
    """`[[pin]]`: the code that a spender is expected to run."""

    chain: ChainKey
    """The chain's name, alias or id."""
    spender: AddressText
    """The spender."""
    code_hash: CodeHash
    """keccak256 of the code that really runs."""


class Document(Table):
    """allowctl.toml: chains, endpoints, wallets, judgement and a policy."""

    version: Version | None = None
    """The version of the file's form: 1."""
    chains: dict[ChainKey, ChainTable] = Field(default_factory=dict)
    """Chains that are changed or added, by name, alias or id."""
    wallet: list[WalletTable] = Field(default_factory=list)
    """Owners that have a name."""
    env: list[_Variable] = Field(default_factory=list)
    """Environment variables that a project's file may expand, too."""
    weights: WeightsTable = WeightsTable()
    """Judgement, in the place of allowctl's own."""
    prices: PricesTable = PricesTable()
    """Who is asked for prices, and which ones are known."""
    intel: IntelTable = IntelTable()
    """Which lists of addresses are looked into."""
    pin: list[PinTable] = Field(default_factory=list)
    """The code that spenders are expected to run."""
    policy: PolicyTable = PolicyTable()
    """What allowctl check lets pass where no entry is about it."""
    rule: list[RuleTable] = Field(default_factory=list)
    """What becomes of some approvals."""
    allow: list[AllowTable] = Field(default_factory=list)
    """Approvals that are expected."""
    acknowledge: list[AcknowledgeTable] = Field(default_factory=list)
    """Contracts that are known not to answer."""
    probe: list[ProbeTable] = Field(default_factory=list)
    """Pairs that are read even if no log names them."""
    baseline: BaselineTable | None = None
    """What was known before."""


TABLES: Mapping[str, type[Table]] = MappingProxyType(
    {
        "": Document,
        "chains": ChainTable,
        "wallet": WalletTable,
        "weights": WeightsTable,
        "weights.chance": ChanceTable,
        "prices": PricesTable,
        "intel": IntelTable,
        "intel.list": ListTable,
        "pin": PinTable,
        "policy": PolicyTable,
        "rule": RuleTable,
        "rule.when": WhenTable,
        "allow": AllowTable,
        "acknowledge": AcknowledgeTable,
        "probe": ProbeTable,
        "baseline": BaselineTable,
    }
)
"""By where they stand, without the number of an entry or the name of a chain."""
