"""The demo's contracts, compiled: tools/build_contracts.mjs makes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Compiled(msgspec.Struct, frozen=True):
    abi: list[dict[str, Any]]
    bytecode: str
    runtime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One compiled contract."""

    name: str
    abi: tuple[Mapping[str, Any], ...]
    creation: bytes
    """Code that a deployment runs; the constructor's arguments go behind it."""
    runtime: bytes
    """Code as it stands on chain, with zeros where immutables go."""

    def entry(self, kind: str, name: str = "") -> Mapping[str, Any]:
        """The ABI's one entry of `kind` ("function", "constructor") called `name`.

        KeyError if there is none, or more than one.
        """
        found = [
            it
            for it in self.abi
            if it["type"] == kind and (not name or it.get("name") == name)
        ]
        if len(found) != 1:
            raise KeyError(f"{self.name}: {len(found)} entries {kind} {name}")
        return found[0]

    def deployment(self, *arguments: object) -> bytes:
        """What creates the contract: its creation code and the encoded arguments."""
        from eth_abi.abi import encode  # noqa: PLC0415 - 0.2 s, only the demo pays

        if not arguments:
            return self.creation
        inputs = self.entry("constructor")["inputs"]
        return self.creation + encode([_type(it) for it in inputs], arguments)

    def call(self, function: str, *arguments: object) -> bytes:
        """Call data: the selector and the encoded arguments."""
        from eth_abi.abi import encode  # noqa: PLC0415 - as above
        from eth_utils.crypto import keccak  # noqa: PLC0415 - as above

        types = [_type(it) for it in self.entry("function", function)["inputs"]]
        return keccak(text=f"{function}({','.join(types)})")[:4] + encode(
            types, arguments
        )


@cache
def artifacts() -> Mapping[str, Artifact]:
    """Every contract of the demo by name, as the package ships them."""
    text = resources.files("allowctl.demo").joinpath("artifacts.json").read_bytes()
    return {
        name: Artifact(
            name=name,
            abi=tuple(it.abi),
            creation=bytes.fromhex(it.bytecode[2:]),
            runtime=bytes.fromhex(it.runtime[2:]),
        )
        for name, it in msgspec.json.decode(text, type=dict[str, _Compiled]).items()
    }


def _type(entry: Mapping[str, Any]) -> str:
    """An ABI entry's canonical type: tuples are spelt out."""
    kind: str = entry["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_type(it) for it in entry['components'])}){kind[5:]}"
