"""`--from-report`: whose rows they are, and what is said of what is not as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from allowctl.chains.owners import OwnerAddress, OwnerName
from allowctl.chains.registry import chains
from allowctl.cli import reported
from allowctl.cli.wanted import Asked, Wanted
from allowctl.codec.words import checksum
from allowctl.errors import UsageError
from allowctl.model.approval import Amount, NotServed, Refused
from allowctl.model.chain import Address, Chain
from allowctl.model.report import AuditedRecord, Record, Report, Scan, Unscanned
from allowctl.output import json_v1
from tests import build
from tests.cli.runs import Ended, here
from tests.revoke import making_plans as making

OTHER = Address("0x" + "0b" * 20)
BASE = next(chain for chain in chains() if chain.name == "base")
KEPT = making.judged(making.erc20(1, 5_000))
GONE = making.judged(making.erc20(2))
THEN = build.scan(
    allowances=(KEPT, GONE),
    expired=(making.judged(making.child(3)),),
    refused=(Refused(candidate=build.candidate(), reason="reverts"),),
    unserved=(NotServed(candidate=build.candidate(), reason="timeout"),),
)


def file(folder: Path, *scans: Scan) -> Path:
    path = folder / "report.json"
    path.write_text(json_v1.render(build.scan_report(*scans)), "utf-8")
    return path


def asked(
    owner: OwnerAddress | OwnerName, *where: Chain, of: tuple[Chain, ...] = ()
) -> Wanted:
    return Wanted(owners=(Asked(owner=owner, chains=of),), chains=where, known=chains())


def now(row: AuditedRecord, amount: int) -> AuditedRecord:
    """The same with another amount."""
    grant = row.record.allowance.grant
    assert isinstance(grant, Amount)
    allowance = replace(row.record.allowance, grant=replace(grant, amount=amount))
    return replace(row, record=replace(row.record, allowance=allowance))


def compared(folder: Path, *scans: Scan, then: Scan = THEN) -> list[str]:
    before = reported.read(file(folder, then))
    return before.compared(build.scan_report(*scans), chains())


def test_what_a_report_names(tmp_path: Path) -> None:
    """Chains and owners each once; of each its rows."""
    elsewhere = replace(THEN, chain=BASE, allowances=(KEPT,))
    found = reported.read(file(tmp_path, THEN, elsewhere, THEN))

    assert found.owners == (checksum(build.OWNER),)
    assert found.chains == ("1", "8453")
    assert {key: len(rows) for key, rows in found.candidates.items()} == {
        (1, build.OWNER): 2,
        (8453, build.OWNER): 1,
    }
    assert len(found.fingerprints) == 3


def test_what_is_not_taken_is_counted(tmp_path: Path) -> None:
    """What could not be read then, and what had expired."""
    assert reported.read(file(tmp_path, THEN)).not_taken == [
        "2 rows of the report could not be read then: not looked at",
        "1 row of the report had expired then: not looked at",
    ]
    whole = build.scan(allowances=(KEPT,))
    assert reported.read(file(tmp_path, whole)).not_taken == []


def test_nothing_to_take(tmp_path: Path) -> None:
    """A report without a live row says so, and why."""
    empty = replace(THEN, allowances=())
    with pytest.raises(UsageError, match="without any live row") as told:
        reported.read(file(tmp_path, empty))
    assert "had expired" in (told.value.hint or "")


def test_another_owner(tmp_path: Path) -> None:
    """It is refused by its address, or once its name has led to one."""
    before = reported.read(file(tmp_path, THEN))
    mine = OwnerAddress(address=build.OWNER)
    name = OwnerName(name="a.eth")

    before.check(asked(mine))
    before.check(asked(mine, build.MAINNET))
    before.check(asked(name))
    with pytest.raises(UsageError, match=f"is not of {checksum(OTHER)}"):
        before.check(asked(OwnerAddress(address=OTHER)))
    for elsewhere in (asked(mine, BASE), asked(mine, build.MAINNET, of=(BASE,))):
        with pytest.raises(UsageError, match=r"no row of .* on base"):
            before.check(elsewhere)
    with pytest.raises(UsageError, match="not of that owner"):
        before.compared(build.scan_report(), chains())


def test_nothing_has_changed(tmp_path: Path) -> None:
    """Then there is nothing to say."""
    assert compared(tmp_path, THEN) == []
    reread = build.scan(allowances=(KEPT,), unserved=_unserved(GONE))
    assert compared(tmp_path, reread) == []


def test_what_has_changed_is_told_in_words(tmp_path: Path) -> None:
    """Symbol, spender, id, amounts as people read them; never bare fingerprints."""
    known = replace(KEPT.record.token, symbol="DAI", decimals=2, known=True)
    row = replace(KEPT, record=replace(KEPT.record, token=known))
    then = build.scan(allowances=(row,))
    name = making.fingerprint(KEPT)[:8]
    where = f"DAI to 0x5e5E...5e5e ({name})"

    def told(amount: int) -> str:
        (only,) = compared(
            tmp_path, build.scan(allowances=(now(row, amount),)), then=then
        )
        return only.replace("0x5E5e", "0x5e5E").replace("5E5E (", "5e5e (")

    assert told(123).lower() == f"{where} was 50 in the report, and is 1.23 now".lower()
    assert told(0).endswith("is nothing now")
    assert told(build.UNLIMITED).endswith("is unlimited now")


def test_what_is_too_near_for_words(tmp_path: Path) -> None:
    """A change that rounds to the same is told in smallest units."""
    token = replace(KEPT.record.token, decimals=18)
    row = replace(KEPT, record=replace(KEPT.record, token=token))
    then, after = (now(row, 10**18 + more) for more in (1, 2))
    (told,) = compared(
        tmp_path,
        build.scan(allowances=(after,)),
        then=build.scan(allowances=(then,)),
    )
    assert f"was {10**18 + 1} smallest units" in told
    assert f"is {10**18 + 2} smallest units" in told


def test_dormant_rows_change_too(tmp_path: Path) -> None:
    """A row that nothing can be taken by now is compared all the same."""
    after = replace(THEN, allowances=(GONE,), dormant=(now(KEPT, 1).record,))
    (told,) = compared(tmp_path, after)
    assert making.fingerprint(KEPT)[:8] in told


def test_what_is_gone_and_what_was_not_seen(tmp_path: Path) -> None:
    """Nothing is left: only where it was looked. Elsewhere it was not looked at."""
    elsewhere = replace(THEN, chain=BASE)
    before = reported.read(file(tmp_path, THEN, elsewhere))
    report = Report(
        version="1",
        created_at=build.NOW,
        scans=(build.scan(allowances=(KEPT,)),),
        unscanned=(Unscanned(reason="down", chain=BASE, owner=build.OWNER),),
    )
    gone, unseen = before.compared(report, chains())

    assert gone.endswith("gives nothing any more")
    assert making.fingerprint(GONE)[:8] in gone
    assert making.fingerprint(GONE) not in gone
    assert unseen == (
        f"2 rows of the report, of {checksum(build.OWNER)} on base: not looked at"
    )


def test_strange_symbols_are_made_safe(tmp_path: Path) -> None:
    """A report may be anybody's: what a token calls itself there is in quotes."""
    token = replace(GONE.record.token, symbol="\x1b[2J::error::", known=True)
    row = replace(GONE, record=replace(GONE.record, token=token))
    (told,) = compared(
        tmp_path,
        build.scan(allowances=(KEPT,)),
        then=build.scan(allowances=(KEPT, row)),
    )
    assert told.isascii()
    assert told.isprintable()
    assert "::error" not in told
    assert told.startswith('"')


def revoke(path: Path, *options: str) -> Ended:
    return here("revoke", "--dry-run", "--from-report", str(path), *options)


def test_ages_are_not_known(tmp_path: Path) -> None:
    """--older-than has nothing to go by: exit 2, before anybody is asked."""
    ended = revoke(file(tmp_path, THEN), "--older-than", "90d")
    assert ended.code == 2
    assert "no age" in ended.err


def test_the_owner_is_not_the_reports(tmp_path: Path) -> None:
    """Exit 2, before anybody is asked."""
    for options in ((OTHER,), ("--from", OTHER)):
        ended = revoke(file(tmp_path, THEN), *options)
        assert ended.code == 2
        assert f"the report is not of {checksum(OTHER)}" in ended.err


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """No file, no report: exit 2."""
    for path in (tmp_path / "none.json", tmp_path):
        assert revoke(path).code == 2
    text = tmp_path / "text.json"
    text.write_text("{}", "utf-8")
    assert "no allowctl.report/v1" in revoke(text).err


def test_an_endpoint_that_is_not_there(tmp_path: Path) -> None:
    """Exit 3 with the reason; levels that stand on ages are told of."""
    path = file(tmp_path, THEN)
    ended = revoke(path, "-r", "http://127.0.0.1:1", "--all-risky")
    assert ended.code == 3
    assert "nothing was read: 127.0.0.1" in ended.err
    assert "not looked at" in ended.err
    assert "any more" not in ended.err
    assert reported.AGELESS in ended.err
    assert reported.AGELESS not in revoke(path, "-r", "http://127.0.0.1:1").err


def _unserved(row: AuditedRecord | Record) -> tuple[NotServed, ...]:
    record = row.record if isinstance(row, AuditedRecord) else row
    return (NotServed(candidate=record.allowance.candidate, reason="timeout"),)
