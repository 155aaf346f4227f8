"""What runs behind a spender, and since when: compared with earlier runs and pins."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from allowctl.codec.words import checksum
from allowctl.model.chain import Address
from tests.e2e.audits import Audit, audit, evidence, points
from tests.e2e.command import command, environment
from tests.lab.abi import encode_call
from tests.lab.upgrades import DAY, Yard, hash_at
from tests.lab.world import World
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import Json

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("audit-code")]

CHANGED = "spender-code-changed"


class Story:
    """An owner, a proxy whose code can be swapped, and what is kept of both."""

    def __init__(self, anvil: Anvil, home: Path, *, owner: int = 0) -> None:
        key = anvil.accounts[owner]
        self.world, self.yard = World(anvil, owner=key), Yard(anvil)
        self.home = home
        self.old, self.new = self.yard.lab("OwnUpgrade"), self.yard.lab("Furnace")
        own = encode_call("initialize(address)", self.yard.deployer)
        self.proxy = self.yard.uups(self.old, own)
        self.token = self.world.token()
        self.world.approve(self.token, self.proxy, 5)

    @property
    def url(self) -> str:
        return self.world.anvil.url

    def upgrade(self) -> None:
        """Let the proxy run other code from now on. There is no way back."""
        self.yard.act(self.proxy, "upgradeTo(address)", self.new)

    def audit(self, *options: str, config: Path | None = None) -> Audit:
        return audit(
            self.url, self.world.owner, *options, home=self.home, config=config
        )

    def hash(self, address: Address) -> str:
        return hash_at(self.world.anvil, address)


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil() as anvil:
        yield anvil


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("code")


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return iter(range(8))


@pytest.fixture
def story(anvil: Anvil, home: Path, numbers: Iterator[int]) -> Story:
    """Each test has its own owner and its own proxy."""
    return Story(anvil, home, owner=next(numbers))


def test_upgrade_is_told_once(story: Story) -> None:
    """The next scan finds it, with both hashes; the one after compares with that."""
    before = story.audit().row(story.proxy)
    head = story.world.anvil.head
    story.upgrade()
    changed = story.audit().row(story.proxy)
    after = story.audit().row(story.proxy)
    old, new = story.hash(story.old), story.hash(story.new)

    assert (before["spender"]["code_hash"], before["spender"]["seen"]) == (old, None)
    assert points(before) == {"upgradeable-spender.eoa": 35}
    assert points(changed) == {CHANGED: 35, "upgradeable-spender.unknown": 20}
    told = evidence(changed, CHANGED)
    assert told == (
        f"the spender runs code {new} at block {head + 1}; at block {head} it ran {old}"
    )
    assert changed["spender"]["seen"] == {
        "code_hash": old,
        "block": head,
        "pinned": False,
    }
    assert points(after) == {"upgradeable-spender.unknown": 20}
    assert after["spender"]["seen"]["code_hash"] == new


def test_upgrade_that_nobody_was_told_of(story: Story) -> None:
    """A report that could not be written counts for nothing: the next one tells."""
    story.audit()
    story.upgrade()
    argv = command("scan", story.world.owner, "--rpc-url", story.url)
    with Path("/dev/full").open("wb") as full:
        lost = subprocess.run(
            argv, check=False, env=environment(story.home), stdout=full
        )
    found = story.audit()

    assert lost.returncode == 2
    assert CHANGED in points(found.row(story.proxy))


def test_pinned_code(story: Story, tmp_path: Path) -> None:
    """What a pin says holds at the first scan and at every other, as long as it is."""
    story.upgrade()
    old, new = story.hash(story.old), story.hash(story.new)
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    for file, pinned in ((first, old), (second, new)):
        file.write_text(
            f"[[pin]]\nchain = 'anvil'\nspender = '{checksum(story.proxy)}'\n"
            f"code_hash = '{pinned}'\n",
            "utf-8",
        )
    differing = [story.audit(config=first).row(story.proxy) for _ in range(2)]
    right = story.audit(config=second).row(story.proxy)

    for row in differing:
        assert points(row)[CHANGED] == 35
        assert evidence(row, CHANGED).endswith(f"; pinned is {old}")
        assert row["spender"]["seen"]["pinned"]
    assert CHANGED not in points(right)


def test_code_that_is_gone(story: Story) -> None:
    """Where there was code at an earlier scan an empty address is told as such."""
    plain, anvil = story.yard.lab("Furnace"), story.world.anvil
    story.world.approve(story.token, plain, 5)
    fresh = Address("0x" + "0d" * 20)
    story.world.approve(story.token, fresh, 5)
    first = story.audit()
    anvil.set_code(plain, b"")
    # As a contract's that destroyed itself: nothing is left of the account.
    anvil.rpc("anvil_setNonce", plain, "0x0")
    second, third = story.audit(), story.audit()

    assert points(first.row(plain)) == {}
    for row in (second.row(plain), third.row(plain)):
        assert row["spender"]["kind"] == "gone"
        assert points(row) == {"codeless-spender.gone": 60, CHANGED: 35}
        assert "runs no code" in evidence(row, CHANGED)
    assert points(third.row(fresh)) == {"codeless-spender.unused": 90}


def test_nothing_is_kept_without_a_cache(story: Story) -> None:
    """--no-cache compares with nothing, and leaves nothing to compare with."""
    first = story.audit("--no-cache")
    story.upgrade()
    found = story.audit()

    assert "allowctl explain" not in first.table
    assert CHANGED not in points(found.row(story.proxy))
    assert found.row(story.proxy)["spender"]["seen"] is None


# Since when


def age_of(story: Story, spender: Address) -> tuple[str | None, Json]:
    """The case of the rule about new contracts, and what is known of its creation."""
    row = story.audit().row(spender)
    cases = [each["case"] for each in row["findings"] if each["rule"].startswith("new")]
    return (cases[0] if cases else None), row["spender"]["created"]


def test_age_by_old_state(tmp_path: Path) -> None:
    """An archive node tells the block; with time it is new, recent, and neither."""
    with Anvil(history=True) as anvil:
        story = Story(anvil, tmp_path)
        made = story.yard.lab("Furnace")
        block = anvil.head
        story.world.idle(20)
        story.world.approve(story.token, made, 5)
        ages = {}
        for days in (2, 3, 30):
            anvil.warp(int(anvil.block(block)["timestamp"], 16) + days * DAY + 60)
            ages[days], created = age_of(story, made)
            assert (created["block"], created["exact"]) == (block, True)

    assert ages == {2: "new", 3: "recent", 30: None}


def test_age_without_old_state(story: Story) -> None:
    """Elsewhere the first approval is a bound: too young, nothing is said of age."""
    anvil, first = story.world.anvil, story.world.anvil.head
    young = story.audit()
    anvil.warp(anvil.now + 31 * DAY)
    story.world.approve(story.token, story.proxy, 6)
    old = story.audit()
    created = old.row(story.proxy)["spender"]["created"]

    assert "archive state" in young.lacking("unavailable")["new-contract-spender"]
    assert "new-contract-spender" not in old.lacking("unavailable")
    assert (created["block"], created["exact"]) == (first, False)
    for found in (young, old):
        assert (found.code, found.lacking("failed")) == (0, {})
        assert not any("new" in each for each in points(found.row(story.proxy)))
