"""What goes out: whose headers come first, and what is fetched at all."""

from __future__ import annotations

import pytest

from allowctl.model.endpoint import Endpoint
from allowctl.net.parcel import NODE, PLACE, Parcel, guarded


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://lists.invalid/a", True),
        ("http://lists.invalid/a", False),
        ("http://127.0.0.1:1/a", True),
        ("http://127.9.9.9/a", True),
        ("http://[::1]:1/a", True),
        ("http://localhost/a", True),
        ("http://localhost.invalid/a", False),
        ("http://127.0.0.1.invalid/a", False),
        ("http://127.0.0.1@far.invalid/a", False),
        ("http://10.0.0.1/a", False),
        ("ftp://far.invalid/a", False),
        ("no address", False),
    ],
)
def test_what_is_safe_to_fetch(url: str, safe: bool) -> None:  # noqa: FBT001 - a case
    """Encrypted, or from this machine; a user name does not make a host."""
    assert guarded(url) is safe


def test_own_headers_come_first() -> None:
    """However they are spelled, a usual header does not stand beside one's own."""
    own = (("content-type", "application/x"), ("X-Key", "1"))
    endpoint = Endpoint("https://node.invalid", own)
    parcel = Parcel(endpoint=endpoint, question=b"{}", advice=NODE)
    assert parcel.headers == dict(own) | {"Accept": "application/json"}


def test_a_get_has_no_content() -> None:
    """It says nothing of a body that it does not have, and takes any kind."""
    endpoint = Endpoint("https://lists.invalid")
    parcel = Parcel(endpoint=endpoint, question=None, advice=PLACE)
    assert (parcel.method, parcel.headers) == ("GET", {"Accept": "*/*"})


@pytest.mark.parametrize(
    ("question", "status", "body", "refused"),
    [
        (b"{}", 200, b'{"error":1}', True),
        (b"{}", 200, b'{"result":1}', False),
        (b"{}", 400, b"", True),
        (None, 200, b'{"error":1}', False),
        (None, 404, b"", True),
    ],
)
def test_what_may_be_a_refusal(
    question: bytes | None,
    status: int,
    body: bytes,
    refused: bool,  # noqa: FBT001 - a case
) -> None:
    """JSON-RPC refuses in a body of status 200; a file that is fetched never does."""
    endpoint = Endpoint("https://node.invalid")
    parcel = Parcel(endpoint=endpoint, question=question, advice=NODE)
    assert parcel.refused(status, body) is refused
