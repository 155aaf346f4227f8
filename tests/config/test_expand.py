"""`${VAR}` in the URL of an endpoint."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.config.expand import STAND_IN, Variables, built, expanded
from allowctl.errors import ConfigError

VALUES = {"KEY": "SECRET", "ETH_KEY": "SECRET", "URL": "https://a.example/SECRET"}
EVERY = Variables(values=VALUES, every=True)
FEW = Variables(
    values={**VALUES, "ETH_RPC_URL": VALUES["URL"]},
    every=False,
    listed={"URL", "KEY", "ETH_PRIVATE_KEY", "ETH_RPC_HEADERS", "ETH_PASSWORD"},
)


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
    """Those that are made to name endpoints, and those that the user lists."""
    assert expanded("${ETH_RPC_URL}", FEW) == VALUES["URL"]
    assert expanded("${URL}", FEW) == VALUES["URL"]
    for name in ("GONE", "eth_RPC_URL", "XETH_RPC_URL", "ETH_KEY", "ETH_RPC_URLS"):
        with pytest.raises(ConfigError) as refused:
            expanded(f"https://a.example/${{{name}}}", FEW)
        assert name in refused.value.message
        assert "set" not in refused.value.message


@pytest.mark.parametrize(
    "name",
    [
        *("ETH_PRIVATE_KEY", "ETH_RPC_HEADERS", "ALLOWCTL_RPC_HEADERS"),
        *("ETH_PASSWORD", "ETH_PRIVATE_KEY_RPC_URL", "ALLOWCTL_PASSWORD_RPC_URL"),
    ],
)
def test_a_found_file_never_sees_secrets(name: str) -> None:
    """Of whatever name they are made up, and listed or not."""
    with pytest.raises(ConfigError) as refused:
        expanded(f"${{{name}}}", FEW)
    assert refused.value.message == f"{name} is not for a file that was found to expand"
    assert "put env" not in str(refused.value.hint)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("https://a.example/${KEY}", True),
        ("https://a.example?k=${KEY}", True),
        ("http://[::1]:8545/v2/${KEY}/${KEY}", True),
        ("https://${KEY}", False),
        ("https://${KEY}.a.example/", False),
        ("https://a.example${KEY}/", False),
        ("https://a.example:${KEY}/", False),
        ("https://u:${KEY}@a.example/", False),
        ("https://u@a.example/${KEY}", False),
        ("https://a.example\\${KEY}/", False),
        ("${KEY}/x", False),
        ("${KEY}://a.example/", False),
        ("https:///${KEY}", False),
    ],
)
def test_a_found_file_puts_no_variable_before_the_path(text: str, fits: bool) -> None:  # noqa: FBT001
    """A secret in a host's name is told to every resolver on the way."""
    if fits:
        assert expanded(text, FEW) == text.replace("${KEY}", "SECRET")
        return
    with pytest.raises(ConfigError, match="KEY stands before the path") as refused:
        expanded(text, FEW)
    assert "SECRET" not in f"{refused.value.message}{refused.value.hint}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example/${KEY}", "https://a.example/SECRET"),
        ("https://a.example/$${GONE}", "https://a.example/${GONE}"),
        ("https://a.example/${GONE}/${KEY}", "https://a.example/unset/SECRET"),
        ("https://a.example/?k=${EMPTY}", "https://a.example/?k=unset"),
        ("${GONE}", STAND_IN),
        ("https://${GONE}/x", STAND_IN),
        ("https://a.example:${EMPTY}/${KEY}", STAND_IN),
        ("${GONE}://a.example/${GONE}", STAND_IN),
    ],
)
def test_where_nobody_is_asked_a_variable_need_not_be_set(
    text: str, expected: str
) -> None:
    """What is known of the URL stays, to be checked."""
    values = {**VALUES, "EMPTY": ""}

    assert (
        expanded(text, Variables(values=values, every=True, unset_fits=True))
        == expected
    )


@given(st.text(alphabet="${}AB/:h"), st.dictionaries(st.sampled_from("AB"), st.text()))
def test_no_more_than_unset_variables_is_let_pass(
    text: str, values: dict[str, str]
) -> None:
    """What all variables let pass is let pass; what is set is expanded as ever."""
    loose = Variables(values=values, every=False, listed="AB", unset_fits=True)
    strict = replace(loose, unset_fits=False)
    try:
        expected = expanded(text, strict)
    except ConfigError as error:
        if not error.message.startswith("the variable "):
            with pytest.raises(ConfigError):
                expanded(text, loose)
    else:
        assert expanded(text, loose) == expected
        assert not loose.lacks(text)


def test_what_is_made_of_an_unknown_url_leads_nowhere() -> None:
    """It is built of what is known, to be checked, and then of the stand-in."""
    seen: list[str] = []

    def build(url: str) -> str:
        seen.append(url)
        return url.upper()

    loose = replace(EVERY, unset_fits=True)
    assert built("https://a.example/${KEY}", loose, "F:1: x", build) == (
        "HTTPS://A.EXAMPLE/SECRET"
    )
    assert built("https://a.example/${GONE}", loose, "F:1: x", build) == (
        STAND_IN.upper()
    )
    assert seen[1:] == ["https://a.example/unset", STAND_IN]
    with pytest.raises(ConfigError) as refused:
        built("https://a.example/${GONE}", EVERY, "F:1: x", build)
    assert refused.value.message == "F:1: x: the variable GONE is not set"
