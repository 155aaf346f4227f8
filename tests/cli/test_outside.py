"""Who is asked besides nodes, and what they never learn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from allowctl.chains.registry import chains
from allowctl.cli.outside import Outside, sources
from allowctl.intel import sourcify
from allowctl.model.chain import Address
from allowctl.model.missing import Missing
from allowctl.net.http import HttpClient
from tests.build import NOW, OWNER, SPENDER, address

OTHER = address(0x0B)


def test_sourcify_learns_no_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor that of another scan of the run, to which the first has approved."""
    asked: list[Address] = []

    async def verified(
        _client: HttpClient, _chain: int, contracts: Sequence[Address]
    ) -> dict[Address, bool | Missing]:
        asked.extend(contracts)
        return dict.fromkeys(contracts, True)

    monkeypatch.setattr(sourcify, "verified", verified)

    async def run() -> None:
        async with HttpClient() as client:
            hidden: set[Address] = set()
            found = sources(
                Outside(sourcify=True), client, None, chains(), now=NOW, hidden=hidden
            )
            # Owners are known only when names are resolved.
            hidden.update((OWNER, OTHER))
            assert found.verified is not None
            await found.verified(1, [SPENDER, OTHER, OWNER])

    asyncio.run(run())
    assert asked == [SPENDER]
