"""Names that wallets are said to have, and where mainnet says that they lead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from allowctl.cli import wanted
from allowctl.model.chain import Address
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Report
from tests.build import OWNER, address
from tests.cli.making_wanted import KNOWN, settings, told, wallet
from tests.cli.runs import serving
from tests.fakes.rpc import FakeRpc
from tests.lab.ens import Ens
from tests.lab.solidity import contract
from tests.nodes.anvil import Anvil

OTHER = address(0x0B)


def checked(*urls: str, **names: str) -> Report:
    """Wallets of one address with these names, as these endpoints tell."""
    wallets = [wallet(name, ens=ens) for name, ens in names.items()]
    asked = wanted.of_wallets(wallets, settings=settings(*wallets), known=KNOWN)
    return told(asked, *urls)


@pytest.fixture(scope="module")
def mainnet() -> Iterator[str]:
    with Anvil(chain_id=1) as anvil:
        ens = Ens(anvil)
        for name in ("right.eth", "wrong.eth", "unset.eth"):
            ens.register(name)
        ens.point("right.eth", OWNER)
        ens.point("wrong.eth", OTHER)
        away = contract("OffchainResolver").create("http://127.0.0.1:9/")
        ens.register("away.eth", anvil.deploy(away))
        yield anvil.url


@pytest.mark.node
@pytest.mark.xdist_group("names")
def test_where_names_lead(mainnet: str) -> None:
    """To the wallet, elsewhere, nowhere; what only a server could tell is not known."""
    report = checked(
        mainnet,
        right="right.eth",
        capitals="RIGHT.eth",
        wrong="wrong.eth",
        unset="unset.eth",
        nobody="nobody.eth",
        malformed="no..name.eth",
        away="away.eth",
    )
    found: dict[str, Address | Missing | None] = {
        each.claim.wallet: each.found for each in report.names
    }
    away = found.pop("away")
    assert found == {
        "right": OWNER,
        "capitals": OWNER,
        "wrong": OTHER,
        "unset": None,
        "nobody": None,
        "malformed": None,
    }
    assert isinstance(away, Missing)
    assert away.lack is Lack.FAILED
    assert "server off the chain" in away.reason
    assert [each.holds for each in report.names] == [True, True] + [False] * 5
    assert report.complete


@pytest.mark.node
@pytest.mark.xdist_group("names")
def test_the_next_endpoint_is_asked(mainnet: str) -> None:
    """Where the first has no ENS, another tells."""
    with serving(FakeRpc()) as none:
        report = checked(none, mainnet, right="right.eth")
    (check,) = report.names
    assert check.found == OWNER


def test_nobody_tells() -> None:
    """A mainnet endpoint that has no ENS, or none at all: not known, and no error."""
    with serving(FakeRpc()) as url:
        (check,) = checked(url, right="right.eth").names
    assert isinstance(check.found, Missing)
    assert check.found.lack is Lack.FAILED
    with serving(FakeRpc(chain=8453)) as url:
        report = checked(url, right="right.eth")
    (check,) = report.names
    assert isinstance(check.found, Missing)
    assert "mainnet" in check.found.reason
    assert [scan.chain.name for scan in report.scans] == ["base"]


def test_no_names() -> None:
    """Nobody is asked where no wallet has one."""
    with serving(FakeRpc()) as url:
        wallets = (wallet(),)
        asked = wanted.of_wallets(wallets, settings=settings(*wallets), known=KNOWN)
        assert told(asked, url).names == ()
