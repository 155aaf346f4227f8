"""`[prices]`, `[intel]` and `[[pin]]` of all files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from allowctl.config.expand import Variables, expanded
from allowctl.config.layer import Layer
from allowctl.config.urls import list_url
from allowctl.errors import ConfigError
from allowctl.model.chain import Address
from allowctl.model.sources import FixedPrice, ListSource, PinnedCode, PriceSettings

if TYPE_CHECKING:
    from allowctl.config.schema import ListTable


def prices(files: Sequence[Layer]) -> PriceSettings:
    """Whom to ask, by the first file that says it, and every fixed price.

    These stand in the order in which they are followed: of two for one token, the
    first (chains/places.py).
    """
    modes = (file.document.prices.source for file in files)
    return PriceSettings(
        mode=next((mode for mode in modes if mode is not None), None),
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


def builtin_lists(files: Sequence[Layer]) -> bool:
    """Whether the lists that nobody has to configure are looked into."""
    said = (file.document.intel.builtin for file in files)
    return next((each for each in said if each is not None), True)


def lists(
    files: Sequence[Layer], environment: Mapping[str, str]
) -> tuple[ListSource, ...]:
    """Each list once: of two with one id, that of the first file.

    All files that name lists are trusted ones, and may expand any variable.
    ConfigError for two of one id in one file, and for a URL that is none, which is
    not repeated.
    """
    variables = Variables(values=environment, every=True)
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
            place = file.place("intel", "list", number)
            found.setdefault(table.id, _list(table, file, place, variables))
    return tuple(found.values())


def _list(
    table: ListTable, file: Layer, place: str, variables: Variables
) -> ListSource:
    place = f"{place}.url"
    try:
        text = expanded(table.url, variables)
    except ConfigError as error:
        raise ConfigError(f"{place}: {error.message}", hint=error.hint) from None
    return ListSource(
        id=table.id,
        format=table.format,
        url=list_url(text, file.path.parent, place),
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
