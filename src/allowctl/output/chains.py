"""The known chains, for people and as allowctl.chains/v1."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence

from allowctl.chains.registry import chain_by_id
from allowctl.chains.registry import chains as table
from allowctl.model.chain import Chain
from allowctl.model.settings import ConfiguredUrl

SCHEMA = "allowctl.chains/v1"

_WIDTH = 79
_TITLES = ("name", "id", "native", "public", "aliases")


def text(chains: Sequence[Chain]) -> str:
    """A line for each; `public` is the number of its public endpoints."""
    lines = [_row(*_TITLES)]
    for each in chains:
        more = [*each.aliases]
        if each.testnet:
            more.append("(testnet)")
        if _configured(each):
            more.append(f"({_configured(each)} configured)")
        row = _row(each.name, str(each.id), each.native_symbol, str(_public(each)), "")
        lines += textwrap.wrap(
            row + " ".join(more),
            _WIDTH,
            subsequent_indent=" " * len(row),
            drop_whitespace=False,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(line.rstrip() for line in lines) + "\n"


def document(chains: Sequence[Chain]) -> str:
    """One JSON document with a newline at its end."""
    found = [
        {
            "chain_id": each.id,
            "chain": each.name,
            "aliases": list(each.aliases),
            "native_symbol": each.native_symbol,
            "testnet": each.testnet,
            "explorer": each.explorer,
            "public_endpoints": _public(each),
            "configured_endpoints": _configured(each),
        }
        for each in chains
    ]
    return json.dumps({"schema": SCHEMA, "chains": found}, indent=2) + "\n"


def _row(name: str, number: str, native: str, public: str, aliases: str) -> str:
    return f"{name:<22} {number:>12}  {native:<8} {public:>6}  {aliases}"


def _public(chain: Chain) -> int:
    return len(chain_by_id(chain.id, table()).endpoints)


def _configured(chain: Chain) -> int:
    return sum(isinstance(url, ConfiguredUrl) for url in chain.endpoints)
