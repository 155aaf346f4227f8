"""A run's lists: from the folder while young, from their places else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from allowctl.errors import CacheError, ConfigError
from allowctl.intel.lists import keep, load
from allowctl.intel.lists.book import ListBook
from allowctl.intel.lists.load import DAY, FEW, OLDEST
from allowctl.model.chain import Chain
from allowctl.model.lists import Charge
from allowctl.model.missing import Lack, Missing
from allowctl.model.sources import ListSource
from allowctl.net.http import HttpClient
from tests.fakes.server import Asked, Raw, ScriptedServer, always
from tests.intel.lists.making import (
    ADDRESSES,
    EXPLOITS,
    NOW,
    ONE,
    THREE,
    TWO,
    WHOIS,
    exploits,
    lay_out,
    raw,
    serving,
    spenders,
    tar_gz,
)
from tests.nodes.jsonrpc import Json


@pytest.fixture
def host() -> Iterator[ScriptedServer]:
    """One that has three lists."""
    files = {
        "exploits.tar.gz": tar_gz(exploits()),
        "whois.tar.gz": tar_gz(spenders()),
        "drainers.json": raw([THREE]),
    }
    with ScriptedServer(serving(files)) as server:
        yield server


def lists(server: ScriptedServer) -> tuple[ListSource, ...]:
    return (
        replace(EXPLOITS, url=f"{server.url}/exploits.tar.gz"),
        replace(WHOIS, url=f"{server.url}/whois.tar.gz"),
        replace(ADDRESSES, url=f"{server.url}/drainers.json"),
    )


def loaded(
    configured: Sequence[ListSource],
    folder: Path | None,
    *,
    now: int = NOW,
    offline: bool = False,
    known: Sequence[Chain] | None = None,
) -> ListBook:
    async def run() -> ListBook:
        async with HttpClient() as client:
            return await load.load(
                configured, folder, client, now=now, offline=offline, known=known
            )

    return asyncio.run(run())


def updated(configured: Sequence[ListSource], folder: Path, now: int = NOW) -> ListBook:
    async def run() -> ListBook:
        async with HttpClient() as client:
            return await load.update(configured, folder, client, now=now)

    return asyncio.run(run())


def why(book: ListBook, index: int = 0) -> Missing:
    missing = book.statuses[index].missing
    assert missing is not None
    return missing


def test_the_first_time(host: ScriptedServer, tmp_path: Path) -> None:
    """All are fetched; what each says can be looked up, and has its age."""
    book = loaded(lists(host), tmp_path)
    assert [(each.id, each.source, each.entries) for each in book.statuses] == [
        ("exploits", host.host, 2),
        ("whois", host.host, 3),
        ("drainers", host.host, 1),
    ]
    for each in book.statuses:
        assert (each.fetched_at, each.missing, each.usable) == (NOW, None, True)
    found = book.entry(1, TWO)
    assert found is not None
    assert [hit.name for hit in found.listings] == ["Vault Hack"]
    assert book.absent() == {}


def test_a_young_list_is_not_asked_for(host: ScriptedServer, tmp_path: Path) -> None:
    """For a day; then it is, and from then on again for a day."""
    loaded(lists(host), tmp_path)
    for now, asked in (
        (NOW, 3),
        (NOW + DAY - 1, 3),
        (NOW - 60, 3),
        (NOW + DAY, 6),
        (NOW + 2 * DAY - 1, 6),
        (NOW - 2 * DAY, 9),
    ):
        book = loaded(lists(host), tmp_path, now=now)
        assert len(host.asked) == asked
        assert all(each.missing is None for each in book.statuses)


def test_update(host: ScriptedServer, tmp_path: Path) -> None:
    """Fetches whatever its age."""
    loaded(lists(host), tmp_path)
    book = updated(lists(host), tmp_path, NOW + 5)
    assert len(host.asked) == 6
    assert {each.fetched_at for each in book.statuses} == {NOW + 5}
    assert loaded(lists(host), tmp_path, now=NOW + DAY).statuses == book.statuses


def test_lists_are_fetched_side_by_side(tmp_path: Path) -> None:
    """A slow host costs no more than its own time: none answers before all ask."""
    together = threading.Barrier(8)

    def answer(_: Asked) -> Raw:
        together.wait(30)
        return Raw(body=raw([ONE]))

    with ScriptedServer(answer) as server:
        eight = [
            replace(ADDRESSES, id=f"l{n}", url=f"{server.url}/{n}") for n in range(8)
        ]
        book = loaded(eight, tmp_path)
    assert all(each.usable for each in book.statuses)


@pytest.mark.parametrize(
    "sent",
    [Raw(status=503), Raw(body=b"<html>"), Raw(closes=True), Raw(body=b"[]")],
    ids=["refusal", "page", "silence", "emptied"],
)
def test_when_it_cannot_be_renewed(tmp_path: Path, sent: Raw) -> None:
    """The old one is used for a month, and says so; it is not touched."""
    with ScriptedServer(serving({"drainers.json": raw([THREE])})) as server:
        source = replace(ADDRESSES, url=f"{server.url}/drainers.json")
        loaded([source], tmp_path)
        kept = keep.file_of(tmp_path, source).read_bytes()
        server.answer = always(sent)
        for again in (
            loaded([source], tmp_path, now=NOW + OLDEST),
            updated([source], tmp_path, NOW + 60),
        ):
            (status,) = again.statuses
            assert (status.usable, status.fetched_at, status.entries) == (True, NOW, 1)
            assert why(again).lack is Lack.FAILED
            assert again.entry(1, THREE) is not None
            assert Charge.BLOCKED not in again.absent()
    assert keep.file_of(tmp_path, source).read_bytes() == kept


def test_when_it_could_not_be_renewed_for_long(tmp_path: Path) -> None:
    """Who blocks a host does not stop all news: what the old one lacks is not clean.

    What it names counts; offline, where nobody was asked, it serves however old.
    """
    with ScriptedServer(serving({"drainers.json": raw([THREE])})) as server:
        source = replace(ADDRESSES, url=f"{server.url}/drainers.json")
        loaded([source], tmp_path)
        server.answer = always(Raw(status=503))
        later = NOW + OLDEST + DAY
        for book in (
            loaded([source], tmp_path, now=later),
            updated([source], tmp_path, later),
        ):
            reason = "is 31 days old and could not be fetched: "
            assert why(book).reason == f"{reason}{server.host} answers 503"
            assert book.absent()[Charge.BLOCKED].lack is Lack.FAILED
            assert book.entry(1, THREE) is not None
    offline = loaded([source], tmp_path, now=later, offline=True)
    assert Charge.BLOCKED not in offline.absent()


def _many(count: int) -> list[str]:
    return [f"0x{number:040x}" for number in range(count)]


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [(50, 24, True), (50, 25, False), (FEW + 1, 1, True), (FEW, 1, False)],
)
def test_a_list_that_shrinks(
    tmp_path: Path, before: int, after: int, *, kept: bool
) -> None:
    """To less than half: the one before it stays, until an update takes the new one."""
    with ScriptedServer(serving({"drainers.json": raw(_many(before))})) as server:
        source = replace(ADDRESSES, url=f"{server.url}/drainers.json")
        loaded([source], tmp_path)
        server.answer = serving({"drainers.json": raw(_many(after))})
        for days in (1, 2):
            book = loaded([source], tmp_path, now=NOW + days * DAY)
            assert book.statuses[0].entries == (before if kept else after)
            assert Charge.BLOCKED not in book.absent()
            if kept:
                assert why(book) == Missing(
                    Lack.FAILED,
                    f"shrank from {before} to {after} entries; "
                    "`allowctl intel update` takes it",
                )
        book = loaded([source], tmp_path, now=NOW + OLDEST + DAY)
        assert (Charge.BLOCKED in book.absent()) is kept
        book = updated([source], tmp_path, NOW + DAY)
        assert (book.statuses[0].entries, book.statuses[0].missing) == (after, None)
        again = loaded([source], tmp_path, now=NOW + DAY)
        assert again.statuses == book.statuses


def test_a_list_that_keeps_its_names_alone(tmp_path: Path) -> None:
    """As many entries as before, and nothing against them any more."""
    drained = {"name": "N", "riskFactors": [{"type": "exploit"}]}

    def packed(said: Json) -> dict[str, bytes]:
        files = {f"1/{address}.json": raw(said) for address in _many(FEW + 1)}
        return {"whois.tar.gz": tar_gz(files, top="spenders/")}

    with ScriptedServer(serving(packed(drained))) as server:
        source = replace(WHOIS, url=f"{server.url}/whois.tar.gz")
        loaded([source], tmp_path)
        server.answer = serving(packed({"name": "N"}))
        book = loaded([source], tmp_path, now=NOW + DAY)
        assert why(book).reason.startswith("shrank from 21 to 0 charges; ")
        found = book.entry(1, type(ONE)(_many(1)[0]))
        assert found is not None
        assert found.listings


def test_a_list_of_one_s_own_may_shrink(tmp_path: Path) -> None:
    """Who keeps it on this machine has shortened it."""
    path = tmp_path / "list.json"
    path.write_bytes(raw(_many(50)))
    source = replace(ADDRESSES, url=str(path))
    loaded([source], tmp_path)
    path.write_bytes(raw(_many(1)))
    (status,) = loaded([source], tmp_path).statuses
    assert (status.entries, status.missing) == (1, None)


def test_when_it_was_never_had(tmp_path: Path) -> None:
    """It is of no use, and what only it knows of cannot be evaluated."""
    with ScriptedServer(always(Raw(status=500))) as server:
        book = loaded(lists(server), tmp_path)
        reason = f"could not be fetched: {server.host} answers 500"
    assert not any(each.usable for each in book.statuses)
    assert why(book) == Missing(Lack.FAILED, reason)
    assert book.absent() == {
        Charge.EXPLOITED: Missing(Lack.FAILED, f"the list exploits {reason}"),
        **{
            charge: Missing(Lack.FAILED, f"the list whois {reason}")
            for charge in (*Charge,)[1:]
        },
    }
    assert book.entry(1, ONE) is None


def test_what_is_no_list(tmp_path: Path) -> None:
    """The reason goes on after the list's name."""
    with ScriptedServer(serving({"drainers.json": b'["0x12"]'})) as server:
        book = loaded([lists(server)[2]], tmp_path)
    assert why(book) == Missing(
        Lack.FAILED, "is refused: it holds '0x12', which is no address"
    )
    assert not keep.file_of(tmp_path, lists(server)[2]).exists()


def test_offline(host: ScriptedServer, tmp_path: Path) -> None:
    """Nobody is asked: what is there is used, and what is not is not asked for."""
    book = loaded(lists(host), tmp_path, offline=True)
    assert why(book) == Missing(Lack.NOT_ASKED, "was never fetched")
    assert {each.lack for each in book.absent().values()} == {Lack.NOT_ASKED}
    assert host.asked == []
    loaded(lists(host), tmp_path)
    assert len(host.asked) == 3
    for now, reason in (
        (NOW + DAY - 1, None),
        (NOW + DAY, "is 1 day old and was not renewed: offline"),
        (NOW + 9 * DAY, "is 9 days old and was not renewed: offline"),
        (NOW - DAY, "was not renewed: offline"),
    ):
        book = loaded(lists(host), tmp_path, now=now, offline=True)
        for each in book.statuses:
            assert each.usable
            assert (each.missing.reason if each.missing else None) == reason
        assert book.absent() == {}
    assert len(host.asked) == 3


def test_without_a_folder(host: ScriptedServer) -> None:
    """Nothing is remembered, and it is whole all the same."""
    for asked in (3, 6):
        assert loaded(lists(host), None).absent() == {}
        assert len(host.asked) == asked


def test_a_damaged_file(host: ScriptedServer, tmp_path: Path) -> None:
    """It counts as none, is said, and mended by the next fetch."""
    source = lists(host)[2]
    loaded([source], tmp_path)
    path = keep.file_of(tmp_path, source)
    sound = path.read_bytes()
    path.write_bytes(sound[:-9])
    book = loaded([source], tmp_path, offline=True)
    assert why(book).reason == ("was never fetched; what was kept of it is damaged")
    assert loaded([source], tmp_path).statuses[0].missing is None
    assert path.read_bytes() == sound
    path.write_bytes(b"")
    host.answer = always(Raw(status=500))
    book = loaded([source], tmp_path)
    assert why(book).lack is Lack.FAILED
    assert why(book).reason.endswith("answers 500; what was kept of it is damaged")


def test_a_file_of_a_stranger(host: ScriptedServer, tmp_path: Path) -> None:
    """It is not believed and left alone; the list is used, and fetched each time."""
    source = lists(host)[2]
    path = keep.file_of(tmp_path, source)
    path.parent.mkdir()
    path.symlink_to("/dev/zero")
    book = loaded([source], tmp_path)
    assert book.statuses[0].usable
    assert why(book).lack is Lack.UNAVAILABLE
    assert why(book).reason.startswith("could not be kept: ")
    assert book.absent().keys() == {Charge.EXPLOITED}
    assert path.is_symlink()
    path.unlink()
    loaded([source], tmp_path)
    path.chmod(0o666)
    book = loaded([source], tmp_path, offline=True)
    assert why(book).reason.endswith("; others may write what was kept of it")
    assert loaded([source], tmp_path).statuses[0].missing is None
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(CacheError):
        updated([source], tmp_path)


def test_no_space_is_left(
    host: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run does without keeping; an update, whose work that is, cannot."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    book = loaded(lists(host), tmp_path)
    assert book.absent() == {}
    assert why(book).lack is Lack.UNAVAILABLE
    assert why(book).reason.endswith("No space left on device")
    with pytest.raises(CacheError, match="No space left"):
        updated(lists(host), tmp_path)


def test_lists_on_this_machine(tmp_path: Path) -> None:
    """Offline too; read again as soon as they change, and once a day."""
    folder = lay_out(tmp_path / "mine", exploits())
    cache = tmp_path / "cache"
    cache.mkdir()
    source = replace(EXPLOITS, url=str(folder))
    for offline in (False, True):
        (status,) = loaded([source], cache, offline=offline).statuses
        assert (status.source, status.entries) == (str(folder), 2)
    assert loaded([source], cache, now=NOW + 60).statuses[0].fetched_at == NOW
    (folder / "exploits" / "router.json").write_bytes(
        raw({"name": "New", "addresses": [{"chainId": 7, "address": THREE}]})
    )
    book = loaded([source], cache, now=NOW + 60, offline=True)
    assert book.statuses[0].fetched_at == NOW + 60
    assert book.entry(7, THREE) is not None
    later = loaded([source], cache, now=NOW + 2 * DAY, offline=True)
    assert later.statuses[0].fetched_at == NOW + 2 * DAY


def test_a_list_on_this_machine_that_goes(tmp_path: Path) -> None:
    """As one whose host does not answer."""
    path = tmp_path / "list.json"
    path.write_bytes(raw([ONE]))
    source = replace(ADDRESSES, url=str(path))
    loaded([source], tmp_path)
    path.unlink()
    book = loaded([source], tmp_path, offline=True)
    assert book.statuses[0].usable
    assert why(book).lack is Lack.FAILED
    assert why(book).reason.startswith("is refused: it cannot be read: ")


def test_the_chain_of_a_list(tmp_path: Path) -> None:
    """By each of its names, those of the configuration included."""
    path = tmp_path / "list.json"
    path.write_bytes(raw([ONE]))
    known = [Chain(id=77, name="mine", aliases=("my",))]
    for name, chain_id, chains in (("base", 8453, None), ("my", 77, known)):
        source = replace(ADDRESSES, url=str(path), chain=name)
        book = loaded([source], tmp_path, known=chains)
        assert book.entry(chain_id, ONE) is not None
        assert book.entry(1, ONE) is None
    with pytest.raises(ConfigError, match="unknown chain 'base'"):
        loaded([replace(ADDRESSES, url=str(path), chain="base")], None, known=known)


def test_no_owner_leaves(host: ScriptedServer, tmp_path: Path) -> None:
    """Looking up asks nobody, and fetching asks for the lists alone."""
    book = loaded(lists(host), tmp_path)
    for number in range(1_000):
        book.entry(1, type(ONE)(f"0x{number:040x}"))
    assert sorted(asked.path for asked in host.asked) == [
        "/drainers.json",
        "/exploits.tar.gz",
        "/whois.tar.gz",
    ]
    for asked in host.asked:
        assert asked.body == b""
        assert not [value for value in asked.headers.values() if "0x" in value]
