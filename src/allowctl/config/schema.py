"""What may stand in allowctl.toml. Each feature has its own table."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from allowctl.config import forms
from allowctl.model.lists import Charge
from allowctl.model.sources import ListFormat, PriceMode

ChainKey = Annotated[str, AfterValidator(forms.chain_key)]
_At = Annotated[str, AfterValidator(forms.address)]
_Number = Annotated[Decimal, BeforeValidator(forms.number)]
_Chance = Annotated[_Number, AfterValidator(forms.chance)]
_Price = Annotated[_Number, AfterValidator(forms.price)]
_Usd = Annotated[_Number, AfterValidator(forms.usd)]
_Token = Annotated[str, AfterValidator(forms.token)]
_Rule = Annotated[str, AfterValidator(forms.rule_name)]
_Points = Annotated[int, Field(ge=0, le=100)]
_Days = Annotated[int, Field(ge=0, le=36_500)]


class Table(BaseModel):
    """What all tables have in common: no other keys, no other types."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, hide_input_in_errors=True
    )

    @classmethod
    def key_names(cls) -> list[str]:
        """What can stand in it, as it is written."""
        return [field.alias or name for name, field in cls.model_fields.items()]


class ChainTable(Table):
    """`[chains.NAME]`: changes a chain, or adds one."""

    rpc: Annotated[list[str], Field(min_length=1, max_length=64)] | None = None
    id: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    explorer: Annotated[str, AfterValidator(forms.explorer)] | None = None
    multicall: _At | None = None
    permit2: _At | None = None
    finality: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    block_ms: Annotated[int, Field(ge=1, le=3_600_000)] | None = None
    native_symbol: Annotated[str, AfterValidator(forms.symbol)] | None = None
    aliases: list[Annotated[str, AfterValidator(forms.chain_name)]] = []


class WalletTable(Table):
    """`[[wallet]]`: an owner that has a name."""

    name: Annotated[str, AfterValidator(forms.wallet_name)]
    address: Annotated[str, AfterValidator(forms.account)]
    chains: list[ChainKey] = []


class ChanceTable(Table):
    """`[weights.chance]`: how likely a loss is taken to be, by level."""

    critical: _Chance | None = None
    high: _Chance | None = None
    medium: _Chance | None = None
    low: _Chance | None = None
    info: _Chance | None = None


class WeightsTable(Table):
    """`[weights]`: judgement, in the place of allowctl's own."""

    points: Annotated[dict[_Rule, _Points], BeforeValidator(forms.by_rule)] = {}
    chance: ChanceTable = ChanceTable()
    new_days: _Days | None = None
    recent_days: _Days | None = None
    stale_days: _Days | None = None
    long_days: _Days | None = None
    min_liquidity_usd: _Usd | None = None


class PricesTable(Table):
    """`[prices]`: who is asked, and what one knows oneself."""

    source: Annotated[PriceMode, BeforeValidator(forms.one_of(PriceMode))] | None = None
    fixed: dict[_Token, _Price] = {}


class ListTable(Table):
    """`[[intel.list]]`: a list from outside."""

    id: Annotated[str, AfterValidator(forms.list_id)]
    format: Annotated[ListFormat, BeforeValidator(forms.one_of(ListFormat))]
    url: str
    charge: Annotated[Charge, BeforeValidator(forms.one_of(Charge))] | None = None
    chain: ChainKey | None = None

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
    lists: Annotated[list[ListTable], Field(alias="list")] = []


class PinTable(Table):
    """`[[pin]]`: the code that a spender is expected to run."""

    chain: ChainKey
    spender: _At
    code_hash: Annotated[str, AfterValidator(forms.code_hash)]


class Document(Table):
    """The whole file."""

    chains: dict[ChainKey, ChainTable] = {}
    wallet: list[WalletTable] = []
    env: list[Annotated[str, AfterValidator(forms.variable)]] = []
    weights: WeightsTable = WeightsTable()
    prices: PricesTable = PricesTable()
    intel: IntelTable = IntelTable()
    pin: list[PinTable] = []
