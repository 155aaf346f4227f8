"""The table of chains, as changed by what `[chains.NAME]` of a configuration says."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from allowctl.chains.registry import GROUPS
from allowctl.errors import ConfigError
from allowctl.model.chain import Chain
from allowctl.model.settings import ChainOverride, ConfiguredUrl, Settings

_TAKEN = (*GROUPS, "eip155")
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_KEPT = (
    "explorer",
    "multicall",
    "permit2",
    "finality",
    "block_ms",
    "native_symbol",
)
_TRUSTED = ("multicall", "permit2", "finality")
"""What a file that may be anybody's says of its own chains alone: it decides what
is read, and when a block is final."""
_NEAR = 0.85
"""More alike than this, and a new chain's name looks like a slip."""


def configured(
    chains: Sequence[Chain], settings: Settings
) -> tuple[tuple[Chain, ...], tuple[str, ...]]:
    """The chains as the settings leave them, and what of these was left aside.

    That is what an untrusted file says of a chain that there is without it, where
    its word could hide an approval. ConfigError as of `overridden`.
    """
    trusted = {chain.id: chain for chain in overridden(chains, settings.trusted_chains)}
    found, aside = [], []
    for chain in overridden(chains, settings.chains):
        sound = trusted.get(chain.id, chain)
        kept = {key: getattr(sound, key) for key in _TRUSTED}
        found.append(replace(chain, **kept))
        lost = [key for key in _TRUSTED if getattr(chain, key) != kept[key]]
        if lost:
            aside.append(f"{', '.join(lost)} of {chain.name}")
    return tuple(found), tuple(aside)


def overridden(
    chains: Sequence[Chain], overrides: Mapping[str, ChainOverride]
) -> tuple[Chain, ...]:
    """The chains with each override applied, by id.

    A name, alias or id that is known changes that chain; another name adds one and
    needs an id. Endpoints are replaced by those that the override names, if it
    names any; aliases are added to those there are. ConfigError for a name that is
    taken or that leads nowhere, an id that is another chain's, and two tables of
    one file for one chain.
    """
    table = {chain.id: chain for chain in chains}
    ids = {name: chain.id for chain in chains for name in _names(chain)}
    spoken: dict[tuple[int, str], str] = {}
    for name, override in overrides.items():
        try:
            chain = _chain(name, override, table, ids)
            for source in override.sources:
                _once(name, spoken.setdefault((chain.id, source), name), chain)
            table[chain.id] = _changed(chain, override)
            for alias in _names(table[chain.id]):
                _claim(alias, chain.id, name, ids)
        except ConfigError as error:
            raise ConfigError(
                f"{_where(override)}: {error.message}", hint=error.hint
            ) from None
    return tuple(sorted(table.values(), key=lambda chain: chain.id))


def _chain(
    name: str,
    override: ChainOverride,
    table: Mapping[int, Chain],
    ids: Mapping[str, int],
) -> Chain:
    """The chain that a table speaks of: one that is there, or a new one."""
    known = int(name) if name.isdigit() else ids.get(name)
    if known is not None:
        if override.id not in (None, known):
            raise ConfigError(
                f"chains.{name}.id: {name} is chain {known}, not {override.id}",
                hint="leave the id out, or give a chain of your own another name",
            )
        return table.get(known) or Chain(id=known, name=f"chain-{known}")
    if override.id is None:
        raise ConfigError(
            f"chains.{name}: no chain is called so, and no id is given",
            hint=_nearest(name, ids) or f"write id = … below [chains.{name}]",
        )
    if override.id in table:
        other = table[override.id].name
        raise ConfigError(
            f"chains.{name}.id: chain {override.id} is {other}",
            hint=f'write [chains.{other}], with aliases = ["{name}"] if you like',
        )
    return Chain(id=override.id, name=name)


def _changed(chain: Chain, override: ChainOverride) -> Chain:
    given = {key: getattr(override, key) for key in _KEPT}
    said = {key: value for key, value in given.items() if value is not None}
    urls = tuple(ConfiguredUrl(each.endpoint.url) for each in override.rpc)
    return replace(
        chain,
        aliases=tuple(dict.fromkeys((*chain.aliases, *override.aliases))),
        endpoints=urls or chain.endpoints,
        **said,
    )


def _names(chain: Chain) -> tuple[str, ...]:
    return (chain.name, *chain.aliases)


def _where(override: ChainOverride) -> str:
    place = override.place
    return f"{place.file}:{place.line}" if place else override.sources[0]


def _once(name: str, other: str, chain: Chain) -> None:
    if other != name:
        raise ConfigError(
            f"chains.{other} and chains.{name} are the same chain ({chain.id})",
            hint="put both into one table",
        )


def _claim(alias: str, chain_id: int, name: str, ids: dict[str, int]) -> None:
    if ids.setdefault(alias, chain_id) != chain_id:
        raise ConfigError(f"chains.{name}: another chain is called {alias!a} already")
    if alias in _TAKEN or not _NAME.fullmatch(alias):
        raise ConfigError(f"chains.{name}: no chain can be called {alias[:40]!a}")


def _nearest(name: str, ids: Mapping[str, int]) -> str | None:
    near = difflib.get_close_matches(name, ids, n=1, cutoff=_NEAR)
    return f"did you mean [chains.{near[0]}]?" if near else None
