"""The wallets that `allowctl policy init` proposes, and where each was looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from allowctl.chains.registry import chains
from allowctl.model.chain import Address, Chain
from allowctl.model.report import Report
from allowctl.model.settings import Wallet


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftWallet:
    """A `[[wallet]]`."""

    name: str
    address: Address
    chains: tuple[str, ...]
    ens: str | None = None


def chain_key(chain: Chain) -> str:
    """A chain as an entry names it: the name that every allowctl knows, or the id."""
    known = {each.id: each.name for each in chains()}
    return known.get(chain.id, str(chain.id))


def named(report: Report, wallets: Sequence[Wallet]) -> dict[Address, DraftWallet]:
    """Each owner, by the first name that it has; by a new one where it has none."""
    known: dict[Address, Wallet] = {}
    for wallet in wallets:
        known.setdefault(wallet.address, wallet)
    taken = {each.name for each in wallets}
    found: dict[Address, DraftWallet] = {}
    for owner, chain, ens in asked(report):
        before = found.get(owner)
        if before is None:
            own = known.get(owner)
            name = _new_name(taken) if own is None else own.name
            taken.add(name)
            before = DraftWallet(
                name=name, address=owner, chains=(), ens=own.ens if own else None
            )
        found[owner] = replace(
            before,
            chains=tuple(dict.fromkeys((*before.chains, chain_key(chain)))),
            ens=ens or before.ens,
        )
    return found


def asked(report: Report) -> Iterator[tuple[Address, Chain, str | None]]:
    """Whoever was asked about, and where: also where nobody answered.

    A chain that is lacking today must not be forgotten for good.
    """
    for scan in report.scans:
        yield scan.owner, scan.chain, scan.owner_name
    for each in report.unscanned:
        if each.chain is not None and each.owner is not None:
            yield each.owner, each.chain, None
    scanned = {scan.chain.id for scan in report.scans}
    owners = dict.fromkeys(scan.owner for scan in report.scans)
    for each in report.unscanned:
        if each.chain is not None and each.chain.id not in scanned:
            for owner in owners if each.owner is None else ():
                yield owner, each.chain, None


def _new_name(taken: set[str]) -> str:
    number = 1
    while f"wallet-{number}" in taken:
        number += 1
    return f"wallet-{number}"
