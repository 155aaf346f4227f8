"""upgradeable-spender."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.facts import (
    Authority,
    AuthorityKind,
    Proxy,
    ProxyKind,
    SpenderKind,
)
from allowctl.model.finding import Finding, NotEvaluated
from allowctl.model.missing import Lack, Missing
from allowctl.risk.rule import DAY
from allowctl.risk.rules.upgradeable_spender import UpgradeableSpender
from tests import build
from tests.risk.facts import authorities, missing, proxies
from tests.risk.pages import as_json, example

RULE = UpgradeableSpender()
DECIDES = "0x0000000000000000000000000000000000000Dec"
RUNS = "0x00000000000000000000000000000000000001cE"


def judged(
    proxy: Proxy | Missing | None, kind: SpenderKind = SpenderKind.CONTRACT
) -> Finding | NotEvaluated | None:
    record = build.record(spender=build.spender_facts(kind, proxy=proxy))
    return RULE.judge(record, build.context())


@pytest.mark.parametrize(
    ("authority", "case", "points", "who"),
    [
        (build.authority(AuthorityKind.EOA), "eoa", 35, f"the key {DECIDES}"),
        (
            build.authority(AuthorityKind.SAFE, threshold=2, owners=3),
            "safe",
            15,
            f"2 of 3 keys of the Safe {DECIDES}",
        ),
        (
            build.authority(AuthorityKind.SAFE, threshold=1, owners=3),
            "eoa",
            35,
            f"1 of 3 keys of the Safe {DECIDES}",
        ),
        (
            build.authority(AuthorityKind.SAFE, threshold=0, owners=3),
            "unknown",
            20,
            f"0 of 3 keys of the Safe {DECIDES}",
        ),
        (
            build.authority(AuthorityKind.SAFE),
            "unknown",
            20,
            f"the contract {DECIDES}",
        ),
        (
            build.authority(AuthorityKind.TIMELOCK, delay=172_800),
            "timelock",
            10,
            f"after 172800 seconds, the timelock {DECIDES}",
        ),
        (
            build.authority(AuthorityKind.TIMELOCK, delay=0),
            "unknown",
            20,
            f"after 0 seconds, the timelock {DECIDES}",
        ),
        (
            build.authority(AuthorityKind.TIMELOCK, delay=60 * DAY),
            "timelock",
            10,
            f"after 5184000 seconds, the timelock {DECIDES}",
        ),
        (
            build.authority(AuthorityKind.TIMELOCK, delay=60 * DAY + 1),
            "unknown",
            20,
            f"after 5184001 seconds, the timelock {DECIDES}",
        ),
        (
            build.authority(AuthorityKind.TIMELOCK),
            "unknown",
            20,
            f"the contract {DECIDES}",
        ),
        (
            build.authority(AuthorityKind.CONTRACT),
            "unknown",
            20,
            f"the contract {DECIDES}",
        ),
        (
            Authority(kind=AuthorityKind.NOBODY, path=(build.address(0xDEC),)),
            "unknown",
            20,
            f"nobody, if {DECIDES} tells the truth,",
        ),
        (
            Authority(kind=AuthorityKind.NOBODY, path=()),
            "unknown",
            20,
            "nobody, if it tells the truth,",
        ),
        (
            Missing(Lack.UNAVAILABLE, "it has no owner()"),
            "unknown",
            20,
            "somebody who is not known",
        ),
    ],
)
def test_it_weighs_by_who_decides(
    authority: Authority | Missing, case: str, points: int, who: str
) -> None:
    """At the end of the way: the evidence names the last one, not the admin."""
    found = judged(build.proxy(authority))

    assert found == RULE.card.finding(
        f"{who} can change the code that the spender runs: "
        f"it is an EIP-1967 proxy of {RUNS} at block 24000000",
        case=case,
    )
    assert isinstance(found, Finding)
    assert found.points == points


@pytest.mark.parametrize(
    ("proxy", "what"),
    [
        (build.proxy(kind=ProxyKind.EIP1822), f"an EIP-1822 proxy of {RUNS} at"),
        (build.proxy(kind=ProxyKind.ZEPPELINOS), f"a ZeppelinOS proxy of {RUNS} at"),
        (
            build.proxy(kind=ProxyKind.BEACON, beacon=build.address(0xBEA)),
            (
                f"a beacon's proxy of {RUNS}, "
                "named by 0x0000000000000000000000000000000000000bEA, at"
            ),
        ),
        (
            build.proxy(kind=ProxyKind.BEACON, implementation=None),
            "a beacon's proxy at",
        ),
    ],
)
def test_the_evidence_names_what_it_runs(proxy: Proxy, what: str) -> None:
    """And where a beacon says it, the beacon."""
    found = judged(proxy)

    assert isinstance(found, Finding)
    assert f"it is {what} block 24000000" in found.evidence


@given(proxies)
def test_what_never_changes_is_passed(proxy: Proxy) -> None:
    """A minimal proxy of code that runs no other."""
    fixed = Proxy(kind=ProxyKind.MINIMAL, implementation=proxy.implementation)

    assert judged(fixed) is None


@pytest.mark.parametrize("lack", Lack)
def test_a_minimal_proxy_of_what_may_change_is_not_evaluated(lack: Lack) -> None:
    """It always runs the same, but that may run anything."""
    proxy = build.proxy(Missing(lack, "other code"), kind=ProxyKind.MINIMAL)

    assert judged(proxy) == NotEvaluated(
        rule="upgradeable-spender", reason="other code", lack=lack
    )


@pytest.mark.parametrize(
    "kind", [kind for kind in SpenderKind if kind is not SpenderKind.UNKNOWN]
)
def test_what_is_no_proxy_is_passed(kind: SpenderKind) -> None:
    """It runs its own code, or none."""
    assert judged(None, kind) is None


def test_a_spender_that_nobody_served_is_not_evaluated() -> None:
    """That no proxy was seen says nothing where nothing was seen."""
    assert judged(None, SpenderKind.UNKNOWN) == NotEvaluated(
        rule="upgradeable-spender",
        reason="nobody served the spender's code",
        lack=Lack.FAILED,
    )


@pytest.mark.parametrize("lack", Lack)
def test_slots_that_were_not_had_are_not_evaluated(lack: Lack) -> None:
    """Whether it is a proxy at all is not known."""
    assert judged(Missing(lack, "no slots")) == NotEvaluated(
        rule="upgradeable-spender", reason="no slots", lack=lack
    )


@pytest.mark.parametrize("lack", [Lack.FAILED, Lack.NOT_ASKED])
def test_an_authority_that_nobody_served_is_not_evaluated(lack: Lack) -> None:
    """It may be a key: taking it for unknown would weigh too little."""
    assert judged(build.proxy(Missing(lack, "no owner"))) == NotEvaluated(
        rule="upgradeable-spender", reason="no owner", lack=lack
    )


@given(authorities | missing)
def test_a_single_key_weighs_the_most(authority: Authority | Missing) -> None:
    """No other answer of a contract weighs more, and each weighs what its case says."""
    found = judged(build.proxy(authority))

    if isinstance(found, Finding):
        assert found.case is not None
        assert found.points == RULE.card.cases[found.case] <= RULE.card.cases["eoa"]


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    assert example("upgradeable-spender") == as_json(judged(build.proxy()))
