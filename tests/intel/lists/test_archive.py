"""Archives: read whole within their bounds, or refused."""

from __future__ import annotations

import contextlib
import gzip
import io
import random
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import CodecError
from allowctl.intel.lists import archive
from allowctl.intel.lists.tree import LARGEST_FILE, Files
from allowctl.model.sources import ListFormat
from tests.intel.lists.making import ONE, exploits, spenders, tar, tar_gz, zipped

CASES = ListFormat.EXPLOITS
PACKERS: list[Callable[..., bytes]] = [tar_gz, zipped]


def read(body: bytes, layout: ListFormat = CASES) -> Files:
    assert archive.is_archive(body)
    return archive.read(body, layout)


def below(files: Files, top: str = "list-abc123/") -> Files:
    return {top + path: content for path, content in files.items()}


@pytest.mark.parametrize("pack", PACKERS)
def test_what_belongs_to_the_list(pack: Callable[..., bytes]) -> None:
    """The list's own files, with one folder above or none; nothing else."""
    more = {"package.json": b"{}", "a/b/exploits/x.json": b"{}", "exploits/x.txt": b""}
    for top in ("list-abc123/", ""):
        assert read(pack(exploits() | more, top=top)) == below(exploits(), top)
        found = read(pack(spenders() | exploits(), top=top), ListFormat.WHOIS)
        assert found == below(spenders(), top)
    assert read(pack(spenders()), ListFormat.ADDRESSES) == {}


@pytest.mark.parametrize("length", [95, 160])
def test_long_names(length: int) -> None:
    """Those for which tar has headers of their own."""
    name = f"exploits/{'n' * length}.json"
    assert name in below(read(tar_gz({name: b"{}"}, top="")), "")


@pytest.mark.parametrize("part", [4, 20, 200, -1, -8, -9, -100])
@pytest.mark.parametrize("pack", PACKERS)
def test_cut_off(pack: Callable[..., bytes], part: int) -> None:
    """Wherever it ends too early, no part of it is taken for the whole."""
    with pytest.raises(CodecError, match="is an archive that"):
        read(pack(exploits())[:part])


def test_a_tar_cut_off_between_two_files() -> None:
    """Its gzip is sound: that it lacks its end gives it away."""
    whole = tar(exploits(), top="")
    headers = [
        index for index in range(0, len(whole), 512) if whole[index:].startswith(b"exp")
    ]
    for index in headers:
        with pytest.raises(CodecError, match="does not end as one"):
            read(gzip.compress(whole[:index]))
    assert len(headers) == 2


def test_a_changed_byte() -> None:
    """The checksums of both formats stand against it."""
    chance = random.Random(7)  # noqa: S311 - the same bytes each time
    for pack in PACKERS:
        sound = pack(exploits())
        good = archive.read(sound, CASES)
        for _ in range(200):
            body = bytearray(sound)
            body[chance.randrange(4, len(body))] ^= 1 << chance.randrange(8)
            try:
                found = archive.read(bytes(body), CASES)
            except CodecError:
                continue
            assert found.items() <= good.items()


@pytest.mark.parametrize(
    "name", ["../exploits/x.json", "/exploits/x.json", "a/../../exploits/x.json"]
)
@pytest.mark.parametrize("pack", PACKERS)
def test_paths_that_lead_out(pack: Callable[..., bytes], name: str) -> None:
    """Nothing is put on disk, and whoever packs such a thing is not believed."""
    with pytest.raises(CodecError, match="leads out of it"):
        read(pack(exploits() | {name: b"{}"}, top=""))


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.FIFOTYPE,
        tarfile.CHRTYPE,
        tarfile.DIRTYPE,
    ],
)
def test_no_plain_file_in_a_tar(kind: bytes) -> None:
    """A link in a file's place is refused, and elsewhere it is passed over."""
    for name, refused in (("exploits/a.json", True), ("docs/a.json", False)):
        odd = tarfile.TarInfo(f"list-abc123/{name}")
        odd.type, odd.linkname = kind, "/etc/passwd"
        body = tar_gz(exploits(), odd)
        if refused:
            with pytest.raises(CodecError, match="no plain file"):
                read(body)
        else:
            assert read(body) == below(exploits())


def test_a_link_in_a_zip() -> None:
    """The same."""
    packed = io.BytesIO(zipped(exploits()))
    with zipfile.ZipFile(packed, "a") as opened:
        link = zipfile.ZipInfo("list-abc123/exploits/a.json")
        link.external_attr = 0o120777 << 16
        opened.writestr(link, "/etc/passwd")
    with pytest.raises(CodecError, match="no plain file"):
        read(packed.getvalue())


@pytest.mark.parametrize("pack", PACKERS)
def test_a_file_that_is_too_large(pack: Callable[..., bytes]) -> None:
    """Exactly the bound is taken."""
    fits = {"exploits/a.json": bytes(LARGEST_FILE)}
    assert len(read(pack(fits, top=""))["exploits/a.json"]) == LARGEST_FILE
    with pytest.raises(CodecError, match="which has 262,145 bytes"):
        read(pack({"exploits/a.json": bytes(LARGEST_FILE + 1)}, top=""))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("pack", [tar, zipped])
def test_a_file_twice(pack: Callable[..., bytes]) -> None:
    """Nobody knows which one is meant."""
    if pack is zipped:
        packed = io.BytesIO(zipped(exploits(), top=""))
        with zipfile.ZipFile(packed, "a") as opened:
            opened.writestr("index.json", b"[]")
        body = packed.getvalue()
    else:
        odd = tarfile.TarInfo("index.json")
        body = tar_gz(exploits(), odd, top="")
    with pytest.raises(CodecError, match=r"'index\.json' twice"):
        read(body)


def test_a_bomb() -> None:
    """A little that unfolds to 256 MiB is refused before it has."""
    odd = tarfile.TarInfo("padding.bin")
    header = odd.tobuf(tarfile.PAX_FORMAT)[:124] + b"%011o\0" % 2**28
    folding = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = folding.compress(tar(exploits(), top="")[:-10_240] + header + bytes(376))
    zeros = bytes(2**20)
    for _ in range(256):
        body += folding.compress(zeros)
    body += folding.flush()
    assert len(body) < 2 * 2**20
    tracemalloc.start()
    try:
        with pytest.raises(CodecError):
            read(body)
        assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    finally:
        tracemalloc.stop()


def test_a_bomb_inside_one_header() -> None:
    """What a pax header says of itself is not believed either."""
    odd = tarfile.TarInfo("x")
    odd.type = tarfile.XHDTYPE
    odd.size = 2**31
    body = gzip.compress(odd.tobuf(tarfile.USTAR_FORMAT) + bytes(80 * 2**20), 9)
    with pytest.raises(CodecError):
        read(body)


def test_a_bomb_in_a_zip() -> None:
    """Many files that each fit are too much together."""
    files = {f"exploits/{n}.json": bytes(LARGEST_FILE) for n in range(300)}
    with pytest.raises(CodecError, match="one byte too far"):
        read(zipped(files))


def test_a_zip_that_lies() -> None:
    """A size in its directory that is not the content's."""
    body = bytearray(zipped({"exploits/a.json": bytes(500_000)}, top=""))
    at = body.index(b"PK\x01\x02")
    body[at + 24 : at + 28] = struct.pack("<I", 10)
    with pytest.raises(CodecError):
        read(bytes(body))


def test_an_encrypted_zip() -> None:
    """It is not asked for a password."""
    body = bytearray(zipped(exploits(), top=""))
    at = 0
    while (at := body.find(b"PK\x01\x02", at)) >= 0:
        body[at + 8] |= 1
        at += 4
    with pytest.raises(CodecError, match="cannot be read"):
        read(bytes(body))


@pytest.mark.parametrize("pack", PACKERS)
def test_too_many(pack: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that do not matter count too."""
    files = {f"docs/{n}.md": b"" for n in range(20)}
    assert read(pack(files)) == {}
    monkeypatch.setattr(archive, "MEMBERS", 20)
    with pytest.raises(CodecError, match="more than 20 files"):
        read(pack(files))


def test_a_long_end() -> None:
    """As many empty blocks as its packer likes."""
    body = gzip.compress(tar(exploits()) + bytes(500_000))
    assert read(body) == below(exploits())


def test_nothing_after_the_end() -> None:
    """A second archive behind the first would be passed over in silence."""
    body = tar_gz(exploits(), top="")
    with pytest.raises(CodecError, match="does not end as one"):
        read(body + body)


@given(st.binary(max_size=400), st.sampled_from([b"\x1f\x8b\x08", b"PK\x03\x04"]))
def test_any_bytes(tail: bytes, head: bytes) -> None:
    """Refused, and nothing else is raised."""
    with pytest.raises(CodecError):
        archive.read(head + tail, CASES)


@given(st.binary(max_size=1_500))
def test_any_tar(content: bytes) -> None:
    """The same inside sound compression."""
    body = tar({f"spenders/1/{ONE}.json": b"{}"}, top="")[:1024]
    for inside in (content, body + content, content + bytes(1024)):
        with contextlib.suppress(CodecError):
            assert archive.read(gzip.compress(inside), CASES) == {}


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where it runs nor beside anything."""
    monkeypatch.chdir(tmp_path)
    for pack in PACKERS:
        read(pack(exploits()))
    assert list(tmp_path.iterdir()) == []
