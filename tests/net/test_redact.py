"""Which parts of an endpoint are taken for keys, and masked in replies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.endpoint import Endpoint
from allowctl.net.redact import hidden_words, secrets, without

KEY = "0123456789abcdef"
keys = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=8, max_size=40)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"https://host/v3/{KEY}", [KEY]),
        (f"https://host/?a=b&key={KEY}", [KEY]),
        (f"https://someone:{KEY}@host/", [KEY]),
        (f"https://{KEY}@host/", [KEY]),
        ("https://host/a%2Dkey%2Dto%2Dhide", ["a%2Dkey%2Dto%2Dhide", "a-key-to-hide"]),
        ("https://host/v3/rpc?net=main", []),
        ("https://long-host-name.example", []),
        ("https://host/0x" + "ab" * 20, []),
    ],
)
def test_secrets(url: str, expected: list[str]) -> None:
    """Long parts of path, query and user are; short words and addresses are not."""
    assert [each.decode() for each in secrets(Endpoint(url))] == expected


def test_header_values() -> None:
    """What stands in a header is a secret, word by word."""
    endpoint = Endpoint("https://host", (("Authorization", f"Bearer {KEY}"),))
    assert secrets(endpoint) == (KEY.encode(),)


@given(key=keys, before=st.binary(), after=st.binary())
def test_masked_wherever_it_stands(key: str, before: bytes, after: bytes) -> None:
    """No reply holds the key any more, and nothing else of it is lost."""
    hidden = secrets(Endpoint(f"https://host/{key}"))
    masked = without(before + b"|" + key.encode() + b"|" + after, hidden)
    assert key.encode() not in masked
    assert masked.endswith(after) or key.encode() in after


@given(body=st.binary())
def test_honest_replies_are_untouched(body: bytes) -> None:
    """A reply without the key is passed on byte by byte."""
    hidden = secrets(Endpoint(f"https://host/{KEY}"))
    assert KEY.encode() in body or without(body, hidden) == body


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://host/?key=abc1234", "bad key ABC1234"),
        ("https://user:pw1@host/", "pw1 is wrong"),
        ("https://user:pw1@host/", "got Basic dXNlcjpwdzE="),
        (f"https://host/v3/{KEY}", f"no project {KEY.upper()}"),
    ],
)
def test_hidden_words(url: str, said: str) -> None:
    """Short ones with a telling name, in any case, and user and password as sent."""
    masked = hidden_words(Endpoint(url)).sub("<key>", said)

    assert "<key>" in masked
    assert not any(each in masked for each in ("ABC", "pw1", "dXNl", KEY.upper()))


def test_plain_words_are_not_hidden() -> None:
    """What has no secret's name is left readable."""
    hidden = hidden_words(Endpoint("https://host/v3/rpc?net=main"))

    assert hidden.sub("<key>", "main net rpc v3") == "main net rpc v3"
