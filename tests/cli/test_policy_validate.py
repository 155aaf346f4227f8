"""`allowctl policy validate`: offline, without an environment, each file by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.runs import command, finished, here

WALLET = '[[wallet]]\nname = "treasury"\naddress = "0x' + "0a" * 20 + '"\n'
SPENDER = "0x" + "5e" * 20
HEAVY = {"web3", "eth_account", "aiohttp", "sqlalchemy", "rlp", "eth_keys"}


def allow(more: str) -> str:
    return f'[[allow]]\nspender = "{SPENDER}"\nreason = "settlement"\n{more}\n'


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the run stands: a repository of somebody."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, "utf-8")
    path.chmod(0o644)
    return path


def test_the_file_that_is_found(repo: Path) -> None:
    """One line on stdout, 0."""
    file = write(repo / "allowctl.toml", WALLET)
    ended = here("policy", "validate")
    assert (ended.code, ended.out, ended.err) == (0, f"{file}: valid\n", "")


def test_ones_own_file_too(own_folders: Path, repo: Path) -> None:
    """A command follows both."""
    file = write(repo / "allowctl.toml", WALLET)
    own = write(own_folders / "config" / "allowctl.toml", 'env = ["MINE"]\n')
    assert here("policy", "validate").out == f"{file}: valid\n{own}: valid\n"


def test_no_file(repo: Path) -> None:
    """2: there is nothing to look at."""
    ended = here("policy", "validate")
    assert (repo.exists(), ended.code, ended.out) == (True, 2, "")
    assert "no allowctl.toml" in ended.err


def test_every_file_is_looked_at(repo: Path) -> None:
    """Each error is told, each file that is valid as well; 2."""
    good = write(repo / "good.toml", WALLET)
    typo = write(repo / "typo.toml", "[policy]\nfail_in = 1\n")
    toml = write(repo / "toml.toml", "[policy\n")
    last = write(repo / "last.toml", "version = 1\n")
    files = map(str, (good, typo, toml, last, repo / "none.toml"))
    ended = here("policy", "validate", *files)
    assert ended.code == 2
    assert ended.out == f"{good}: valid\n{last}: valid\n"
    assert f"error: {typo}:2: policy.fail_in is no key" in ended.err
    assert "hint: did you mean fail_on?" in ended.err
    assert f"error: {toml}:1:8: no TOML" in ended.err
    assert f"error: {repo / 'none.toml'}: cannot be read" in ended.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (allow('chain = "etherium"'), "allow[0]: unknown chain 'etherium'"),
        (allow('wallet = "nobody"'), "allow[0].wallet"),
        ('[[rule]]\nid = "x"\naction = "deny"\nwhen.rules = ["no-rule"]\n', "no rule"),
        ("[weights]\npoints = { no-rule = 1 }\n", "no rule"),
        ('[[wallet]]\nname = "a"\naddress = "0x1"\n', "wallet[0].address"),
        (allow("expires = 2027-02-30"), "no TOML"),
        (allow('expires = "2027-02-30"'), "allow[0].expires"),
        ("version = 2\n", "version"),
        ('[prices.fixed]\n"nochain:' + SPENDER + '" = 1\n', "unknown chain"),
    ],
)
def test_what_can_be_known_without_a_node(repo: Path, text: str, said: str) -> None:
    """Form, keys, chains, rules, wallets, dates."""
    file = write(repo / "x.toml", text)
    ended = here("policy", "validate", str(file))
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert f"error: {file}:" in ended.err


def test_an_entry_that_has_expired_is_a_warning(repo: Path) -> None:
    """The file is valid; whoever checks with it is told what will fail."""
    text = WALLET + allow("expires = 2020-01-31")
    text += (
        f'[[acknowledge]]\nchain = "base"\ntoken = "{SPENDER}"\nreason = "r"\n'
        "expires = 2020-02-01\n"
    )
    file = write(repo / "allowctl.toml", text)
    for arguments in ((), (str(file),), ("--config", str(file))):
        ended = here("policy", "validate", *arguments)
        assert (ended.code, ended.out) == (0, f"{file}: valid\n")
        ends = "covers nothing any more: `allowctl check` fails for it"
        first = f"{file}:4: allow[0]: it expired after 2020-01-31"
        second = f"{file}:8: acknowledge[0]: it expired after 2020-02-01"
        assert ended.err.splitlines() == [
            f"warning: {first} and {ends}",
            f"warning: {second} and {ends}",
        ]
    write(file, WALLET + allow("expires = 9999-12-31"))
    assert here("policy", "validate").err == ""


def test_no_environment_is_needed(repo: Path) -> None:
    """A variable that is not set is no error; nor is its value ever looked at."""
    text = '[chains.ethereum]\nrpc = ["${ETH_RPC_URL}", "https://h.example/${ETH_RPC_URL}"]\n'
    file = write(repo / "allowctl.toml", text)
    ended = finished(command("policy", "validate", str(file)))
    assert (ended.code, ended.out, ended.err) == (0, f"{file}: valid\n", "")
    for value in ("https://k3y.example/k3y", "k3y"):
        ended = finished(
            command("policy", "validate", str(file), environment={"ETH_RPC_URL": value})
        )
        assert (ended.code, ended.err) == (0, "")
        assert "k3y" not in ended.out


def test_a_found_file_may_not_say_all(repo: Path) -> None:
    """A FILE is anybody's; --config names one that is trusted."""
    text = 'env = ["AWS_SECRET_ACCESS_KEY"]\n[chains.base]\nrpc = ["${MY_KEY}"]\n'
    file = write(repo / "mine.toml", text)
    assert here("policy", "validate", str(file)).code == 2
    assert here("policy", "validate", "--config", str(file)).code == 0
    both = here("policy", "validate", str(file), "--config", str(file))
    assert (both.code, both.out) == (2, f"{file}: valid\n")


@pytest.mark.skipif(os.name != "posix", reason="other systems have other rights")
@pytest.mark.parametrize("mode", [0o664, 0o666])
def test_a_file_that_others_may_write(repo: Path, mode: int) -> None:
    """No command follows it where it is found; named, what it says is looked at.

    A clone has such files under many a umask, and no commit can say otherwise.
    """
    file = write(repo / "allowctl.toml", WALLET)
    file.chmod(mode)
    found = here("policy", "validate")
    assert (found.code, found.out) == (2, "")
    assert "others may write it" in found.err
    named = here("policy", "validate", str(file))
    assert (named.code, named.out) == (0, f"{file}: valid\n")
    (line,) = named.err.splitlines()
    assert line == (
        f"warning: {file}: others may write it: where it is found, no command follows "
        f"it; chmod go-w {file}, or name it with --config if you trust it"
    )
    assert here("policy", "validate", "--config", str(file)).err == ""
    write(file, "env = []\n").chmod(mode)
    assert here("policy", "validate", str(file)).code == 2


def test_the_variable_names_a_file_too(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no FILE is given: a hook's files are not joined by another."""
    bad = write(repo / "bad.toml", "x = 1\n")
    good = write(repo / "good.toml", WALLET)
    monkeypatch.setenv("ALLOWCTL_CONFIG", str(bad))
    assert here("policy", "validate").code == 2
    assert here("policy", "validate", str(good)).code == 0


def test_hostile_names(repo: Path) -> None:
    """A file's name is one line, whatever it is."""
    file = write(repo / "a\n::error::\x1b[31m.toml", WALLET)
    ended = here("policy", "validate", str(file))
    assert ended.code == 0
    assert ended.out.count("\n") == 1
    assert "\x1b" not in ended.out


def test_it_starts_quickly(repo: Path) -> None:
    """As a hook of every commit it loads nothing that asks anybody."""
    file = write(repo / "allowctl.toml", WALLET + allow(""))
    done = subprocess.run(
        (
            *(sys.executable, "-X", "importtime", "-m", "allowctl"),
            *("policy", "validate", str(file)),
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "allowctl.config.load" in loaded
    assert loaded.isdisjoint(HEAVY)
