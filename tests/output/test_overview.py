"""What is said of a whole report: lists, sums, and what to do about all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.model.finding import Level
from allowctl.model.lists import ListStatus
from allowctl.model.missing import Lack, Missing
from allowctl.output import overview
from tests import build
from tests.build import audited, scan, scan_report
from tests.output import wallet

FAILED = Missing(Lack.FAILED, "was not renewed: lists.example: \x1b[2Jno such name")
FRESH = ListStatus(
    id="exploits", source="lists.example", fetched_at=build.NOW - 7_200, entries=1_234
)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (FRESH, "exploits, 1,234 addresses, 2 h old"),
        (replace(FRESH, entries=1), "exploits, 1 address, 2 h old"),
        (
            replace(FRESH, missing=FAILED),
            (
                "exploits, 1,234 addresses, 2 h old; it was not renewed: "
                "lists[.]example: \\x1b[2Jno such name"
            ),
        ),
        (
            replace(FRESH, fetched_at=None, missing=FAILED),
            "exploits was not renewed: lists[.]example: \\x1b[2Jno such name",
        ),
        (replace(FRESH, fetched_at=None), "exploits is not there"),
        (
            replace(FRESH, id="\u202e::x"),
            "\\u202e:\\x3ax, 1,234 addresses, 2 h old",
        ),
    ],
)
def test_lists(status: ListStatus, said: str) -> None:
    """How much there is, how old it is, and why it is no younger."""
    report = replace(scan_report(), lists=(status,))

    assert overview.lists(report) == [said]


def test_blind_spots_of_all() -> None:
    """Those that each scan has, once; one that a scan lacks is that scan's own."""
    one = replace(scan(), blind_spots=("x", "y", "x"))
    other = replace(scan(), blind_spots=("y", "z"))

    assert overview.shared(scan_report(one, other)) == ("y",)
    assert overview.shared(scan_report(one)) == ("x", "y")


def test_the_worst_of_all_is_named() -> None:
    """By its id, and the scan that it stands in; nothing where nothing is live."""
    quiet = replace(audited(), level=Level.LOW)
    worst = replace(audited(build.record(value=wallet.worth("5"))), level=Level.HIGH)
    report = scan_report(scan(), scan(allowances=(quiet,)), scan(allowances=(worst,)))
    digits = worst.record.allowance.fingerprint(1)[:8]
    head, first, *_ = overview.totals(report)

    assert head.endswith("2 live, the worst high")
    assert first.startswith(f"first of all: #1 of scan 3, {digits}, high, ")
    assert not any("first" in line for line in overview.totals(scan_report(scan())))
