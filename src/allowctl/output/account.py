"""The sentences of a report: what was asked, what was proven, what is left open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import assert_never

from allowctl.codec.shown import plain
from allowctl.codec.words import checksum
from allowctl.model.coverage import Checked, Coverage
from allowctl.model.report import Scan
from allowctl.output.amounts import moment
from allowctl.output.names import BUNDLED
from allowctl.output.view import Shown, View


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
    hosts = ", ".join(coverage.endpoints or coverage.state_by)
    if coverage.blocks is None:
        return f"named pairs read from state, by the word of {hosts} alone"
    whole = f"blocks {coverage.blocks.first} to {coverage.blocks.last}"
    missing = sum(len(gap.blocks) for gap in coverage.gaps)
    if missing:
        were = "1 was" if missing == 1 else f"{missing:,} were"
        return f"INCOMPLETE: of {whole}, {were} not served by {hosts} (listed below)"
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
            earlier = ("earlier runs",) if coverage.remembered else ()
            word = " and of ".join((*filter(None, (hosts,)), *earlier))
            return f"by the word of {word} alone"
        case _:
            assert_never(coverage.checked)


def _cost(coverage: Coverage) -> str:
    """What it took, and what it did not have to ask again."""
    parts = [
        f"{_count(coverage.requests, 'request')} of {_count(coverage.items, 'item')}"
    ]
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
    lines = [counts] if scan.allowances else [_nothing(scan), counts]
    return [*lines, *_doubts(scan)]


def _doubts(scan: Scan) -> Iterator[str]:
    """Why levels may be worse than shown."""
    if scan.half_known:
        yield (
            f"INCOMPLETE: of {rows(scan.half_known)}, token or spender was not "
            "served: the level may be worse than shown"
        )
    if scan.unevaluated:
        count = len({each.rule for each in scan.unevaluated})
        rules = "1 rule" if count == 1 else f"{count} rules"
        yield (
            f"INCOMPLETE: {rules} could not be evaluated (listed below): "
            "a level with a ? may be worse, one that is unknown any"
        )


def levels(scan: Scan) -> list[str]:
    """How many rows there are of each level; nothing where nothing is live."""
    if not scan.allowances:
        return []
    counts = Counter(each.level for each in scan.allowances if not each.spam)
    parts = [f"{counts[level]:,} {level}" for level in sorted(counts, reverse=True)]
    spam = len(scan.allowances) - counts.total()
    if spam:
        parts.append(f"{spam:,} suspected spam")
    return [f"live: {', '.join(parts)}"]


def legend(seen: Shown) -> list[str]:
    """What stands in the table and does not explain itself."""
    records = [row.audited.record for row in seen.rows]
    labels = [each.spender.label for each in records]
    quoted = {
        "what a token calls itself": any(
            not each.token.known and (each.token.symbol or "").strip()
            for each in records
        ),
        "what a list calls a spender": any(
            each is not None and each.source != BUNDLED for each in labels
        ),
    }
    said = ", or ".join(word for word, there in quoted.items() if there)
    return [f"in quotes: {said}; the others are in the bundled table"] if said else []


def left_out(seen: Shown, view: View) -> list[str]:
    """What the table has not got of what is live, and why."""
    if not seen.below:
        return []
    are = "is" if seen.below == 1 else "are"
    return [
        f"{rows(seen.below)} {are} below --min-level {view.min_level}, and not shown"
    ]


def rows(count: int) -> str:
    """A number of rows."""
    return _count(count, "row")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


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


def owner_name(scan: Scan) -> str:
    """The name that led to the owner, to stand behind its address; or nothing."""
    return f" ({plain(scan.owner_name)})" if scan.owner_name else ""
