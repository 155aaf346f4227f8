"""Configured values: what they show, and how two become one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.endpoint import Endpoint
from allowctl.model.settings import (
    ChainOverride,
    ConfiguredEndpoint,
    ConfiguredUrl,
    ListUrl,
    Origin,
)

_ENDPOINTS = st.sampled_from(Origin).map(
    lambda origin: (
        ConfiguredEndpoint(endpoint=Endpoint("https://a.example"), origin=origin),
    )
)
_OVERRIDES = st.builds(
    ChainOverride,
    sources=st.just(("one",)),
    id=st.none() | st.just(1),
    rpc=st.just(()) | _ENDPOINTS,
    finality=st.none() | st.integers(0, 2),
    native_symbol=st.none() | st.sampled_from(("A", "B")),
    aliases=st.just(()) | st.just(("a",)),
)


def test_only_a_found_file_is_not_trusted() -> None:
    """All else was chosen by the user."""
    assert [each for each in Origin if not each.trusted] == [Origin.PROJECT]


def test_a_configured_url_shows_its_host() -> None:
    """Its repr does; as a text it is the whole URL."""
    url = ConfiguredUrl("https://user:SECRET@a.example:8545/SECRET?k=SECRET")

    assert repr(url) == "<https://a.example:8545>"
    assert "SECRET" not in f"{[url]} {(url,)}"
    assert url == "https://user:SECRET@a.example:8545/SECRET?k=SECRET"


def test_a_lists_url_shows_its_host_and_a_path_itself() -> None:
    """A path holds no key, and whoever looks for it has to see it."""
    url = ListUrl("HTTPS://user:SECRET@a.example/SECRET?k=SECRET")

    assert repr([url]) == "[<https://a.example>]"
    assert url == "HTTPS://user:SECRET@a.example/SECRET?k=SECRET"
    assert repr(ListUrl("/var/list's.json")) == repr("/var/list's.json")


@given(_OVERRIDES, _OVERRIDES)
def test_the_upper_override_comes_first_key_by_key(
    upper: ChainOverride, lower: ChainOverride
) -> None:
    """Where it says nothing, the lower one is heard; both are remembered."""
    both = upper.over(lower)

    for key in ("id", "rpc", "finality", "native_symbol", "aliases"):
        said = getattr(upper, key)
        expected = getattr(lower, key) if said in (None, ()) else said
        assert getattr(both, key) == expected
    assert both.sources == upper.sources + lower.sources


@given(_OVERRIDES)
def test_over_nothing_an_override_is_itself(override: ChainOverride) -> None:
    """And nothing over it changes nothing."""
    nothing = ChainOverride(sources=())

    assert override.over(nothing) == nothing.over(override) == replace(override)
