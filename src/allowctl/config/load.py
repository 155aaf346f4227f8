"""All configuration files as one value."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from allowctl.config import found as found_file
from allowctl.config import sources
from allowctl.config.expand import Variables, built
from allowctl.config.files import NAME, discovered, exists, read
from allowctl.config.layer import Layer
from allowctl.config.policy import policy
from allowctl.config.urls import endpoint
from allowctl.config.wallets import policy_wallets, wallets
from allowctl.config.weights import weights
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
    unset_fits: bool = False,
) -> Settings:
    """What the files say: the explicit or the discovered one, then the user's own.

    `explicit` is what --config names; `cwd` the folder from which a project's file
    is sought, None to seek none; `home` the user's folder for allowctl's
    configuration (platformdirs' user_config_path). Where nobody is to be asked,
    `unset_fits`: a URL whose variable is not set is one that leads nowhere.
    ConfigError names the file, the line, the key's path and, for a key that there
    is not, the nearest one.
    """
    own = home / NAME
    files = []
    if explicit is not None:
        files.append(_read(explicit, Origin.EXPLICIT))
    elif (found := _found(cwd)) is not None and not _same(found, own):
        files.append(_read(found, Origin.PROJECT))
    if exists(own) and not (explicit is not None and _same(explicit, own)):
        files.append(_read(own, Origin.USER))
    return _settings(files, environment, unset_fits=unset_fits)


def validate(path: Path, *, trusted: bool, environment: Mapping[str, str]) -> Settings:
    """What one file says by itself, whatever variables are set.

    `trusted` as if --config named it, else as if it had been found by somebody who
    has no file of their own; but others may write it (`files.guard` tells), which no
    code host records. ConfigError as `load` has it.
    """
    origin = Origin.EXPLICIT if trusted else Origin.PROJECT
    file = _read(path, origin, guarded=False)
    return _settings([file], environment, unset_fits=True)


def _settings(
    files: Sequence[Layer], environment: Mapping[str, str], *, unset_fits: bool
) -> Settings:
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
            Variables(
                values=environment,
                every=file.origin.trusted,
                listed=listed,
                unset_fits=unset_fits,
            ),
        )
        for file in files
    }
    weighed, weight_places = weights(files)
    builtin, builtin_place = sources.builtin_lists(files)
    return Settings(
        chains=_merged(list(layers.values())),
        trusted_chains=_merged([layers[each] for each in layers if each.trusted]),
        wallets=wallets(files),
        policy=policy(files),
        policy_wallets=policy_wallets(files),
        weights=weighed,
        weight_places=weight_places,
        prices=sources.prices(files),
        lists=sources.lists(files, environment, unset_fits=unset_fits),
        builtin_lists=builtin,
        builtin_place=builtin_place,
        pins=sources.pins(files),
        judged=found_file.judged(files),
        sources=tuple(file.path for file in files),
        project=next((f.path for f in files if f.origin is Origin.PROJECT), None),
    )


def _found(cwd: Path | None) -> Path | None:
    return None if cwd is None else discovered(cwd)


def _read(path: Path, origin: Origin, *, guarded: bool = True) -> Layer:
    # Only now: most runs have no file, and do without pydantic.
    from allowctl.config.parse import parse  # noqa: PLC0415

    data = read(path, guarded=guarded and origin is not Origin.EXPLICIT)
    document, lines = parse(data, path)
    return Layer(path=path, origin=origin, document=document, lines=lines)


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _overrides(file: Layer, variables: Variables) -> dict[str, ChainOverride]:
    return {
        name: ChainOverride(
            sources=(file.name,),
            place=file.at("chains", name),
            places=MappingProxyType(
                {
                    key: file.at("chains", name, key)
                    for key in sorted(table.model_fields_set)
                }
            ),
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
        reached = built(text, variables, where, partial(endpoint, place=where))
        found[reached.url] = ConfiguredEndpoint(
            endpoint=reached,
            origin=file.origin,
            place=file.at("chains", name, "rpc", number),
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
