"""What all lists, and the bundled table, say of an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from allowctl.intel import known
from allowctl.intel.lists import sources
from allowctl.intel.lists.keep import Kept, Row
from allowctl.model.chain import Address
from allowctl.model.lists import Charge, Entry, ListStatus
from allowctl.model.missing import Lack, Missing
from allowctl.model.sources import ListSource

_NEEDED = (Charge.EXPLOITED, Charge.BLOCKED)
"""The charges of which the bundled table knows nothing: of the others it is a source
too, and the only one where no list is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A configured list, as far as it could be had."""

    source: ListSource
    kept: Kept | None
    missing: Missing | None = None
    """Why it is not there, or not as new as it should be."""
    outdated: bool = False
    """Whether it is too old for what it lacks to be clean."""

    @property
    def status(self) -> ListStatus:
        """The same for the report."""
        kept = self.kept
        return ListStatus(
            id=self.source.id,
            source=sources.origin(self.source),
            charges=_charges(self.source, kept),
            fetched_at=None if kept is None else kept.fetched_at,
            entries=0 if kept is None else len(kept.rows),
            missing=self.missing,
        )


def _charges(source: ListSource, kept: Kept | None) -> tuple[Charge, ...]:
    found = {hit.charge for row in kept.rows for hit in row.hits} if kept else set()
    found |= {*sources.charges(source)}
    return tuple(charge for charge in Charge if charge in found)


@dataclass(frozen=True, slots=True, eq=False)
class ListBook:
    """Lists to look into: in memory, without asking anybody."""

    held: Sequence[Held] = ()
    statuses: tuple[ListStatus, ...] = field(init=False)
    """In the order of the lists."""
    _rows: Mapping[str, Sequence[tuple[Kept, Row]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found: dict[str, list[tuple[Kept, Row]]] = {}
        for each in self.held:
            if each.kept is not None:
                for row in each.kept.rows:
                    found.setdefault(row.address, []).append((each.kept, row))
        object.__setattr__(self, "_rows", found)
        object.__setattr__(self, "statuses", tuple(each.status for each in self.held))

    def entry(self, chain_id: int, address: Address) -> Entry | None:
        """All that is said of an address on a chain, with who says it.

        Every list's charges; and one label, the bundled table's before that of the
        first list that has one: a label takes no charge away. None if nobody says
        anything.
        """
        said = [
            kept.entry(row)
            for kept, row in self._rows.get(address, ())
            if row.chain_id in {0, chain_id}
        ]
        bundled = known.entry(chain_id, address)
        if bundled is None and not said:
            return None
        every = said if bundled is None else [bundled, *said]
        order = (*Charge,)
        listings = [listing for each in every for listing in each.listings]
        return Entry(
            chain_id=chain_id,
            address=address,
            label=next((each.label for each in every if each.label), None),
            listings=tuple(sorted(listings, key=lambda one: order.index(one.charge))),
        )

    def absent(self) -> Mapping[Charge, Missing]:
        """The charges that not every list that knows of them could be asked about.

        A rule that finds nothing has not looked everywhere then. A list that could
        only not be renewed was asked, unless it is outdated: its age is shown.
        """
        found = {}
        lists = [*zip(self.held, self.statuses, strict=True)]
        for charge in Charge:
            asked = [each for each in lists if charge in each[1].charges]
            lost = [one for held, one in asked if held.outdated or not one.usable]
            if lost:
                found[charge] = _why(lost)
            elif not asked and charge in _NEEDED:
                found[charge] = Missing(Lack.NOT_ASKED, "no list of them is configured")
        return found


def _why(lost: Sequence[ListStatus]) -> Missing:
    """One reason for all; who was asked and did not serve comes first."""
    told = [
        (each.missing or Missing(Lack.NOT_ASKED, "it is not there"), each.id)
        for each in lost
    ]
    missing, name = min(told, key=lambda each: each[0].lack is not Lack.FAILED)
    return Missing(missing.lack, f"the list {name} {missing.reason}")
