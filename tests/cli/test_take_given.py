"""The command lines of `revoke`, `limit` and `resume`: what is refused at once."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from allowctl import __version__
from allowctl.cli.take_values import Keys
from allowctl.errors import SignerError, UsageError
from allowctl.model.plan import Plan
from allowctl.revoke import document
from allowctl.revoke.goal import LimitTo
from tests.cli.runs import here
from tests.output.schemas import validator
from tests.revoke import making_plans
from tests.revoke.making_keys import document as keystore
from tests.revoke.making_keys import put

OWNER = "0x" + "0a" * 20
URL = ("-r", "http://127.0.0.1:1")
IDLE: list[tuple[str, ...]] = [
    (OWNER,),
    ("--from", OWNER),
    ("--from-report", "x.json"),
    ("--chain", "base"),
    ("--all-risky",),
    ("--all",),
    ("--id", "123456"),
    ("--token", OWNER),
    ("--spender", OWNER),
    ("--kind", "erc20"),
    ("--min-level", "high"),
    ("--older-than", "90d"),
    ("--include-spam",),
    ("--urgency", "fast"),
    ("--plan-out", "x.json"),
    ("--allow-incomplete", "base"),
]
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")


def plan_file(folder: Path, *plans: Plan) -> Path:
    path = folder / "plan.json"
    path.write_text(document.text(plans, __version__), "utf-8")
    return path


@pytest.mark.parametrize("options", IDLE, ids=lambda each: each[0][:14])
@pytest.mark.parametrize("what", ["revoke", "limit"])
def test_nothing_beside_a_plan_is_passed_over(
    what: str, options: tuple[str, ...]
) -> None:
    """What would have no effect is named, and refused."""
    ended = here(what, "--plan", "none.json", "--dry-run", *options)
    name = options[0] if options[0].startswith("--") else "OWNER"

    assert ended.code == 2
    assert f"{name} has no effect with --plan" in ended.err


def test_what_a_goal_says_beside_a_plan() -> None:
    """The plan says it already."""
    cancels = here("revoke", "--plan", "none.json", "--cancel-signatures")
    assert "--cancel-signatures has no effect with --plan" in cancels.err
    limits = here("limit", "--plan", "none.json", "--to", "5")
    assert "--to has no effect with --plan" in limits.err
    assert (cancels.code, limits.code) == (2, 2)


def test_variables_are_not_meant_for_a_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A chain or an account of the environment is there for all runs."""
    monkeypatch.setenv("ETH_FROM", OWNER)
    monkeypatch.setenv("ALLOWCTL_CHAIN", "base")
    ended = here("revoke", "--plan", "none.json", "--dry-run")
    assert "cannot read 'none.json'" in ended.err


def test_a_limit_carries_out_no_plan_that_revokes(tmp_path: Path) -> None:
    """One that lowers is taken up: then it wants an endpoint."""
    row = making_plans.erc20(1, 1_000)
    revokes = plan_file(tmp_path, making_plans.plan(row))
    ended = here("limit", "--plan", str(revokes), "--dry-run", *URL)
    assert ended.code == 2
    assert "the plan revokes" in ended.err
    assert here("revoke", "--plan", str(revokes), "--dry-run", *URL).code == 3

    lowers = plan_file(tmp_path, making_plans.plan(row, goal=LimitTo("5 units")))
    assert here("limit", "--plan", str(lowers), "--dry-run", *URL).code == 3


def test_a_plan_that_cancels_is_no_limit(tmp_path: Path) -> None:
    """No limit makes one."""
    child = making_plans.child(1)
    path = plan_file(tmp_path, making_plans.plan(child, cancel=lambda: 4_096))
    ended = here("limit", "--plan", str(path), "--dry-run", *URL)
    assert "the plan revokes" in ended.err


def test_what_is_no_id_is_told_before_the_scan() -> None:
    """Exit 2, though no endpoint is there."""
    ended = here("revoke", OWNER, "--dry-run", "--id", "xyz", *URL)
    assert ended.code == 2
    assert "fingerprint" in ended.err


def test_an_endpoint_that_is_not_there() -> None:
    """Exit 3 with its host: nobody knows whether there is such an id."""
    for where in ((), ("--chain", "base")):
        ended = here("revoke", OWNER, "--dry-run", "--id", "123456", *URL, *where)
        assert ended.code == 3
        assert "nothing was read: 127.0.0.1" in ended.err
        assert "incomplete: " in ended.err
        assert "has the id" not in ended.err


def keys(path: Path, *, insecure: bool = False) -> Keys:
    return Keys(
        keystore=path,
        account=None,
        password_file=Path("unread"),
        password_fd=None,
        password_credential=None,
        password_keyring=False,
        insecure_permissions=insecure,
    )


@posix
def test_a_keystore_is_looked_at_before_the_scan(tmp_path: Path) -> None:
    """What lstat tells is told early; what is in the file is not looked at."""
    keys(put(tmp_path / "any", "no keystore")).key().check()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "any")
    put(tmp_path / "read", "", 0o644)
    for name in ("none", "fifo", "link", "read", "."):
        with pytest.raises(SignerError):
            keys(tmp_path / name).key().check()
    keys(tmp_path / "read", insecure=True).key().check()

    ended = here("revoke", OWNER, "--all", "-y", "--keystore", "none", *URL)
    assert ended.code == 2
    assert "none: cannot be read" in ended.err


def test_a_keystore_without_an_address(tmp_path: Path) -> None:
    """It cannot say whose approvals are meant: that is what is told."""
    made = keystore()
    made.pop("address", None)
    path = put(tmp_path / "keystore", made)
    password = put(tmp_path / "password", "x")
    options = ("--keystore", str(path), "--password-file", str(password), "-y")
    ended = here("revoke", "--all", *options, *URL)

    assert ended.code == 2
    assert "the keystore names no address" in ended.err


@pytest.mark.parametrize("what", ["revoke", "limit", "resume"])
def test_help_says_which_configuration_is_followed(what: str) -> None:
    """What signs follows none that is merely found."""
    out = " ".join(here(what, "--help").out.replace("│", " ").split())
    assert "One that is merely found is not followed" in out
    assert "found upwards from here" not in out


def test_resume_with_nothing_open(tmp_path: Path) -> None:
    """One sentence on stderr; stdout is empty, or an empty document."""
    ended = here("resume")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "nothing is open: every run has come to its end\n"

    ended = here("resume", "--json")
    found = json.loads(ended.out)
    validator("outcome").validate(found)
    assert (ended.code, found["results"], found["complete"]) == (0, [], True)

    file = tmp_path / "outcome.json"
    assert here("resume", "-o", str(file)).out == ""
    assert json.loads(file.read_text("utf-8"))["results"] == []


def test_no_hint_at_what_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """`resume` has no --dry-run."""
    from allowctl.cli import ask  # noqa: PLC0415 - beside what it is about

    monkeypatch.setattr(sys, "__stdin__", None)
    for hint, there in ((ask.HINT, True), (ask.NO_DRY_RUN, False)):
        with pytest.raises(UsageError) as told:
            ask.need_terminal(yes=False, hint=hint)
        assert ("--dry-run" in (told.value.hint or "")) is there
