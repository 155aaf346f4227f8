"""The chains that a policy's entries name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.chains.policies import settled
from allowctl.chains.registry import chains
from allowctl.errors import ConfigError
from allowctl.model.chain import Address, Chain
from allowctl.model.place import Place
from allowctl.model.policy import (
    Acknowledgement,
    Action,
    AllowEntry,
    Condition,
    Policy,
    PolicyRule,
    ProbeEntry,
    Target,
)

A = Address("0x" + "11" * 20)
B = Address("0x" + "22" * 20)
OURS = Chain(id=4_242_424, name="our-rollup", aliases=("rollup",))
KNOWN = (*chains(), OURS)


def place(key: str) -> Place:
    return Place(file="F", line=7, key=key)


def allow(chain: str | None) -> AllowEntry:
    return AllowEntry(place=place("allow[0]"), reason="r", spender=A, chain=chain)


def rule(**when: frozenset[str] | frozenset[Target]) -> PolicyRule:
    return PolicyRule(
        place=place("rule[0]"),
        id="mine",
        action=Action.DENY,
        when=Condition(**when),  # type: ignore[arg-type]
    )


def acknowledged(chain: str) -> Acknowledgement:
    return Acknowledgement(
        place=place("acknowledge[0]"), chain=chain, token=A, reason="r"
    )


def probe(chain: str) -> ProbeEntry:
    return ProbeEntry(place=place("probe[0]"), chain=chain, token=A, spender=B)


def target(chain: str | None, address: Address = A) -> Target:
    return Target(address=address, chain=chain)


def test_every_name_of_a_chain_is_its_id() -> None:
    """Name, alias, id and one's own; a chain of no table goes by its number."""
    policy = Policy(
        file="F",
        rules=(
            rule(
                chains=frozenset({"eth", "mainnet", "rollup", "999999937"}),
                tokens=frozenset({target("base"), target("8453"), target(None)}),
                spenders=frozenset({target("ethereum", B)}),
            ),
        ),
        allows=(allow("eth"), allow("10"), allow(None)),
        acknowledged=(acknowledged("our-rollup"),),
        probes=(probe("base"),),
    )
    found = settled(policy, KNOWN)

    (one,) = found.rules
    assert one.when.chains == {"1", "4242424", "999999937"}
    assert one.when.tokens == {target("8453"), target(None)}
    assert one.when.spenders == {target("1", B)}
    assert [each.chain for each in found.allows] == ["1", "10", None]
    assert found.acknowledged[0].chain == "4242424"
    assert found.probes[0].chain == "8453"


def test_nothing_else_is_changed() -> None:
    """And what is settled stays as it is."""
    policy = Policy(
        file="F",
        rules=(rule(), rule(chains=frozenset({"1"}))),
        allows=(replace(allow("1"), wallet="treasury", max_amount=5),),
        acknowledged=(acknowledged("1"),),
        probes=(probe("1"),),
    )

    assert settled(policy, KNOWN) == policy
    assert settled(Policy(file=""), KNOWN) == Policy(file="")


WRONG = {
    "rule[0]": Policy(file="F", rules=(rule(chains=frozenset({"etherum", "1"})),)),
    "allow[0]": Policy(file="F", allows=(allow("etherum"),)),
    "acknowledge[0]": Policy(file="F", acknowledged=(acknowledged("etherum"),)),
    "probe[0]": Policy(file="F", probes=(probe("etherum"),)),
}


@pytest.mark.parametrize("key", WRONG)
def test_a_chain_that_there_is_not_is_told_with_its_place(key: str) -> None:
    """And with the nearest name."""
    with pytest.raises(ConfigError) as refused:
        settled(WRONG[key], KNOWN)

    assert refused.value.message == f"F:7: {key}: unknown chain 'etherum'"
    assert refused.value.hint == "did you mean 'ethereum'?"


def test_a_target_s_chain_is_looked_up_as_well() -> None:
    """Of several that there are not, always the same is told."""
    tokens = frozenset({target("nochain-a"), target("nochain-b"), target("1")})
    with pytest.raises(
        ConfigError, match=r"^F:7: rule\[0\]: unknown chain 'nochain-a'"
    ):
        settled(Policy(file="F", rules=(rule(tokens=tokens),)), KNOWN)


def test_an_id_above_all_is_refused() -> None:
    """With its place."""
    with pytest.raises(ConfigError, match=r"^F:7: allow\[0\]: a chain id is"):
        settled(Policy(file="F", allows=(allow("9" * 19),)), KNOWN)


@pytest.mark.parametrize("group", ["all", "mainnets", "testnets"])
def test_a_group_is_no_chain(group: str) -> None:
    """A chain that is in no group, of one's own, would not be meant by any."""
    with pytest.raises(ConfigError) as refused:
        settled(Policy(file="F", rules=(rule(chains=frozenset({group})),)), KNOWN)

    assert refused.value.message == (
        f"F:7: rule[0]: {group} is a group of chains, and no chain"
    )
