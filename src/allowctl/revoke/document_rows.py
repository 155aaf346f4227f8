"""The parts of allowctl.plan/v1, in the order in which they are written.

What is read may have been written by anybody: it is taken apart strictly.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

import msgspec

from allowctl.model.approval import Kind, Origin
from allowctl.model.finding import Level
from allowctl.model.plan import Method, Proof, Role

SCHEMA: Final = "allowctl.plan/v1"

AddressText = Annotated[str, msgspec.Meta(pattern=r"\A0x[0-9a-fA-F]{40}\Z")]
Hash = Annotated[str, msgspec.Meta(pattern=r"\A0x[0-9a-f]{64}\Z")]
Transaction = Annotated[str, msgspec.Meta(pattern=r"\A(0x[0-9a-f]{64})?\Z")]
Data = Annotated[str, msgspec.Meta(pattern=r"\A0x([0-9a-f]{2})+\Z", max_length=20_000)]
Whole = Annotated[str, msgspec.Meta(pattern=r"\A(0|[1-9][0-9]{0,77})\Z")]
Usd = Annotated[
    str,
    msgspec.Meta(pattern=r"\A(0|[1-9][0-9]{0,99})(\.[0-9]{0,99}[1-9])?\Z"),
]
Word = Annotated[str, msgspec.Meta(pattern=r"\A[!-~]([ -~]{0,62}[!-~])?\Z")]
"""Of ours, or of the configuration's: nothing that a terminal acts on."""
Fingerprint = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Decimals = Annotated[int, msgspec.Meta(ge=0, le=255)]
LevelWord = Literal["unknown", "info", "low", "medium", "high", "critical"]
Explorer = Annotated[str, msgspec.Meta(pattern=r"\Ahttps?://[!-~]{1,500}\Z")]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every field has to be there, and no other."""


class LogRow(_Part, frozen=True):
    """Where a log stands."""

    block: Count
    index: Count
    transaction: Transaction


class AmountRow(_Part, frozen=True, tag_field="shape", tag="amount"):
    """A grant of an amount."""

    amount: Whole
    maximum: Whole
    expiration: Count | None
    permit2_nonce: Count | None
    root_amount: Whole | None


class ItemRow(_Part, frozen=True, tag_field="shape", tag="item"):
    """A grant of one NFT."""

    token_id: Whole


class EverythingRow(_Part, frozen=True, tag_field="shape", tag="everything"):
    """A grant of all that there is."""


class ChangeRow(_Part, frozen=True):
    """An approval, and what is to be left of it."""

    fingerprint: Fingerprint
    kind: Kind
    contract: AddressText
    token: AddressText
    spender: AddressText
    token_id: Whole | None
    grant: AmountRow | ItemRow | EverythingRow
    before: Whole
    after: Whole
    new_permit2_nonce: Count | None
    symbol: str | None
    decimals: Decimals | None
    label: str | None
    level: LevelWord | None
    origin: Origin
    named_spender: AddressText
    claimed: Whole | None
    last_changed: LogRow | None
    first: LogRow | None
    raised: LogRow | None


class CallRow(_Part, frozen=True):
    """What is called."""

    to: AddressText
    data: Data


class StepRow(_Part, frozen=True):
    """One transaction."""

    number: Positive
    role: Role
    method: Method
    call: CallRow
    changes: Annotated[tuple[ChangeRow, ...], msgspec.Meta(min_length=1)]
    gas: Positive
    data_fee: Whole
    worst_cost: Whole
    proof: Proof
    waits_for: Positive | None
    note: str


class LeftOutRow(_Part, frozen=True):
    """What was selected and is not tried."""

    change: ChangeRow
    reason: str


class ChainRow(_Part, frozen=True):
    """A network. Its endpoints are no part: their addresses may hold keys."""

    id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    name: Word
    aliases: tuple[Word, ...]
    testnet: bool
    native_symbol: Word
    block_ms: Count | None
    finality: Count
    explorer: Explorer | None
    multicall: AddressText
    permit2: AddressText


class BlockRow(_Part, frozen=True):
    """A block."""

    number: Count
    hash: Hash
    timestamp: Count


class FeesRow(_Part, frozen=True):
    """Wei per gas."""

    max_fee: Whole
    tip: Whole | None
    base_fee: Whole


class CapsRow(_Part, frozen=True):
    """What is never exceeded."""

    fee_per_gas: Whole
    gas: Count
    per_transaction: Whole
    per_run: Whole


class PlanRow(_Part, frozen=True):
    """All that is to be sent for one owner on one chain."""

    chain: ChainRow
    owner: AddressText
    as_of: BlockRow
    steps: tuple[StepRow, ...]
    left_out: tuple[LeftOutRow, ...]
    fees: FeesRow
    caps: CapsRow
    balance: Whole | None
    usd_per_native: Usd | None
    worst_cost: Whole
    unseen: tuple[str, ...]


class Document(_Part, frozen=True):
    """The whole."""

    schema: Literal["allowctl.plan/v1"]
    allowctl: str
    hash: Sha256
    plans: tuple[PlanRow, ...]


def level_of(word: LevelWord) -> Level:
    """The level that is written so."""
    return Level[word.upper()]


def level_word(level: Level) -> LevelWord:
    """A level as it is written."""
    return next(word for word in get_args(LevelWord) if level_of(word) is level)
