"""CPU of judging and rendering a scan of many records, in a process of its own.

    python -m benchmarks.judge 500

prints seconds of CPU as JSON: the rules, the ranking, the table at 120 columns.
"""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal

from allowctl.model.approval import Allowance, Amount, Candidate, Kind, LogRef
from allowctl.model.chain import Address, Block, BlockRange, Chain
from allowctl.model.coverage import Checked, Coverage
from allowctl.model.facts import (
    Authority,
    AuthorityKind,
    Creation,
    Proxy,
    ProxyKind,
    SpenderFacts,
    SpenderKind,
    TokenFacts,
)
from allowctl.model.report import AuditedRecord, Record, Report, Scan
from allowctl.model.value import (
    Price,
    PriceConfidence,
    PriceSource,
    Unpriced,
    Value,
    Worth,
)
from allowctl.output import table
from allowctl.risk.audit import audit
from allowctl.risk.rule import Context

_NOW = 1_790_000_000
_DAY = 86_400
_KINDS = tuple(SpenderKind)
CHAIN = Chain(id=1, name="ethereum")
OWNER = Address(f"0x{0xA11CE:040x}")
AS_OF = Block(number=24_000_000, hash="0x" + "ab" * 32, timestamp=_NOW)


def main(count: int) -> None:
    """Judge and render so many records, all different."""
    records = [record(number) for number in range(count)]
    begin = time.process_time()
    context = Context(chain=CHAIN, as_of=AS_OF)
    audited = audit(records, context)
    text = table.render(report(audited.records), table.Screen())
    took = time.process_time() - begin
    json.dump(
        {"cpu": took, "rows": len(audited.records), "text": len(text)}, sys.stdout
    )


def record(number: int) -> Record:
    """One of many kinds: what makes rules speak comes round again and again."""
    token, spender = Address(f"0x{number + 1:040x}"), Address(f"0x{number + 7:040x}")
    candidate = Candidate(
        kind=Kind.ERC20,
        owner=OWNER,
        contract=token,
        token=token,
        spender=spender,
        raised=LogRef(block=number + 1, index=0, transaction="0x" + "cd" * 32),
        claimed=2**256 - 1,
    )
    amount = 2**256 - 1 if number % 3 else 10**9
    grant = Amount(amount=amount, maximum=2**256 - 1)
    return Record(
        allowance=Allowance(candidate=candidate, spender=spender, grant=grant),
        token=TokenFacts(
            address=token,
            symbol=f"TOK{number}",
            name="Some token",
            decimals=18,
            total_supply=10**27,
            balance=number * 10**18,
            interfaces=("erc20",),
        ),
        spender=_spender(spender, number),
        value=_value(number),
        raised_at=_NOW - number * _DAY,
    )


def _spender(address: Address, number: int) -> SpenderFacts:
    proxy = Proxy(
        kind=ProxyKind.EIP1967,
        implementation=address,
        authority=Authority(kind=AuthorityKind.EOA, path=(address,)),
    )
    return SpenderFacts(
        address=address,
        kind=_KINDS[number % len(_KINDS)],
        proxy=proxy if number % 2 else None,
        code_hash="0x" + "ee" * 32,
        created=Creation(block=number, exact=True, timestamp=_NOW - number * _DAY),
    )


def _value(number: int) -> Value:
    if number % 4 == 0:
        return Unpriced.NO_PRICE
    price = Price(
        usd_per_unit=Decimal("1e-18"),
        source=PriceSource.ONEINCH,
        at=_NOW,
        confidence=PriceConfidence.MEDIUM,
    )
    return Worth(usd=Decimal(number), price=price)


def report(rows: tuple[AuditedRecord, ...]) -> Report:
    """A report of one scan that has these rows."""
    coverage = Coverage(
        blocks=BlockRange(0, AS_OF.number),
        gaps=(),
        differences=(),
        checked=Checked.UNCHECKED,
        endpoints=("node.test",),
        state_by=("node.test",),
        requests=1,
        items=1,
    )
    scan = Scan(
        chain=CHAIN,
        owner=OWNER,
        as_of=AS_OF,
        coverage=coverage,
        allowances=rows,
        dormant=(),
        dead=(),
        refused=(),
        unserved=(),
        blind_spots=(),
        not_evaluated=(),
    )
    return Report(version="0", created_at=_NOW, scans=(scan,))


if __name__ == "__main__":
    main(int(sys.argv[1]))
