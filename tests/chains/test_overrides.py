"""What `[chains.NAME]` makes of the table of chains."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.chains.overrides import configured, overridden
from allowctl.chains.registry import chain_by_id, chain_by_name, chains, select
from allowctl.errors import ConfigError
from allowctl.model.chain import Address, Chain
from allowctl.model.endpoint import Endpoint
from allowctl.model.settings import (
    ChainOverride,
    ConfiguredEndpoint,
    Origin,
    Settings,
)

KEY = "https://rpc.example/v1/SECRETSECRET"
ELSEWHERE = Address("0x" + "11" * 20)


def rpc(*urls: str) -> tuple[ConfiguredEndpoint, ...]:
    return tuple(
        ConfiguredEndpoint(endpoint=Endpoint(url), origin=Origin.USER) for url in urls
    )


def override(
    *,
    sources: tuple[str, ...] = ("FILE",),
    chain_id: int | None = None,
    urls: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    finality: int | None = None,
) -> ChainOverride:
    return ChainOverride(
        sources=sources,
        id=chain_id,
        rpc=rpc(*urls),
        aliases=aliases,
        finality=finality,
    )


@pytest.mark.parametrize("name", ["ethereum", "eth", "1"])
def test_a_known_chain_is_changed(name: str) -> None:
    """By name, alias or id; what the override does not say stays as it was."""
    before = chain_by_id(1)
    changed = overridden(
        chains(),
        {
            name: ChainOverride(
                sources=("FILE",),
                id=1,
                rpc=rpc(KEY, "http://[::1]:8545"),
                explorer="https://scan.example",
                multicall=ELSEWHERE,
                permit2=ELSEWHERE,
                finality=0,
                block_ms=1,
                native_symbol="X",
                aliases=("mine", "eth"),
            )
        },
    )

    assert chain_by_id(1, changed) == replace(
        before,
        endpoints=(KEY, "http://[::1]:8545"),
        explorer="https://scan.example",
        multicall=ELSEWHERE,
        permit2=ELSEWHERE,
        finality=0,
        block_ms=1,
        native_symbol="X",
        aliases=("eth", "mainnet", "mine"),
    )
    assert changed[1:] == chains()[1:]


@given(st.sampled_from(chains()))
def test_an_override_that_says_nothing_changes_nothing(chain: Chain) -> None:
    """Public endpoints stay where the configuration names none."""
    assert overridden(chains(), {chain.name: override()}) == chains()
    assert overridden(chains(), {}) == chains()


def test_a_chain_is_added() -> None:
    """With an id, or with the id for a name; the table stays in the order of ids."""
    more = overridden(
        chains(),
        {
            "mine": override(chain_id=77_777, aliases=("my",), urls=(KEY,)),
            "77778": override(urls=(KEY,)),
        },
    )
    ids = [chain.id for chain in more]

    assert ids == sorted(ids)
    assert len(more) == len(chains()) + 2
    assert chain_by_name("my", more) is chain_by_name("77777", more)
    assert chain_by_name("MY", more).endpoints == (KEY,)
    assert chain_by_name("chain-77778", more).id == 77_778
    assert chain_by_id(77_777, more) in select(["mainnets"], more)


def test_the_later_of_two_names_wins() -> None:
    """The files speak of one chain by two names: key by key, the later is followed."""
    changed = overridden(
        chains(),
        {
            "eth": override(sources=("user",), urls=(KEY,), finality=7),
            "ethereum": override(sources=("project",), finality=9),
        },
    )

    assert chain_by_id(1, changed).finality == 9
    assert chain_by_id(1, changed).endpoints == (KEY,)


def test_a_configured_url_is_not_printed() -> None:
    """A chain's repr stands in tracebacks; the key does not."""
    (chain,) = overridden([chain_by_id(1)], {"eth": override(urls=(KEY,))})

    assert "SECRET" not in repr(chain)
    assert "SECRET" in chain.endpoints[0]


@pytest.mark.parametrize(
    ("given_", "message", "hint"),
    [
        (
            {"etherum": override()},
            "chains.etherum: no chain is called so, and no id is given",
            "did you mean [chains.ethereum]?",
        ),
        (
            {"mine": override()},
            "chains.mine: no chain is called so, and no id is given",
            "write id = … below [chains.mine]",
        ),
        (
            {"eth": override(chain_id=5)},
            "chains.eth.id: eth is chain 1, not 5",
            "leave the id out, or give a chain of your own another name",
        ),
        (
            {"7": override(chain_id=8)},
            "chains.7.id: 7 is chain 7, not 8",
            "leave the id out, or give a chain of your own another name",
        ),
        (
            {"mine": override(chain_id=1)},
            "chains.mine.id: chain 1 is ethereum",
            'write [chains.ethereum], with aliases = ["mine"] if you like',
        ),
        (
            {"mine": override(chain_id=7), "yours": override(chain_id=7)},
            "chains.yours.id: chain 7 is mine",
            'write [chains.mine], with aliases = ["yours"] if you like',
        ),
        (
            {"eth": override(), "1": override()},
            "chains.eth and chains.1 are the same chain (1)",
            "put both into one table",
        ),
        (
            {"mine": override(chain_id=7, aliases=("base",))},
            "chains.mine: another chain is called 'base' already",
            None,
        ),
        (
            {"all": override(chain_id=7)},
            "chains.all: no chain can be called 'all'",
            None,
        ),
        (
            {"mine": override(chain_id=7, aliases=("eip155",))},
            "chains.mine: no chain can be called 'eip155'",
            None,
        ),
        (
            {"eth": override(aliases=("7",))},
            "chains.eth: no chain can be called '7'",
            None,
        ),
    ],
)
def test_what_cannot_be_is_told_why(
    given_: dict[str, ChainOverride], message: str, hint: str | None
) -> None:
    """With the file that says it."""
    with pytest.raises(ConfigError) as refused:
        overridden(chains(), given_)

    assert (refused.value.message, refused.value.hint) == (f"FILE: {message}", hint)


def test_an_untrusted_file_does_not_say_what_is_read_of_a_known_chain() -> None:
    """Permit2, Multicall3 and finality of the table stay, or are the user's own."""
    theirs = ChainOverride(
        sources=("project",),
        multicall=ELSEWHERE,
        permit2=ELSEWHERE,
        finality=0,
        block_ms=7,
    )
    own = override(sources=("user",), chain_id=77_777, finality=9)
    named = replace(theirs, id=77_778)
    found, aside = configured(
        chains(),
        Settings(
            chains={"eth": theirs, "mine": theirs.over(own), "new": named},
            trusted_chains={"mine": own},
        ),
    )
    eth, mine, new = (chain_by_id(each, found) for each in (1, 77_777, 77_778))

    assert eth == replace(chain_by_id(1), block_ms=7)
    assert (mine.finality, mine.block_ms) == (9, 7)
    assert ELSEWHERE not in (mine.multicall, mine.permit2)
    assert (new.multicall, new.permit2, new.finality) == (ELSEWHERE, ELSEWHERE, 0)
    assert aside == (
        "multicall, permit2, finality of ethereum",
        "multicall, permit2, finality of mine",
    )


def test_a_trusted_file_says_all_of_a_known_chain() -> None:
    """Nothing of it is left aside."""
    says = {"eth": ChainOverride(sources=("user",), permit2=ELSEWHERE, finality=1)}
    found, aside = configured(chains(), Settings(chains=says, trusted_chains=says))

    assert found == overridden(chains(), says)
    assert aside == ()
