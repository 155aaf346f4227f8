"""What is at risk in all, in one or two sentences that name what they lack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from allowctl.model.report import Scan
from allowctl.model.value import Unpriced
from allowctl.output.account import rows
from allowctl.output.money import dollars
from allowctl.risk.totals import Totals, totals

WORDS = {
    Unpriced.NOT_ASKED: "without a price source",
    Unpriced.NO_PRICE: "unpriced",
    Unpriced.BEYOND: "beyond what its pools hold",
    Unpriced.THIN: "thin (a price without liquidity behind it)",
    Unpriced.NO_BALANCE: "unknown (no balance is told)",
    Unpriced.FURTHER: "unknown (more than the balance can be taken)",
    Unpriced.ITEMS: "NFT",
    Unpriced.UNSERVED: "unserved",
}
"""The table's words, with what they mean where they do not say it."""


def at_risk(scan: Scan) -> list[str]:
    """The sum of a scan; nothing where nothing is live."""
    return list(sentences(totals([scan]))) if scan.allowances else []


def in_all(scans: Sequence[Scan]) -> list[str]:
    """The sum of all scans of a report."""
    live = any(scan.allowances for scan in scans)
    return list(sentences(totals(scans))) if live else []


def sentences(summed: Totals) -> Iterator[str]:
    """The sum, and what it lacks: without values it is no sum, and says so."""
    lacking = ", ".join(
        f"{count:,} {WORDS[reason]}"
        for reason, count in sorted(
            summed.lacking.items(), key=lambda item: (-item[1], item[0])
        )
    )
    lack = f"of {rows(summed.unknown)} the value is not known: {lacking}"
    if summed.priced and summed.unknown:
        least = dollars(summed.usd)
        yield f"at risk: {least} at least, each token counted once; {lack}"
    elif summed.priced:
        yield f"at risk: {dollars(summed.usd)}, each token counted once"
    elif summed.unknown:
        yield f"at risk: {lack}"
    else:
        yield "at risk: nothing at the moment"
    if Unpriced.NOT_ASKED in summed.lacking:
        yield "a price source: [prices.fixed] in allowctl.toml, or another --prices"
