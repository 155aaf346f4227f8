"""`--from-report`: the rows of a report that was saved, to be read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from allowctl.chains.owners import OwnerAddress
from allowctl.codec.words import checksum
from allowctl.errors import CodecError, UsageError

if TYPE_CHECKING:
    from allowctl.cli.wanted import Wanted
    from allowctl.model.approval import Amount, Candidate
    from allowctl.model.chain import Address, Chain
    from allowctl.model.report import Record, Report
    from allowctl.output.reported import Reported, ReportedRow

AGELESS = (
    "with --from-report no log is read: rules on an approval's age say nothing, "
    "and levels may be lower than in the report"
)
_NOT_OF = "leave the owner out: the report says whose its rows are"
_SYMBOL = 16
_UNREAD = "could not be read then"
_EXPIRED = "had expired then"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """What a report names."""

    scans: tuple[Reported, ...]
    """Of each chain and owner one, and no row twice."""

    @property
    def candidates(self) -> Mapping[tuple[int, Address], tuple[Candidate, ...]]:
        """By chain id and owner; only where there are any."""
        return {
            (scan.chain_id, scan.owner): tuple(row.candidate for row in scan.rows)
            for scan in self.scans
            if scan.rows
        }

    @property
    def fingerprints(self) -> frozenset[str]:
        """Of all rows."""
        return frozenset(row.fingerprint for scan in self.scans for row in scan.rows)

    @property
    def owners(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(dict.fromkeys(checksum(owner) for _, owner in self.candidates))

    @property
    def chains(self) -> tuple[str, ...]:
        """Ids, each once."""
        return tuple(dict.fromkeys(str(chain_id) for chain_id, _ in self.candidates))

    @property
    def not_taken(self) -> list[str]:
        """What else the report has, a sentence each."""
        every = (
            (_UNREAD, sum(scan.unreadable for scan in self.scans)),
            (_EXPIRED, sum(scan.expired for scan in self.scans)),
        )
        return [
            f"{_rows(count)} of the report {why}: not looked at"
            for why, count in every
            if count
        ]

    def check(self, asked: Wanted) -> None:
        """UsageError if it has no row of an owner that is given by its address."""
        for each in asked.owners:
            if not isinstance(each.owner, OwnerAddress):
                continue
            owner = each.owner.address
            if all(owner != of for _, of in self.candidates):
                raise UsageError(
                    f"the report is not of {checksum(owner)}", hint=_NOT_OF
                )
            where = each.chains or asked.chains
            if where and all((on.id, owner) not in self.candidates for on in where):
                names = ", ".join(on.name for on in where)
                raise UsageError(
                    f"the report has no row of {checksum(owner)} on {names}",
                    hint="leave --chain out: the report says where its rows are",
                )

    def compared(self, report: Report, known: Sequence[Chain]) -> list[str]:
        """What is not any more as the report had it, or was not seen: sentences.

        UsageError if it has no row of whoever a name turned out to be.
        """
        if not (report.scans or report.unscanned):
            raise UsageError("the report is not of that owner", hint=_NOT_OF)
        return [*self._changed(report), *self._gone(report, known)]

    def _changed(self, report: Report) -> Iterator[str]:
        then = {row.fingerprint: row for scan in self.scans for row in scan.rows}
        for scan in report.scans:
            judged = (each.record for each in (*scan.allowances, *scan.expired))
            for record in (*judged, *scan.dormant):
                row = then.get(record.allowance.fingerprint(scan.chain.id))
                said = None if row is None else _change(row, record)
                if said is not None:
                    yield said

    def _gone(self, report: Report, known: Sequence[Chain]) -> Iterator[str]:
        from allowctl.chains.registry import chain_by_id
        from allowctl.revoke.select import fingerprints

        there = fingerprints(report.scans)
        seen = {(scan.chain.id, scan.owner) for scan in report.scans}
        for each in self.scans:
            if (each.chain_id, each.owner) in seen:
                for row in each.rows:
                    if row.fingerprint not in there:
                        yield f"{_then(row)} gives nothing any more"
            elif each.rows:
                name = chain_by_id(each.chain_id, known).name
                yield (
                    f"{_rows(len(each.rows))} of the report, of "
                    f"{checksum(each.owner)} on {name}: not looked at"
                )


def read(path: Path) -> Reports:
    """The rows of a file. UsageError if it is no report, or has none."""
    from allowctl.output.reported import LONGEST, reported

    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
        if len(data) > LONGEST:
            raise UsageError(f"cannot read {str(path)!a}: above 256 MiB")
        found = Reports(scans=_merged(reported(data)))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a usable name"
        raise UsageError(f"cannot read {str(path)!a}: {why}") from None
    except CodecError as error:
        raise UsageError(
            f"cannot read {str(path)!a}: {error.message}",
            hint="save one with `allowctl scan OWNER -o report.json`",
        ) from None
    if not found.candidates:
        raise UsageError(
            f"{str(path)!a} is a report without any live row",
            hint="; ".join(found.not_taken) or None,
        )
    return found


def _merged(scans: Sequence[Reported]) -> tuple[Reported, ...]:
    """Of each chain and owner one: what is no report of ours may have more."""
    found: dict[tuple[int, Address], Reported] = {}
    for scan in scans:
        before = found.get((scan.chain_id, scan.owner))
        if before is not None:
            rows = {row.fingerprint: row for row in (*before.rows, *scan.rows)}
            scan = replace(  # noqa: PLW2901 - the two in one take its place
                scan,
                rows=tuple(rows.values()),
                unreadable=before.unreadable + scan.unreadable,
                expired=before.expired + scan.expired,
            )
        found[scan.chain_id, scan.owner] = scan
    return tuple(found.values())


def _change(row: ReportedRow, record: Record) -> str | None:
    """How an amount differs from the report's; None where it does not."""
    from allowctl.model.approval import Amount
    from allowctl.output.names import token_name

    grant = record.allowance.grant
    if not isinstance(grant, Amount) or row.amount in {None, grant.amount}:
        return None
    then, now = row.amount or 0, grant.amount
    texts = [_amount(each, grant, record.token.decimals) for each in (then, now)]
    if texts[0] == texts[1]:
        # Too near for words.
        texts = [f"{each} smallest units" for each in (then, now)]
    what = _named(token_name(record.token, _SYMBOL), row)
    return f"{what} was {texts[0]} in the report, and is {texts[1]} now"


def _amount(amount: int, grant: Amount, decimals: int | None) -> str:
    from allowctl.output.amounts import units

    if not amount:
        return "nothing"
    return "unlimited" if amount >= grant.maximum else units(amount, decimals)


def _then(row: ReportedRow) -> str:
    """An approval by the report's own words: they are in quotes."""
    from allowctl.codec.shown import quoted
    from allowctl.output.names import NO_SYMBOL

    symbol = row.symbol or ""
    return _named(quoted(symbol, _SYMBOL) if symbol.strip() else NO_SYMBOL, row)


def _named(token: str, row: ReportedRow) -> str:
    from allowctl.output.columns import SHORT_ID
    from allowctl.output.names import short

    spender = short(row.candidate.spender)
    return f"{token} to {spender} ({row.fingerprint[:SHORT_ID]})"


def _rows(count: int) -> str:
    return f"{count} row{'s' if count > 1 else ''}"
