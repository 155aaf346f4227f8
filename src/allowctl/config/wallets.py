"""`[[wallet]]` of all files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from allowctl.config.layer import Layer
from allowctl.errors import ConfigError
from allowctl.model.chain import Address
from allowctl.model.settings import Origin, Wallet

if TYPE_CHECKING:
    from allowctl.config.schema import WalletTable


def wallets(files: Sequence[Layer]) -> tuple[Wallet, ...]:
    """Each wallet once: of two with one name, that of the first file.

    ConfigError for two of one name in one file, and for a project's that is
    another one than the user's of that name.
    """
    found: dict[str, Wallet] = {}
    for file in files:
        for wallet in _of(file):
            above = found.setdefault(wallet.name, wallet)
            if above.origin is Origin.PROJECT:
                _same_wallet(above, wallet, (files[0], file))
                found[wallet.name] = wallet
    return tuple(found.values())


def policy_wallets(files: Sequence[Layer]) -> tuple[Wallet, ...]:
    """Those of the file whose policy is followed, the first, as that file has them.

    ConfigError for two of one name.
    """
    return _of(files[0]) if files else ()


def _of(file: Layer) -> tuple[Wallet, ...]:
    above: dict[str, int] = {}
    found = []
    for number, table in enumerate(file.document.wallet):
        if table.name in above:
            raise ConfigError(
                f"{file.place('wallet', number, 'name')} is taken: "
                f"wallet[{above[table.name]}] has it"
            )
        above[table.name] = number
        found.append(_wallet(table, file, number))
    return tuple(found)


def _same_wallet(above: Wallet, own: Wallet, files: tuple[Layer, Layer]) -> None:
    """ConfigError if a project gives the name of the user's wallet to another."""
    if above.address != own.address:
        first, second = (each.name for each in files)
        raise ConfigError(
            f"the wallet {own.name} is another one in {first} than in {second}",
            hint="rename one of them, or say with --config which file you mean",
        )


def _wallet(table: WalletTable, file: Layer, number: int) -> Wallet:
    chain, _, address = table.address.rpartition(":")
    if chain and table.chains:
        raise ConfigError(
            f"{file.place('wallet', number)}: the address names a chain, "
            "and so does chains",
            hint="leave one of them out",
        )
    keys = (
        [("address",)]
        if chain
        else [("chains", entry) for entry in range(len(table.chains))]
    )
    return Wallet(
        name=table.name,
        address=Address(address),
        chains=(chain,) if chain else tuple(table.chains),
        places=tuple(file.place("wallet", number, *key) for key in keys),
        origin=file.origin,
        ens=table.ens,
        place=file.at("wallet", number),
    )
