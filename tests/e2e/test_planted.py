"""Approvals that a stranger makes up, among those that the owner really gave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from allowctl.model.chain import Address
from tests.e2e.audits import Audit, address, audit, evidence
from tests.e2e.command import allowctl
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil
from tests.nodes.node import address_of

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("planted")]

NEUTRAL = [("Nimbus", "NIM"), ("Orchard", "ORC"), ("PEPE2", "PEPE2")]
"""Names and symbols that nothing speaks against."""
CRITICAL = ("--fail-on", "critical", "--prices", "none")


class Garden:
    """A key that approved one token and signed for another; a stranger did the rest."""

    def __init__(self, anvil: Anvil) -> None:
        self.anvil, self.world = anvil, World(anvil)
        self.owner = self.world.owner
        self.thief, self.friend, self.relayed = map(address_of, anvil.accounts[1:4])
        for each in anvil.accounts[1:4]:
            anvil.send(each, self.world.deployer)
        self.planted = {
            self.world.lab("Airdrop", *named, self.owner, self.thief)
            for named in NEUTRAL
        }

    def grant(self) -> None:
        """What the owner did."""
        world = self.world
        self.signed = world.lab("PermitToken", self.owner)
        world.permit(self.signed, self.relayed, MAX)
        self.token = world.token("Odd", "ODD")
        world.approve(self.token, self.friend, MAX)


@pytest.fixture(scope="module")
def garden() -> Iterator[Garden]:
    with Anvil() as anvil:
        yield Garden(anvil)


@pytest.fixture(scope="module")
def alone(garden: Garden, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """What is said before the owner has granted anything."""
    home = tmp_path_factory.mktemp("alone")
    return audit(garden.anvil.url, garden.owner, *CRITICAL, home=home)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planted")


@pytest.fixture(scope="module")
def found(garden: Garden, alone: Audit, home: Path) -> Audit:
    """What is said after it."""
    assert alone.rows
    garden.grant()
    return audit(garden.anvil.url, garden.owner, *CRITICAL, home=home)


def tokens(rows: Audit, *, spam: bool) -> list[Address]:
    return [address(row["token"]) for row in rows.rows if row["spam"] is spam]


def test_planted_alone_fails_no_check(garden: Garden, alone: Audit) -> None:
    """Critical by the word of the chain, though nobody asked for a price."""
    assert (alone.code, alone.report["complete"]) == (0, True)
    assert {row["level"] for row in alone.rows} == {"critical"}
    assert set(tokens(alone, spam=True)) == garden.planted


def test_planted_is_last(garden: Garden, found: Audit) -> None:
    """Below what the owner approved, and what somebody relayed for it: these stay."""
    own = [address(row["token"]) for row in found.rows[:2]]

    assert found.code == 1
    assert set(own) == set(tokens(found, spam=False)) == {garden.token, garden.signed}
    assert set(tokens(found, spam=True)) == garden.planted


def test_the_reason_is_told(garden: Garden, found: Audit) -> None:
    """Who sent each; the section of spam says it in words."""
    sent = {address(row["token"]): row["sent_by_owner"] for row in found.rows}
    (told,) = (lines for name, lines in found.sections.items() if "spam" in name)

    assert sent == dict.fromkeys(garden.planted, False) | {
        garden.token: True,
        garden.signed: False,
    }
    for row in found.rows[2:]:
        assert evidence(row, "spam-token").endswith(
            "logged in a transaction that the owner did not send, "
            "and no permit was ever used"
        )
    for _, symbol in NEUTRAL:
        assert any(symbol in line and "did not send" in line for line in told)


def test_explained(garden: Garden, found: Audit, home: Path) -> None:
    """The row in full says who sent it."""
    for row, who in ((found.row(garden.friend), "the owner"), (found.rows[-1], "not")):
        done = allowctl("explain", row["fingerprint"], home=home)
        (line,) = (each for each in done.out.splitlines() if "sent by" in each)
        assert line.split("sent by")[1].strip().startswith(who)


def test_an_owner_with_code(garden: Garden, found: Audit, home: Path) -> None:
    """Others send for a contract: the same is a remark there, and changes nothing."""
    assert found.rows
    garden.anvil.set_code(garden.owner, b"\x00")
    try:
        other = audit(garden.anvil.url, garden.owner, *CRITICAL, home=home)
    finally:
        garden.anvil.set_code(garden.owner, b"")

    assert tokens(other, spam=True) == []
    (row,) = (r for r in other.rows if address(r["token"]) == min(garden.planted))
    assert "which has code, did not send" in evidence(row, "spam-token")
