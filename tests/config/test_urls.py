"""Addresses in a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.config.urls import list_url
from allowctl.errors import ConfigError
from tests.strategies import hostile_text

HERE = Path("/folder/of/the/file")


@pytest.mark.parametrize(
    "url",
    [
        "https://lists.example/a.json",
        "https://user:key@lists.example:8443/?token=x",
        "HTTPS://lists.example",
        "http://localhost:8000/list.json",
        "http://127.0.0.1/list.json",
        "http://127.1.2.3/list.json",
        "http://[::1]:80/list.json",
        "file:///var/lists/a.json",
        "file://localhost/var/lists/a.json",
    ],
)
def test_an_address_stays_as_it_is(url: str) -> None:
    """Whoever fetches it reads it the same way."""
    assert list_url(url, HERE, "PLACE") == url


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("list.json", HERE / "list.json"),
        ("../lists", HERE / "../lists"),
        ("/var/lists", Path("/var/lists")),
        ("~/lists", Path("/home-of-mine/lists")),
        ("with space.json", HERE / "with space.json"),
    ],
)
def test_a_path_is_taken_from_the_folder_of_the_file(
    text: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the command is run."""
    monkeypatch.setenv("HOME", "/home-of-mine")

    assert list_url(text, HERE, "PLACE") == str(path)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://lists.example/",
        "http://localhost.example/",
        "http://127.0.0.1.example/",
        "http://10.0.0.1/",
        "http:///list.json",
        "https://",
        "https://a b.example/",
        "https://ex\u0430mple.org/",
        "https://a.example:port/",
        "ftp://a.example/",
        "javascript://a.example/",
        "://a.example",
        "file://",
        "file:///",
        "file://other.example/list",
        "file:///list?x=1",
        "file://[::1/x",
        "~nobody-of-that-name/list",
        "list\x00.json",
        "list\n.json",
        "\u202elist",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    """A list fetched in the clear could be anybody's."""
    with pytest.raises(ConfigError, match=r"^PLACE is no https:// address"):
        list_url(url, HERE, "PLACE")


@given(hostile_text | st.text())
def test_any_text_is_an_address_or_an_error_that_does_not_repeat_it(text: str) -> None:
    """Nor does the repr show more than the host of an address on the web."""
    marked = f"{text}SECRET{text}"
    for each in (marked, f"https://a.example/{marked}", f"https://{marked}"):
        shown = ""
        try:
            shown = repr(list_url(each, HERE, "PLACE"))
        except ConfigError as error:
            shown = f"{error.message}{error.hint}"

        assert "SECRET" not in shown or "://" not in each
        assert shown.isprintable()
