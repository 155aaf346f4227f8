"""What is judged of wallets as a whole."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount
from allowctl.model.chain import Address
from allowctl.model.evaluation import Evaluation
from allowctl.model.missing import Lack, Missing
from allowctl.model.naming import NameCheck, NameClaim
from allowctl.model.report import AuditedRecord, Report, Scan
from allowctl.model.settings import Wallet
from allowctl.model.value import Unpriced, Value, Worth
from allowctl.policy.evaluate import evaluate
from tests import build
from tests.build import MAINNET, OWNER, SPENDER, address, worth
from tests.policy.making import BASE, TODAY, allow, place, wallet
from tests.policy.making_rows import finding, limits, only, row

OTHER = address(0x0DD)
OPS = Wallet(
    name="ops", address=OTHER, origin=wallet().origin, place=place(12, "wallet[1]")
)
TREASURY = replace(wallet(), chains=())
UNPRICED = row(build.record(value=Unpriced.NO_PRICE))


def at_risk(usd: int, token: int = 1) -> AuditedRecord:
    """So many units, each worth a dollar, of which the owner has enough."""
    of = build.allowance(Amount(amount=usd, maximum=2**255), token=address(token))
    facts = build.token_facts(address=address(token), balance=10**30)
    return row(build.record(of, token=facts, value=worth(usd)))


def under(
    *scans: Scan,
    wallets: tuple[Wallet, ...] = (TREASURY, OPS),
    each: str | int | None = None,
    total: int | None = None,
) -> Evaluation:
    policy = limits(
        max_value_at_risk_usd=None if each is None else Decimal(each),
        max_total_value_at_risk_usd=None if total is None else Decimal(total),
    )
    return evaluate(build.scan_report(*scans), policy, wallets, today=TODAY)


def test_each_wallet_on_all_chains() -> None:
    """Chains add up, wallets do not; what is at the limit passes."""
    scans = (
        build.scan(allowances=(at_risk(600),)),
        build.scan(chain=BASE, allowances=(at_risk(401),)),
        build.scan(owner=OTHER, allowances=(at_risk(1_000),)),
    )
    found = only(under(*scans, each=1_000))

    assert (found.check, found.fails) == ("max-value-at-risk", True)
    assert found.message == "$1,001 at risk, the policy lets it have $1,000"
    assert found.place.key == "policy.max_value_at_risk_usd"
    assert (found.subject.wallet, found.subject.scan) == (TREASURY, None)


def test_all_wallets_together() -> None:
    """The total is of all of them, and of none of them in particular."""
    scans = (
        build.scan(allowances=(at_risk(600),)),
        build.scan(owner=OTHER, allowances=(at_risk(31_000),)),
    )
    found = only(under(*scans, total=31_599))

    assert found.check == "max-total-value-at-risk"
    assert found.message == (
        "$31,600 at risk, the policy lets all wallets together have $31,599"
    )
    assert found.subject.wallet is None
    assert not under(*scans, total=31_600).violated


def test_one_address_counts_once_in_the_total() -> None:
    """Two names for an owner on a chain are each over, and once in the total."""
    twice = (TREASURY, replace(OPS, address=OWNER))
    scan = build.scan(allowances=(at_risk(600),))
    apart = under(scan, wallets=twice, each=1)
    total = under(scan, wallets=twice, total=600)

    assert [each.subject.wallet for each in apart.violations] == [*twice]
    assert len({each.fingerprint for each in apart.violations}) == 2
    assert total.violations == ()


def test_what_is_allowed_counts_and_spam_does_not() -> None:
    """It is the sum that reports show."""
    spam = row(at_risk(10**9, token=2).record, finding("spam-token"))
    scan = build.scan(allowances=(at_risk(600), spam))
    policy = replace(
        limits(max_value_at_risk_usd=Decimal(599)), allows=(allow(), allow(1))
    )
    found = evaluate(build.scan_report(scan), policy, [TREASURY], today=TODAY)

    assert [each.message for each in found.failing] == [
        "$600 at risk, the policy lets it have $599"
    ]


@pytest.mark.parametrize(
    ("usd", "most", "words"),
    [
        ("31330", "10000", "$31,330 at risk, the policy lets it have $10,000"),
        ("10000.01", "10000", "$10,001 at risk, the policy lets it have $10,000"),
        ("10.001", "10", "$10.01 at risk, the policy lets it have $10"),
        ("2000.5", "1999.25", "$2,000.50 at risk, the policy lets it have $1,999.25"),
        ("1e40", "1e16", "$1.000e+40 at risk, the policy lets it have $1.000e+16"),
        ("0.001", "0", "$0.01 at risk, the policy lets it have $0"),
    ],
)
def test_figures(usd: str, most: str, words: str) -> None:
    """What is over the limit looks so."""
    price = replace(worth().price, usd_per_unit=Decimal(usd))
    of = build.record(
        build.allowance(Amount(amount=1, maximum=2**255)),
        value=Worth(usd=Decimal(usd), price=price),
    )
    found = under(
        build.scan(allowances=(row(of),)),
        wallets=(TREASURY,),
        each=most,
    )

    assert only(found).message == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "(1 row has no known value)"), (2, "(2 rows have no known value)")],
)
def test_at_least(count: int, words: str) -> None:
    """What has no value is not 0, and is told."""
    scan = build.scan(allowances=(at_risk(600), *(UNPRICED,) * count))
    found = under(scan, each=1).failing[0]

    assert found.message == (
        f"$600 at risk at least, the policy lets it have $1 {words}"
    )


def test_unpriced_is_no_violation_of_a_cap() -> None:
    """What is not known warns by itself, and leaves the cap alone."""
    scan = build.scan(allowances=(UNPRICED,))
    found = under(scan, wallets=(TREASURY,), each=0)

    assert [(each.check, each.warns) for each in found.violations] == [
        ("unpriced", True)
    ]
    assert found.complete


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        (Unpriced.UNSERVED, ["1 approval was not priced: no price was served"]),
        (Unpriced.NO_PRICE, []),
    ],
)
def test_prices_that_were_not_served(value: Value, ends: list[str]) -> None:
    """They leave open what a value decides."""
    scan = build.scan(allowances=(row(build.record(value=value)),))
    capped = under(scan, wallets=(TREASURY,), each=9)
    free = under(scan, wallets=(TREASURY,))

    assert [each.reason for each in capped.open_ends] == ends
    assert free.complete


def named(found: Address | Missing | None, claimed: str = "ops") -> Report:
    claim = NameClaim(wallet=claimed, name="ops.example.eth", address=OTHER)
    scan = build.scan(owner=OTHER, chain=MAINNET)
    return replace(
        build.scan_report(scan), names=(NameCheck(claim=claim, found=found),)
    )


@pytest.mark.parametrize(
    ("found", "leads"),
    [
        (SPENDER, "0x5e5E5e5e5E5e5E5E5e5E5E5e5e5E5E5E5e5E5E5e"),
        (None, "no address"),
    ],
)
def test_ens(found: Address | None, leads: str) -> None:
    """A name that leads elsewhere, or nowhere, fails at the wallet."""
    own = replace(OPS, ens="ops.example.eth")
    one = only(evaluate(named(found), limits(), [own], today=TODAY))

    assert (one.check, one.fails) == ("wallet-ens", True)
    assert one.message == (f"its ENS name leads to {leads}, not to {checksum(OTHER)}")
    assert one.place == place(12, "wallet[1].ens")
    assert one.subject.wallet == own


def test_two_names_that_lead_elsewhere() -> None:
    """Two wallets with one address are two violations, told apart."""
    (check,) = named(None).names
    other = replace(check, claim=replace(check.claim, wallet="spare"))
    report = replace(named(None), names=(check, other))
    wallets = [OPS, replace(OPS, name="spare")]
    found = evaluate(report, limits(), wallets, today=TODAY).violations

    assert {each.subject.wallet for each in found} == {*wallets}
    assert len({each.fingerprint for each in found}) == 2


def test_ens_that_holds() -> None:
    """A name that leads to the wallet is nothing to tell of."""
    found = evaluate(named(OTHER), limits(), [OPS], today=TODAY)

    assert found.violations == ()
    assert found.complete


def test_ens_that_nobody_told() -> None:
    """It is open, on mainnet, and no violation."""
    untold = named(Missing(Lack.FAILED, "a timeout"))
    found = evaluate(untold, limits(), [OPS], today=TODAY)
    (end,) = found.open_ends

    assert not found.violated
    assert (end.wallet, end.chain_id, end.chain) == (OPS, 1, "ethereum")
    assert end.reason == "its ENS name was not resolved: a timeout"


def test_ens_that_nobody_looked_up() -> None:
    """A name that was to be checked and was not is open, too."""
    own = replace(OPS, ens="ops.example.eth")
    report = replace(named(OTHER), names=())
    (end,) = evaluate(report, limits(), [own], today=TODAY).open_ends

    assert end.reason == "its ENS name was not looked up"


def test_ens_of_a_wallet_that_is_not_there() -> None:
    """It fails all the same."""
    one = only(evaluate(named(None, "who"), limits(), [OPS], today=TODAY))

    assert one.place == place(1, "wallet.ens")
    assert one.subject.wallet is None
