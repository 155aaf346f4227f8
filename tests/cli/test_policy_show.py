"""`allowctl policy show`: what holds, from where, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.runs import command, finished, here
from tests.output.schemas import strict

TEXT = """\
[chains.ethereum]
rpc = [
  "https://user:k3y@node.example/k3y?k3y",
  "${ALLOWCTL_RPC_URL_X}",
  "${ETH_RPC_URL_Y}",
]

[policy]
fail_on = "medium"
max_age = "180d"

[[wallet]]
name = "treasury"
address = "0x0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
chains = ["ethereum"]

[[allow]]
wallet = "treasury"
spender = "base:0x5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"
reason = "settlement"
expires = 2020-01-31
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is found from the folder in which the run stands."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "ops").mkdir()
    monkeypatch.chdir(tmp_path / "ops")
    monkeypatch.setenv("ETH_RPC_URL_Y", "https://other.example/k3y")
    monkeypatch.delenv("ALLOWCTL_RPC_URL_X", raising=False)
    path = tmp_path / "ops" / "allowctl.toml"
    path.write_text(TEXT, "utf-8")
    path.chmod(0o644)
    return path


def test_for_people(file: Path) -> None:
    """Each thing with its line; of endpoints the host alone."""
    ended = here("policy", "show")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == f"{file} (found from where you stand)"
    said = [" ".join(line.split()) for line in lines]
    assert "fail_on medium (ops/allowctl.toml:9)" in said
    assert "max_age 180d (ops/allowctl.toml:10)" in said
    assert "refused row (default)" in said
    assert "allow entries: 1 (1 expired)" in said
    assert any("chain base; spender 0x5e5E" in line for line in said)
    assert "endpoint https://node.example" in ended.out
    assert "endpoint https://other.example" in ended.out
    assert "a variable that is not set" in ended.out
    assert "k3y" not in ended.out


def test_as_wide_as_the_terminal(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole words on each line, where it is one."""
    assert file.exists()
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "70")
    found = here("policy", "show").out
    assert max(map(len, found.splitlines()[1:])) <= 70
    assert "0x5e5E5e5e5E5e5E5E5e5E5E5e5e5E5E5E5e5E5E5e" in found


def test_the_same_each_time(file: Path) -> None:
    """Whatever order sets have: two results can be compared."""
    text = "[weights]\nnew_days = 1\nrecent_days = 8\nstale_days = 9\nlong_days = 10\n"
    chances = "critical = 0.9\nhigh = 0.5\nmedium = 0.3\nlow = 0.2\ninfo = 0.1\n"
    file.write_text(TEXT + text + "[weights.chance]\n" + chances, "utf-8")
    runs = [
        command("policy", "show", "--json", environment={"PYTHONHASHSEED": seed})
        for seed in ("1", "2", "3")
    ]
    assert len({finished(each).out for each in runs}) == 1


def test_as_a_document(file: Path) -> None:
    """By its schema, with paths from the repository's root alone."""
    ended = here("policy", "show", "--json")
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    strict("policy").validate(found)
    assert (found["file"], found["origin"]) == ("ops/allowctl.toml", "project")
    assert str(file.parent.parent) not in ended.out
    assert "k3y" not in ended.out


def test_the_option_comes_first(file: Path) -> None:
    """--fail-on takes the place of what the file says, as it does for `check`."""
    assert file.exists()
    found = json.loads(here("policy", "show", "--fail-on", "low", "--json").out)
    assert found["policy"][0] == {
        "key": "fail_on",
        "value": "low",
        "origin": "option",
        "place": None,
    }
    assert "low   (--fail-on)" in here("policy", "show", "--fail-on", "low").out


def test_a_file_that_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By any path that leads to it."""
    monkeypatch.chdir(file.parent.parent)
    ended = here("policy", "show", "--config", "ops/../ops/allowctl.toml", "--json")
    found = json.loads(ended.out)
    assert (found["file"], found["origin"]) == ("ops/allowctl.toml", "explicit")


def test_ones_own_file(own_folders: Path, file: Path) -> None:
    """It gives what the policy does not; without a project's it has the policy."""
    own = own_folders / "config" / "allowctl.toml"
    own.parent.mkdir()
    own.write_text('[policy]\nfail_on = "low"\n[weights]\nnew_days = 1\n', "utf-8")
    own.chmod(0o600)
    both = json.loads(here("policy", "show", "--json").out)
    assert (both["origin"], both["policy"][0]["value"]) == ("project", "medium")
    assert [each["key"] for each in both["weights"]] == ["new_days"]
    assert "below it" in here("policy", "show").out
    file.unlink()
    alone = json.loads(here("policy", "show", "--json").out)
    assert (alone["origin"], alone["policy"][0]["value"]) == ("user", "low")


def test_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The defaults, and that there is none."""
    monkeypatch.chdir(tmp_path)
    ended = here("policy", "show")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("no allowctl.toml")
    found = json.loads(here("policy", "show", "--json").out)
    strict("policy").validate(found)
    assert {each["origin"] for each in found["policy"]} == {"default"}


def test_a_file_that_cannot_be_followed(file: Path) -> None:
    """2, and under --json a document that says so."""
    file.write_text('[[allow]]\nchain = "etherium"\n', "utf-8")
    ended = here("policy", "show", "--json")
    assert ended.code == 2
    assert json.loads(ended.out)["error"]["code"] == 2


def test_policy_alone_is_a_usage_error() -> None:
    """The help, and 2."""
    ended = here("policy")
    assert ended.code == 2
    assert "validate" in ended.out + ended.err
