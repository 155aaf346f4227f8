"""One report with everything in it that a report can hold."""

from __future__ import annotations

from dataclasses import replace

from allowctl.model.approval import (
    Amount,
    Candidate,
    Dead,
    DeadReason,
    Everything,
    Item,
    Kind,
    LogRef,
    NotServed,
    Refused,
)
from allowctl.model.chain import BlockRange, Chain
from allowctl.model.coverage import Checked, Coverage, Difference, Gap
from allowctl.model.facts import SpenderKind
from allowctl.model.report import Record, Report, Scan, Unscanned
from allowctl.risk.audit import audit
from tests.build import (
    NOW,
    OWNER,
    PERMIT2,
    TRANSACTION,
    UNLIMITED,
    address,
    allowance,
    block,
    candidate,
    child,
    context,
    coverage,
    record,
    scan,
    scan_report,
    spender_facts,
    token_facts,
)

HOSTILE_SYMBOLS = (
    "\x1b[2J\x1b]0;owned\x07",
    "\u202eCDSU\u202c",
    "[red]USDC[/red]",
    "visit https://claim.example to win",
    "=HYPERLINK(1)",
    "US\r\n::error::DC",
    "\U0001f4b8" * 9,
    "   ",
)
"""Terminal codes, text that runs backwards, markup, links, formulas, blanks."""

WHERE = LogRef(block=19_000_000, index=3, transaction=TRANSACTION)
NFT = address(0x4F7)
COPY = address(0xC0FFEE)


def records() -> list[Record]:
    """Live approvals, one for each thing that a row can say."""
    return [
        record(allowance(Amount(amount=UNLIMITED, maximum=2**255), last_changed=WHERE)),
        record(
            allowance(Amount(amount=5, maximum=2**255), spender=address(0xE0A)),
            token=token_facts(decimals=None, total_supply=None, balance=None),
            spender=spender_facts(SpenderKind.EOA, address=address(0xE0A)),
        ),
        record(allowance(Amount(amount=10**18, maximum=2**255), spender=PERMIT2)),
        record(
            allowance(child(2_500_000), kind=Kind.PERMIT2),
            spender=spender_facts(label="A router of renown"),
        ),
        record(
            allowance(
                child(2**160 - 1, expiration=2**48 - 1),
                kind=Kind.PERMIT2,
                contract=COPY,
                spender=address(0x7702),
            ),
            spender=spender_facts(SpenderKind.DELEGATED_EOA, address=address(0x7702)),
        ),
        record(
            allowance(Everything(), kind=Kind.OPERATOR, token=NFT),
            token=token_facts(address=NFT, decimals=None, interfaces=("erc721",)),
        ),
        record(
            allowance(
                Item(token_id=2**255 + 1),
                kind=Kind.ERC721,
                token=NFT,
                token_id=2**255 + 1,
            ),
            spender=spender_facts(SpenderKind.UNUSED),
        ),
        record(
            allowance(Amount(amount=400, maximum=2**255), spender=address(0x404)),
            token=token_facts(interfaces=("erc20", "erc721")),
            spender=spender_facts(SpenderKind.UNKNOWN, address=address(0x404)),
        ),
        *(
            record(
                allowance(Amount(amount=1, maximum=2**255), token=address(number)),
                token=token_facts(
                    address=address(number), symbol=symbol, name=symbol, decimals=18
                ),
            )
            for number, symbol in enumerate(HOSTILE_SYMBOLS, 0xBAD0)
        ),
    ]


def flood(number: int) -> Candidate:
    return candidate(token=address(0xF100D + number), spender=address(0x666))


def rich_scan() -> Scan:
    """An owner with every kind of trouble."""
    audited = audit(records(), context())
    gaps = [
        Gap(blocks=BlockRange(100 * n, 100 * n + 9), reason="node.example: too busy")
        for n in range(12)
    ]
    return scan(
        owner_name="alice.eth",
        coverage=Coverage(
            blocks=BlockRange(0, 24_000_000),
            gaps=tuple(gaps),
            differences=(
                Difference(
                    blocks=BlockRange(7, 8), hosts=("node.example", "other.example")
                ),
            ),
            checked=Checked.SAMPLED,
            remembered=20_000_000,
            canary=46_147,
            endpoints=("node.example", "other.example"),
            state_by=("node.example",),
            requests=123,
            items=4_567,
        ),
        allowances=audited.records,
        not_evaluated=audited.not_evaluated,
        dormant=(record(allowance(child(7, root_amount=0), kind=Kind.PERMIT2)),),
        dead=(
            *(
                Dead(candidate=candidate(spender=address(n)), reason=reason)
                for n, reason in enumerate(DeadReason)
            ),
            Dead(
                candidate=candidate(kind=Kind.ERC721, token=NFT, token_id=2**64),
                reason=DeadReason.TRANSFERRED,
            ),
        ),
        refused=(
            *(Refused(candidate=flood(n), reason="reverts") for n in range(100)),
            *(
                Refused(
                    candidate=candidate(token=COPY, spender=address(n)),
                    reason="burns its gas",
                )
                for n in range(30)
            ),
        ),
        unserved=(
            NotServed(
                candidate=candidate(token=address(0xDA), last_changed=WHERE),
                reason="node.example: \x1b[31mno\u202e, see http://evil.example " * 9,
            ),
        ),
        blind_spots=("everything here is according to node.example alone",),
    )


def rich() -> Report:
    """The rich scan, two that found nothing, one of pairs, and what was not scanned."""
    scans = scan_report(
        rich_scan(),
        empty_scan(),
        scan(
            coverage=Coverage(
                blocks=BlockRange(5, 9),
                gaps=(Gap(blocks=BlockRange(6, 6), reason="nobody"),),
                endpoints=("node.example",),
                requests=3,
            )
        ),
        scan(
            coverage=Coverage(blocks=None, endpoints=("node.example",), requests=4),
            allowances=audit([record()], context()).records,
        ),
    )
    return replace(scans, unscanned=unscanned())


def unscanned() -> tuple[Unscanned, ...]:
    """A chain for one owner, a chain for all, and an endpoint that tells none."""
    base = Chain(id=8453, name="base")
    return (
        Unscanned(chain=base, owner=OWNER, reason="node.example: \x1b[31mno"),
        Unscanned(chain=base, reason="no endpoint is known for base"),
        Unscanned(reason="other.example cannot be reached: connection refused"),
    )


def empty_scan() -> Scan:
    """Nothing found, everything proven; the dead are only counted."""
    return scan(
        chain=Chain(id=31337, name="chain-31337"),
        as_of=block(7, timestamp=NOW),
        coverage=coverage(0, 7),
        dead=(Dead(candidate=candidate(), reason=DeadReason.ZERO),),
    )


def empty() -> Report:
    """A wallet that gave nothing away."""
    return scan_report(empty_scan())


def many() -> Report:
    """Three owners on three chains; one scan has a gap."""
    chains = [
        Chain(id=1, name="ethereum"),
        Chain(id=8453, name="base"),
        Chain(id=421614, name="arbitrum-sepolia"),
    ]
    rows = audit(records()[:3], context()).records
    gap = Gap(blocks=BlockRange(5, 6), reason="node.example: too busy")
    return scan_report(
        *(
            scan(
                owner=address(0xA11CE + number),
                owner_name="alice.eth" if number == 0 else None,
                chain=chain,
                allowances=rows[: (number + place) % 3],
                coverage=replace(
                    coverage(), gaps=(gap,) if number == place == 1 else ()
                ),
                blind_spots=(f"according to {chain.name}.example alone", "signatures"),
            )
            for number in range(3)
            for place, chain in enumerate(chains)
        )
    )
