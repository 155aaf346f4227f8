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
        here: dict[str, int] = {}
        for number, table in enumerate(file.document.wallet):
            where = file.place("wallet", number)
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


def _same_wallet(above: Wallet, own: Wallet, files: tuple[Layer, Layer]) -> None:
    """ConfigError if a project gives the name of the user's wallet to another."""
    if above.address != own.address:
        first, second = (each.name for each in files)
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
