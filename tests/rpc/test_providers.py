"""Whatever an endpoint does, a scan is true, or says that it is not complete.

The law: a scan that calls itself complete tells of exactly the approvals that are
there. It may be broken only by an endpoint that gives too little in silence, at a
number nobody could guess, and that no honest one checks; then the report says that
nobody did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allowctl.model.approval import Amount
from allowctl.model.chain import ZERO_ADDRESS, BlockRange
from allowctl.model.coverage import Checked
from allowctl.model.report import Scan, Unscanned
from tests.fakes.provider import Provider
from tests.fakes.provider_build import build, owner_of
from tests.fakes.provider_logs import Emitted
from tests.fakes.provider_profile import Profile
from tests.fakes.provider_profiles import PROFILES
from tests.fakes.provider_state import APPROVAL
from tests.fakes.provider_world import World
from tests.rpc import scans

OWNER = owner_of(0)
WORLD = build(owners=2, approvals=25, blocks=40_000, seed=3)
UNGUESSABLE = {name for name, p in PROFILES.items() if not p.honest and not p.tell}
SLOW = {"hangs", "drip", "flapping-hangs", "giant", "slow-scans", "down-at-first"}
QUICK = sorted(set(PROFILES) - SLOW)


def judged(found: Scan | Unscanned, world: World, profiles: Sequence[Profile]) -> None:
    """The law, for one owner."""
    if isinstance(found, Unscanned):
        assert found.reason
        return
    if not found.complete:
        assert (
            found.coverage.gaps
            or found.coverage.differences
            or (found.unserved or found.half_known or found.unevaluated)
        )
        return
    told = scans.told(found)
    truth = scans.truth(world, found.owner, found.as_of.number)
    alive = {each: fate for each, fate in truth.items() if fate != "dead"}
    same = {e: f for e, f in told.items() if f != "dead"} == alive
    if not same:
        silent = any(not each.honest and not each.tell for each in profiles)
        assert silent, "a complete scan is wrong"
        assert found.coverage.checked is not Checked.AGREED


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_alone_an_endpoint_gets_the_truth_or_an_incomplete_scan(name: str) -> None:
    """For every profile of the simulator."""
    with Provider(WORLD, PROFILES[name]) as provider:
        deadline = 0.5 if name in SLOW else 2.0
        (found,) = scans.scan([provider.url], [OWNER], deadline=deadline)
    judged(found, WORLD, [PROFILES[name]])


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_beside_a_plain_endpoint_none_does_harm(name: str) -> None:
    """What one does not serve, the other does: the scan is complete and true."""
    profiles = [PROFILES[name], PROFILES["plain"]]
    deadline = 0.5 if name in SLOW else 2.0
    with Provider(WORLD, profiles[0]) as odd, Provider(WORLD, profiles[1]) as plain:
        (found,) = scans.scan([odd.url, plain.url], [OWNER], deadline=deadline)
    judged(found, WORLD, profiles)
    if PROFILES[name].honest:
        assert isinstance(found, Scan)
        assert found.complete, (found.coverage, found.unserved, found.half_known)


@pytest.mark.parametrize("name", sorted(UNGUESSABLE))
def test_an_honest_witness_of_everything_finds_a_silent_loss(name: str) -> None:
    """--verify 100: the scan tells all of it, or that the two disagree."""
    profiles = [PROFILES[name], PROFILES["plain"]]
    with Provider(WORLD, profiles[0]) as odd, Provider(WORLD, profiles[1]) as plain:
        (found,) = scans.scan([odd.url, plain.url], [OWNER], verify=100)
    assert isinstance(found, Scan)
    judged(found, WORLD, profiles)
    truth = scans.truth(WORLD, OWNER, found.as_of.number)
    alive = {each: fate for each, fate in truth.items() if fate != "dead"}
    told = scans.told(found)
    assert {each: told.get(each) for each in alive} == alive, "both were read"


# a chain that moves


_BLOCK_TIME = 0.025
"""Seconds: 64 states last 1.6."""
_NEW = f"0x5e{2**64:038x}"
"""A token of its own, and who may spend it."""
_SEARCH = 2.4
"""Seconds over the logs of the whole chain: longer than that, and less than after
which a newer block is pinned before any state was asked for."""


def moving(blocks: int) -> World:
    """Each new block allows one more spender something, and another as its number."""
    world = build(approvals=25, blocks=blocks, seed=3, block_time=_BLOCK_TIME)

    def allows(number: int, spender: str) -> Emitted:
        words = (f"0x{int(each, 16):064x}" for each in (OWNER, spender))
        return Emitted(number, _NEW, (APPROVAL, *words), f"0x{number:064x}")

    world.reorganise(
        blocks + 1,
        [
            allows(number, spender)
            for number in range(blocks + 1, blocks + 4_000)
            for spender in (_NEW, f"0x5e{number:038x}")
        ],
    )
    return world


def state_blocks(provider: Provider) -> list[int]:
    """The blocks, by hash, at which an approval's state was asked for, in order."""
    found: dict[int, None] = {}
    for asked in provider.stats.log or ():
        match asked.params:
            case [{"to": to}, {"blockHash": str(hashed)}, *_] if to != ZERO_ADDRESS:
                number = provider.world.chain.number(hashed)
                assert number is not None
                found[number] = None
    return list(found)


def test_state_that_does_not_last_as_long_as_the_search() -> None:
    """Where 64 states are kept a newer block is pinned, and all is true at it.

    The state of the block up to which the logs were sought is asked for and gone;
    not before then is another pinned.
    """
    blocks = 20_000
    rate = _SEARCH / blocks
    profile = replace(PROFILES["short-state"], latency=0.02, scan_rate=rate)
    world = moving(blocks)
    with Provider(world, profile, log=True) as provider:
        (found,) = scans.scan([provider.url], [OWNER], deadline=20.0)
        pinned = state_blocks(provider)
    assert isinstance(found, Scan)
    assert found.complete
    at = found.as_of.number
    assert len(pinned) > 1
    assert pinned[-1] == at > pinned[0] + 64
    assert found.coverage.blocks == BlockRange(0, at)
    judged(found, world, [profile])
    amounts = [
        each.record.allowance.grant
        for each in found.allowances
        if each.record.allowance.spender == _NEW
    ]
    assert [each.amount for each in amounts if isinstance(each, Amount)] == [at]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    names=st.lists(st.sampled_from(QUICK), min_size=1, max_size=4),
    verify=st.sampled_from([0.0, 0.0, 30.0, 100.0]),
    seed=st.integers(0, 3),
)
def test_any_mix_of_endpoints_keeps_the_law(
    names: list[str], verify: float, seed: int
) -> None:
    """Up to four at once, two owners, with and without verification."""
    world = build(owners=2, approvals=12, blocks=20_000, seed=seed)
    profiles = [PROFILES[name] for name in names]
    providers = [Provider(world, replace(each)) for each in profiles]
    try:
        for each in providers:
            each.start()
        urls = [each.url for each in providers]
        owners = [owner_of(0), owner_of(1)]
        results = scans.scan(urls, owners, verify=verify)
    finally:
        for each in providers:
            each.stop()
    for found in results:
        judged(found, world, profiles)
