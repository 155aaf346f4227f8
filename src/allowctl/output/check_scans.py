"""What an evaluation stands on: its scans, and what none of them can see."""

from __future__ import annotations

from collections.abc import Iterator

from allowctl.codec.shown import plain
from allowctl.codec.words import checksum
from allowctl.model.evaluation import Evaluation
from allowctl.model.report import Scan
from allowctl.output import account, overview
from allowctl.output.amounts import moment
from allowctl.output.check_words import own


def name(scan: Scan, evaluation: Evaluation) -> str | None:
    """The wallet that a scan is of: the first that is asked on its chain."""
    chain = scan.chain
    words = {chain.name, str(chain.id), *chain.aliases}
    own_ = [each for each in evaluation.wallets if each.address == scan.owner]
    here = [each for each in own_ if not each.chains or words & {*each.chains}]
    return next((each.name for each in here or own_), None)


def scanned(scan: Scan, evaluation: Evaluation) -> str:
    """Whose, how many of each fate, as of when, and by whose word."""
    called = name(scan, evaluation) or checksum(scan.owner)
    fates = ", ".join(
        f"{count:,} {fate}"
        for fate, count in (
            ("live", len(scan.allowances)),
            ("dormant", len(scan.dormant)),
            ("dead", len(scan.dead)),
            ("refused", len(scan.refused)),
            ("unserved", len(scan.unserved)),
        )
        if count or fate == "live"
    )
    at = scan.as_of
    covered = own(account.scanned(scan)[2].removesuffix(" (listed below)"))
    return (
        f"{called} on {plain(scan.chain.name)} ({scan.chain.id}): {fates}; as of "
        f"block {at.number} of {moment(at.timestamp)}; {covered}"
    )


def blind(evaluation: Evaluation) -> Iterator[str]:
    """What no scan can see, then what one of them could not."""
    report = evaluation.report
    shared = overview.shared(report)
    yield from map(own, shared)
    for scan in report.scans:
        for spot in dict.fromkeys(scan.blind_spots):
            if spot not in shared:
                called = name(scan, evaluation) or checksum(scan.owner)
                yield own(f"{called} on {plain(scan.chain.name)}: {spot}")
