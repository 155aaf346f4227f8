"""A configuration that is found because of where one stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.runs import here
from tests.fakes.provider import Provider
from tests.fakes.provider_build import build, owner_of

FIRST, SECOND = owner_of(0), owner_of(1)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the run stands: a repository of somebody."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "allowctl.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o644)
    return path


def test_what_is_used_of_it_is_said(repo: Path) -> None:
    """Its endpoints and its wallets, in a line each; nothing under -q."""
    with Provider(build(owners=2, blocks=5_000)) as node:
        file = write(
            repo,
            f'[chains.ethereum]\nrpc = ["{node.url}"]\n'
            f'[[wallet]]\nname = "theirs"\naddress = "{FIRST}"\n',
        )
        used = here("scan")
        typed = here("scan", SECOND)
        other = here("scan", SECOND, "-r", f"{node.url}/other")
        quiet = here("scan", "-q")
        probed = here("endpoints")
    asked = f"endpoints of {file} are asked"
    assert used.err.splitlines() == [asked, f"wallets of {file} are scanned: theirs"]
    assert typed.err.splitlines() == probed.err.splitlines() == [asked]
    assert (other.err, quiet.err) == ("", "")
    assert {each.code for each in (used, typed, other, quiet, probed)} == {0}


def test_of_ones_own_file_nothing_is_said(own_folders: Path, repo: Path) -> None:
    """Neither of the user's nor of one that is named."""
    with Provider(build(blocks=5_000)) as node:
        text = f'[chains.ethereum]\nrpc = ["{node.url}"]\n'
        write(own_folders / "config", text)
        assert here("scan", FIRST).err == ""
        file = write(repo, text)
        assert here("scan", FIRST, "--config", str(file)).err == ""


def test_what_is_not_taken_from_it_is_said(repo: Path) -> None:
    """It may not move Permit2 of a chain that there is without it."""
    with Provider(build(blocks=5_000)) as node:
        write(repo, f'[chains.ethereum]\npermit2 = "{SECOND}"\nfinality = 0\n')
        ended = here("scan", FIRST, "-r", node.url, "--no-cache")
    assert ended.code == 0
    assert ended.err.startswith("permit2, finality of ethereum: not taken from ")


def test_an_unknown_chain_of_a_wallet_is_told_whoever_is_scanned(repo: Path) -> None:
    """2: the file, the key and the nearest name, before any request."""
    wallet = f'[[wallet]]\nname = "a"\naddress = "{FIRST}"\nchains = ["eth", "bse"]\n'
    file = write(repo, wallet)
    ended = here("scan", SECOND, "-r", "http://127.0.0.1:1")
    assert ended.code == 2
    assert f"error: {file}:4: wallet[0].chains[1]: unknown chain 'bse'" in ended.err
    assert "did you mean 'base'?" in ended.err

    write(repo, f'[[wallet]]\nname = "a"\naddress = "etherum:{FIRST}"\n')
    said = here("scan", SECOND, "-r", "http://127.0.0.1:1").err
    assert f"{file}:3: wallet[0].address: unknown chain 'etherum'" in said


def test_a_mistyped_wallet_is_told_the_nearest_one(repo: Path) -> None:
    """Where no address could be meant."""
    write(repo, f'[[wallet]]\nname = "treasury"\naddress = "{FIRST}"\n')
    ended = here("scan", "tresury", "-r", "http://127.0.0.1:1", "--json")
    error = json.loads(ended.out)["error"]
    assert error["message"] == "'tresury' is no owner"
    assert error["hint"] == "did you mean treasury?"


def test_what_it_decides_of_levels_is_told_with_the_report(repo: Path) -> None:
    """Where nobody reads stderr, too: a pull request may have brought the file."""
    with Provider(build(blocks=5_000)) as node:
        file = write(repo, '[weights.points]\n"eoa-spender" = 0\n')
        asking = ("scan", FIRST, "-r", node.url, "--json", "-q", "--no-cache")
        found = here(*asking)
        chosen = here(*asking, "--config", str(file))
    (spots,) = (each["blind_spots"] for each in json.loads(found.out)["scans"])
    assert any(f"without the weights of {file.name}," in spot for spot in spots)
    assert found.err == ""
    assert "weights of" not in chosen.out
