"""What is judged of wallets as a whole: their value at risk, and their ENS names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from allowctl.codec.words import checksum
from allowctl.model.evaluation import Subject, Violation
from allowctl.model.missing import Missing
from allowctl.model.naming import NameCheck
from allowctl.model.place import Place
from allowctl.model.policy import Action, Policy
from allowctl.model.report import Report, Scan
from allowctl.model.settings import Wallet
from allowctl.policy import fingerprints
from allowctl.policy.entries import key_of
from allowctl.policy.whose import Whose
from allowctl.policy.words import dollars, has_cents, several
from allowctl.risk.totals import Totals, summed, totals


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cap:
    """A limit of what may be at risk, and where it is written."""

    check: str
    most: Decimal
    place: Place


def caps(
    report: Report, policy: Policy, wallets: Sequence[Wallet], whose: Whose
) -> Iterator[Violation]:
    """Each wallet with too much at risk on all of its chains, and all together.

    What is allowed counts: it can be taken all the same. Of several wallets with one
    address the approvals of a chain count once in the total.
    """
    limits = policy.limits
    each_cap = _cap(policy, "max-value-at-risk", limits.max_value_at_risk_usd)
    all_cap = _cap(
        policy, "max-total-value-at-risk", limits.max_total_value_at_risk_usd
    )
    if each_cap is None and all_cap is None:
        return
    sums = _sums(report)
    if each_cap is not None:
        for wallet in wallets:
            own = [
                found
                for scan, found in sums
                if wallet in whose.of(scan.owner, scan.chain)
            ]
            mark = fingerprints.of_wallet(wallet.name, wallet.address, each_cap.check)
            of = Subject(wallet=wallet)
            yield from _beyond(each_cap, summed(own), of, mark)
    if all_cap is not None:
        whole = summed([found for _, found in sums])
        mark = fingerprints.of_all(all_cap.check)
        yield from _beyond(all_cap, whole, Subject(), mark)


def names(
    checks: Sequence[NameCheck], policy: Policy, wallets: Sequence[Wallet]
) -> Iterator[Violation]:
    """Each wallet whose name leads elsewhere; not those of which nobody told."""
    named = {each.name: each for each in wallets}
    for check in checks:
        if check.holds or isinstance(check.found, Missing):
            continue
        claim = check.claim
        wallet = named.get(claim.wallet)
        above = (
            Place(file=policy.file, key="wallet") if wallet is None else wallet.place
        )
        leads = "no address" if check.found is None else checksum(check.found)
        yield Violation(
            check="wallet-ens",
            action=Action.DENY,
            message=f"its ENS name leads to {leads}, not to {checksum(claim.address)}",
            place=key_of(above, "ens"),
            fingerprint=fingerprints.of_wallet(
                claim.wallet, claim.address, "wallet-ens"
            ),
            subject=Subject(wallet=wallet),
        )


def _sums(report: Report) -> list[tuple[Scan, Totals]]:
    """What is at risk by scan, each owner on each chain once."""
    distinct = {(each.owner, each.chain.id): each for each in report.scans}
    return [(scan, totals([scan])) for scan in distinct.values()]


def _cap(policy: Policy, check: str, most: Decimal | None) -> _Cap | None:
    if most is None:
        return None
    place = policy.place(f"{check.replace('-', '_')}_usd")
    return _Cap(check=check, most=most, place=place)


def _beyond(cap: _Cap, found: Totals, of: Subject, mark: str) -> Iterator[Violation]:
    if found.usd <= cap.most:
        return
    cents = has_cents(cap.most)
    risk, most = dollars(found.usd, cents=cents), dollars(cap.most, cents=cents)
    least, unknown = "", ""
    if found.unknown:
        have = "has" if found.unknown == 1 else "have"
        least = " at least"
        unknown = f" ({several(found.unknown, 'row')} {have} no known value)"
    who = "it" if of.wallet else "all wallets together"
    yield Violation(
        check=cap.check,
        action=Action.DENY,
        message=f"{risk} at risk{least}, the policy lets {who} have {most}{unknown}",
        place=cap.place,
        fingerprint=mark,
        subject=of,
    )
