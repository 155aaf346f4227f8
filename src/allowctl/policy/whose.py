"""Which of the policy's wallets an owner on a chain is."""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.model.chain import Address, Chain
from allowctl.model.settings import Wallet

_CAIP2 = "eip155:"


class Whose:
    """The policy's wallets by address."""

    def __init__(self, wallets: Sequence[Wallet]) -> None:
        self._by_address: dict[Address, list[Wallet]] = {}
        for wallet in wallets:
            self._by_address.setdefault(wallet.address, []).append(wallet)
        self._known: dict[tuple[Address, int], tuple[Wallet, ...]] = {}

    def of(self, owner: Address, chain: Chain) -> tuple[Wallet, ...]:
        """Those that have this address on this chain, as the policy orders them.

        Where none says that it is asked on this chain, and it was all the same: all
        that have the address, so that no row is nobody's.
        """
        known = self._known.get((owner, chain.id))
        if known is None:
            here = self._by_address.get(owner, [])
            asked = [each for each in here if asked_on(each, chain)]
            known = self._known[owner, chain.id] = tuple(asked or here)
        return known

    def anywhere(self, owner: Address | None) -> Wallet | None:
        """The first that has this address."""
        return next(iter(self._by_address.get(owner, [])), None) if owner else None


def asked_on(wallet: Wallet, chain: Chain) -> bool:
    """Whether a wallet says that it is asked on a chain, or says nothing."""
    return not wallet.chains or any(means(text, chain) for text in wallet.chains)


def means(text: str, chain: Chain) -> bool:
    """Whether a name, an alias, an id or a group, as written, is of a chain."""
    said = text.strip().lower()
    match said:
        case "all":
            return True
        case "mainnets" | "testnets":
            return chain.testnet == (said == "testnets")
        case _:
            number = said.removeprefix(_CAIP2)
            return number == str(chain.id) or said in (chain.name, *chain.aliases)
