"""The long tale, told once for all tests of a session that read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.tale import Tale, long_tale
from tests.fakes.range_proxy import RangeProxy
from tests.nodes.anvil import Anvil


@pytest.fixture(scope="session")
def tale() -> Iterator[Tale]:
    with Anvil() as anvil:
        yield long_tale(anvil)


@pytest.fixture
def proxy(tale: Tale) -> Iterator[RangeProxy]:
    """The tale's chain, as a provider that serves 10,000 blocks at once."""
    with RangeProxy(tale.world.anvil.url, max_blocks=10_000) as proxy:
        yield proxy
