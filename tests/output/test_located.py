"""Files as they are told of elsewhere: from the root, and no path of this machine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from allowctl.model.evaluation import Evaluation
from allowctl.model.place import Place
from allowctl.output import check_markdown, check_table, github, junit, located
from allowctl.output.table import Screen
from tests.policy.making import FILE, ROOT, evaluation, violation


@pytest.mark.parametrize(
    ("file", "root", "shown"),
    [
        ("/repo/ops/allowctl.toml", "/repo", "ops/allowctl.toml"),
        ("/repo/allowctl.toml", "/repo/", "allowctl.toml"),
        ("/elsewhere/me/allowctl.toml", "/repo", "allowctl.toml"),
        ("/repository/allowctl.toml", "/repo", "allowctl.toml"),
        ("/repo/../elsewhere/me/allowctl.toml", "/repo", "allowctl.toml"),
        ("/repo/ops/allowctl.toml", "", "allowctl.toml"),
        ("", "/repo", ""),
    ],
)
def test_inside(file: str, root: str, shown: str) -> None:
    """The path from the root; of what stands outside of it, the name."""
    assert located.inside(file, root) == shown


@pytest.mark.parametrize(
    ("of", "shown"),
    [
        (Place(file="/repo/a.toml", line=3, key="policy"), "a.toml:3: policy"),
        (Place(file="/repo/a.toml", line=3), "a.toml:3"),
        (Place(file="--fail-on", line=0), "--fail-on"),
        (Place(file="", key="policy.fail_on"), "policy.fail_on"),
        (Place.by_default("/repo/a.toml", "policy.x"), "a.toml: policy.x (default)"),
        (Place.by_default("/me/a.toml", "policy.x"), "a.toml: policy.x (default)"),
        (Place.by_default("", "policy.x"), "policy.x (default)"),
        (Place(file="", line=0, key="baseline"), "baseline"),
    ],
)
def test_place(of: Place, shown: str) -> None:
    """Line and key where there are any; an option as it is, a default as one."""
    assert located.place(of, "/repo") == shown


def test_its_own_words() -> None:
    """The same, with the whole path."""
    assert str(Place(file="/repo/a.toml", line=3, key="policy")) == (
        "/repo/a.toml:3: policy"
    )
    assert str(Place.by_default("/repo/a.toml", "policy.fail_on")) == (
        "/repo/a.toml: policy.fail_on (default)"
    )


@pytest.mark.parametrize(
    "render",
    [
        check_markdown.render,
        github.annotations,
        junit.render,
        lambda of, root: check_table.render(of, Screen(width=100), root),
    ],
    ids=["markdown", "github", "junit", "table"],
)
def test_a_default_is_no_line(render: Callable[[Evaluation, str], str]) -> None:
    """Nobody is sent to a line that says something else."""
    default = Place.by_default(FILE, "policy.fail_on")
    told = render(evaluation(violation(where=default)), ROOT).replace("\\", "")
    assert "ops/allowctl.toml: policy.fail_on (default)" in told
    assert "toml:1" not in told
    assert "toml:0" not in told
