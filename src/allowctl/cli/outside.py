"""What a run asks besides nodes: lists, prices, Sourcify, and what earlier runs saw."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from allowctl.model.chain import Address, Chain
from allowctl.model.facts import Creation, Seen, SpenderFacts
from allowctl.model.missing import Missing
from allowctl.model.sources import ListSource, PriceMode
from allowctl.model.weights import WEIGHTS, Weights

if TYPE_CHECKING:
    from allowctl.intel.lists.book import ListBook
    from allowctl.intel.prices import FixedPrices
    from allowctl.model.report import Report, Scan
    from allowctl.net.http import HttpClient
    from allowctl.scan.around import Sources
    from allowctl.store.statedb import StateDb


_ROWS = 500
"""Rows that are written at once."""


def _no_pins() -> Mapping[int, Mapping[Address, str]]:
    return {}


def _no_prices() -> FixedPrices:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The same, as the configuration and the command line have it."""

    weights: Weights = WEIGHTS
    prices: PriceMode = PriceMode.ONCHAIN
    fixed: FixedPrices = field(default_factory=_no_prices)
    lists: Sequence[ListSource] = ()
    pins: Mapping[int, Mapping[Address, str]] = field(default_factory=_no_pins)
    """The code that spenders are expected to run, by chain id."""
    offline: bool = False
    """Whether nobody is asked but nodes."""
    sourcify: bool = False
    folder: Path | None = None
    """Where lists are kept; None to keep none."""
    wallets: frozenset[Address] = frozenset()
    """All owners that the configuration knows, asked about or not."""
    judged: tuple[str, ...] = ()
    """Sentences on what an untrusted file decides of levels and values."""
    state: Path | None = None
    """The file of what is remembered of spenders; None for nothing."""


def sources(  # noqa: PLR0913 - what a run has, each thing of its own
    outside: Outside,
    client: HttpClient,
    kept: StateDb | None,
    known: Sequence[Chain],
    *,
    now: int,
    hidden: Collection[Address],
) -> Sources:
    """Where a run's knowledge is from. The lists are fetched when they are needed.

    `hidden` are the owners, as soon as they are known: no third party learns them,
    not even as a spender or a token of another one.
    """
    from allowctl.intel import sourcify
    from allowctl.intel.lists import load
    from allowctl.intel.prices import DefiLlama, price_book
    from allowctl.scan.around import Sources

    loading: list[asyncio.Task[ListBook]] = []

    async def lists() -> ListBook:
        if not loading:
            work = load.load(
                outside.lists,
                outside.folder,
                client,
                now=now,
                offline=outside.offline,
                known=known,
            )
            loading.append(asyncio.create_task(work))
        return await asyncio.shield(loading[0])

    async def verified(
        chain_id: int, contracts: Sequence[Address]
    ) -> Mapping[Address, bool | Missing]:
        asked = [each for each in contracts if each not in hidden]
        return await sourcify.verified(client, chain_id, asked)

    def seen(chain_id: int, spenders: Collection[Address]) -> Mapping[Address, Seen]:
        before = {} if kept is None else kept.seen(chain_id, spenders)
        pins = outside.pins.get(chain_id, {})
        return before | {
            each: Seen(code_hash=pins[each], block=0, pinned=True)
            for each in spenders
            if each in pins
        }

    def made(
        chain_id: int, spenders: Collection[Address]
    ) -> Mapping[Address, Creation]:
        return {} if kept is None else kept.creations(chain_id, spenders)

    return Sources(
        lists=lists,
        prices=price_book(
            outside.prices,
            fixed=outside.fixed,
            llama=DefiLlama(client, hidden=hidden)
            if outside.prices is PriceMode.DEFILLAMA
            else None,
            weights=outside.weights,
        ),
        seen=seen,
        made=made,
        verified=verified if outside.sourcify else None,
        weights=outside.weights,
    )


def remember(report: Report, kept: StateDb) -> None:
    """Keep what `allowctl explain` shows, and what no run need search for again.

    CacheError if it cannot be kept.
    """
    from allowctl.output import kept_v1

    for scan in report.scans:
        kept.add_creations(
            scan.chain.id,
            {
                each.address: each.created
                for each in _spenders(scan)
                if isinstance(each.created, Creation)
                and each.created.block <= scan.settled
            },
        )
    rows = kept_v1.rows(report)
    # A few at a time: the documents of thousands of owners would fill the memory.
    while some := list(islice(rows, _ROWS)):
        kept.keep_rows(some)


def see(report: Report, kept: StateDb) -> None:
    """Keep the code that the next run compares with.

    Only once the report is where it was to go: a change is found once, and one that
    nobody was told of would never be found again. CacheError if it cannot be kept.
    """
    for scan in report.scans:
        kept.see(scan.chain.id, _spenders(scan), at=scan.as_of)


def _spenders(scan: Scan) -> list[SpenderFacts]:
    """The spenders of a scan's live and expired rows, each once."""
    rows = [*scan.allowances, *scan.expired]
    facts = {row.record.spender.address: row.record.spender for row in rows}
    return [*facts.values()]
