"""What tokens and spenders are called, in as much room as there is."""

from __future__ import annotations

from allowctl.codec.shown import LONGEST, plain, quoted
from allowctl.codec.words import checksum
from allowctl.model.chain import Address
from allowctl.model.facts import SpenderFacts, SpenderKind, TokenFacts

NO_SYMBOL = "(no symbol)"
BUNDLED = "bundled"
"""The list that is in the package."""
_LABEL = 40
_SHORTEST = 6
"""Characters below which the rest of a name tells nothing."""

_KINDS = {
    SpenderKind.CONTRACT: "",
    SpenderKind.EOA: "EOA",
    SpenderKind.DELEGATED_EOA: "EOA+code",
    SpenderKind.UNUSED: "no code",
    SpenderKind.GONE: "code gone",
    SpenderKind.UNKNOWN: "not read",
}


def token_name(token: TokenFacts, longest: int = LONGEST) -> str:
    """The symbol; in quotes where it is the token's own word alone."""
    symbol = token.symbol or ""
    if not symbol.strip():
        return NO_SYMBOL
    return plain(symbol, longest) if token.known else quoted(symbol, longest)


def label_text(text: str, source: str | None) -> str:
    """A label; in quotes where it is a list's word, and not the bundled table's."""
    return plain(text, _LABEL) if source == BUNDLED else quoted(text, _LABEL)


def spender_name(spender: SpenderFacts) -> str:
    """What it is, where it is no plain contract, and what others call it."""
    label = spender.label
    said = "" if label is None else label_text(label.text, label.source)
    return ": ".join(filter(None, (_KINDS[spender.kind], said)))


def spender(facts: SpenderFacts, room: int) -> str:
    """Its name, as much as there is room for, and its short address."""
    return _with(spender_name(facts), short(facts.address), room)


def spender_whole(facts: SpenderFacts, room: int) -> str:
    """Its address to be copied, and as much of its name as there is room for."""
    address = checksum(facts.address)
    name = cut(spender_name(facts), room - len(address) - 1)
    return f"{address} {name}".rstrip()


def short(address: Address) -> str:
    """An address's ends, to tell it from its neighbours; never to be copied."""
    whole = checksum(address)
    return f"{whole[:6]}...{whole[-4:]}"


def cut(text: str, longest: int) -> str:
    """The text, or its beginning; nothing where that would be too little.

    Quotes that end it stay: what is in them is somebody's own word.
    """
    if len(text) <= longest:
        return text
    end = '..."' if text.endswith('"') else "..."
    return text[: longest - len(end)].rstrip() + end if longest >= _SHORTEST else ""


def _with(name: str, address: str, room: int) -> str:
    return f"{cut(name, room - len(address) - 1)} {address}".lstrip()
