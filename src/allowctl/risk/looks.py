"""What a token's symbol or name looks like to a person. Looks are no proof.

The look-alikes are those of Unicode's list of confusable characters (UTS #39) that
stand for the letters a to z in scripts which spam writes in, and small capitals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache

MOST = 256
"""Characters that are looked at: nobody reads more of a name."""
SHORTEST = 3
"""Letters below which a symbol is many tokens' own: looking like it says nothing."""

_LOOK_ALIKES = {
    "a": "\u0391\u03b1\u0410\u0430\u13aa\ua4ee\u1d00",
    "b": "\u0392\u0412\u0432\u042c\u13f4\ua4d0\u0299",
    "c": "\u03f9\u03f2\u0421\u0441\u13df\ua4da\u1d04",
    "d": "\u0501\u13a0\ua4d3\u1d05",
    "e": "\u0395\u0415\u0435\u13ac\ua4f0\u1d07",
    "f": "\u03dc\ua4dd\ua730",
    "g": "\u050c\u13c0\ua4d6\u0261\u0262",
    "h": "\u0397\u041d\u043d\u04bb\u13bb\ua4e7\u029c",
    "i": "\u0399\u03b9\u0406\u0456\u04c0\ua4f2\u0131\u026a",
    "j": "\u037f\u03f3\u0408\u0458\u13ab\ua4d9\u1d0a",
    "k": "\u039a\u03ba\u041a\u043a\u13e6\ua4d7\u1d0b",
    "l": "\u04cf\u13de\ua4e1\u029f",
    "m": "\u039c\u041c\u043c\u13b7\ua4df\u1d0d",
    "n": "\u039d\ua4e0\u0274",
    "o": "\u039f\u03bf\u041e\u043e\u0555\u0585\ua4f3\u1d0f",
    "p": "\u03a1\u03c1\u0420\u0440\u13e2\ua4d1\u1d18",
    "q": "\u051a\u051b\ua7af",
    "r": "\u13a1\u13d2\ua4e3\u0280",
    "s": "\u0405\u0455\u054f\u13d5\u13da\ua4e2\ua731",
    "t": "\u03a4\u03c4\u0422\u0442\u13a2\ua4d4\u1d1b",
    "u": "\u03c5\u054d\u057d\ua4f4\u1d1c",
    "v": "\u03bd\u0474\u0475\u13d9\ua4e6\u1d20",
    "w": "\u051c\u051d\u13b3\u13d4\ua4ea\u1d21",
    "x": "\u03a7\u0425\u0445\ua4eb",
    "y": "\u03a5\u03b3\u0423\u0443\u04ae\u04af\u13a9\u13bd\ua4ec\u028f",
    "z": "\u0396\u13c3\ua4dc\u1d22",
    ".": "\u3002",
}
_LATIN = {ord(each): letter for letter, alike in _LOOK_ALIKES.items() for each in alike}
_UNSEEN = {"Cc", "Cf", "Cs", "Me", "Mn"}
"""Controls, zero-width and bidi marks, halves of pairs, accents."""
_FILLERS = "\u115f\u1160\u2800\u3164"
"""Letters and a symbol that are drawn as nothing."""
_TURNED = "\u202e"
"""From here on the text is shown backwards."""

_ENDINGS = (
    "ai app art biz bond cash cc cf cfd claims click club cn co com dev eu events "
    "exchange fi finance financial fun fund ga game games gg gift gifts gl gq icu "
    "info io is life link live lol market me ml money monster net network online "
    "org page pro promo pw quest rewards ru sbs shop site space store su tech tk to "
    "today top trade trading tv us vip web website win world ws wtf xyz"
)
"""Ends of web addresses that names are seen with; not .eth, which is an ENS name."""


class Bait(StrEnum):
    """What in a text leads people to a web page, or makes them want to go there."""

    LINK = "a link"
    ADDRESS = "a web address"
    AIRDROP = "the word airdrop"
    CLAIM = "the word claim"
    VISIT = "the word visit"
    REWARD = "the word reward"
    GIFT = "the promise of a gift"
    MONEY = "a sum of money"

    @property
    def leads(self) -> bool:
        """Whether it says where to go; else it says what for."""
        return self in {Bait.LINK, Bait.ADDRESS}


# Each looks back one character at the most: a hostile name costs its length.
_BAITS: Mapping[Bait, re.Pattern[str]] = {
    Bait.LINK: re.compile(r"://|\bwww\."),
    Bait.ADDRESS: re.compile(rf"(?<=[\w-])\.(?:{'|'.join(_ENDINGS.split())})(?![\w-])"),
    Bait.AIRDROP: re.compile(r"air ?drop"),
    Bait.CLAIM: re.compile(r"\bclaim"),
    Bait.VISIT: re.compile(r"\bvisit\b"),
    Bait.REWARD: re.compile(r"\breward"),
    Bait.GIFT: re.compile(r"\b(?:bonus|giveaway|voucher|free mint)"),
    Bait.MONEY: re.compile(r"\$ ?\d|\$ \w|\d ?\$"),
}


def skeleton(text: str) -> str:
    """What a text looks like: equal for two that a person may take for each other.

    Compatibility forms (NFKD), accents, what cannot be seen, look-alikes of other
    scripts, case and width of blanks make no difference; digits do. Of the first
    MOST characters.
    """
    return _folded(text[:MOST])


def baits(text: str) -> tuple[Bait, ...]:
    """What a text holds of that, by its look; backwards too where it is turned."""
    looks = [skeleton(text)]
    if _TURNED in text[:MOST]:
        looks.append(skeleton(text)[::-1])
    return tuple(
        bait for bait, pattern in _BAITS.items() if any(map(pattern.search, looks))
    )


def by_look(symbols: Iterable[str]) -> dict[str, str]:
    """Symbols of known tokens, to be found by what looks like them."""
    found: dict[str, str] = {}
    for symbol in symbols:
        found.setdefault(_letters(symbol), symbol)
    return {look: symbol for look, symbol in found.items() if len(look) >= SHORTEST}


def imitates(
    symbol: str | None, name: str | None, known: Mapping[str, str]
) -> str | None:
    """The known symbol that an unknown token's symbol or name looks like.

    `known` is that of `by_look`. Equal counts too: anyone can call a token so.
    """
    looks = (_letters(text) for text in (symbol, name) if text)
    return next((known[look] for look in looks if look in known), None)


def alike(text: str | None, symbol: str) -> bool:
    """Whether a person may take the one for the other."""
    return bool(text) and _letters(text or "") == _letters(symbol)


def disguised(text: str | None, symbol: str) -> bool:
    """Whether a text looks like a symbol without being written so.

    Nobody does that to a token of his own.
    """
    written = (text or "").strip().casefold()
    return alike(text, symbol) and written != symbol.strip().casefold()


def _letters(text: str) -> str:
    return skeleton(text).replace(" ", "")


@lru_cache(maxsize=1_024)
def _folded(text: str) -> str:
    # Some look-alikes have a compatibility form, or another case, that looks like
    # something else: before, between and after. One character may become eighteen.
    parts = unicodedata.normalize("NFKD", text.translate(_LATIN))[:MOST]
    seen = "".join(
        " " if each.isspace() else each
        for each in parts
        if each.isspace()
        or not (each in _FILLERS or unicodedata.category(each) in _UNSEEN)
    )
    return " ".join(seen.translate(_LATIN).casefold().translate(_LATIN).split())
