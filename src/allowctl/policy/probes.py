"""`[[probe]]`: the entries that nothing was read for, or that name no contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from allowctl.model.approval import DeadReason, Kind, Origin
from allowctl.model.evaluation import OpenEnd, Subject, Violation
from allowctl.model.place import Place
from allowctl.model.policy import Action, Policy, ProbeEntry
from allowctl.model.report import Report, Scan, Unscanned
from allowctl.model.settings import Wallet
from allowctl.policy import fingerprints

_NO_CODE = "probe-no-code"
_OF_TOKENS = frozenset({Kind.ERC20, Kind.OPERATOR})
"""Of a Permit2 child it may be Permit2 that is not there."""


def without_code(
    report: Report, policy: Policy, wallets: Sequence[Wallet]
) -> Iterator[Violation]:
    """The probes of tokens at whose addresses no contract is."""
    for probe in policy.probes:
        if any(_gone(probe, each) for each in _scans(probe, report, wallets)):
            yield Violation(
                check=_NO_CODE,
                action=Action.WARN,
                message="no contract is at its token, so nothing was read",
                place=probe.place,
                fingerprint=fingerprints.of_probe(probe, _NO_CODE),
                subject=Subject(),
            )


def unread(
    report: Report, policy: Policy, wallets: Sequence[Wallet]
) -> Iterator[OpenEnd]:
    """The probes that no scan was made for."""
    told = (each.chain for each in report.unscanned if each.chain is not None)
    chains = (*told, *(each.chain for each in report.scans))
    names = {str(each.id): each.name for each in chains}
    named = {each.name: each for each in wallets}
    for probe in policy.probes:
        if _scans(probe, report, wallets):
            continue
        lost = any(_touches(each, probe, wallets) for each in report.unscanned)
        why = "was scanned" if lost else "is asked"
        said = f"no wallet that it is for {why} on that chain"
        yield OpenEnd(
            reason=f"{_where(probe.place)} was not read: {said}",
            wallet=named.get(probe.wallet or ""),
            chain_id=int(probe.chain),
            chain=names.get(probe.chain),
        )


def _scans(probe: ProbeEntry, report: Report, wallets: Sequence[Wallet]) -> list[Scan]:
    """Those that it is for."""
    owners = _owners(probe, wallets)
    return [
        each
        for each in report.scans
        if str(each.chain.id) == probe.chain and each.owner in owners
    ]


def _owners(probe: ProbeEntry, wallets: Sequence[Wallet]) -> set[str]:
    return {each.address for each in wallets if probe.wallet in (None, each.name)}


def _gone(probe: ProbeEntry, scan: Scan) -> bool:
    return any(
        each.reason is DeadReason.NO_CODE
        and each.candidate.origin is Origin.NAMED
        and each.candidate.kind in _OF_TOKENS
        and each.candidate.token == probe.token
        and each.candidate.spender == probe.spender
        for each in scan.dead
    )


def _touches(
    unscanned: Unscanned, probe: ProbeEntry, wallets: Sequence[Wallet]
) -> bool:
    """Whether what was not scanned may be what it is for."""
    here = unscanned.chain is None or str(unscanned.chain.id) == probe.chain
    return here and (
        unscanned.owner is None or unscanned.owner in _owners(probe, wallets)
    )


def _where(place: Place) -> str:
    """`probe[0] (allowctl.toml:12)`: the file by its name alone, wherever it stands."""
    name = PurePath(place.file).name
    return f"{place.key or 'a probe'} ({name}:{place.line})" if name else place.key
