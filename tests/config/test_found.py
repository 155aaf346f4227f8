"""What a file that was found says on risk."""

from __future__ import annotations

import pytest

from allowctl.errors import ConfigError
from allowctl.model.sources import PriceMode
from tests.config.place import Place

A = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
FIXED = f'[prices.fixed]\n"eth:{A}" = 1\n'
PIN = f'[[pin]]\nchain = "eth"\nspender = "{A}"\ncode_hash = "0x{"12" * 32}"\n'
WEIGHTS = "[weights]\nnew_days = 1\n"
OWN_SOURCE = (
    "DIR/repo/allowctl.toml:2: prices.source: defillama is for the user's own file"
)
THIRD_PARTY = (
    "it learns which tokens you hold: a project's file cannot choose that, "
    "--prices defillama can"
)
LIST = '[[intel.list]]\nid = "x"\nformat = "whois"\nurl = "/etc/passwd"\n'


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "[intel]",
            "DIR/repo/allowctl.toml:1: intel is for the user's own file",
            "a project's file cannot say which lists are fetched and believed",
        ),
        (
            LIST,
            "DIR/repo/allowctl.toml:1: intel is for the user's own file",
            "a project's file cannot say which lists are fetched and believed",
        ),
        (
            '[prices]\nsource = "defillama"',
            OWN_SOURCE,
            THIRD_PARTY,
        ),
    ],
    ids=["an empty table", "a list", "a third party"],
)
def test_what_is_for_the_users_own_file(
    place: Place, text: str, message: str, hint: str
) -> None:
    """Refused where it was found, followed where it is named or the user's own."""
    file = place.project(text)
    with pytest.raises(ConfigError) as refused:
        place.load()
    assert place.shown(refused.value) == f"{message}\n{hint}"

    assert place.load(explicit=file).judged == ()
    file.unlink()
    place.user(text)
    assert place.load().judged == ()


@pytest.mark.parametrize(
    ("text", "judged"),
    [
        ("", ()),
        ("[weights]\n[prices]", ()),
        (WEIGHTS, ("weights",)),
        ("[weights.points]\na-rule = 1", ("weights",)),
        ('[prices]\nsource = "none"', ("prices",)),
        (FIXED, ("prices",)),
        (PIN, ("pinned code",)),
        (PIN + FIXED + WEIGHTS, ("weights", "prices", "pinned code")),
    ],
)
def test_what_it_is_followed_in_is_told(
    place: Place, text: str, judged: tuple[str, ...]
) -> None:
    """It can change what is found: a person has to hear of it."""
    place.user(WEIGHTS + FIXED + PIN)
    file = place.project(text)

    assert place.load().judged == judged
    assert place.load(explicit=file).judged == ()


def test_it_can_ask_for_less(place: Place) -> None:
    """Nobody learns anything by that."""
    place.user('[prices]\nsource = "defillama"')
    place.project('[prices]\nsource = "onchain"')

    assert place.load().prices.mode is PriceMode.ONCHAIN
