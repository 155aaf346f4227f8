"""Endpoints: usable or refused, and never printed with their keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import UsageError
from allowctl.model.endpoint import Endpoint

KEY = "s3cr3t"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (f"https://node.example/v2/{KEY}", "node.example"),
        (f"http://{KEY}:{KEY}@node.example:8545", "node.example:8545"),
        (f"https://{KEY}@node.example?key={KEY}#{KEY}", "node.example"),
        (f"http://[::1]:8545/{KEY}", "[::1]:8545"),
    ],
)
def test_an_endpoint_is_shown_as_scheme_and_host(url: str, host: str) -> None:
    """Path, query and user name may hold a key: no text of it has them."""
    endpoint = Endpoint(url, headers=(("authorization", KEY),))

    assert endpoint.host == host
    assert str(endpoint) == f"{url.partition(':')[0]}://{host}"
    assert KEY not in f"{endpoint} {endpoint!r}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "node.example",
        f"ws://node.example/{KEY}",
        f"file:///{KEY}",
        f"https:///{KEY}",
        f"https://node.example:{KEY}/",
        "https://node.example:99999/",
        f"https://[::1/{KEY}",
        f"https://{KEY}@/",
    ],
)
def test_what_is_no_endpoint_is_refused_without_repeating_it(url: str) -> None:
    """A mistyped URL holds the same key as a right one."""
    with pytest.raises(UsageError) as refused:
        Endpoint(url)

    shown = f"{refused.value} {refused.value.hint}"
    assert str(refused.value) == "an --rpc-url is no usable http:// or https:// address"
    assert KEY not in shown
    assert refused.value.__cause__ is refused.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        "https://Node.Example/x",
        "https://node.example:443",
        "https://user@NODE.example.",
    ],
)
def test_one_host_has_one_name(url: str) -> None:
    """Else one machine could confirm itself under --verify."""
    assert Endpoint(url).host == "node.example"


def test_another_port_is_another_endpoint() -> None:
    """Two nodes on one machine are two."""
    assert Endpoint("http://127.0.0.1:8545").host != Endpoint("http://127.0.0.1").host


@given(st.text(), st.text())
def test_any_text_is_an_endpoint_or_a_usage_error(front: str, back: str) -> None:
    """Nothing else is ever raised, wherever the odd characters stand."""
    for url in (front, f"https://{front}/{back}", f"https://{front}@host{back}"):
        try:
            endpoint = Endpoint(url)
        except UsageError:
            continue
        assert str(endpoint).endswith(endpoint.host)
