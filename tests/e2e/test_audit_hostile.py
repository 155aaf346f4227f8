"""Spenders, tokens and owners that were made to break an audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from allowctl.codec.words import checksum
from allowctl.intel.proxies import IMPLEMENTATION
from allowctl.model.chain import Address
from tests.e2e.audits import Audit, audit, points
from tests.e2e.command import allowctl
from tests.lab.abi import encode_call
from tests.lab.upgrades import Yard
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil
from tests.nodes.node import address_of

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("audit-hostile")]

NAMES = {
    b"\x1b[2J\x1b]0;x\x07[/]": b"[bold red]\r\n::error::\xe2\x80\xaeTok",
    b"\xff\xfe\x00": b"=1+1|`x`<script>",
    b"": b"",
    b"U\xe2\x80\x8bSDC": b"USD C\xd0\xbein",
}
"""Names by symbols."""


class Den:
    """An owner among those who mean harm, and one honest proxy."""

    def __init__(self, anvil: Anvil) -> None:
        self.anvil, self.world, self.yard = anvil, World(anvil), Yard(anvil)
        self.owner = self.world.owner
        yard, world = self.yard, self.world
        self.token = world.token()
        self.logic = yard.lab("Owned", yard.deployer)
        self.key = address_of(anvil.accounts[1])
        self.honest = yard.transparent(self.logic, yard.proxy_admin(self.key))
        self.spenders = self._spenders()
        for spender in (self.honest, *self.spenders.values()):
            world.approve(self.token, spender, 5)
        world.approve(self.token, self.owner, 5)
        world.approve(self.token, self.token, 5)
        for symbol, name in NAMES.items():
            odd = world.lab("HostileName", self.owner, symbol, name, 0)
            world.approve(odd, self.honest, 5)

    def _spenders(self) -> Mapping[str, Address]:
        yard = self.yard
        itself = yard.lab("Owned", self.key)
        yard.act(itself, "give(address)", itself)
        one = yard.lab("Owned", self.key)
        two = yard.lab("Owned", one)
        yard.act(one, "give(address)", two)
        bad = {name: yard.lab(name) for name in ("Flood", "Furnace", "Fickle")}
        bad |= {"itself": itself, "circle": one}
        ring = yard.uups(self.logic)
        self.anvil.set_storage(ring, IMPLEMENTATION, int(ring, 16))
        found = {"ring": ring}
        for name, contract in bad.items():
            admin = yard.proxy_admin(contract)
            found[f"{name} as admin"] = yard.transparent(self.logic, contract)
            found[f"{name} as owner"] = yard.transparent(self.logic, admin)
            found[f"{name} as logic"] = yard.uups(contract)
            beacon = yard.beacon(contract, contract)
            found[f"{name} as beacon's owner"] = yard.behind_beacon(beacon)
            found[f"{name} itself"] = contract
        return found


@pytest.fixture(scope="module")
def den() -> Iterator[Den]:
    with Anvil() as anvil:
        yield Den(anvil)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def audited(den: Den, home: Path) -> Audit:
    return audit(den.anvil.url, den.owner, home=home)


def of_token(den: Den, audited: Audit) -> dict[Address, dict[str, int]]:
    """Points by spender, of the honest token."""
    return {
        Address(row["spender"]["address"].lower()): points(row)
        for row in audited.rows
        if row["token"]["address"] == checksum(den.token)
    }


def test_hostile_spenders_harm_nobody(den: Den, audited: Audit) -> None:
    """Floods, burners, circles: the audit ends whole, each has a row of its own."""
    found = of_token(den, audited)
    cases = {
        name: found[spender]
        for name, spender in den.spenders.items()
        if not name.endswith("itself")
    }

    assert (audited.code, audited.report["complete"]) == (0, True)
    assert found[den.honest] == {"upgradeable-spender.eoa": 35}
    assert len(found) == len(den.spenders) + 3
    assert audited.lacking("failed") == {}
    for name in ("Flood", "Furnace", "itself", "circle"):
        for how in ("admin", "owner", "beacon's owner"):
            assert cases[f"{name} as {how}"] == {"upgradeable-spender.unknown": 20}
    assert cases["ring"] == {"upgradeable-spender.unknown": 20}


def test_owner_and_token_as_spenders(den: Den, audited: Audit) -> None:
    """The owner's own key gains nothing by it: told, and of no weight."""
    found = of_token(den, audited)

    assert found[den.owner] == {"self-approval": 0}
    assert found[den.token] == {"self-approval": 0}


def test_owner_that_is_a_contract(den: Den, home: Path) -> None:
    """A contract's approvals are audited as a key's, those to itself among them."""
    wallet = den.yard.uups(den.logic)
    den.anvil.fund(wallet)
    for spender in (wallet, den.honest):
        approve = encode_call("approve(address,uint256)", spender, MAX)
        den.anvil.send(wallet, den.token, approve)
    found = audit(den.anvil.url, wallet, home=home)
    unlimited = {"unlimited-amount": 20}

    assert found.code == 0
    assert points(found.row(den.honest)) == unlimited | {"upgradeable-spender.eoa": 35}
    assert points(found.row(wallet)).keys() >= {"self-approval", "unlimited-amount"}


def test_hostile_names_act_nowhere(den: Den, audited: Audit, home: Path) -> None:
    """Table and explanation are plain text whatever a token calls itself."""
    odd = [
        row for row in audited.rows if row["token"]["address"] != checksum(den.token)
    ]
    assert len(odd) == len(NAMES)
    assert audited.table.isascii()
    texts = [audited.table]
    for row in odd:
        done = allowctl("explain", row["fingerprint"], home=home)
        assert (done.code, done.err) == (0, "")
        texts.append(done.out)
    for text in texts:
        assert text.isascii()
        assert not any(each in text for each in ("\x1b", "\r", "\x07", "\x00"))
        assert not any(line.startswith("::") for line in text.splitlines())
