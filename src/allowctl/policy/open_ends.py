"""What an evaluation could not see: each thing one sentence, nothing left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from allowctl.model.coverage import Difference, Gap
from allowctl.model.evaluation import OpenEnd
from allowctl.model.missing import Missing
from allowctl.model.policy import Policy
from allowctl.model.report import Report, Scan, Unscanned
from allowctl.model.settings import Wallet
from allowctl.model.value import Unpriced
from allowctl.policy.judged import Judged, first
from allowctl.policy.probes import unread
from allowctl.policy.rows import use_unserved
from allowctl.policy.unheld import unheld
from allowctl.policy.whose import Whose, asked_on
from allowctl.policy.words import several, were

_LISTED = 3
"""Rules that are named before the rest is counted."""
_MAINNET = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was to be seen, and what of it may be missing."""

    policy: Policy
    wallets: Sequence[Wallet]
    whose: Whose
    forgiven: AbstractSet[int]
    """Chain ids that may be incomplete."""
    narrowed: bool = False
    """Whether there are more of the policy's wallets, or of their chains."""


def open_ends(report: Report, asked: Asked) -> tuple[OpenEnd, ...]:
    """All of them. Entries that let approvals pass take none away."""
    every = (
        *(end for scan in report.scans for end in _of_scan(scan, asked)),
        *(_unscanned(each, asked.whose) for each in report.unscanned),
        *_absent(report, asked.wallets),
        *_names(report, asked.wallets),
        *_of_a_part(report, asked),
    )
    return tuple(replace(each, forgiven=_forgiven(each, asked)) for each in every)


def _forgiven(end: OpenEnd, asked: Asked) -> bool:
    strict = asked.policy.limits.fail_on_incomplete
    return end.forgiven or not strict or end.chain_id in asked.forgiven


def _of_a_part(report: Report, asked: Asked) -> Iterator[OpenEnd]:
    """What is judged of less than the policy has; where it is all, what is left out.

    Whoever asks for a part knows that it is one: it is told, and forgiven.
    """
    if not asked.narrowed:
        yield from unread(report, asked.policy, asked.wallets)
        return
    limits = asked.policy.limits
    caps = {
        "max_value_at_risk_usd": limits.max_value_at_risk_usd,
        "max_total_value_at_risk_usd": limits.max_total_value_at_risk_usd,
    }
    for name, most in caps.items():
        if most is not None:
            part = "the wallets and chains that were asked for alone"
            yield OpenEnd(reason=f"{name} is judged of {part}", forgiven=True)


def _of_scan(scan: Scan, asked: Asked) -> Iterator[OpenEnd]:
    wallets = asked.whose.of(scan.owner, scan.chain)
    every = (
        *_unproven(scan),
        *_undecided(scan, wallets, asked.policy),
        *unheld(scan, wallets, asked.policy),
    )
    for reason in every:
        yield OpenEnd(
            reason=reason,
            wallet=first(wallets),
            chain_id=scan.chain.id,
            chain=scan.chain.name,
        )


def _unproven(scan: Scan) -> Iterator[str]:
    """Why a scan is not complete: a sentence for each sort of reason."""
    if scan.coverage.gaps:
        yield _gaps(scan.coverage.gaps)
    if scan.coverage.differences:
        yield _differences(scan.coverage.differences)
    if scan.unserved:
        of = were(len(scan.unserved), "approval")
        yield f"{of} not read: {scan.unserved[0].reason}"
    if half := scan.half_known:
        of = were(half, "approval")
        yield f"{of} read without the facts of token or spender: levels may be worse"
    if scan.unevaluated:
        yield _unevaluated(scan)


def _gaps(gaps: Sequence[Gap]) -> str:
    first, *others = gaps
    where = f"{first.blocks.first} to {first.blocks.last}"
    if not others:
        return f"blocks {where} were not served: {first.reason}"
    count = sum(len(each.blocks) for each in gaps)
    missing = f"{count:,} blocks were not served, in {len(gaps):,} ranges"
    return f"{missing}: {where}: {first.reason}"


def _differences(differences: Sequence[Difference]) -> str:
    told, *others = differences
    where = f"blocks {told.blocks.first} to {told.blocks.last}"
    more = f" and {several(len(others), 'range')} more" if others else ""
    return f"{' and '.join(told.hosts)} tell different logs of {where}{more}"


def _unevaluated(scan: Scan) -> str:
    reasons = {each.rule: each.reason for each in scan.unevaluated}
    names = list(reasons)[:_LISTED]
    said = "; ".join(f"{name}: {reasons[name]}" for name in names)
    more = f"; and {len(reasons) - _LISTED} more" if len(reasons) > _LISTED else ""
    return f"{were(len(reasons), 'rule')} not evaluated: {said}{more}"


def _undecided(
    scan: Scan, wallets: tuple[Wallet, ...], policy: Policy
) -> Iterator[str]:
    """What the policy asks of approvals and nobody served."""
    rows = [
        Judged(scan=scan, wallets=wallets, row=each)
        for each in scan.allowances
        if not each.spam
    ]
    if policy.values_decide:
        unpriced = sum(each.record.value is Unpriced.UNSERVED for each in rows)
        if unpriced:
            yield f"{were(unpriced, 'approval')} not priced: no price was served"
    reasons = [
        missing.reason
        for each in rows
        if (missing := use_unserved(each, policy.limits)) is not None
    ]
    if reasons:
        of = several(len(reasons), "approval")
        yield f"the last use of {of} was not served: {min(reasons)}"


def _unscanned(unscanned: Unscanned, whose: Whose) -> OpenEnd:
    chain, owner = unscanned.chain, unscanned.owner
    if chain is None or owner is None:
        wallet = whose.anywhere(owner)
    else:
        wallet = first(whose.of(owner, chain))
    return OpenEnd(
        reason=f"it was not scanned: {unscanned.reason}",
        wallet=wallet,
        chain_id=None if chain is None else chain.id,
        chain=None if chain is None else chain.name,
    )


def _absent(report: Report, wallets: Sequence[Wallet]) -> Iterator[OpenEnd]:
    """The wallets that are on a chain of the report, which says nothing of them."""
    chains = [each.chain for each in report.scans]
    chains += [each.chain for each in report.unscanned if each.chain is not None]
    for wallet in wallets:
        asked = not chains or any(asked_on(wallet, each) for each in chains)
        if asked and not _told(report, wallet):
            yield OpenEnd(reason="it was not scanned on any chain", wallet=wallet)


def _told(report: Report, wallet: Wallet) -> bool:
    """Whether a report says anything of a wallet, be it that nothing was scanned."""
    return any(each.owner == wallet.address for each in report.scans) or any(
        each.owner in (None, wallet.address) for each in report.unscanned
    )


def _names(report: Report, wallets: Sequence[Wallet]) -> Iterator[OpenEnd]:
    """The ENS names of which nobody told where they lead."""
    checked = {each.claim.wallet: each.found for each in report.names}
    named = {each.name: each for each in wallets}
    for name, found in checked.items():
        if isinstance(found, Missing):
            reason = f"its ENS name was not resolved: {found.reason}"
            yield _unresolved(named.get(name), reason)
    for wallet in wallets:
        asked = wallet.ens is not None and _told(report, wallet)
        if asked and wallet.name not in checked:
            yield _unresolved(wallet, "its ENS name was not looked up")


def _unresolved(wallet: Wallet | None, reason: str) -> OpenEnd:
    return OpenEnd(reason=reason, wallet=wallet, chain_id=_MAINNET, chain="ethereum")
