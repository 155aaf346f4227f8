"""All configuration files as one value."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from allowctl.config import found as found_file
from allowctl.config import sources
from allowctl.config.expand import Variables, expanded
from allowctl.config.files import NAME, discovered, exists, read
from allowctl.config.layer import Layer
from allowctl.config.urls import endpoint
from allowctl.config.wallets import wallets
from allowctl.config.weights import weights
from allowctl.errors import ConfigError
from allowctl.model.chain import Address
from allowctl.model.settings import (
    ChainOverride,
    ConfiguredEndpoint,
    Origin,
    Settings,
)

if TYPE_CHECKING:
    from allowctl.config.schema import ChainTable


def load(
    *,
    explicit: Path | None,
    cwd: Path | None,
    home: Path,
    environment: Mapping[str, str],
) -> Settings:
    """What the files say: the explicit or the discovered one, then the user's own.

    `explicit` is what --config names; `cwd` the folder from which a project's file
    is sought, None to seek none; `home` the user's folder for allowctl's
    configuration (platformdirs' user_config_path). ConfigError names the
    file, the key's path and, for a key that there is not, the nearest one.
    """
    own = home / NAME
    files = []
    if explicit is not None:
        files.append(_read(explicit, Origin.EXPLICIT))
    elif (found := _found(cwd)) is not None and not _same(found, own):
        files.append(_read(found, Origin.PROJECT))
    if exists(own) and not (explicit is not None and _same(explicit, own)):
        files.append(_read(own, Origin.USER))
    found_file.check(files)
    listed = {
        name
        for file in files
        if file.origin is Origin.USER
        for name in file.document.env
    }
    layers = {
        file.origin: _overrides(
            file,
            Variables(values=environment, every=file.origin.trusted, listed=listed),
        )
        for file in files
    }
    weighed, weight_places = weights(files)
    return Settings(
        chains=_merged(list(layers.values())),
        trusted_chains=_merged([layers[each] for each in layers if each.trusted]),
        wallets=wallets(files),
        weights=weighed,
        weight_places=weight_places,
        prices=sources.prices(files),
        lists=sources.lists(files, environment),
        builtin_lists=sources.builtin_lists(files),
        pins=sources.pins(files),
        judged=found_file.judged(files),
        sources=tuple(file.path for file in files),
        project=next((f.path for f in files if f.origin is Origin.PROJECT), None),
    )


def _found(cwd: Path | None) -> Path | None:
    return None if cwd is None else discovered(cwd)


def _read(path: Path, origin: Origin) -> Layer:
    # Only now: most runs have no file, and do without pydantic.
    from allowctl.config.parse import parse  # noqa: PLC0415

    data = read(path, guarded=origin is not Origin.EXPLICIT)
    return Layer(path=path, origin=origin, document=parse(data, path))


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _overrides(file: Layer, variables: Variables) -> dict[str, ChainOverride]:
    return {
        name: ChainOverride(
            sources=(file.name,),
            id=table.id,
            rpc=_endpoints(name, table, file, variables),
            explorer=table.explorer,
            multicall=_address(table.multicall),
            permit2=_address(table.permit2),
            finality=table.finality,
            block_ms=table.block_ms,
            native_symbol=table.native_symbol,
            aliases=tuple(table.aliases),
        )
        for name, table in file.document.chains.items()
    }


def _address(text: str | None) -> Address | None:
    return None if text is None else Address(text)


def _endpoints(
    name: str, table: ChainTable, file: Layer, variables: Variables
) -> tuple[ConfiguredEndpoint, ...]:
    found = {}
    for number, text in enumerate(table.rpc or ()):
        where = file.place("chains", name, "rpc", number)
        try:
            url = expanded(text, variables)
        except ConfigError as error:
            raise ConfigError(f"{where}: {error.message}", hint=error.hint) from None
        found[url] = ConfiguredEndpoint(
            endpoint=endpoint(url, where), origin=file.origin
        )
    return tuple(found.values())


def _merged(
    layers: Sequence[Mapping[str, ChainOverride]],
) -> Mapping[str, ChainOverride]:
    """The first layer over the others; its names stand last, where they win."""
    merged: dict[str, ChainOverride] = {}
    for layer in reversed(layers):
        for name, override in layer.items():
            below = merged.pop(name, None)
            merged[name] = override if below is None else override.over(below)
    return MappingProxyType(merged)
