"""`${VAR}` in the URL of an endpoint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.config.expand import Variables, expanded
from allowctl.errors import ConfigError

VALUES = {"KEY": "SECRET", "ETH_KEY": "SECRET", "URL": "https://a.example/SECRET"}
EVERY = Variables(values=VALUES, every=True)
FEW = Variables(values=VALUES, every=False, listed={"URL"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example/${KEY}", "https://a.example/SECRET"),
        ("${KEY}${KEY}", "SECRETSECRET"),
        ("${URL}", "https://a.example/SECRET"),
        ("$KEY $ $$ {KEY}", "$KEY $ $$ {KEY}"),
        ("$${KEY}", "${KEY}"),
        ("$$${KEY}", "$${KEY}"),
        ("$${${KEY}}", "${SECRET}"),
        ("", ""),
    ],
)
def test_variables_are_replaced(text: str, expected: str) -> None:
    """Only in braces; a doubled dollar takes the meaning away."""
    assert expanded(text, EVERY) == expected


@given(st.text(alphabet="${}A_ "), st.text(alphabet="${}A_ "))
def test_values_are_not_expanded_again(value: str, other: str) -> None:
    """What a variable holds is taken as it is."""
    variables = Variables(values={"A": value or "x", "B": other}, every=True)

    assert expanded("<${A}>", variables) == f"<{value or 'x'}>"


@given(st.text())
def test_a_text_without_marks_stays(text: str) -> None:
    """And escaping makes every text one without marks."""
    assert expanded(text.replace("${", "$${"), EVERY) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${GONE}", "the variable GONE is not set"),
        ("${EMPTY}", "the variable EMPTY is empty"),
        ("https://b.example/${URL}", "URL holds a URL, and stands in another one"),
        ("${", "${ is not followed by a variable's name and }"),
        ("${}", "${ is not followed by a variable's name and }"),
        ("${KEY", "${ is not followed by a variable's name and }"),
        ("${KEY:-x}", "${ is not followed by a variable's name and }"),
        ("${1A}", "${ is not followed by a variable's name and }"),
        ("${KEY}${", "${ is not followed by a variable's name and }"),
    ],
)
def test_what_cannot_be_expanded_is_told_without_values(
    text: str, message: str
) -> None:
    """By the variable's name only."""
    variables = Variables(values={**VALUES, "EMPTY": ""}, every=True)
    with pytest.raises(ConfigError) as refused:
        expanded(text, variables)

    assert refused.value.message == message
    assert "SECRET" not in f"{refused.value.message}{refused.value.hint}"


def test_a_found_file_sees_few_variables() -> None:
    """Those of this program and of Ethereum's tools, and those the user lists."""
    assert expanded("${ETH_KEY}", FEW) == "SECRET"
    assert expanded("${URL}", FEW) == VALUES["URL"]
    for name in ("KEY", "GONE", "eth_KEY", "XETH_KEY"):
        with pytest.raises(ConfigError) as refused:
            expanded(f"https://a.example/${{{name}}}", FEW)
        assert name in refused.value.message
        assert "set" not in refused.value.message
