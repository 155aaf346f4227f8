"""The chains that a configuration's prices, pins and lists name, as ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from allowctl.chains.registry import chain_by_name
from allowctl.errors import ConfigError, UsageError
from allowctl.model.chain import Address, Chain
from allowctl.model.sources import FixedPrice, ListSource, PinnedCode


class _Written(Protocol):
    """Something that is said of an address on a chain, somewhere in a file."""

    @property
    def chain(self) -> str:
        """Name, alias or id, as written."""

    @property
    def place(self) -> str:
        """File and key: `FILE: KEY`."""


Said = TypeVar("Said", bound=_Written)


def fixed_prices(
    prices: Iterable[FixedPrice], known: Sequence[Chain]
) -> dict[int, dict[Address, FixedPrice]]:
    """By chain id and token; of two, the first.

    ConfigError for a chain that there is not, and for two of one file.
    """
    return _by_chain(prices, lambda price: price.token, known)


def pins(
    pinned: Iterable[PinnedCode], known: Sequence[Chain]
) -> dict[int, dict[Address, PinnedCode]]:
    """By chain id and spender; of two, the first.

    ConfigError for a chain that there is not, and for two of one file.
    """
    return _by_chain(pinned, lambda pin: pin.spender, known)


def list_chains(lists: Iterable[ListSource], known: Sequence[Chain]) -> dict[str, int]:
    """By a list's id, the id of the one chain it speaks of; without those of all.

    ConfigError for a chain that there is not.
    """
    return {
        each.id: _chain(each.chain, f"intel.list {each.id}", known).id
        for each in lists
        if each.chain is not None
    }


def _by_chain(
    entries: Iterable[Said], address: Callable[[Said], Address], known: Sequence[Chain]
) -> dict[int, dict[Address, Said]]:
    found: dict[int, dict[Address, Said]] = {}
    spoken: dict[tuple[str, int, Address], str] = {}
    for entry in entries:
        chain, subject = _chain(entry.chain, entry.place, known), address(entry)
        line, _, key = entry.place.rpartition(": ")
        file = line.rpartition(":")[0]
        above = spoken.setdefault((file, chain.id, subject), key)
        if above != key:
            raise ConfigError(
                f"{entry.place}: {above} is of the same address on {chain.name}",
                hint="leave one of them out",
            )
        found.setdefault(chain.id, {}).setdefault(subject, entry)
    return found


def _chain(text: str, place: str, known: Sequence[Chain]) -> Chain:
    try:
        return chain_by_name(text, known)
    except UsageError as error:
        raise ConfigError(f"{place}: {error.message}", hint=error.hint) from None
