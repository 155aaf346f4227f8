"""What a symbol or name looks like to a person."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.risk import looks
from allowctl.risk.looks import (
    MOST,
    Bait,
    alike,
    baits,
    by_look,
    disguised,
    imitates,
    skeleton,
)
from tests.strategies import hostile_text

SCRIPTS = {"ARMENIAN", "CHEROKEE", "CYRILLIC", "GREEK", "LATIN", "LISU"}
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u202a\u202d\u202e\u2066\u00ad\u3164\u2800\x00"
letters = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)


@pytest.mark.parametrize(
    "text",
    [
        "USDC",
        "usdc",
        "US\u200bDC",
        "\u202eUSDC",
        "USD\u0421",
        "U\u0405DC",
        "USD\u03f9",
        "\uff35\uff33\uff24\uff23",
        "\ua4f4\ua4e2\ua4d3\ua4da",
        "\u1d1c\ua731\u1d05\u1d04",
        "\U0001d414\U0001d412\U0001d403\U0001d402",
        "\xda\u015aD\u010a",
        " USDC\u3164\n",
    ],
)
def test_what_looks_alike_has_one_skeleton(text: str) -> None:
    """Other scripts, other forms, accents, and what cannot be seen."""
    assert skeleton(text) == "usdc"


@pytest.mark.parametrize("text", ["USDT", "USD", "USDC.e", "aUSDC", "CDSU", "USD0"])
def test_what_looks_different_stays_different(text: str) -> None:
    """Neighbours, derivatives and digits are no disguise."""
    assert skeleton(text) != "usdc"


def test_the_table_is_of_look_alikes() -> None:
    """Each once, none of ASCII, all of the scripts that the module names."""
    every = "".join(looks._LOOK_ALIKES.values())  # noqa: SLF001 - the table itself
    scripts = {unicodedata.name(each).split()[0] for each in every}

    assert len(set(every)) == len(every)
    assert not any(each.isascii() for each in every)
    assert scripts <= SCRIPTS | {"IDEOGRAPHIC"}


def test_small_capitals_are_the_letters_that_unicode_calls_them() -> None:
    """LATIN LETTER SMALL CAPITAL X looks like an X."""
    prefix = "LATIN LETTER SMALL CAPITAL "
    named = {chr(each): unicodedata.name(chr(each), "") for each in range(0x10000)}
    capitals = {
        each: name[-1].lower()
        for each, name in named.items()
        if name.startswith(prefix) and len(name) == len(prefix) + 1
    }

    assert len(capitals) > 20
    assert {each: skeleton(each) for each in capitals} == capitals


@given(hostile_text | st.text())
def test_a_skeleton_is_its_own(text: str) -> None:
    """What was folded folds to itself, on one line, with nothing unseen in it."""
    folded = skeleton(text)

    assert skeleton(folded)[:MOST] == folded[:MOST]
    assert folded == " ".join(folded.split())
    assert not set(folded) & set(UNSEEN)


@given(letters, st.data())
def test_what_cannot_be_seen_changes_nothing(text: str, data: st.DataObject) -> None:
    """Wherever it stands, and however often."""
    for _ in range(3):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.sampled_from(UNSEEN)) + text[at:]

    plain = "".join(each for each in text if each not in UNSEEN)
    assert skeleton(text) == plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://x.example", (Bait.LINK,)),
        ("www.usdc", (Bait.LINK,)),
        ("usdc-swap.com", (Bait.ADDRESS,)),
        ("t.me/usdc", (Bait.ADDRESS,)),
        ("usdc\u3002com", (Bait.ADDRESS,)),
        ("\u0441laim", (Bait.CLAIM,)),
        ("c\u200blaim 5", (Bait.CLAIM,)),
        ("\u202emoc.ecnanib", (Bait.ADDRESS,)),
        ("Visit usdc.xyz to CLAIM", (Bait.ADDRESS, Bait.CLAIM, Bait.VISIT)),
        ("AIR DROP: def8.io", (Bait.ADDRESS, Bait.AIRDROP)),
        ("$ USDCBonus.com", (Bait.ADDRESS, Bait.MONEY)),
        ("$5000 Reward", (Bait.REWARD, Bait.MONEY)),
        ("1000$ voucher", (Bait.GIFT, Bait.MONEY)),
    ],
)
def test_baits_are_seen(text: str, expected: tuple[Bait, ...]) -> None:
    """In whatever letters they are written."""
    assert baits(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ZRX",
        "CRO",
        "bZx",
        "crowbar",
        "Matic Token",
        "0x Protocol Token",
        "Dai Stablecoin",
        "USD\u20ae0",
        "USDC.e",
        "BTC.b",
        "wNXM.v1",
        "vitalik.eth",
        "A$AP",
        "$DOG",
        "Disclaimer",
        "Revisited",
        "Mr. Comics",
        "U.S. Dollar",
        "v1.0",
        "\u4ee3\u5e01",
    ],
)
def test_what_is_no_bait(text: str) -> None:
    """Names that real tokens have."""
    assert baits(text) == ()


def test_a_web_site_s_name_is_a_web_address() -> None:
    """Honest tokens are named so, too: what to make of it is a rule's business."""
    assert baits("yearn.finance") == baits("Curve.fi yDAI/yUSDC") == (Bait.ADDRESS,)


@given(hostile_text | st.text())
def test_nothing_is_too_odd_to_be_looked_at(text: str) -> None:
    """Whatever the text, it holds baits or none."""
    assert set(baits(text)) <= set(Bait)
    assert imitates(text, text, by_look([text])) in {text, None}


@pytest.mark.parametrize(
    "part", ["x", "a-", ".", ".c", "$ ", "air ", "\ufdfa", "\u0301", "www"]
)
def test_of_ten_megabytes_only_the_beginning_is_looked_at(part: str) -> None:
    """So that no text costs more than a name does."""
    text = part * (10_000_000 // len(part))
    assert baits(text) == baits(text[:MOST])


def test_a_known_symbol_is_found_by_its_looks() -> None:
    """The symbol, else the name; what is written the same counts too."""
    known = by_look(["USDC", "DAI", "T", "G2"])

    assert imitates("USDC", None, known) == "USDC"
    assert imitates("US DC", None, known) == "USDC"
    assert imitates("XYZ", "D\u0410I", known) == "DAI"
    assert imitates("XYZ", "Dai Stablecoin", known) is None
    assert imitates(None, None, known) is None


@pytest.mark.parametrize("symbol", ["T", "G2", "\u0422"])
def test_short_symbols_are_anybody_s(symbol: str) -> None:
    """One or two letters are the symbol of many tokens."""
    assert imitates(symbol, None, by_look(["T", "G2"])) is None


def test_an_empty_look_is_nobody_s() -> None:
    """What is drawn as nothing does not look like what is drawn as nothing."""
    assert imitates("\u200b", "\u3164", by_look(["", "\u200b\u200c\u200d"])) is None


@pytest.mark.parametrize("text", ["USDC", "usdc", " USDC\n"])
def test_the_same_letters_are_no_disguise(text: str) -> None:
    """Anybody may call a token so, and some do with good reason."""
    assert alike(text, "USDC")
    assert not disguised(text, "USDC")


@pytest.mark.parametrize("text", ["USD\u0421", "US\u200bDC", "U SDC", "\uff35SDC"])
def test_other_letters_are_a_disguise(text: str) -> None:
    """Nobody does that to a token of his own."""
    assert alike(text, "USDC")
    assert disguised(text, "USDC")


@pytest.mark.parametrize("text", [None, "", "USDT", "\u200b"])
def test_what_looks_different_is_no_disguise(text: str | None) -> None:
    """Nor is nothing at all."""
    assert not alike(text, "USDC")
    assert not disguised(text, "USDC")
