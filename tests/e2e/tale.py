"""The long tale: the lab's story, what it leaves out, and 100,000 quiet blocks."""

from __future__ import annotations

from dataclasses import dataclass

from allowctl.model.chain import ZERO_ADDRESS, Address
from tests.lab.artifacts import PERMIT2
from tests.lab.story import tell
from tests.lab.truth import Expected, Key
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil
from tests.nodes.node import ETHER

QUIET = 100_000
"""Empty blocks before the story; more come between its chapters."""
FAKES = 100
"""Planted logs of each of three kinds, by one contract."""
CLAIMED = 10 * 2**20
"""Bytes that a name says it has."""
STRANGER = Address("0x" + "51" * 20)
"""A spender nobody has ever seen."""
DELEGATED = Address("0x" + "77" * 20)
"""A spender whose key runs another's code (EIP-7702)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tale:
    """A world in which everything has happened."""

    world: World
    signer: World
    """The same chain's second owner, who never sent a transaction."""
    both: Address
    """ERC-20 and ERC-721 behind one approve."""
    claims: Address
    """A token with names that say they are 10 MB long."""
    spender_contract: Address
    unnamed: dict[Key, Expected]
    """Live in state; no log of the owner's names them."""

    @property
    def truth(self) -> dict[Key, Expected]:
        """What a scan of all logs must find: a silent Permit2 root among it."""
        known = self.world.truth | self.world.books.silent
        return {key: known[key] for key in known.keys() - self.unnamed.keys()}


def long_tale(anvil: Anvil) -> Tale:
    """Tell it all; takes about six seconds."""
    world = World(anvil)
    world.idle(QUIET)
    tell(world, idle=200)
    _old_items(world)
    both = _both(world)
    _bombs(world)
    claims = _claims(world)
    spender = _spenders(world)
    _fakes(world)
    signer = _signer(world)
    world.idle(1_000)
    return Tale(
        world=world,
        signer=signer,
        both=both,
        claims=claims,
        spender_contract=spender,
        unnamed=unnamed(world),
    )


def unnamed(world: World) -> dict[Key, Expected]:
    """What the story knows and no log of the owner's says.

    A grant by the way (SideGrant), and a log that indexes nobody (one topic).
    """
    known = world.truth | world.books.silent
    grants = {k for k in world.books.silent if k.spender != PERMIT2}
    emitters = {
        log["address"].lower() for log in world.anvil.logs() if len(log["topics"]) == 1
    }
    return {key: known[key] for key in known if key in grants or key.token in emitters}


def _old_items(world: World) -> None:
    """An NFT that has its ids in the data: kept, sent away, cleared, a huge id."""
    one, two, three, _ = world.spenders
    old = world.lab("OldNft")
    kept, sent, cleared, huge = 12, 13, 14, 2**140 + 5
    for token_id in (kept, sent, cleared, huge):
        world.mint_numbered(old, token_id)
        world.approve_item(old, token_id, one)
    world.approve_item(old, huge, two)
    world.transfer_item(old, sent, three)
    world.approve_item(old, cleared, ZERO_ADDRESS)


def _both(world: World) -> Address:
    one, two, _, _ = world.spenders
    both = world.lab("Erc404Like", world.owner, 10)
    world.approve_item(both, 3, one)
    world.approve(both, two, 10**18)
    return both


def _bombs(world: World) -> None:
    """Answers with kilobytes behind them, with megabytes, and with a terabyte.

    The first is long and no less true: everybody may take everything.
    """
    one = world.spenders[0]
    small = world.lab("ReturnBomb", 20_000)
    world.bait(small, one)
    world.books.amounts[small, one] = MAX
    root = Key("erc20", small, small, PERMIT2)
    world.books.silent[root] = Expected("live", MAX)
    for size in (2_000_000, 10**12):
        bomb = world.lab("ReturnBomb", size)
        world.bait(bomb, one)
        world.refuse(bomb, one)


def _claims(world: World) -> Address:
    claims = world.lab("HostileName", world.owner, b"BIG", b"BIG", CLAIMED)
    world.approve(claims, world.spenders[0], 5)
    terminal = b"\x1b[2J\x1b[31mUSDC\x1b[0m"
    loud = world.lab("HostileName", world.owner, terminal, b"a\r\nb | c", 0)
    world.approve(loud, world.spenders[0], 6)
    return claims


def _spenders(world: World) -> Address:
    """A contract, a delegated key, and an address nobody has ever used."""
    spender = world.lab("Token", world.deployer)
    world.anvil.set_code(
        DELEGATED, bytes.fromhex("ef0100") + bytes.fromhex(spender[2:])
    )
    token = world.token("Spenders", "SPD")
    for each in (spender, DELEGATED, STRANGER):
        world.approve(token, each, ETHER)
    return spender


def _fakes(world: World) -> None:
    """A contract names the owner in 300 logs of three kinds and reverts when asked."""
    fake = world.plant_fakes(FAKES)
    for plant in ("plantOperators", "plantItems"):
        world.plant(fake, plant, FAKES)
    for number in range(1, FAKES + 1):
        spender = Address(f"0x{number:040x}")
        world.books.refused.add(Key("operator", fake, fake, spender))
        world.books.refused.add(Key("erc721", fake, fake, spender, number))


def _signer(world: World) -> World:
    """Grants by signature alone, sent by a relayer."""
    signer = World(world.anvil, owner=world.anvil.accounts[3])
    token = signer.lab("PermitToken", signer.owner)
    signer.permit(token, PERMIT2, 50)
    later = world.anvil.now + 10**8
    signer.permit2_permit(token, signer.spenders[0], 20, later)
    signer.permit2_spend(token, signer.spenders[0], 5)
    signer.permit(token, signer.spenders[1], MAX)
    return signer
