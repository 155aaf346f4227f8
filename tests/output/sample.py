"""One report with everything in it that a report can hold."""

from __future__ import annotations

from dataclasses import replace

from allowctl.model.approval import (
    Candidate,
    Dead,
    DeadReason,
    Kind,
    LogRef,
    NotServed,
    Refused,
)
from allowctl.model.chain import BlockRange, Chain
from allowctl.model.coverage import Checked, Coverage, Difference, Gap
from allowctl.model.lists import Charge, ListStatus
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Report, Scan, Unscanned
from allowctl.risk.audit import audit
from tests.build import (
    NOW,
    OWNER,
    TRANSACTION,
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
)
from tests.output import wallet

WHERE = LogRef(block=19_000_000, index=3, transaction=TRANSACTION)


def flood(number: int) -> Candidate:
    return candidate(token=address(0xF100D + number), spender=address(0x666))


def rich_scan() -> Scan:
    """An owner with every kind of trouble."""
    audited = audit(wallet.records(), context())
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
        expired=audit(wallet.expired(), context()).records,
        dormant=(record(allowance(child(7, root_amount=0), kind=Kind.PERMIT2)),),
        dead=(
            *(
                Dead(candidate=candidate(spender=address(n)), reason=reason)
                for n, reason in enumerate(DeadReason)
                if reason is not DeadReason.EXPIRED
            ),
            *(
                Dead(
                    candidate=each.allowance.candidate,
                    reason=DeadReason.EXPIRED,
                    allowance=each.allowance,
                )
                for each in wallet.expired()
            ),
            Dead(
                candidate=candidate(kind=Kind.ERC721, token=wallet.NFT, token_id=2**64),
                reason=DeadReason.TRANSFERRED,
            ),
        ),
        refused=(
            *(Refused(candidate=flood(n), reason="reverts") for n in range(100)),
            *(
                Refused(
                    candidate=candidate(token=wallet.COPY, spender=address(n)),
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
    pair = audit([record()], context(absent=wallet.absent()))
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
            allowances=pair.records,
            not_evaluated=pair.not_evaluated,
        ),
    )
    return replace(scans, unscanned=unscanned(), lists=lists())


def lists() -> tuple[ListStatus, ...]:
    """Lists that are fresh, old, never had, and a file of one's own."""
    failed = Missing(
        Lack.FAILED, "was not fetched: lists.example: \x1b[31mno such name"
    )
    return (
        ListStatus(
            id="approval-exploit-list",
            source="lists.example",
            charges=(Charge.EXPLOITED,),
            fetched_at=NOW - 3_600,
            entries=1_234,
        ),
        ListStatus(
            id="whois",
            source="lists.example",
            fetched_at=NOW - 9 * wallet.DAY,
            entries=1,
            missing=failed,
        ),
        ListStatus(
            id="scam-database",
            source="lists.example",
            charges=(Charge.BLOCKED, Charge.DEPRECATED),
            missing=failed,
        ),
    )


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
    rows = audit(wallet.records()[:3], context()).records
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
