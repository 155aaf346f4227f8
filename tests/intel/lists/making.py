"""Small lists of made-up cases, laid out as the real ones, and archives of them."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from allowctl.model.chain import Address
from allowctl.model.lists import Charge
from allowctl.model.sources import ListFormat, ListSource
from tests.fakes.server import Answer, Asked, Raw
from tests.nodes.jsonrpc import Json

NOW = 1_790_000_000
MIXED = "0xAbCdEf0000000000000000000000000000000001"
"""An address as people write it."""
ONE = Address(MIXED.lower())
TWO = Address("0x" + "22" * 20)
THREE = Address("0x" + "33" * 20)

EXPLOITS = ListSource(id="exploits", format=ListFormat.EXPLOITS, url="/nowhere")
WHOIS = ListSource(id="whois", format=ListFormat.WHOIS, url="/nowhere")
ADDRESSES = ListSource(
    id="drainers",
    format=ListFormat.ADDRESSES,
    url="/nowhere",
    charge=Charge.BLOCKED,
)
LABELS = replace(ADDRESSES, id="labels", charge=None)


def raw(value: Json) -> bytes:
    return json.dumps(value).encode()


def case(name: str = "Bridge Hack", **more: Json) -> bytes:
    places = [{"chainId": 1, "address": MIXED}, {"chainId": 56, "address": TWO}]
    return raw({"name": name, "date": "2024-02-29", "addresses": places} | more)


def exploits() -> dict[str, bytes]:
    """Two cases; one address stands in both."""
    return {
        "index.json": raw(["bridge", "router"]),
        "exploits/bridge.json": case(amount=1.5, metaArticleUrls=["https://x.invalid"]),
        "exploits/router.json": case(
            "Router Hack", fixed=True, addresses=[{"chainId": 1, "address": ONE}]
        ),
    }


def spenders() -> dict[str, bytes]:
    """A name alone, a drained one, a deprecated one, and one of which is nothing."""
    factors = [
        {"type": "exploit", "source": "whois", "data": "Vault Hack"},
        {"type": "proxy", "source": "elsewhere"},
    ]
    folder = "data/manual/spenders"
    return {
        f"{folder}/1/{MIXED}.json": raw({"name": "Swap", "label": "Swap: Router 2"}),
        f"{folder}/1/{TWO}.json": raw({"name": "Vault", "riskFactors": factors}),
        f"{folder}/10/{THREE}.json": raw(
            {"name": "Old", "riskFactors": [{"type": "deprecated", "source": "whois"}]}
        ),
        f"{folder}/1/{THREE}.json": raw({"riskFactors": []}),
    }


def tar(
    files: Mapping[str, bytes],
    *odd: tarfile.TarInfo,
    top: str = "list-abc123/",
) -> bytes:
    """As GitHub packs a repository: below one folder, its commit in a pax header."""
    packed = io.BytesIO()
    headers = {"comment": "ab" * 20}
    with tarfile.open(fileobj=packed, mode="w", pax_headers=headers) as archive:
        for path, content in {"README.md": b"Read me.", **files}.items():
            info = tarfile.TarInfo(top + path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in odd:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return packed.getvalue()


def tar_gz(
    files: Mapping[str, bytes],
    *odd: tarfile.TarInfo,
    top: str = "list-abc123/",
) -> bytes:
    return gzip.compress(tar(files, *odd, top=top))


def zipped(files: Mapping[str, bytes], top: str = "list-abc123/") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir(top)
        for path, content in files.items():
            archive.writestr(top + path, content)
    return packed.getvalue()


def lay_out(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The same on disk."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def serving(files: Mapping[str, bytes | Raw]) -> Answer:
    """A host with these files at its root, and 404 for all else."""

    def answer(asked: Asked) -> Raw:
        found = files.get(asked.path.partition("?")[0].lstrip("/"))
        if found is None:
            return Raw(status=404, body=b"<html>no such page</html>")
        return found if isinstance(found, Raw) else Raw(body=found)

    return answer
