"""allowctl.baseline/v1: what was known before and may stay as it is, or shrink."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Literal

import msgspec

from allowctl.codec.shown import inert
from allowctl.codec.words import checksum
from allowctl.errors import CodecError, OutputError
from allowctl.model.approval import Amount, Candidate, Kind
from allowctl.model.chain import Address
from allowctl.model.evaluation import CoverKind, Evaluation, Subject, Violation
from allowctl.model.finding import Level
from allowctl.policy import fingerprints
from allowctl.policy.words import listed, moment, several, units

BASELINE = "allowctl.baseline/v1"
LONGEST = 64 * 2**20
"""Bytes of a baseline at most."""
_WHY = 160
_DIGITS = 78
"""Of 2^256."""
_WORD = 2**256
"""No number of a contract is as large."""

_Text = Annotated[str, msgspec.Meta(pattern=r"\A0x[0-9a-fA-F]{40}\Z")]
_Whole = Annotated[str, msgspec.Meta(pattern=r"\A(0|[1-9][0-9]{0,77})\Z")]
_Mark = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
_Check = Annotated[
    str, msgspec.Meta(pattern=r"\A[a-z0-9]+([.-][a-z0-9]+)*\Z", max_length=200)
]
_LevelName = Literal["unknown", "info", "low", "medium", "high", "critical"]


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fingerprint: _Mark
    check: _Check
    level: _LevelName | None
    amount: _Whole | None
    root_amount: _Whole | None
    expiration: _Whole | None
    wallet: str | None
    chain_id: Annotated[int, msgspec.Meta(ge=1)]
    owner: _Text
    kind: Kind
    contract: _Text
    token: _Text
    token_id: _Whole | None
    spender: _Text


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: str
    allowctl: str
    created_at: Annotated[int, msgspec.Meta(ge=0)]
    entries: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How an approval stood when it was written down."""

    level: Level | None = None
    """None for a contract that did not answer."""
    amount: int | None = None
    """Smallest units; None for items, operators, and what did not answer."""
    root_amount: int | None = None
    """What the token let Permit2 move; None where that is no part of it."""
    expiration: int | None = None
    """Unix seconds; None for ever."""

    def rose_to(self, now: Known) -> tuple[str, ...]:
        """What is worse now, as it was: level, amount, root, end; often nothing."""
        return tuple(self._risen(now))

    def _risen(self, now: Known) -> Iterator[str]:
        if not _at_most(now.level, self.level):
            yield "without a level" if self.level is None else f"at level {self.level}"
        if not _at_most(now.amount, self.amount):
            many = self.amount
            yield "without an amount" if many is None else f"with {units(many)}"
        if not _at_most(now.root_amount, self.root_amount):
            root = self.root_amount
            yield "without a root" if root is None else f"with a root of {units(root)}"
        if self.expiration is not None and (
            now.expiration is None or now.expiration > self.expiration
        ):
            yield f"until {moment(self.expiration)}"


def _at_most(now: int | None, then: int | None) -> bool:
    if now is None or then is None:
        return now is then
    return now <= then


def _nothing() -> Mapping[str, Known]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What was known, by the fingerprints of violations."""

    known: Mapping[str, Known] = field(default_factory=_nothing)

    def covers(self, fingerprint: str, subject: Subject) -> bool:
        """Whether a violation was known, and what it is of has not grown worse."""
        return fingerprint in self.known and not self._risen(fingerprint, subject)

    def remark(self, fingerprint: str, subject: Subject) -> str:
        """How what has grown worse was known, to end a sentence with; else nothing."""
        risen = self._risen(fingerprint, subject)
        return f"; the baseline knew it {listed(risen)}" if risen else ""

    def _risen(self, fingerprint: str, subject: Subject) -> tuple[str, ...]:
        then = self.known.get(fingerprint)
        return () if then is None else then.rose_to(_known(subject))


def read(data: bytes) -> Baseline:
    """A baseline as it was written. CodecError if it is none.

    It may be anybody's, and is to cover what a reader sees in it: refused is an entry
    that is called by another approval's fingerprint than the one it names, a key that
    is there twice, and one that nobody knows.
    """
    if len(data) > LONGEST:
        raise CodecError(f"no {BASELINE}: larger than {LONGEST // 2**20} MiB")
    try:
        told = msgspec.json.decode(data, type=_Document)
        # Of a key that is there twice it takes the last: a reader, perhaps the first.
        json.loads(data.decode(), object_pairs_hook=_once)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise CodecError(f"no {BASELINE}: {inert(str(error), _WHY)}") from None
    if told.schema != BASELINE:
        raise CodecError(f"no {BASELINE}: another schema")
    known: dict[str, Known] = {}
    for each in told.entries:
        if each.fingerprint in known:
            raise CodecError(f"no {BASELINE}: {each.fingerprint} is there twice")
        if each.fingerprint != _fingerprint(each):
            raise CodecError(f"no {BASELINE}: {each.fingerprint} is of something else")
        known[each.fingerprint] = Known(
            level=None if each.level is None else Level[each.level.upper()],
            amount=_number(each.amount),
            root_amount=_number(each.root_amount),
            expiration=_number(each.expiration),
        )
    return Baseline(known=MappingProxyType(known))


def _once(pairs: list[tuple[str, object]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise CodecError(f"no {BASELINE}: the key {twice} is there twice in one place")


def _fingerprint(entry: _Entry) -> str:
    """Of what an entry names."""
    spender = Address(entry.spender.lower())
    named = Candidate(
        kind=entry.kind,
        owner=Address(entry.owner.lower()),
        contract=Address(entry.contract.lower()),
        token=Address(entry.token.lower()),
        spender=spender,
        token_id=_number(entry.token_id),
    )
    return fingerprints.of_approval(entry.chain_id, named, spender, entry.check)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if (number := int(text)) >= _WORD:
        raise CodecError(f"no {BASELINE}: a number of 2^256 or more")
    return number


def render(evaluation: Evaluation) -> str:
    """The document that lets all pass that is against approvals now.

    Not what an entry or a rule lets pass already; nor what is against wallets and
    entries, which no baseline covers. No word of a stranger is in it. OutputError
    for more than `read` takes.
    """
    rows = [_row(each) for each in _worth_knowing(evaluation.violations)]
    distinct = {each["fingerprint"]: each for each in rows}
    document = {
        "schema": BASELINE,
        "allowctl": evaluation.report.version,
        "created_at": evaluation.report.created_at,
        "entries": sorted(distinct.values(), key=_order),
    }
    text = json.dumps(document, indent=2) + "\n"
    # It is ASCII: a character is a byte.
    if len(text) > LONGEST:
        raise OutputError(
            f"a baseline of {several(len(distinct), 'entry', 'entries')} would be "
            f"larger than the {LONGEST // 2**20} MiB that can be read again",
            hint="let pass in the policy what there is so much of, or check fewer "
            "wallets by one policy",
        )
    return text


def _worth_knowing(violations: Iterable[Violation]) -> list[Violation]:
    return [
        each
        for each in violations
        if _named(each.subject) is not None
        and (each.cover is None or each.cover.kind is CoverKind.BASELINE)
    ]


_Row = dict[str, str | int | None]


def _row(violation: Violation) -> _Row:
    subject = violation.subject
    named, scan = _named(subject), subject.scan
    if named is None or scan is None:
        raise ValueError("a violation of no approval")
    of, spender = named
    now = _known(subject)
    return {
        "fingerprint": violation.fingerprint,
        "check": violation.check,
        "level": None if now.level is None else str(now.level),
        "amount": _text(now.amount),
        "root_amount": _text(now.root_amount),
        "expiration": _text(now.expiration),
        "wallet": None if subject.wallet is None else subject.wallet.name,
        "chain_id": scan.chain.id,
        "owner": checksum(of.owner),
        "kind": of.kind.value,
        "contract": checksum(of.contract),
        "token": checksum(of.token),
        "token_id": _text(of.token_id),
        "spender": checksum(spender),
    }


def _order(row: _Row) -> tuple[str, ...]:
    """By what it is of, so that what belongs together stands together."""
    names = ("chain_id", "owner", "kind", "contract", "token", "token_id", "spender")
    parts = ("" if row[name] is None else str(row[name]) for name in (*names, "check"))
    # Numbers by their size.
    return tuple(each.rjust(_DIGITS) if each.isdigit() else each for each in parts)


def _named(subject: Subject) -> tuple[Candidate, Address] | None:
    """The approval that a violation is of, and who may use it."""
    if subject.row is not None:
        allowance = subject.row.record.allowance
        return allowance.candidate, allowance.spender
    if subject.refused is not None:
        return subject.refused.candidate, subject.refused.candidate.spender
    return None


def _known(subject: Subject) -> Known:
    """How it stands now."""
    if subject.row is None:
        return Known()
    grant = subject.row.record.allowance.grant
    if not isinstance(grant, Amount):
        return Known(level=subject.row.level)
    return Known(
        level=subject.row.level,
        amount=grant.amount,
        root_amount=grant.root_amount,
        expiration=grant.expiration,
    )


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
