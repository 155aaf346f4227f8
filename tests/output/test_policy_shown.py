"""What `policy show` prints: all that is said, by the schema, and nothing secret."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import pytest

from allowctl.chains.overrides import configured
from allowctl.chains.registry import chains
from allowctl.config.expand import STAND_IN
from allowctl.model.approval import Kind
from allowctl.model.endpoint import Endpoint
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Level
from allowctl.model.policy import (
    Acknowledgement,
    Action,
    BaselineFile,
    Condition,
    Limits,
    Policy,
    PolicyRule,
    ProbeEntry,
    Target,
)
from allowctl.model.settings import (
    ChainOverride,
    ConfiguredEndpoint,
    ListUrl,
    Origin,
    Settings,
)
from allowctl.model.sources import (
    FixedPrice,
    ListFormat,
    ListSource,
    PinnedCode,
    PriceMode,
    PriceSettings,
)
from allowctl.model.weights import WEIGHTS
from allowctl.output import policy_shown
from allowctl.output.policy_shown import Shown, document
from allowctl.output.table import Screen
from tests import build
from tests.output.schemas import strict
from tests.policy.making import EVIL, FILE, ROOT, TODAY, allow, place, wallet

WHEN = Condition(
    min_level=Level.LOW,
    max_level=Level.HIGH,
    rules=frozenset({"eoa-spender", "upgradeable-spender.eoa"}),
    spender_kinds=frozenset({SpenderKind.EOA}),
    tokens=frozenset(
        {Target(address=build.TOKEN), Target(address=build.TOKEN, chain="8453")}
    ),
    spenders=frozenset({Target(address=build.SPENDER)}),
    min_amount=10**30,
    unlimited=False,
    min_value_usd=Decimal(1_000),
    min_age=90_000,
    kinds=frozenset({Kind.ERC20}),
    chains=frozenset({"1", "4242424"}),
    wallets=frozenset({"treasury"}),
)
POLICY = Policy(
    file=FILE,
    limits=Limits(
        fail_on=Level.LOW,
        max_value_at_risk_usd=Decimal("0.5"),
        max_age=180 * 86_400,
        max_unused=3_601,
        denied_kinds=frozenset(Kind),
        places=MappingProxyType({"max_age": place(4, "policy.max_age")}),
    ),
    rules=(
        PolicyRule(
            place=place(20, "rule[0]"),
            id="no-keys",
            action=Action.DENY,
            when=WHEN,
            reason=EVIL,
        ),
        PolicyRule(place=place(30, "rule[1]"), id="all", action=Action.WARN),
    ),
    allows=(
        allow(
            0,
            reason=EVIL,
            owner=EVIL,
            chain="8453",
            kind=Kind.PERMIT2,
            contract=build.PERMIT2,
            token=build.TOKEN,
            code_hash=build.word(7),
            max_amount=5,
            max_level=Level.HIGH,
            wallet="treasury",
            expires=date(2026, 9, 20),
        ),
        allow(1, expires=TODAY),
    ),
    acknowledged=(
        Acknowledgement(
            place=place(50, "acknowledge[0]"),
            chain="1",
            token=build.TOKEN,
            reason=EVIL,
        ),
    ),
    probes=(
        ProbeEntry(
            place=place(60, "probe[0]"),
            chain="1",
            token=build.TOKEN,
            spender=build.SPENDER,
        ),
    ),
    baseline=BaselineFile(
        place=place(70, "baseline.file"), path=Path("/repo/ops/.baseline.json")
    ),
)


def endpoint(
    url: str, line: int, origin: Origin = Origin.PROJECT
) -> ConfiguredEndpoint:
    return ConfiguredEndpoint(
        endpoint=Endpoint(url), origin=origin, place=place(line, "chains.ethereum.rpc")
    )


SETTINGS = Settings(
    chains={
        "ethereum": ChainOverride(
            sources=(FILE,),
            rpc=(
                endpoint("https://user:k3y@node.example/v2/k3y?key=k3y#k3y", 84),
                endpoint("http://127.0.0.1:8545", 85, Origin.USER),
                endpoint(STAND_IN, 86),
            ),
            explorer="https://scan.example/k3y",
            finality=1,
            aliases=("home",),
            places={
                "explorer": place(87, "chains.ethereum.explorer"),
                "finality": place(88, "chains.ethereum.finality"),
                "aliases": place(89, "chains.ethereum.aliases"),
            },
        ),
        "ours": ChainOverride(
            sources=(FILE,),
            place=place(91, "chains.ours"),
            id=4242424,
            permit2=build.PERMIT2,
            multicall=build.TOKEN,
            block_ms=250,
            native_symbol="OUR",
            places={"id": place(92, "chains.ours.id")},
        ),
    },
    trusted_chains={},
    policy=POLICY,
    policy_wallets=(replace(wallet(), ens="b\u00fccher.eth"), wallet("cold", number=1)),
    weights=replace(
        WEIGHTS, points={"eoa-spender": 95}, min_liquidity=Decimal(5), new_days=1
    ),
    weight_places={
        "points.eoa-spender": f"{FILE}:80: weights.points.eoa-spender",
        "chance.low": f"{FILE}:81: weights.chance.low",
        "new_days": "/elsewhere/allowctl.toml:3: weights.new_days",
        "min_liquidity_usd": f"{FILE}:82: weights.min_liquidity_usd",
    },
    prices=PriceSettings(
        mode=PriceMode.NONE,
        place=place(93, "prices.source"),
        fixed=(
            FixedPrice(
                chain="ethereum",
                token=build.TOKEN,
                usd=Decimal("0.25"),
                place=f'{FILE}:90: prices.fixed."ethereum:{build.TOKEN}"',
            ),
        ),
    ),
    lists=tuple(
        ListSource(
            id=name,
            format=ListFormat.WHOIS,
            url=ListUrl(url),
            place=place(94, "intel.list[0]"),
        )
        for name, url in (
            ("far", "HTTPS://user:k3y@lists.example/k3y"),
            ("near", "/srv/k3y/list"),
            ("unset", STAND_IN),
        )
    ),
    builtin_lists=False,
    builtin_place=place(95, "intel.builtin"),
    pins=(
        PinnedCode(
            chain="eth",
            spender=build.SPENDER,
            code_hash=build.word(9),
            place=f"{FILE}:96: pin[0]",
        ),
    ),
    sources=(Path(FILE), Path("/elsewhere/allowctl.toml")),
    project=Path(FILE),
)
RICH = Shown(
    settings=SETTINGS,
    policy=POLICY,
    chains=configured(chains(), SETTINGS)[0],
    today=TODAY,
    root=ROOT,
    origin=Origin.PROJECT,
)
NONE = Shown(
    settings=Settings(),
    policy=Policy(file=""),
    chains=chains(),
    today=TODAY,
    root="",
)


def text(of: Shown, width: int = 1_000) -> str:
    return policy_shown.text(of, Screen(width=width))


@pytest.mark.parametrize("shown", [RICH, NONE], ids=["rich", "none"])
def test_the_schema_describes_it(shown: Shown) -> None:
    """Every field, and no other."""
    strict("policy").validate(json.loads(document(shown)))


@pytest.mark.parametrize("render", [document, text])
def test_no_secret_and_no_hostile_text(render: object) -> None:
    """Of a URL no more than its host; of strangers' words none that acts."""
    assert callable(render)
    found = render(RICH)
    assert "k3y" not in found
    assert "node.example" in found
    assert found.isascii()
    assert all(line.isprintable() for line in found.split("\n"))
    assert "::error" not in found
    assert "##[" not in found


def test_where_things_are_written() -> None:
    """The file from its repository's root; one from elsewhere by its name alone."""
    found = json.loads(document(RICH))
    policy = {each["key"]: each for each in found["policy"]}
    assert found["file"] == "ops/allowctl.toml"
    assert policy["max_age"] == {
        "key": "max_age",
        "value": 180 * 86_400,
        "origin": "file",
        "place": {"file": "ops/allowctl.toml", "line": 4, "key": "policy.max_age"},
    }
    assert (policy["fail_on"]["origin"], policy["fail_on"]["place"]) == (
        "default",
        None,
    )
    weights = {each["key"]: each for each in found["weights"]}
    assert weights["new_days"]["place"] == {
        "file": "allowctl.toml",
        "line": 3,
        "key": "weights.new_days",
    }
    assert weights["chance.low"]["value"] == "0.02"
    assert found["baseline"]["file"] == "ops/.baseline.json"
    assert "/elsewhere" not in document(RICH)
    assert "/repo" not in document(RICH)


def test_what_is_said() -> None:
    """Amounts and chains as people write them; what has expired is marked."""
    found = json.loads(document(RICH))
    first, second = found["allow"]
    assert (first["max_amount"], second["max_amount"]) == ("5", "unlimited")
    assert (first["expired"], second["expired"]) == (True, False)
    assert first["chain"] == "base"
    when = found["rules"][0]["when"]
    assert when["min_amount"] == "1" + "0" * 30
    assert when["chain"] == ["ethereum", "ours"]
    assert len(when["token"]) == 2
    assert when["unlimited"] is False
    assert found["rules"][1]["when"] == {}
    assert [each["endpoint"] for each in found["endpoints"]] == [
        "https://node.example",
        "http://127.0.0.1:8545",
        "a variable that is not set",
    ]
    assert found["prices"][0] == {
        "key": "source",
        "value": "none",
        "origin": "file",
        "place": {"file": "ops/allowctl.toml", "line": 93, "key": "prices.source"},
    }


def test_everything_that_a_file_says_has_its_line() -> None:
    """Endpoints, chains, lists, pins: each with the file and the line."""
    found = json.loads(document(RICH))
    lines = {
        name: [each["place"]["line"] for each in found[name]]
        for name in ("endpoints", "chains", "lists", "pins")
    }
    assert lines == {
        "endpoints": [84, 85, 86],
        "chains": [89, 87, 88, 92, 91, 91, 91, 91],
        "lists": [94, 94, 94],
        "pins": [96],
    }
    assert found["builtin_lists"]["value"] is False
    assert found["builtin_lists"]["place"]["line"] == 95
    assert [each["host"] for each in found["lists"]] == [
        "https://lists.example",
        None,
        "a variable that is not set",
    ]
    assert found["pins"][0]["chain"] == "ethereum"
    assert "/home" not in document(RICH) + text(RICH)
    assert "(default)" not in text(RICH).partition("\nweights")[2]


def test_what_is_not_followed_says_so() -> None:
    """A found file does not decide what is final on a chain of the table."""
    said = {(e["chain"], e["key"]): e for e in json.loads(document(RICH))["chains"]}
    assert not said["ethereum", "finality"]["followed"]
    assert said["ethereum", "explorer"] == {
        "chain": "ethereum",
        "key": "explorer",
        "value": "https://scan.example",
        "followed": True,
        "place": {
            "file": "ops/allowctl.toml",
            "line": 87,
            "key": "chains.ethereum.explorer",
        },
    }
    assert said["ours", "permit2"]["followed"]
    assert text(RICH).count("NOT FOLLOWED") == 1


@pytest.mark.parametrize("width", [1, 60, 80, 120])
def test_it_fits_the_terminal(width: int) -> None:
    """Lines are broken between words: whatever is copied stays whole."""
    found, wide = text(RICH, width), text(RICH)
    assert found.split() == wide.split()
    for line in found.splitlines():
        assert len(line) <= max(width, 60) or re.search(r"\S{40,}", line)


def test_for_people() -> None:
    """Counts, one line each, durations as the file takes them."""
    found = text(RICH)
    lines = [" ".join(line.split()) for line in found.splitlines()]
    assert lines[0].startswith(f"{FILE} (found from where you stand); below it ")
    assert "max_age 180d (ops/allowctl.toml:4)" in lines
    assert "max_unused 3601s (default)" in lines
    assert "max_total_value_at_risk_usd - (default)" in lines
    assert "unpriced warn (default)" in lines
    assert "rules: 2" in lines
    assert "allow entries: 2 (1 expired)" in lines
    assert "weights" in lines
    assert "source none (ops/allowctl.toml:93)" in lines
    assert any("min_age 25h" in line for line in lines)
    assert any("when (anything)" in line for line in lines)
    assert any("EXPIRED" in line for line in lines)


def test_nothing_is_said() -> None:
    """The defaults hold, and everything else is none."""
    found = text(NONE)
    assert found.startswith("no allowctl.toml: what holds by default\n")
    assert "wallets: none" in found
    assert "(ops/" not in found
