"""What all allowances together put at risk, each token counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from types import MappingProxyType

from allowctl.model.approval import Amount, Kind
from allowctl.model.chain import Address
from allowctl.model.report import AuditedRecord, Record, Scan
from allowctl.model.value import Unpriced, Worth

_SUMS = Context(prec=60)


def _nothing() -> Mapping[Unpriced, int]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums of live allowances; what has no value is counted, never taken for 0."""

    usd: Decimal = Decimal(0)
    """USD at risk in all: of a token never more than the balance is worth, however
    many spenders share it."""
    priced: int = 0
    """Rows that have a value, be it 0."""
    lacking: Mapping[Unpriced, int] = field(default_factory=_nothing)
    """Rows without a value, by reason; not those from which nothing can be taken
    now, whatever a unit is worth."""
    spam: int = 0
    """Rows of tokens taken for spam: in none of the other figures."""

    @property
    def unknown(self) -> int:
        """How many rows the sum lacks."""
        return sum(self.lacking.values())


def totals(scans: Iterable[Scan]) -> Totals:
    """The totals of scans, of as many owners and chains as they have."""
    return summed([_of_rows(scan.allowances) for scan in scans])


def summed(parts: Sequence[Totals]) -> Totals:
    """Totals of what has no token in common, together."""
    lacking: Counter[Unpriced] = Counter()
    for each in parts:
        lacking.update(each.lacking)
    return Totals(
        usd=_sum(each.usd for each in parts),
        priced=sum(each.priced for each in parts),
        lacking=MappingProxyType(dict(lacking)),
        spam=sum(each.spam for each in parts),
    )


def _of_rows(rows: Sequence[AuditedRecord]) -> Totals:
    """The totals of one owner on one chain."""
    serious = [each.record for each in rows if not each.spam]
    by_token: dict[Address, list[tuple[Record, Worth]]] = {}
    lacking: Counter[Unpriced] = Counter()
    for record in serious:
        match record.value:
            case Worth() as worth:
                token = record.allowance.candidate.token
                by_token.setdefault(token, []).append((record, worth))
            case Unpriced() as reason if not record.idle:
                lacking[reason] += 1
            case Unpriced():
                pass
    return Totals(
        usd=_sum(_at_risk(each) for each in by_token.values()),
        priced=sum(map(len, by_token.values())),
        lacking=MappingProxyType(dict(lacking)),
        spam=len(rows) - len(serious),
    )


def _at_risk(rows: Sequence[tuple[Record, Worth]]) -> Decimal:
    """What all allowances of one owner for one token reach, in USD.

    They have one balance and one price; where facts differ all the same, the larger
    is taken: no row makes another's smaller.
    """
    balance = max(record.token.balance or 0 for record, _ in rows)
    price = max(worth.price.usd_per_unit for _, worth in rows)
    reached = sum(_families([record for record, _ in rows]))
    return _SUMS.multiply(Decimal(min(balance, reached)), price)


def _families(records: Sequence[Record]) -> Iterable[int]:
    """What each allowance of a token adds, in smallest units.

    Those inside Permit2 share one allowance to it: they add nothing where its own
    row is there, and otherwise together no more than that.
    """
    roots: dict[Address, int] = {}
    children: dict[Address, list[Record]] = {}
    for record in records:
        candidate = record.allowance.candidate
        if candidate.kind is Kind.PERMIT2:
            children.setdefault(candidate.contract, []).append(record)
        else:
            spender = record.allowance.spender
            roots[spender] = max(roots.get(spender, 0), _effective(record))
    for permit2, inside in children.items():
        shared = max(map(_root, inside))
        through = min(shared, sum(map(_effective, inside)))
        roots[permit2] = max(roots.get(permit2, 0), through)
    return roots.values()


def _effective(record: Record) -> int:
    return record.effective or 0


def _root(record: Record) -> int:
    """What the token lets Permit2 move, as a row inside Permit2 has it.

    Where it is not known, the balance: more than that nobody takes.
    """
    match record.allowance.grant:
        case Amount(root_amount=int(root)):
            return root
        case _:
            return record.token.balance or 0


def _sum(parts: Iterable[Decimal]) -> Decimal:
    whole = Decimal(0)
    for part in parts:
        whole = _SUMS.add(whole, part)
    return whole
