"""A token that emits nothing, on a real node: a probe sees what no log says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from allowctl.chains.registry import chains
from allowctl.cli import wanted
from allowctl.model.approval import Kind, Origin
from tests.cli.making_wanted import probe, records, settings, told, wallet
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil

pytestmark = pytest.mark.node


@pytest.fixture
def world() -> Iterator[World]:
    with Anvil() as anvil:
        yield World(anvil)


def test_silent_approvals(world: World) -> None:
    """A plain scan misses it; with the policy's probes scan and check see it."""
    spender, other, *_ = world.spenders
    silent, loud = world.lab("Hushed", world.owner), world.token()
    world.approve(silent, spender, MAX)
    world.approve(loud, spender, 500)
    url, chain = world.anvil.url, str(world.anvil.chain_id)
    of = wallet("treasury", world.owner, chain)
    pairs = ((silent, spender), (silent, other), (loud, spender))
    probes = tuple(probe(chain, *pair) for pair in pairs)

    plain = wanted.of_wallets((of,), settings=settings(of), known=chains())
    (row,) = records(told(plain, url))
    assert row.allowance.candidate.token == loud

    said = settings(of, probes=probes)
    check = wanted.of_wallets((of,), settings=said, known=chains())
    scan = wanted.wanted(owners=[world.owner], settings=said, known=chains())
    for asked in (check, scan):
        report = told(asked, url)
        rows = {row.allowance.candidate.token: row for row in records(report)}
        found = rows[silent].allowance.candidate
        assert (found.kind, found.origin) == (Kind.ERC20, Origin.NAMED)
        assert rows[silent].unlimited
        assert rows[loud].allowance.candidate.origin is Origin.LOG
        assert len(rows) == len(records(report)) == 2
        (only,) = report.scans
        assert (only.complete, only.restricted, only.refused) == (True, False, ())
        assert {each.candidate.token for each in only.dead} == {silent, loud}


def test_another_wallets_probe(world: World) -> None:
    """An entry that names a wallet is read for no other."""
    spender, *_ = world.spenders
    silent = world.lab("Hushed", world.owner)
    world.approve(silent, spender, MAX)
    url, chain = world.anvil.url, str(world.anvil.chain_id)
    wallets = (
        wallet("treasury", world.owner, chain),
        wallet("ops", world.deployer, chain),
    )
    for name, rows in (("treasury", 1), ("ops", 0)):
        said = settings(*wallets, probes=(probe(chain, silent, spender, of=name),))
        asked = wanted.of_wallets(wallets, settings=said, known=chains())
        first, second = told(asked, url).scans
        assert (len(first.allowances), len(second.allowances)) == (rows, 0)
