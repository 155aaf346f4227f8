"""The sentences of a report: what was asked, what was proven, what is left open."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import assert_never

from allowctl.codec.words import checksum
from allowctl.model.approval import Candidate, NotServed, Refused
from allowctl.model.chain import Address
from allowctl.model.coverage import Checked, Coverage
from allowctl.model.report import Scan
from allowctl.output.amounts import granted, moment
from allowctl.output.safe import plain
from allowctl.standards import STANDARD_OF

_LISTED = 8
"""Lines of a section before the rest is counted: planted logs must not flood."""
_REASON = 160

Section = tuple[str, Sequence[str]]


def scanned(scan: Scan) -> list[str]:
    """Owner, chain, block, coverage and what it took: one line each."""
    name = owner_name(scan)
    at = scan.as_of
    return [
        f"{checksum(scan.owner)}{name} on {scan.chain.name} ({scan.chain.id})",
        f"as of block {at.number} of {moment(at.timestamp)}, {at.hash}",
        _covered(scan.coverage),
        _cost(scan.coverage),
    ]


def _covered(coverage: Coverage) -> str:
    """Which blocks were sought, and by whose word; or that it is not all of them."""
    hosts = ", ".join(coverage.endpoints)
    if coverage.blocks is None:
        return f"named pairs read from state, by the word of {hosts} alone"
    whole = f"blocks {coverage.blocks.first} to {coverage.blocks.last}"
    missing = sum(len(gap.blocks) for gap in coverage.gaps)
    if missing:
        return (
            f"INCOMPLETE: of {whole}, {missing} were not served by {hosts} "
            "(listed below)"
        )
    if coverage.differences:
        return f"INCOMPLETE: of {whole}, endpoints tell different logs (listed below)"
    return f"{whole} covered without a gap, {_word(coverage)}"


def _word(coverage: Coverage) -> str:
    """Who says so; of what earlier runs have read, they are not known any more."""
    hosts = " and ".join(coverage.endpoints)
    match coverage.checked:
        case Checked.AGREED:
            return f"each range told alike by two of {', '.join(coverage.endpoints)}"
        case Checked.SAMPLED:
            return f"by the word of {hosts}, a part of it told alike by two"
        case Checked.UNCHECKED:
            earlier = " and of earlier runs" if coverage.remembered else ""
            return f"by the word of {hosts}{earlier} alone"
        case _:
            assert_never(coverage.checked)


def _cost(coverage: Coverage) -> str:
    """What it took, and what it did not have to ask again."""
    parts = [f"{coverage.requests:,} requests of {coverage.items:,} items"]
    if coverage.remembered:
        parts.append(f"{coverage.remembered:,} blocks known from earlier runs")
    if coverage.canary is not None:
        parts.append(f"old logs seen from block {coverage.canary} on")
    if coverage.state_by and coverage.state_by != coverage.endpoints:
        parts.append(f"state read at {', '.join(coverage.state_by)}")
    return "; ".join(parts)


def found(scan: Scan) -> list[str]:
    """The count of every fate, and what an empty table means."""
    dead = ", ".join(
        f"{count} {reason}" for reason, count in sorted(scan.dead_by_reason.items())
    )
    counts = (
        f"{scan.candidates} candidate{'' if scan.candidates == 1 else 's'}: "
        f"{len(scan.allowances)} live, "
        f"{len(scan.dead)} dead{f' ({dead})' if dead else ''}, "
        f"{len(scan.dormant)} dormant, {len(scan.refused)} refused, "
        f"{len(scan.unserved)} unserved"
    )
    if scan.half_known:
        return [
            counts,
            (
                f"INCOMPLETE: of {scan.half_known} of the rows above, token or spender "
                "were not served; their level may be worse than shown"
            ),
        ]
    if scan.allowances:
        return [counts]
    return [_nothing(scan), counts]


def _nothing(scan: Scan) -> str:
    """What an empty table means: no more than was proven."""
    if not scan.complete:
        return "No live approval was found, but the scan is INCOMPLETE."
    if scan.refused:
        return "No live approval was found among the contracts that answer."
    if scan.coverage.blocks is None:
        return "No live approval was found for the named pairs."
    if scan.restricted:
        return (
            "No live approval of what was asked for, which is not everything: "
            "see what was not seen."
        )
    return "No live approval: every block was served and every candidate read."


def sections(
    scan: Scan, *, show_dead: bool, elsewhere: Collection[str] | None = None
) -> Iterator[Section]:
    """What is named below the table, each with its heading.

    `elsewhere`: blind spots that are told once for several scans, as is what to do
    next; None for a scan that stands alone.
    """
    if scan.coverage.gaps:
        yield (
            "Gaps (nobody served these blocks)",
            _listed(
                f"{gap.blocks.first} to {gap.blocks.last}: {plain(gap.reason, _REASON)}"
                for gap in scan.coverage.gaps
            ),
        )
    if scan.coverage.differences:
        yield (
            "Differences (two endpoints tell different logs; both were used)",
            _listed(
                f"{each.blocks.first} to {each.blocks.last}: {' and '.join(each.hosts)}"
                for each in scan.coverage.differences
            ),
        )
    if scan.unserved:
        heading = "Unserved (live or not is unknown)"
        yield heading, _listed(_by_contract(scan.unserved))
    if scan.dormant:
        yield (
            "Dormant (they wake when the token is approved to Permit2 again)",
            _listed(_dormant(scan)),
        )
    if scan.refused:
        yield (
            "Refused (the contract gives no usable answer"
            + ("; anyone can plant such logs)" if scan.coverage.blocks else ")"),
            _listed(_by_contract(scan.refused)),
        )
    if show_dead and scan.dead:
        yield (
            "Dead",
            [f"{_named(each.candidate)}: {each.reason}" for each in scan.dead],
        )
    if scan.not_evaluated:
        yield (
            "Not evaluated",
            [f"{each.rule}: {each.reason}" for each in scan.not_evaluated],
        )
    spots = [each for each in scan.blind_spots if each not in (elsewhere or ())]
    if spots:
        yield "Not seen by this scan", spots
    steps = list(_next_steps(scan))
    if steps and elsewhere is None:
        yield "What to do next", steps


def owner_name(scan: Scan) -> str:
    """The name that led to the owner, to stand behind its address; or nothing."""
    return f" ({plain(scan.owner_name)})" if scan.owner_name else ""


def _next_steps(scan: Scan) -> Iterator[str]:
    if not scan.complete:
        yield "scan again with another --rpc-url: this is not the whole truth yet"
    for number, each in enumerate(scan.allowances[:1], 1):
        allowance = each.record.allowance
        call = STANDARD_OF[allowance.candidate.kind].revoke(allowance)
        yield (
            f"take back #{number}, if you know that contract: "
            f"from the owner, send to {checksum(call.to)}"
        )
        yield f"value 0, data 0x{call.data.hex()}"
        yield "the same for every row stands in --format json as revocation"
    if scan.dead and scan.coverage.blocks and not scan.allowances:
        yield "see what was once approved: --show-dead"


def _by_contract(fates: Sequence[Refused | NotServed]) -> Iterator[str]:
    """One line per contract and reason, with the one approval or their number."""
    groups: dict[tuple[Address, str], list[Candidate]] = {}
    for fate in fates:
        key = (fate.candidate.contract, fate.reason)
        groups.setdefault(key, []).append(fate.candidate)
    for (contract, reason), named in sorted(
        groups.items(), key=lambda group: -len(group[1])
    ):
        what = (
            _named(named[0])
            if len(named) == 1
            else f"{checksum(contract)}, {len(named)} approvals"
        )
        yield f"{what}: {plain(reason, _REASON)}"


def _dormant(scan: Scan) -> Iterator[str]:
    """The chain's own Permit2 first: anyone can deploy a copy that says things."""
    own = scan.chain.permit2
    for record in sorted(
        scan.dormant, key=lambda each: each.allowance.candidate.contract != own
    ):
        allowance = record.allowance
        contract = allowance.candidate.contract
        copy = "" if contract == own else f", in the copy {checksum(contract)}"
        token = checksum(record.token.address)
        spender = checksum(allowance.spender)
        yield f"{granted(record)}, {token}, to {spender}{copy}"


def _named(candidate: Candidate) -> str:
    item = "" if candidate.token_id is None else f" #{candidate.token_id}"
    return (
        f"{candidate.kind} {checksum(candidate.token)}{item} "
        f"to {checksum(candidate.spender)}"
    )


def _listed(lines: Iterator[str]) -> list[str]:
    every = list(lines)
    if len(every) <= _LISTED + 1:
        return every
    rest = len(every) - _LISTED
    return [*every[:_LISTED], f"and {rest} more: --format json names them all"]
