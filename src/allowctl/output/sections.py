"""What is named below a scan's table, each with its heading."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from allowctl.codec.shown import plain
from allowctl.codec.words import checksum
from allowctl.model.approval import Amount, Candidate, NotServed, Refused
from allowctl.model.chain import Address, BlockRange
from allowctl.model.finding import NotEvaluated
from allowctl.model.missing import Lack
from allowctl.model.report import SPAM, Scan
from allowctl.output.amounts import granted, until
from allowctl.output.columns import SHORT_ID, fingerprint
from allowctl.output.names import short, token_name
from allowctl.output.view import Row, Shown, View

_RANKS = 4
_LISTED = 8
"""Lines of a section before the rest is counted: planted logs must not flood."""
_REASON = 160
_SYMBOL = 16

Section = tuple[str, Sequence[str]]


def spam(seen: Shown, scan: Scan) -> Iterator[Section]:
    """The rows whose token is taken for spam: each token with its evidence."""
    if not seen.spam:
        return
    tokens: dict[Address, list[Row]] = {}
    for row in seen.spam:
        tokens.setdefault(row.audited.record.token.address, []).append(row)
    yield (
        "Suspected spam (not counted by --fail-on; --show-spam has it in the table)",
        _listed(_spam_line(token, rows, scan) for token, rows in tokens.items()),
    )


def _spam_line(token: Address, rows: Sequence[Row], scan: Scan) -> str:
    """Each row with its id and spender; then the token, and what speaks against it."""
    first = rows[0].audited
    evidence = next(each.evidence for each in first.findings if each.rule == SPAM)
    named = ", ".join(
        f"#{row.rank} {fingerprint(row.audited.record, scan)[:SHORT_ID]} "
        f"to {short(row.audited.record.allowance.spender)}"
        for row in rows[:_RANKS]
    )
    more = f" and {len(rows) - _RANKS} more" if len(rows) > _RANKS else ""
    name = token_name(first.record.token, _SYMBOL)
    return f"{named}{more}: {name}, {checksum(token)}: {evidence}"


def sections(
    scan: Scan, view: View, elsewhere: Collection[str] = ()
) -> Iterator[Section]:
    """What is named below the table, each with its heading.

    `elsewhere`: blind spots that are told once for several scans.
    """
    yield from _holes(scan)
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
    if scan.expired:
        yield (
            "Expired (nothing can move; a new Permit2 signature would wake the amount)",
            _listed(_expired(scan)),
        )
    if view.show_dead and scan.dead:
        yield (
            "Dead",
            [f"{_named(each.candidate)}: {each.reason}" for each in scan.dead],
        )
    if scan.not_evaluated:
        yield "Not evaluated", list(_not_evaluated(scan.not_evaluated))
    spots = [each for each in scan.blind_spots if each not in elsewhere]
    if spots:
        yield "Not seen by this scan", spots


def _holes(scan: Scan) -> Iterator[Section]:
    if scan.coverage.gaps:
        yield (
            "Gaps (nobody served these blocks)",
            _listed(
                f"{_blocks(gap.blocks)}: {plain(gap.reason, _REASON)}"
                for gap in scan.coverage.gaps
            ),
        )
    if scan.coverage.differences:
        yield (
            "Differences (two endpoints tell different logs; both were used)",
            _listed(
                f"{_blocks(each.blocks)}: {' and '.join(each.hosts)}"
                for each in scan.coverage.differences
            ),
        )


def _blocks(blocks: BlockRange) -> str:
    one = blocks.first == blocks.last
    return str(blocks.first) if one else f"{blocks.first} to {blocks.last}"


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


def _expired(scan: Scan) -> Iterator[str]:
    """Amounts that time alone has ended."""
    for each in scan.expired:
        allowance = each.record.allowance
        token = checksum(each.record.token.address)
        spender = checksum(allowance.spender)
        match allowance.grant:
            case Amount(expiration=int(expiration)):
                ended = f", {until(expiration)}"
            case _:
                ended = ""
        yield f"{granted(each.record)}, {token}, to {spender}{ended}"


def _not_evaluated(lacking: Sequence[NotEvaluated]) -> Iterator[str]:
    """A line for each reason, what makes the scan incomplete first."""
    groups: dict[tuple[Lack, str], list[str]] = {}
    for each in lacking:
        groups.setdefault((each.lack, each.reason), []).append(each.rule)
    for (lack, reason), rules in sorted(
        groups.items(), key=lambda group: group[0][0] is not Lack.FAILED
    ):
        urgency = "; INCOMPLETE" if lack is Lack.FAILED else ""
        yield f"{', '.join(rules)}: {plain(reason, _REASON)}{urgency}"


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
