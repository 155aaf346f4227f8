"""Spenders on a real node: what they run, who may swap it, and since when they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import pytest

from allowctl.intel import authority, proxies
from allowctl.intel.creation import creations
from allowctl.intel.spenders import spender_facts
from allowctl.model.chain import ZERO_ADDRESS, Address, Chain
from allowctl.model.facts import (
    Authority,
    AuthorityKind,
    Creation,
    Proxy,
    ProxyKind,
    SpenderFacts,
    SpenderKind,
)
from allowctl.model.missing import Lack, Missing
from allowctl.net.http import HttpClient
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pool
from tests.fakes.client import rpc_at
from tests.lab.abi import encode_call
from tests.lab.solidity import contract
from tests.lab.upgrades import DAY, SAFES, Yard, hash_at, safe_release
from tests.nodes.anvil import Anvil
from tests.nodes.node import address_of

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("spenders")]

T = TypeVar("T")


@pytest.fixture(scope="module")
def yard() -> Iterator[Yard]:
    with Anvil() as anvil:
        yield Yard(anvil)


@pytest.fixture
def key(yard: Yard) -> Address:
    return address_of(yard.anvil.accounts[0])


@pytest.fixture
def logic(yard: Yard) -> Address:
    """Something to run that runs nothing else."""
    return yard.lab("Owned", ZERO_ADDRESS)


def over(use: Callable[[Pool], Awaitable[T]], *anvils: Anvil) -> T:
    """What comes of a question to a chain's nodes."""

    async def talk() -> T:
        async with HttpClient(deadline=30) as client:
            nodes = [Node(rpc_at(client, each.url)) for each in anvils]
            return await use(Pool(Chain(id=31337, name="anvil"), nodes))

    return asyncio.run(talk())


def facts(yard: Yard, *spenders: Address) -> list[SpenderFacts]:
    """What is found out about spenders at the head, in their order."""

    async def ask(pool: Pool) -> dict[Address, SpenderFacts]:
        pin = await pool.pin(None)
        return await spender_facts(pool.state(pin.block, final=False), spenders)

    found = over(ask, yard.anvil)
    return [found[each] for each in spenders]


def proxy_of(found: SpenderFacts) -> Proxy:
    assert isinstance(found.proxy, Proxy), found
    return found.proxy


def decides(found: SpenderFacts) -> Authority:
    who = proxy_of(found).authority
    assert isinstance(who, Authority), found
    return who


# What a spender is


def test_no_proxy(yard: Yard, key: Address, logic: Address) -> None:
    """A key, an address that was never used, and a plain contract."""
    unused = Address("0x" + "0c" * 20)
    yard.anvil.send(yard.anvil.accounts[0], unused)
    found = facts(yard, key, unused, logic)

    assert found == [
        SpenderFacts(address=key, kind=SpenderKind.EOA),
        SpenderFacts(address=unused, kind=SpenderKind.UNUSED),
        SpenderFacts(
            address=logic,
            kind=SpenderKind.CONTRACT,
            code_hash=hash_at(yard.anvil, logic),
        ),
    ]


def test_delegated_account(yard: Yard, logic: Address) -> None:
    """A key that signed an EIP-7702 authorisation: whose code it runs, and which."""
    account = yard.delegate(yard.anvil.accounts[7], logic)
    (found,) = facts(yard, account)

    assert found == SpenderFacts(
        address=account,
        kind=SpenderKind.DELEGATED_EOA,
        delegate=logic,
        code_hash=hash_at(yard.anvil, logic),
    )


def test_proxy_by_a_slot_of_its_own(yard: Yard) -> None:
    """Known slots that are empty make no proxy, and are no proof that it is none."""
    other = yard.lab(
        "SlotProxy", b"\x11" * 32, ZERO_ADDRESS, b"\x12" * 32, yard.deployer
    )
    (found,) = facts(yard, other)

    assert isinstance(found.proxy, Missing)
    assert found.proxy.lack is Lack.UNAVAILABLE
    assert found.code_hash == hash_at(yard.anvil, other)


# What a proxy runs


def test_transparent_proxy(yard: Yard, key: Address, logic: Address) -> None:
    """Its admin's owner decides, and its implementation is what runs."""
    admin = yard.proxy_admin(key)
    (found,) = facts(yard, yard.transparent(logic, admin))

    assert found.code_hash == hash_at(yard.anvil, logic)
    assert found.kind is SpenderKind.CONTRACT
    assert found.proxy == Proxy(
        kind=ProxyKind.EIP1967,
        implementation=logic,
        authority=Authority(kind=AuthorityKind.EOA, path=(admin, key)),
    )


def test_key_as_admin(yard: Yard, key: Address, logic: Address) -> None:
    """A proxy whose admin is a key itself."""
    (found,) = facts(yard, yard.transparent(logic, key))

    assert decides(found) == Authority(kind=AuthorityKind.EOA, path=(key,))


def test_uups_proxy(yard: Yard, key: Address) -> None:
    """Without an admin it is the proxy's own owner who decides."""
    brings = yard.lab("OwnUpgrade")
    silent = yard.lab("SilentUpgrade")
    data = encode_call("initialize(address)", key)
    known, unknown = facts(yard, yard.uups(brings, data), yard.uups(silent))

    assert known.code_hash == hash_at(yard.anvil, brings)
    assert known.proxy == Proxy(
        kind=ProxyKind.EIP1967,
        implementation=brings,
        authority=Authority(kind=AuthorityKind.EOA, path=(key,)),
    )
    who = proxy_of(unknown).authority
    assert isinstance(who, Missing)
    assert who.lack is Lack.UNAVAILABLE


def test_upgrade_is_seen(yard: Yard) -> None:
    """After a real upgrade it is the new implementation's hash."""
    brings, other = yard.lab("OwnUpgrade"), yard.lab("Furnace")
    proxy = yard.uups(brings, encode_call("initialize(address)", yard.deployer))
    (before,) = facts(yard, proxy)
    yard.act(proxy, "upgradeTo(address)", other)
    (after,) = facts(yard, proxy)

    assert before.code_hash == hash_at(yard.anvil, brings)
    assert after.code_hash == hash_at(yard.anvil, other)
    assert proxy_of(after).implementation == other


def test_beacon_proxy(yard: Yard, key: Address, logic: Address) -> None:
    """What the beacon says runs, and the beacon's owner decides."""
    beacon = yard.beacon(logic, key)
    (found,) = facts(yard, yard.behind_beacon(beacon))

    assert found.code_hash == hash_at(yard.anvil, logic)
    assert found.proxy == Proxy(
        kind=ProxyKind.BEACON,
        implementation=logic,
        beacon=beacon,
        authority=Authority(kind=AuthorityKind.EOA, path=(key,)),
    )


@pytest.mark.parametrize(
    ("kind", "slot", "admin_slot"),
    [
        (ProxyKind.EIP1822, proxies.PROXIABLE, 1),
        (ProxyKind.ZEPPELINOS, proxies.ZOS_IMPLEMENTATION, proxies.ZOS_ADMIN),
    ],
)
def test_older_proxies(
    yard: Yard, key: Address, kind: ProxyKind, slot: int, admin_slot: int
) -> None:
    """EIP-1822 has no admin but an owner; zeppelinos has its own slots."""
    brings = yard.lab("Owned", key)
    where, whose = slot.to_bytes(32, "big"), admin_slot.to_bytes(32, "big")
    proxy = yard.lab("SlotProxy", where, brings, whose, key)
    yard.act(proxy, "give(address)", key)
    (found,) = facts(yard, proxy)

    assert found.code_hash == hash_at(yard.anvil, brings)
    assert found.proxy == Proxy(
        kind=kind,
        implementation=brings,
        authority=Authority(kind=AuthorityKind.EOA, path=(key,)),
    )


@pytest.mark.parametrize("pattern", proxies.FIXED, ids=lambda it: it[0].hex())
def test_minimal_proxy(yard: Yard, pattern: tuple[bytes, bytes]) -> None:
    """Each form of code that passes all calls on really does, and is known."""
    brings = yard.lab("OwnUpgrade")
    clone = yard.clone(pattern, brings)
    (found,) = facts(yard, clone)
    ask = encode_call("proxiableUUID()")

    # The two oldest forms return 4,096 bytes, whatever it was.
    assert yard.anvil.call(clone, ask)[:32] == yard.anvil.call(brings, ask)
    assert found.code_hash == hash_at(yard.anvil, brings)
    assert found.proxy == Proxy(kind=ProxyKind.MINIMAL, implementation=brings)


@pytest.mark.parametrize("zeros", [1, 4, 16, 19])
def test_minimal_proxy_of_a_short_address(yard: Yard, zeros: int) -> None:
    """ERC-1167 without an address's leading zeros passes calls on too."""
    brings = yard.lab("OwnUpgrade")
    short = bytes.fromhex(brings[2:])[zeros:]
    target = Address("0x" + "00" * zeros + short.hex())
    yard.anvil.set_code(target, contract("OwnUpgrade").runtime)
    push, jump = 0x73 - zeros, 0x2B - zeros
    runtime = (
        bytes.fromhex("363d3d373d3d3d363d")
        + bytes([push])
        + short
        + bytes.fromhex("5af43d82803e903d9160")
        + bytes([jump])
        + bytes.fromhex("57fd5bf3")
    )
    clone = yard.code(runtime)
    (found,) = facts(yard, clone)
    ask = encode_call("proxiableUUID()")

    assert yard.anvil.call(clone, ask) == yard.anvil.call(brings, ask)
    assert found.proxy == Proxy(kind=ProxyKind.MINIMAL, implementation=target)
    assert found.code_hash == hash_at(yard.anvil, brings)


def test_proxy_of_a_minimal_proxy(yard: Yard, key: Address, logic: Address) -> None:
    """What runs is at the end of the way; who may swap it stands at its beginning."""
    clone = yard.clone(proxies.FIXED[0], logic)
    (found,) = facts(yard, yard.transparent(clone, key))

    assert proxy_of(found).implementation == clone
    assert found.code_hash == hash_at(yard.anvil, logic)
    assert decides(found).kind is AuthorityKind.EOA


# Who decides


@pytest.mark.parametrize("version", SAFES)
@pytest.mark.parametrize("layer2", [False, True])
def test_safe_decides(
    yard: Yard, logic: Address, version: str, *, layer2: bool
) -> None:
    """A real 2-of-3 Safe behind a ProxyAdmin."""
    keys = [address_of(account) for account in yard.anvil.accounts[:3]]
    safe = yard.safe(keys, 2, version=version, layer2=layer2)
    admin = yard.proxy_admin(safe)
    (found,) = facts(yard, yard.transparent(logic, admin))

    assert decides(found) == Authority(
        kind=AuthorityKind.SAFE, path=(admin, safe), threshold=2, owners=3
    )
    said = [encode_call("getThreshold()"), encode_call("getOwners()")]
    threshold, owners = (yard.anvil.call(safe, each) for each in said)

    assert int.from_bytes(threshold, "big") == 2
    assert int.from_bytes(owners[32:64], "big") == 3


@pytest.mark.parametrize("version", SAFES)
def test_safes_are_known_by_their_code(version: str) -> None:
    """The table of hashes is that of npm's artifacts."""
    release = safe_release(version)
    hashes = {proxies.code_hash(each.runtime) for each in release.singletons}

    assert proxies.code_hash(release.proxy.runtime) in authority.SAFE_PROXIES
    assert hashes <= authority.SAFE_SINGLETONS
    assert len(authority.SAFE_PROXIES) == len(SAFES)
    assert len(authority.SAFE_SINGLETONS) == 2 * len(SAFES)


def test_who_only_says_to_be_a_safe(yard: Yard, logic: Address) -> None:
    """A contract that says what a Safe says, or a Safe's proxy of it, is a contract."""
    sayer = yard.lab("SafeSayer")
    posing = yard.deploy(safe_release("1.5.0").proxy, sayer)
    for slot in (authority.OWNER_COUNT, authority.THRESHOLD):
        yard.anvil.set_storage(posing, slot, 5)
    one, two = facts(
        yard, yard.transparent(logic, sayer), yard.transparent(logic, posing)
    )

    assert decides(one) == Authority(kind=AuthorityKind.CONTRACT, path=(sayer,))
    assert decides(two) == Authority(kind=AuthorityKind.CONTRACT, path=(posing,))


def test_timelock_decides(yard: Yard, logic: Address) -> None:
    """OpenZeppelin's and Compound's, with their delay."""
    real, older = yard.timelock(2 * DAY), yard.lab("Delayed", 3 * DAY)
    admin = yard.proxy_admin(real)
    one, two = facts(
        yard, yard.transparent(logic, admin), yard.transparent(logic, older)
    )

    assert decides(one) == Authority(
        kind=AuthorityKind.TIMELOCK, path=(admin, real), delay=2 * DAY
    )
    assert decides(two) == Authority(
        kind=AuthorityKind.TIMELOCK, path=(older,), delay=3 * DAY
    )


def test_timelock_without_a_delay(yard: Yard, logic: Address) -> None:
    """Who waits no second is no timelock."""
    (found,) = facts(yard, yard.transparent(logic, yard.timelock(0)))

    assert decides(found).kind is AuthorityKind.CONTRACT


def test_given_up(yard: Yard, logic: Address) -> None:
    """A renounced ProxyAdmin is nobody's."""
    admin = yard.proxy_admin(ZERO_ADDRESS)
    (found,) = facts(yard, yard.transparent(logic, admin))

    assert decides(found) == Authority(kind=AuthorityKind.NOBODY, path=(admin,))


def test_delegated_key_decides(yard: Yard, logic: Address) -> None:
    """A key's account stays a key's, whatever code it runs."""
    account = yard.delegate(yard.anvil.accounts[6], yard.timelock(DAY))
    (found,) = facts(yard, yard.transparent(logic, account))

    assert decides(found) == Authority(kind=AuthorityKind.EOA, path=(account,))


# Hostile contracts


def test_ways_without_an_end(yard: Yard, logic: Address, key: Address) -> None:
    """Who owns itself, two that own each other, and a long way end as contracts."""
    itself = yard.lab("Owned", key)
    yard.act(itself, "give(address)", itself)
    one = yard.lab("Owned", key)
    other = yard.lab("Owned", one)
    yard.act(one, "give(address)", other)
    chain = [yard.lab("Owned", key)]
    for _ in range(authority.STEPS):
        chain.append(yard.lab("Owned", chain[-1]))
    chain.reverse()
    admins = [itself, one, chain[0]]
    found = facts(yard, *(yard.transparent(logic, admin) for admin in admins))

    assert [decides(each).kind for each in found] == [AuthorityKind.CONTRACT] * 3
    assert [decides(each).path for each in found] == [
        (itself,),
        (one, other),
        tuple(chain[: authority.STEPS]),
    ]


@pytest.mark.parametrize("name", ["Flood", "Furnace", "Fickle"])
def test_hostile_admin(yard: Yard, logic: Address, key: Address, name: str) -> None:
    """Floods, burners and the fickle end somewhere, and harm no other spender."""
    bad = yard.lab(name)
    admin = yard.proxy_admin(bad)
    spenders = (
        yard.transparent(logic, bad),
        yard.transparent(logic, admin),
        yard.transparent(logic, key),
        yard.uups(bad),
        bad,
    )
    direct, through, good, own, itself = facts(yard, *spenders)

    assert decides(direct).path[0] == bad
    assert decides(through).path[:2] == (admin, bad)
    if name != "Fickle":
        assert decides(direct).kind is AuthorityKind.CONTRACT
        who = proxy_of(own).authority
        assert isinstance(who, Missing)
        assert who.lack is Lack.UNAVAILABLE
    assert decides(good) == Authority(kind=AuthorityKind.EOA, path=(key,))
    assert own.code_hash == itself.code_hash == hash_at(yard.anvil, bad)


# Since when


def at_head(
    firsts: Mapping[Address, int | None],
    *anvils: Anvil,
    known: Mapping[Address, Creation] | None = None,
) -> dict[Address, Creation | Missing]:
    async def ask(pool: Pool) -> dict[Address, Creation | Missing]:
        pin = await pool.pin(None)
        return await creations(pool.archive(), pin.block, firsts, known or {})

    return over(ask, *anvils)


def born(yard: Yard, gaps: Sequence[int]) -> dict[Address, int]:
    """Contracts, each so many blocks after the one before, and their blocks."""
    found: dict[Address, int] = {}
    for gap in gaps:
        yard.anvil.mine(gap)
        made = yard.lab("Owned", yard.deployer)
        found[made] = yard.anvil.head
    yard.anvil.mine(5)
    return found


def test_creation_by_old_state() -> None:
    """Where a node keeps old state the block is exact, and nobody else need have it."""
    with Anvil(history=True) as old, Anvil() as pruned:
        yard = Yard(old)
        made = born(yard, (1, 7, 30, 0, 100))
        clone = yard.clone(proxies.FIXED[0], next(iter(made)))
        made[clone] = old.head
        pruned.mine(old.head)
        firsts: dict[Address, int | None] = dict.fromkeys(made)
        found = at_head(firsts, pruned, old)

    assert found == {
        each: Creation(block=number, exact=True) for each, number in made.items()
    }


def test_creation_without_old_state() -> None:
    """Where no node does, the first approval is all there is, or nothing."""
    with Anvil() as pruned:
        yard = Yard(pruned)
        one, two = born(yard, (50, 50))
        pruned.mine(600)
        firsts = {one: 70, two: None}
        found = at_head(firsts, pruned)

    assert found[one] == Creation(block=70, exact=False)
    missing = found[two]
    assert isinstance(missing, Missing)
    assert missing.lack is Lack.UNAVAILABLE
