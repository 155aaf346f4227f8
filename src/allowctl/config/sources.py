"""`[prices]`, `[intel]` and `[[pin]]` of all files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from allowctl.config.expand import Variables, built
from allowctl.config.layer import Layer
from allowctl.config.urls import list_url
from allowctl.errors import ConfigError
from allowctl.model.chain import Address
from allowctl.model.place import Place
from allowctl.model.sources import FixedPrice, ListSource, PinnedCode, PriceSettings

if TYPE_CHECKING:
    from allowctl.config.schema import ListTable


def prices(files: Sequence[Layer]) -> PriceSettings:
    """Whom to ask, by the first file that says it, and every fixed price.

    These stand in the order in which they are followed: of two for one token, the
    first (chains/places.py).
    """
    said = next((file for file in files if file.document.prices.source), None)
    return PriceSettings(
        mode=said.document.prices.source if said else None,
        place=said.at("prices", "source") if said else None,
        fixed=tuple(
            _fixed(key, usd, file)
            for file in files
            for key, usd in file.document.prices.fixed.items()
        ),
    )


def _fixed(key: str, usd: Decimal, file: Layer) -> FixedPrice:
    chain, _, token = key.removeprefix("eip155:").partition(":")
    return FixedPrice(
        chain=chain,
        token=Address(token.lower()),
        usd=usd,
        place=file.place("prices", "fixed", key),
    )


def builtin_lists(files: Sequence[Layer]) -> tuple[bool, Place | None]:
    """Whether the lists that nobody has to configure are looked into.

    With where the first file that says it has it; None for the default.
    """
    for file in files:
        said = file.document.intel.builtin
        if said is not None:
            return said, file.at("intel", "builtin")
    return True, None


def lists(
    files: Sequence[Layer], environment: Mapping[str, str], *, unset_fits: bool = False
) -> tuple[ListSource, ...]:
    """Each list once: of two with one id, that of the first file.

    All files that name lists are trusted ones, and may expand any variable.
    ConfigError for two of one id in one file, and for a URL that is none, which is
    not repeated. Where nobody is asked, a variable need not be set (`unset_fits`).
    """
    variables = Variables(values=environment, every=True, unset_fits=unset_fits)
    found: dict[str, ListSource] = {}
    for file in files:
        here: dict[str, int] = {}
        for number, table in enumerate(file.document.intel.lists):
            if table.id in here:
                place = file.place("intel", "list", number, "id")
                raise ConfigError(
                    f"{place} is taken: intel.list[{here[table.id]}] has it"
                )
            here[table.id] = number
            place = file.place("intel", "list", number, "url")
            read = _list(table, file, place, variables)
            at = file.at("intel", "list", number)
            found.setdefault(table.id, replace(read, place=at))
    return tuple(found.values())


def _list(
    table: ListTable, file: Layer, place: str, variables: Variables
) -> ListSource:
    build = partial(list_url, folder=file.path.parent, place=place)
    return ListSource(
        id=table.id,
        format=table.format,
        url=built(table.url, variables, place, build),
        charge=table.charge,
        chain=table.chain,
    )


def pins(files: Sequence[Layer]) -> tuple[PinnedCode, ...]:
    """Every pin, in the order in which they are followed.

    Those of a file that may be anybody's come last: it must not say that a change
    of code is as one's own file expects it.
    """
    return tuple(
        PinnedCode(
            chain=table.chain,
            spender=Address(table.spender),
            code_hash=table.code_hash,
            place=file.place("pin", number),
        )
        for file in sorted(files, key=lambda file: not file.origin.trusted)
        for number, table in enumerate(file.document.pin)
    )
