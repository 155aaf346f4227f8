"""What a policy wants to know of its wallets, and what nodes say to that."""

from __future__ import annotations

import asyncio

from allowctl.chains.registry import chains
from allowctl.cli import reach, wiring
from allowctl.cli.outside import Outside
from allowctl.cli.progress import Watch
from allowctl.cli.reach import Network
from allowctl.cli.wanted import Wanted
from allowctl.model.chain import Address
from allowctl.model.place import Place
from allowctl.model.policy import Limits, Policy, ProbeEntry
from allowctl.model.report import Record, Report
from allowctl.model.settings import Origin, Settings, Wallet
from tests.build import OWNER, SPENDER, TOKEN

DAY = 86_400
KNOWN = chains()


def wallet(
    name: str = "treasury",
    address: Address = OWNER,
    *chains: str,
    ens: str | None = None,
    origin: Origin = Origin.EXPLICIT,
) -> Wallet:
    """A wallet of the policy's file."""
    return Wallet(name=name, address=address, chains=chains, origin=origin, ens=ens)


def probe(
    chain: str = "ethereum",
    token: Address = TOKEN,
    spender: Address = SPENDER,
    *,
    of: str | None = None,
) -> ProbeEntry:
    """A pair that is to be read."""
    return ProbeEntry(
        place=Place(file="allowctl.toml", line=9, key="probe[0]"),
        chain=chain,
        token=token,
        spender=spender,
        wallet=of,
    )


def settings(
    *wallets: Wallet, probes: tuple[ProbeEntry, ...] = (), days: int | None = None
) -> Settings:
    """What one file says, and no other."""
    limits = Limits(max_unused=None if days is None else days * DAY)
    return Settings(
        wallets=wallets,
        policy_wallets=wallets,
        policy=Policy(file="allowctl.toml", limits=limits, probes=probes),
    )


def told(asked: Wanted, *urls: str) -> Report:
    """What the program finds, asking nobody but these."""
    means = wiring.Means(
        network=Network(endpoints=reach.named(urls, ()), timeout=30.0),
        outside=Outside(offline=True),
    )
    return asyncio.run(wiring.scan_all(means, asked, Watch()))


def records(report: Report) -> list[Record]:
    """The live rows of its only scan."""
    (scan,) = report.scans
    return [row.record for row in scan.allowances]
