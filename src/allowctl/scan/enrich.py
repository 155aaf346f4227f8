"""What a person needs to judge an allowance: token, spender, age, and its value."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from allowctl.intel.prices import Holding
from allowctl.intel.tokens import token_facts
from allowctl.model.approval import Allowance
from allowctl.model.chain import Address
from allowctl.model.report import Record
from allowctl.model.value import Value
from allowctl.rpc.state import State
from allowctl.scan.around import Around


async def enrich(
    around: Around,
    state: State,
    owner: Address,
    allowances: Sequence[Allowance],
    *,
    whole: bool = True,
) -> list[Record]:
    """A record for each allowance, in order. What cannot be had says so.

    `whole`: all logs that may name one were read, from the first block on.
    """
    known = around.sources.tokens(around.chain.id)
    valued, spenders, raised, (senders, plain) = await asyncio.gather(
        _valued(around, state, owner, allowances),
        around.spenders(state, owner, allowances),
        around.raised(allowances, state.at),
        around.senders.of(state, owner, allowances, known, whole=whole),
    )
    return [
        Record(
            allowance=allowance,
            token=holding.token,
            spender=spenders[allowance.spender],
            value=value,
            raised_at=raised_at,
            sent=sent,
            plain_owner=plain,
        )
        for allowance, (holding, value), raised_at, sent in zip(
            allowances, valued, raised, senders, strict=True
        )
    ]


async def _valued(
    around: Around, state: State, owner: Address, allowances: Sequence[Allowance]
) -> list[tuple[Holding, Value]]:
    """What each allowance reaches of its token, and what that is worth."""
    chain, sources = around.chain, around.sources
    known = sources.tokens(chain.id)
    addresses = sorted({each.candidate.token for each in allowances})
    tokens, board, book = await asyncio.gather(
        token_facts(
            state,
            chain,
            owner,
            addresses,
            {address: token.symbol for address, token in known.items()},
        ),
        sources.prices.board(state, chain, addresses),
        sources.lists(),
    )
    listed = {
        address: replace(token, listed=entry.listings)
        for address, token in tokens.items()
        if (entry := book.entry(chain.id, address)) is not None
    }
    every = tokens | listed
    holdings = [Holding.of(each, every[each.candidate.token]) for each in allowances]
    values = await sources.prices.values(state, chain, holdings, board)
    return list(zip(holdings, values, strict=True))
