"""What is asked for a policy: its wallets, the pairs it wants read, its names."""

from __future__ import annotations

import pytest

from allowctl.chains.owners import OwnerAddress
from allowctl.cli import wanted
from allowctl.cli.wanted import Wanted
from allowctl.errors import ConfigError, UsageError
from allowctl.model.chain import Address
from allowctl.model.naming import NameClaim
from allowctl.model.question import Pair
from allowctl.model.settings import Origin, Settings, Wallet
from tests.build import OWNER, SPENDER, TOKEN, address
from tests.cli.making_wanted import DAY, KNOWN, probe, settings, wallet

OTHER = address(0x0B)
PAIR = Pair(token=TOKEN, spender=SPENDER)


def of(
    *wallets: Wallet, said: Settings | None = None, chains: tuple[str, ...] = ()
) -> Wanted:
    return wanted.of_wallets(
        wallets, settings=said or settings(*wallets), known=KNOWN, chains=chains
    )


def asked(found: Wanted) -> list[tuple[Address, tuple[str, ...]]]:
    """Each owner, and the chains it is bound to."""
    owners = []
    for each in found.owners:
        assert isinstance(each.owner, OwnerAddress)
        owners.append((each.owner.address, tuple(c.name for c in each.chains)))
    return owners


def test_wallets_on_their_chains() -> None:
    """Each on its own; one that names none on whatever is reached."""
    found = of(wallet(), wallet("ops", OTHER, "base", "10"))
    assert asked(found) == [(OWNER, ()), (OTHER, ("base", "optimism"))]
    assert found.chains == ()
    assert found.open


def test_chains_select_among_a_wallets_own() -> None:
    """It is never asked on a chain that it is not on, and left out if on none."""
    wallets = (
        wallet(),
        wallet("ops", OTHER, "base", "10"),
        wallet("cold", address(0xC0), "arbitrum"),
    )
    found = of(*wallets, chains=("base,ethereum",))
    assert asked(found) == [(OWNER, ()), (OTHER, ("base",))]
    assert {chain.name for chain in found.named_chains} == {"base", "ethereum"}
    assert not found.open


def test_nothing_left() -> None:
    """A usage error that names the chains."""
    with pytest.raises(UsageError, match="no wallet is on base"):
        of(wallet("cold", OWNER, "arbitrum"), chains=("base",))


def test_two_names_of_one_address() -> None:
    """It is asked once on each chain; both names are checked."""
    found = of(
        wallet("one", ens="one.eth"),
        wallet("two", ens="two.eth"),
    )
    assert asked(found) == [(OWNER, ())]
    assert found.claims == (
        NameClaim(wallet="one", name="one.eth", address=OWNER),
        NameClaim(wallet="two", name="two.eth", address=OWNER),
    )


def test_claims_of_those_that_are_asked() -> None:
    """Of a wallet that is left out, or has no name, nothing is resolved."""
    wallets = (wallet("a", OWNER, "base", ens="a.eth"), wallet("b", OTHER))
    assert of(*wallets, chains=("ethereum",)).claims == ()
    assert of(*wallets[1:]).claims == ()


def test_uses_are_sought_where_they_decide() -> None:
    """As long as the policy says; for nobody else."""
    assert of(wallet(), said=settings(wallet(), days=90)).unused_for == 90 * DAY
    assert of(wallet()).unused_for is None
    plain = wanted.wanted(owners=[], settings=settings(wallet(), days=90), known=KNOWN)
    assert (plain.unused_for, plain.claims) == (None, ())


def test_wallets_of_a_found_file_are_told_of() -> None:
    """They may be anybody's."""
    found = of(wallet(origin=Origin.PROJECT), wallet("mine", OTHER))
    assert found.found_wallets == ("treasury",)


def test_probes() -> None:
    """Of the wallet that the entry names, or of every one; each pair once."""
    wallets = (wallet(), wallet("ops", OTHER))
    second = Pair(token=address(7), spender=SPENDER)
    said = settings(
        *wallets,
        probes=(
            probe(),
            probe("1"),
            probe("base", of="ops"),
            probe("8453", second.token, of="ops"),
        ),
    )
    expected = {
        (1, OWNER): (PAIR,),
        (1, OTHER): (PAIR,),
        (8453, OTHER): (PAIR, second),
    }
    assert of(*wallets, said=said).probes == expected
    scan = wanted.wanted(owners=[OWNER], settings=said, known=KNOWN)
    assert scan.probes == expected


def test_a_probe_on_no_chain() -> None:
    """The file is wrong, and the place is told."""
    said = settings(wallet(), probes=(probe("nochain"),))
    with pytest.raises(ConfigError, match=r"allowctl\.toml:9: probe\[0\]"):
        wanted.wanted(owners=[OWNER], settings=said, known=KNOWN)
