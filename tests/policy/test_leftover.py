"""Entries that have expired, and entries that nothing needs any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from allowctl.model.approval import NotServed
from allowctl.model.chain import Address, BlockRange, Chain
from allowctl.model.coverage import Gap
from allowctl.model.evaluation import Evaluation
from allowctl.model.finding import Level
from allowctl.model.policy import Acknowledgement, Action, AllowEntry
from allowctl.model.report import Report, Scan, Unscanned
from allowctl.model.settings import Wallet
from allowctl.policy.evaluate import evaluate
from tests import build
from tests.build import MAINNET, OWNER, SPENDER, address
from tests.policy.making import BASE, TODAY, allow, place, refusal, wallet
from tests.policy.making_rows import finding, limits, row

YESTERDAY = TODAY - timedelta(days=1)
OTHER = address(0x0DD)
LIVE = row()
SPAM = row(None, finding("spam-token"))


def acknowledge(number: int = 0, **parts: Any) -> Acknowledgement:  # noqa: ANN401
    plain = Acknowledgement(
        place=place(60 + number, f"acknowledge[{number}]"),
        chain="1",
        token=refusal().candidate.token,
        reason="looked at",
    )
    return replace(plain, **parts)


def under(
    *entries: AllowEntry | Acknowledgement,
    report: Report | None = None,
    wallets: Sequence[Wallet] = (wallet(),),
) -> Evaluation:
    policy = replace(
        limits(),
        allows=tuple(each for each in entries if isinstance(each, AllowEntry)),
        acknowledged=tuple(
            each for each in entries if isinstance(each, Acknowledgement)
        ),
    )
    found = report or build.scan_report(build.scan())
    return evaluate(found, policy, wallets, today=TODAY)


def checks(of: Evaluation) -> list[str]:
    return [each.check for each in of.violations if not each.subject.row]


@pytest.mark.parametrize(
    ("entry", "check"),
    [
        (allow(3, expires=YESTERDAY), "allow-expired"),
        (acknowledge(3, expires=YESTERDAY), "acknowledge-expired"),
    ],
)
def test_expired(entry: AllowEntry | Acknowledgement, check: str) -> None:
    """It is a violation at its `expires`, whether anything needed it or not."""
    live = build.scan(allowances=(LIVE,), refused=(refusal(),))
    for report in (None, build.scan_report(live)):
        (found,) = under(entry, report=report).violations
        assert (found.check, found.action) == (check, Action.DENY)
        assert found.fails
        assert found.place == replace(entry.place, key=f"{entry.place.key}.expires")
        assert found.message == (
            "its last day was 2026-09-20, 1 day ago: it lets nothing pass any more"
        )


def test_it_lasts_its_last_day() -> None:
    """The day that it names is the last on which it applies."""
    entry, other = allow(expires=TODAY), acknowledge(expires=TODAY)

    assert not under(entry, other).violated


@pytest.mark.parametrize(
    "found",
    [
        build.scan(allowances=(LIVE,)),
        build.scan(allowances=(SPAM,)),
        build.scan(dormant=(LIVE.record,)),
        build.scan(expired=(LIVE,)),
        build.scan(
            refused=(replace(refusal(), candidate=LIVE.record.allowance.candidate),)
        ),
    ],
    ids=["live", "spam", "dormant", "expired", "refused"],
)
def test_used(found: Scan) -> None:
    """An entry is used by whatever may be or become what it allows."""
    assert checks(under(allow(), report=build.scan_report(found))) == []
    assert checks(under(allow(), report=build.scan_report(build.scan()))) == [
        "allow-unused"
    ]


def test_unused() -> None:
    """It is a warning where the entry stands."""
    (found,) = under(allow(3)).violations

    assert found.warns
    assert found.place == allow(3).place
    assert found.message == "no approval that was found is what it allows"


@pytest.mark.parametrize(
    "parts",
    [{"max_amount": 0}, {"code_hash": "0x" + "11" * 32}, {"max_level": Level.INFO}],
    ids=["amount", "code", "level"],
)
def test_exceeded_is_not_unused(parts: dict[str, Any]) -> None:
    """An approval beyond what an entry allows is still the one that it is about."""
    report = build.scan_report(build.scan(allowances=(LIVE,)))

    assert checks(under(allow(**parts), report=report)) == []


GAP = replace(build.coverage(), gaps=(Gap(blocks=BlockRange(1, 2), reason="x"),))


@pytest.mark.parametrize(
    "report",
    [
        build.scan_report(),
        build.scan_report(build.scan(coverage=GAP)),
        build.scan_report(
            build.scan(unserved=(NotServed(candidate=build.candidate(), reason="x"),))
        ),
        build.scan_report(replace(build.scan(), restricted=True)),
        replace(
            build.scan_report(build.scan()),
            unscanned=(Unscanned(reason="x", chain=BASE, owner=OWNER),),
        ),
        replace(build.scan_report(build.scan()), unscanned=(Unscanned(reason="x"),)),
    ],
    ids=["nothing", "gap", "unserved", "restricted", "another chain", "any chain"],
)
def test_what_was_not_seen_is_not_unused(report: Report) -> None:
    """Of what was not wholly scanned nobody says that it is not there."""
    assert checks(under(allow(), report=report)) == []


def test_what_may_have_been_left_out_is_not_unused() -> None:
    """A chain that nobody could name may be the one that an entry speaks of."""
    untold = (Unscanned(reason="x", owner=OWNER),)
    report = replace(build.scan_report(build.scan()), unscanned=untold)

    assert checks(under(allow(chain="1"), report=report)) == []


TWO = (
    replace(wallet(), chains=("eth", "8453")),
    replace(wallet("ops", number=1), address=OTHER, chains=("base",)),
)


def scans(*asked: tuple[str, Chain]) -> Report:
    return build.scan_report(
        *(build.scan(owner=Address(owner), chain=chain) for owner, chain in asked)
    )


@pytest.mark.parametrize(
    ("entry", "report", "unused"),
    [
        (allow(), scans((OWNER, MAINNET), (OWNER, BASE), (OTHER, BASE)), True),
        (allow(), scans((OWNER, MAINNET), (OWNER, BASE)), False),
        (allow(), scans((OWNER, MAINNET), (OTHER, BASE)), False),
        (allow(chain="8453"), scans((OWNER, BASE), (OTHER, BASE)), True),
        (allow(chain="8453"), scans((OWNER, BASE)), False),
        (allow(chain="1"), scans((OWNER, MAINNET)), True),
        (allow(chain="10"), scans((OWNER, MAINNET)), False),
        (allow(wallet="ops"), scans((OTHER, BASE)), True),
        (allow(wallet="ops"), scans((OWNER, MAINNET), (OWNER, BASE)), False),
        (allow(wallet="ops", chain="1"), scans((OWNER, MAINNET), (OTHER, BASE)), False),
        (allow(wallet="nobody"), scans((OWNER, MAINNET)), False),
    ],
)
def test_all_that_it_speaks_of(entry: AllowEntry, report: Report, unused: bool) -> None:  # noqa: FBT001
    """Every wallet and chain that an entry may be about has to have been scanned."""
    found = checks(under(entry, report=report, wallets=TWO))

    assert found == ["allow-unused"] * unused


def test_one_broken_scan_speaks_for_itself() -> None:
    """What another chain lacks is nothing to an entry for this one."""
    report = build.scan_report(build.scan(), build.scan(chain=BASE, coverage=GAP))
    wallets = [replace(wallet(), chains=())]

    assert checks(under(allow(chain="1"), report=report, wallets=wallets)) == [
        "allow-unused"
    ]
    assert checks(under(allow(), report=report, wallets=wallets)) == []


def test_narrowed() -> None:
    """Where some wallets or chains were left out, an entry has to name both."""
    told = [allow(0), allow(1, chain="1"), allow(2, wallet="treasury")]
    both = allow(3, chain="1", wallet="treasury")
    policy = replace(
        limits(), allows=(*told, both), acknowledged=(acknowledge(token=SPENDER),)
    )
    found = {
        narrowed: evaluate(
            build.scan_report(build.scan()),
            policy,
            [wallet()],
            today=TODAY,
            narrowed=narrowed,
        ).violations
        for narrowed in (True, False)
    }

    assert [each.place for each in found[True]] == [both.place]
    assert len(found[False]) == 5


def test_acknowledgements() -> None:
    """One is used by a contract that refuses, on its chain and with its token."""
    answering = build.scan_report(build.scan())
    refusing = build.scan_report(build.scan(refused=(refusal(),)))
    gone = acknowledge(1, token=SPENDER)

    assert checks(under(acknowledge(), report=refusing)) == []
    assert checks(under(acknowledge(), report=answering)) == ["acknowledge-unused"]
    assert checks(under(gone, report=refusing)) == ["acknowledge-unused"]
    assert checks(under(acknowledge(chain="8453"), report=refusing)) == []


def test_what_a_fingerprint_is_of() -> None:
    """What an entry says, but not its words, its number or its line."""
    entry = allow(expires=YESTERDAY)
    same = replace(entry, place=place(99, "allow[9]"), reason="other", owner="me")
    others = [
        replace(entry, expires=date(2026, 1, 1)),
        replace(entry, max_amount=0),
        replace(entry, token=SPENDER),
        replace(entry, spender=None, token=SPENDER),
        replace(entry, spender=None, contract=SPENDER),
    ]
    marks = [under(each).violations[0].fingerprint for each in (entry, same, *others)]

    assert marks[0] == marks[1]
    assert len({*marks}) == 1 + len(others)
