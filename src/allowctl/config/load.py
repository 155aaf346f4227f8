"""All configuration files as one value."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from allowctl.config.expand import Variables, expanded
from allowctl.config.files import NAME, discovered, exists, read
from allowctl.config.shown import shown_key, shown_path
from allowctl.errors import ConfigError, UsageError
from allowctl.model.chain import Address
from allowctl.model.endpoint import Endpoint
from allowctl.model.settings import (
    ChainOverride,
    ConfiguredEndpoint,
    Origin,
    Settings,
    Wallet,
)

if TYPE_CHECKING:
    from allowctl.config.schema import ChainTable, Document, WalletTable


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """One file that was read."""

    path: Path
    origin: Origin
    document: Document


def load(
    *, explicit: Path | None, cwd: Path, home: Path, environment: Mapping[str, str]
) -> Settings:
    """What the files say: the explicit or the discovered one, then the user's own.

    `explicit` is what --config names; `cwd` the folder from which a project's file
    is sought; `home` the user's folder for allowctl's configuration (platformdirs'
    user_config_path). ConfigError names the file, the key's path and, for a key
    that there is not, the nearest one.
    """
    own = home / NAME
    files = []
    if explicit is not None:
        files.append(_read(explicit, Origin.EXPLICIT))
    elif (found := discovered(cwd)) is not None and not _same(found, own):
        files.append(_read(found, Origin.PROJECT))
    if exists(own) and not (explicit is not None and _same(explicit, own)):
        files.append(_read(own, Origin.USER))
    _no_list_of_ones_own(files)
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
    return Settings(
        chains=_merged(list(layers.values())),
        trusted_chains=_merged([layers[each] for each in layers if each.trusted]),
        wallets=_wallets(files),
        sources=tuple(file.path for file in files),
        project=next((f.path for f in files if f.origin is Origin.PROJECT), None),
    )


def _read(path: Path, origin: Origin) -> _File:
    # pydantic takes 0.1 s to load, and most runs have no file.
    from allowctl.config.parse import parse  # noqa: PLC0415

    data = read(path, guarded=origin is not Origin.EXPLICIT)
    return _File(path=path, origin=origin, document=parse(data, path))


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _no_list_of_ones_own(files: Sequence[_File]) -> None:
    for file in files:
        if file.origin is Origin.PROJECT and "env" in file.document.model_fields_set:
            raise ConfigError(
                f"{shown_path(file.path)}: env is for the user's own file",
                hint="a project's file cannot say which variables it may expand",
            )


def _overrides(file: _File, variables: Variables) -> dict[str, ChainOverride]:
    return {
        name: ChainOverride(
            sources=(shown_path(file.path),),
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
    name: str, table: ChainTable, file: _File, variables: Variables
) -> tuple[ConfiguredEndpoint, ...]:
    found = {}
    for number, text in enumerate(table.rpc or ()):
        where = f"{shown_path(file.path)}: {shown_key(('chains', name, 'rpc', number))}"
        try:
            url = expanded(text, variables)
        except ConfigError as error:
            raise ConfigError(f"{where}: {error.message}", hint=error.hint) from None
        found[url] = ConfiguredEndpoint(
            endpoint=_endpoint(url, where), origin=file.origin
        )
    return tuple(found.values())


def _endpoint(url: str, where: str) -> Endpoint:
    """The endpoint. ConfigError, without the URL, if it is none."""
    if url.isascii() and url.isprintable() and " " not in url:
        try:
            return Endpoint(url)
        except UsageError:
            pass
    raise ConfigError(
        f"{where} is no usable http:// or https:// address",
        hint="it is not repeated here, because it may hold a key",
    )


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


def _wallets(files: Sequence[_File]) -> tuple[Wallet, ...]:
    found: dict[str, Wallet] = {}
    for file in files:
        here: dict[str, int] = {}
        for number, table in enumerate(file.document.wallet):
            where = f"{shown_path(file.path)}: {shown_key(('wallet', number))}"
            if table.name in here:
                raise ConfigError(
                    f"{where}.name is taken: wallet[{here[table.name]}] has it"
                )
            here[table.name] = number
            wallet = _wallet(table, where, file.origin)
            above = found.setdefault(table.name, wallet)
            if above.origin is Origin.PROJECT:
                _same_wallet(above, wallet, (files[0], file))
                found[table.name] = wallet
    return tuple(found.values())


def _same_wallet(above: Wallet, own: Wallet, files: tuple[_File, _File]) -> None:
    """ConfigError if a project gives the name of the user's wallet to another."""
    if above.address != own.address:
        first, second = (shown_path(each.path) for each in files)
        raise ConfigError(
            f"the wallet {own.name} is another one in {first} than in {second}",
            hint="rename one of them, or say with --config which file you mean",
        )


def _wallet(table: WalletTable, where: str, origin: Origin) -> Wallet:
    chain, _, address = table.address.rpartition(":")
    if chain and table.chains:
        raise ConfigError(
            f"{where}: the address names a chain, and so does chains",
            hint="leave one of them out",
        )
    places = [f"{where}.chains[{number}]" for number in range(len(table.chains))]
    return Wallet(
        name=table.name,
        address=Address(address),
        chains=(chain,) if chain else tuple(table.chains),
        places=(f"{where}.address",) if chain else tuple(places),
        origin=origin,
    )
