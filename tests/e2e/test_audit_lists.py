"""Lists from outside in an audit: what they find, and what is said without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from allowctl.codec.words import checksum
from allowctl.intel.lists.keep import Kept
from allowctl.intel.lists.keep import checksum as digest
from allowctl.model.chain import Address
from tests.e2e.audits import Audit, address, audit, evidence, points
from tests.fakes.server import Asked, Raw, ScriptedServer, always
from tests.intel.lists.making import raw, serving, zipped
from tests.lab.upgrades import DAY, Yard
from tests.lab.world import World
from tests.nodes.anvil import Anvil

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("audit-lists")]

CASE = "Bridge \x1b[31mof\n2023 [red]<script>"
LABEL = "Go\x1b]0;x\x07\u202e\n::error::[b]Swap"
LISTS = """
[intel]
builtin = false

[[intel.list]]
id = "cases"
format = "approval-exploit-list"
url = "{url}/k3y/index.json"

[[intel.list]]
id = "scams"
format = "addresses"
charge = "blocked"
url = "{url}/scams.json"

[[intel.list]]
id = "names"
format = "whois"
url = "{url}/names.zip"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An owner whose spenders stand on lists, and the host that serves these."""

    world: World
    spenders: Mapping[str, Address]
    token: Address
    scam: Address

    def files(self) -> dict[str, bytes | Raw]:
        """The lists as their host has them."""
        case = {
            "name": CASE,
            "date": "2023-07-06",
            "addresses": [
                {"chainId": self.world.anvil.chain_id, "address": checksum(each)}
                for each in (self.spenders["exploited"], Address("0x" + "ee" * 20))
            ],
        }
        path = f"data/manual/spenders/31337/{checksum(self.spenders['named'])}.json"
        return {
            "k3y/index.json": raw(["bridge"]),
            "k3y/exploits/bridge.json": raw(case),
            "scams.json": raw([self.spenders["scam"], self.scam]),
            "names.zip": zipped({path: raw({"label": LABEL})}),
        }

    def audit(
        self, config: Path, *options: str, home: Path, online: bool = True
    ) -> Audit:
        """What is found with the lists of a configuration."""
        url, owner = self.world.anvil.url, self.world.owner
        return audit(url, owner, *options, home=home, config=config, online=online)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Anvil() as anvil:
        world, yard = World(anvil), Yard(anvil)
        exploited = yard.lab("Furnace")
        spenders = {
            "exploited": exploited,
            "runs it": yard.transparent(exploited, yard.deployer),
            "scam": yard.lab("Furnace"),
            "named": yard.lab("Furnace"),
            "unlisted": yard.lab("Furnace"),
        }
        token, scam = world.token(), world.token("Scam", "SCAM")
        for spender in spenders.values():
            world.approve(token, spender, 5)
        world.approve(scam, spenders["unlisted"], 5)
        yield Scene(world=world, spenders=spenders, token=token, scam=scam)


@pytest.fixture
def host(scene: Scene) -> Iterator[ScriptedServer]:
    with ScriptedServer(serving(scene.files())) as server:
        yield server


def written(folder: Path, url: str) -> Path:
    """A configuration with the lists of a host."""
    path = folder / "lists.toml"
    path.write_text(LISTS.format(url=url), "utf-8")
    return path


@pytest.fixture
def config(host: ScriptedServer, tmp_path: Path) -> Path:
    return written(tmp_path, host.url)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the endpoint is known; lists are another host's for each test."""
    return tmp_path_factory.mktemp("lists")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The first scan with lists, and the next; and what their host was asked."""

    first: Audit
    second: Audit
    host: str
    asked: list[Asked]


@pytest.fixture(scope="module")
def looked(scene: Scene, home: Path) -> Looked:
    with ScriptedServer(serving(scene.files())) as server:
        config = written(home, server.url)
        first, second = (scene.audit(config, home=home) for _ in range(2))
        return Looked(first=first, second=second, host=server.host, asked=server.asked)


def of(scene: Scene, found: Audit) -> dict[str, dict[str, int]]:
    """Points of the rows over the honest token, by the spender's name."""
    names = {spender: name for name, spender in scene.spenders.items()}
    return {
        names[address(row["spender"])]: points(row)
        for row in found.rows
        if address(row["token"]) == scene.token
    }


def age(folder: Path, seconds: int) -> None:
    """Make the lists that are kept so much older."""
    for file in (folder / "lists").glob("*.json"):
        _, _, body = file.read_bytes().partition(b"\n")
        kept = msgspec.json.decode(body, type=Kept)
        older = msgspec.structs.replace(kept, fetched_at=kept.fetched_at - seconds)
        new = msgspec.json.encode(older)
        file.write_bytes(digest(new) + b"\n" + new)


def test_listed(scene: Scene, looked: Looked) -> None:
    """Who is listed is critical, by itself or by what it runs, with the list's word."""
    found = looked.first
    upgradeable = {"upgradeable-spender.eoa": 35}

    assert (found.code, found.report["complete"]) == (0, True)
    assert of(scene, found) == {
        "exploited": {"exploited-spender": 100},
        "runs it": {"exploited-spender": 100} | upgradeable,
        "scam": {"blocklisted-spender": 100},
        "named": {},
        "unlisted": {},
    }
    assert [row["level"] for row in found.rows[:3]] == ["critical"] * 3
    told = (
        'listed by cases: "Bridge \\x1b\\x5b31mof 2023 \\x5bred\\x5d\\x3cscript\\x3e"'
    )
    first, second = scene.spenders["exploited"], scene.spenders["runs it"]
    dated = f"{told} of 2023-07-06"
    through = f"{dated}, for {checksum(first)}, whose code it runs"
    assert evidence(found.row(first), "exploited-spender") == dated
    assert evidence(found.row(second), "exploited-spender") == through


def test_a_list_takes_no_row_away(scene: Scene, looked: Looked) -> None:
    """A token on a list of scams is remarked on; what its owner gave stays."""
    (row,) = (
        each for each in looked.first.rows if address(each["token"]) == scene.scam
    )

    assert row["spam"] is False
    assert "it is listed by scams" in evidence(row, "spam-token")


def test_names_and_ages_are_shown(scene: Scene, looked: Looked) -> None:
    """A label without what acts in it; each list with its host and its age."""
    found = looked.second
    row = found.row(scene.spenders["named"])
    lists = next(body for name, body in found.sections.items() if "ists" in name)

    assert row["spender"]["label_source"] == "names"
    # In quotes, as it is a list's word; cut, and nothing in it acts.
    assert '"Go\\x1b\\x5d0;' in found.table
    assert "::error" not in found.table
    assert found.table.isascii()
    assert "\x1b" not in found.table
    for name, line in zip(("cases", "scams", "names"), lists, strict=True):
        assert line.startswith(name)
        assert "old" in line
    assert {each["source"] for each in found.report["lists"]} == {looked.host}
    assert "k3y" not in found.table + str(found.report) + found.err


def test_a_host_of_lists_learns_nothing(scene: Scene, looked: Looked) -> None:
    """Whole lists are fetched, once a day: no owner, token or spender is named."""
    said = b"".join(
        f"{each.path} {each.headers}".encode() + each.body for each in looked.asked
    ).lower()

    assert sorted((each.method, each.path) for each in looked.asked) == [
        ("GET", "/k3y/exploits/bridge.json"),
        ("GET", "/k3y/index.json"),
        ("GET", "/names.zip"),
        ("GET", "/scams.json"),
    ]
    for secret in (scene.world.owner, scene.token, *scene.spenders.values()):
        assert secret[2:].encode() not in said
    assert of(scene, looked.second) == of(scene, looked.first)


def test_host_that_was_never_up(
    scene: Scene, host: ScriptedServer, config: Path, home: Path
) -> None:
    """Nobody could look: not evaluated, incomplete, and no row is called clean."""
    host.answer = always(Raw(status=503))
    found = scene.audit(config, home=home)
    rules = [
        "blocklisted-spender",
        "deprecated-spender",
        "exploited-spender",
        "shared-signature-surface",
    ]

    assert (found.code, found.report["complete"]) == (3, False)
    assert sorted(found.lacking("failed")) == rules
    assert all(row["failed"] == rules for row in found.rows)
    assert {row["level"] for row in found.rows} == {"medium", "unknown"}
    assert "medium?" in found.table
    assert "INCOMPLETE" in found.table
    assert [each["missing"]["lack"] for each in found.report["lists"]] == ["failed"] * 3


def test_offline(scene: Scene, host: ScriptedServer, config: Path, home: Path) -> None:
    """Nobody was to be asked, and nobody is: said so, and complete."""
    found = scene.audit(config, "--offline", home=home)

    assert (found.code, host.asked) == (0, [])
    assert sorted(found.lacking("not asked")) == [
        "blocklisted-spender",
        "deprecated-spender",
        "exploited-spender",
        "shared-signature-surface",
        "unverified-spender",
    ]
    assert not any(row["failed"] for row in found.rows)
    assert found.report["lists"][0]["missing"]["lack"] == "not asked"


def test_old_list_serves_on(
    scene: Scene, host: ScriptedServer, config: Path, tmp_path: Path
) -> None:
    """Of a host that is down what it said last counts, with its age and the reason."""
    before = scene.audit(config, home=tmp_path)
    age(tmp_path, 3 * DAY)
    host.answer = always(Raw(closes=True))
    found = scene.audit(config, home=tmp_path)

    assert (found.code, found.report["complete"]) == (0, True)
    assert of(scene, found) == of(scene, before)
    assert found.lacking("failed") == {}
    for each, old in zip(found.report["lists"], before.report["lists"], strict=True):
        assert each["fetched_at"] == old["fetched_at"] - 3 * DAY
        assert each["missing"]["lack"] == "failed"
    assert "3 d old" in found.table
    # Once it is up again they are fetched anew.
    host.answer = serving(scene.files())
    fresh = scene.audit(config, home=tmp_path)
    assert [each["missing"] for each in fresh.report["lists"]] == [None] * 3


def test_half_a_list_is_none(
    scene: Scene, host: ScriptedServer, config: Path, home: Path
) -> None:
    """An index whose case is not there is refused whole; other lists still count."""
    files = scene.files()
    del files["k3y/exploits/bridge.json"]
    host.answer = serving(files)
    found = scene.audit(config, home=home)

    assert found.code == 3
    assert [*found.lacking("failed")] == ["exploited-spender"]
    assert of(scene, found)["scam"] == {"blocklisted-spender": 100}
    assert of(scene, found)["exploited"] == {}
