"""What is known of tokens."""

from __future__ import annotations

import pytest

from tests import build


@pytest.mark.parametrize(
    ("interfaces", "ambiguous"),
    [
        ((), False),
        (("erc20",), False),
        (("erc721", "erc1155"), False),
        (("erc20", "erc1155"), False),
        (("erc20", "erc721"), True),
        (("erc721", "erc1155", "erc20"), True),
    ],
)
def test_a_token_is_ambiguous_when_it_answers_as_both(
    *, interfaces: tuple[str, ...], ambiguous: bool
) -> None:
    """One `approve` may then mean an amount or an item (ERC-404)."""
    assert build.token_facts(interfaces=interfaces).ambiguous is ambiguous
