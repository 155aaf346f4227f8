"""What the cache holds, for people and as allowctl.cache/v1."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from allowctl.chains.registry import chain_by_id

SCHEMA = "allowctl.cache/v1"

_KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is remembered of one chain, counted."""

    chain_id: int
    owners: int
    blocks: int
    """Covered for at least one owner."""
    logs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a cache holds, counted. Whose approvals it holds is not told."""

    size: int
    """Bytes on disk."""
    logs: int
    endpoints: int
    """Of which something was learned."""
    chains: tuple[Known, ...]


def text(path: Path, contents: Contents | None) -> str:
    """Some lines; None: there is no cache."""
    if contents is None:
        return f"there is no cache at {str(path)!a}: nothing is remembered yet\n"
    lines = [
        f"{str(path)!a}, {_size(contents.size)}",
        _count(contents.logs, "log"),
        f"what {_count(contents.endpoints, 'endpoint')} took",
    ]
    for each in contents.chains:
        name = chain_by_id(each.chain_id).name
        lines.append(
            f"  {name:<18} {_count(each.owners, 'owner'):>14} "
            f"{_count(each.blocks, 'block'):>20} {_count(each.logs, 'log'):>16}"
        )
    return "\n".join(lines) + "\n"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def document(path: Path, contents: Contents | None) -> str:
    """One JSON document with a newline at its end."""
    found: dict[str, object] = {
        "schema": SCHEMA,
        "path": str(path),
        "exists": contents is not None,
        "bytes": 0 if contents is None else contents.size,
        "logs": 0 if contents is None else contents.logs,
        "endpoints": 0 if contents is None else contents.endpoints,
        "chains": [
            {
                "chain_id": each.chain_id,
                "chain": chain_by_id(each.chain_id).name,
                "owners": each.owners,
                "blocks": each.blocks,
                "logs": each.logs,
            }
            for each in (() if contents is None else contents.chains)
        ],
    }
    return json.dumps(found, indent=2) + "\n"


def _size(count: int) -> str:
    """Bytes, as people say them."""
    if count < _KIB:
        return f"{count} bytes"
    if count < _KIB**2:
        return f"{count // _KIB:,} KiB"
    return f"{count // _KIB**2:,} MiB"
