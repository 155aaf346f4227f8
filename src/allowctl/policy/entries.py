"""`[[allow]]`: which approvals an entry is about, and which of them it covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from allowctl.model.approval import Candidate
from allowctl.model.chain import Address
from allowctl.model.evaluation import Cover, CoverKind
from allowctl.model.finding import Level
from allowctl.model.place import Place
from allowctl.model.policy import AllowEntry
from allowctl.policy.judged import Judged, reach
from allowctl.policy.words import units


class About(NamedTuple):
    """What an approval is asked by, or an entry asks by; None for any."""

    wallet: str | None
    chain: str | None
    kind: str | None
    contract: Address | None
    token: Address | None
    spender: Address | None


class Allows:
    """The entries by what they are about: each row meets only its own.

    Thousands of entries and tens of thousands of rows would be too many pairs.
    """

    def __init__(self, entries: Sequence[AllowEntry], today: date) -> None:
        self._today = today
        self._by_about: dict[About, list[AllowEntry]] = {}
        for entry in sorted(entries, key=_content):
            self._by_about.setdefault(_about(entry), []).append(entry)
        self._asked = {
            tuple(each is not None for each in about) for about in self._by_about
        }
        self._met: set[About] = set()

    def meet(
        self, chain: str, names: Iterable[str], of: Candidate, spender: Address
    ) -> None:
        """An approval is there: the entries about it are not unused."""
        self._met.update(self._abouts(chain, names, of, spender))

    def unmet(self, entry: AllowEntry) -> bool:
        """Whether nothing that was met is what an entry is about."""
        return _about(entry) not in self._met

    def cover(self, of: Judged) -> Cover | None:
        """The entry that lets an approval pass: of several the one that lasts longest.

        Beyond that it goes by what they say, so that their order never matters.
        """
        found = (
            next((each for each in group if self._obstacle(each, of) is None), None)
            for group in self._groups(of)
        )
        best = min(filter(None, found), key=_content, default=None)
        return None if best is None else _cover(best)

    def remark(self, of: Judged) -> str:
        """Why the entry about an approval does not cover it, to end a sentence with.

        Nothing where there is no entry, or one that covers it.
        """
        # Of each group the first: all of them are about the same approvals.
        firsts = (group[0] for group in self._groups(of))
        nearest = min(firsts, key=_content, default=None)
        why = None if nearest is None else self._obstacle(nearest, of)
        if nearest is None or why is None:
            return ""
        return f"; {nearest.place.key or 'an allow entry'} does not apply: {why}"

    def _groups(self, of: Judged) -> Iterator[list[AllowEntry]]:
        """The entries about an approval; those of one group ask by the same."""
        spender = of.record.allowance.spender
        for about in self._abouts(of.chain, of.names, of.candidate, spender):
            yield self._by_about[about]

    def _abouts(
        self, chain: str, names: Iterable[str], of: Candidate, spender: Address
    ) -> Iterator[About]:
        """What the entries about an approval ask by, those that there are."""
        base = About(None, chain, of.kind, of.contract, of.token, spender)
        named = [base._replace(wallet=name) for name in names]
        for asked in self._asked:
            for full in named if asked[0] else (base,):
                about = About._make(
                    part if ask else None for part, ask in zip(full, asked, strict=True)
                )
                if about in self._by_about:
                    yield about

    def _obstacle(self, entry: AllowEntry, of: Judged) -> str | None:
        """Why an entry about an approval does not cover it; None if it does."""
        if expired(entry.expires, self._today):
            return f"it expired on {entry.expires}"
        return _code(entry, of) or _amount(entry, of) or _level(entry, of)


def expired(expires: date | None, today: date) -> bool:
    """Whether an entry's last day is over."""
    return expires is not None and expires < today


def key_of(place: Place, key: str) -> Place:
    """A key below the one that an entry stands at."""
    return replace(place, key=f"{place.key}.{key}" if place.key else key)


def _code(entry: AllowEntry, of: Judged) -> str | None:
    code = of.record.spender.code_hash
    if entry.code_hash is None or entry.code_hash == code:
        return None
    if code is None or isinstance(code, str):
        return "the spender runs other code"
    return "what code the spender runs is not known"


def _amount(entry: AllowEntry, of: Judged) -> str | None:
    most, amount = entry.max_amount, reach(of.grant)
    if most is None or (amount is not None and amount <= most):
        return None
    return f"its max_amount is {units(most)}"


def _level(entry: AllowEntry, of: Judged) -> str | None:
    worst, level = entry.max_level, of.row.level
    if worst is None or Level.UNKNOWN < level <= worst:
        return None
    return f"its max_level is {worst}, and the level is {level}"


def _about(entry: AllowEntry) -> About:
    return About(
        entry.wallet,
        entry.chain,
        entry.kind,
        entry.contract,
        entry.token,
        entry.spender,
    )


def _content(
    entry: AllowEntry,
) -> tuple[int, tuple[str, ...], tuple[int, ...], str, Place]:
    """By what an entry says, the longest lasting first; where it stands comes last."""
    last = entry.expires or date.max
    parts = (*_about(entry), entry.code_hash, entry.owner)
    numbers = (entry.max_amount, entry.max_level)
    return (
        -last.toordinal(),
        tuple(each or "" for each in parts),
        tuple(-1 if each is None else int(each) for each in numbers),
        entry.reason,
        entry.place,
    )


def _cover(entry: AllowEntry) -> Cover:
    return Cover(
        kind=CoverKind.ALLOW,
        place=entry.place,
        reason=entry.reason,
        owner=entry.owner,
        expires=entry.expires,
    )
