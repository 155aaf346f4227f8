"""One tale with every turn an approval can take, told on a node."""

from __future__ import annotations

from allowctl.model.chain import ZERO_ADDRESS
from tests.lab import artifacts
from tests.lab.artifacts import PERMIT2
from tests.lab.truth import Expected, Key
from tests.lab.world import MAX, MAX_160, World
from tests.nodes.node import ETHER

YEARS = 10 * 365 * 86_400


def tell(world: World, *, idle: int = 0) -> None:
    """Act it out, with `idle` empty blocks after each of the six chapters.

    Anvil's empty blocks cost the more the more state there is: 100,000 take
    3 s before the story (`world.idle`), and 16 s between its chapters.
    """
    for chapter in CHAPTERS:
        chapter(world)
        world.idle(idle)


def _amounts(world: World) -> None:
    """Granted, lowered, spent, spent to nothing, revoked, granted again."""
    one, two, three, four = world.spenders
    token = world.token("Dollar", "USD")
    world.approve(token, one, MAX)
    world.spend(token, one, 5)
    world.approve(token, two, 1_000)
    world.approve(token, two, 400)
    world.spend(token, two, 150)
    world.approve(token, three, 77)
    world.spend(token, three, 77)
    world.approve(token, four, MAX)
    world.revoke(token, four)

    again = world.token("Again", "AGN")
    world.approve(again, one, 10)
    world.revoke(again, one)
    world.approve(again, one, 3)

    wrapped = world.deploy(artifacts.weth9())
    world.anvil.send(world.owner, wrapped, value=10 * ETHER)
    world.approve(wrapped, one, MAX)
    world.spend(wrapped, one, 1)
    world.approve(wrapped, two, ETHER)
    world.spend(wrapped, two, 1)

    signed = world.lab("PermitToken", world.owner)
    world.permit(signed, one, 9_999)
    world.permit(signed, two, 1)
    world.spend(signed, two, 1)


def _permit2(world: World) -> None:
    """Granted, spent, by signature, locked down, expired, asleep."""
    one, two, three, four = world.spenders
    later = world.anvil.now + YEARS
    token = world.token("Child", "CHD")
    world.approve(token, PERMIT2, MAX)
    world.permit2_approve(token, one, MAX_160, later)
    world.permit2_spend(token, one, 3)
    world.permit2_permit(token, two, 500, later)
    world.permit2_spend(token, two, 200)
    world.permit2_approve(token, three, 10, world.anvil.now + 60)
    world.permit2_approve(token, four, 10, later)

    asleep = world.token("Asleep", "ZZZ")
    world.permit2_approve(asleep, one, 12, later)
    world.approve(asleep, PERMIT2, 100)
    world.revoke(asleep, PERMIT2)
    world.permit2_approve(asleep, two, 0, later)

    small = world.token("Small root", "SML")
    world.approve(small, PERMIT2, 30)
    world.permit2_approve(small, one, 40, later)
    world.permit2_spend(small, one, 10)

    world.lockdown([(token, four), (small, four)])
    world.permit2_approve(small, two, 1, 0)
    world.wait(120)


def _items(world: World) -> None:
    """Approved, replaced, taken back, sent away; operators of both standards."""
    one, two, three, _ = world.spenders
    items = world.collection()
    kept, replaced, cleared, sent, never = (world.mint_item(items) for _ in range(5))
    world.approve_item(items, kept, one)
    world.approve_item(items, replaced, one)
    world.approve_item(items, replaced, two)
    world.approve_item(items, cleared, one)
    world.approve_item(items, cleared, ZERO_ADDRESS)
    world.approve_item(items, sent, one)
    world.transfer_item(items, sent, three)
    world.transfer_item(items, never, three)
    world.operator(items, two)
    world.operator(items, three)
    world.operator(items, three, approved=False)

    chatty = world.lab("ChattyNft")
    first, second = world.mint_item(chatty), world.mint_item(chatty)
    world.approve_item(chatty, first, one)
    for item in (first, second):
        world.transfer_item(chatty, item, three, logs=True)

    many = world.deploy(artifacts.erc1155(), "")
    world.operator(many, one)
    world.operator(many, two)
    world.operator(many, two, approved=False)


def _quirks(world: World) -> None:
    """Tokens that are odd, but honest."""
    one, two, _, _ = world.spenders
    tether = world.lab("UsdtLike", world.owner)
    world.approve(tether, one, MAX)
    world.approve(tether, two, 5)
    world.revoke(tether, two)
    world.approve(tether, two, 6)

    narrow = world.lab("Uint96Token", world.owner)
    world.approve(narrow, one, MAX, kept=2**96 - 1)

    for name in ("Bytes32Symbol", "NoDecimals", "RevertingMeta", "Decimals255"):
        world.approve(world.lab(name, world.owner), one, 8)

    for topics in (1, 2, 4):
        world.approve(world.lab("UnindexedToken", topics, world.owner), one, 9)

    solady = world.lab("SoladyLike", world.owner)
    world.approve(solady, one, 4)
    root = Key("erc20", solady, solady, PERMIT2)
    world.books.silent[root] = Expected("live", MAX)


def _lies(world: World) -> None:
    """Tokens that are not."""
    one, two, _, four = world.spenders
    liar = world.lab("Liar", world.owner)
    world.approve(liar, one, 100)
    world.approve(liar, one, 0, kept=100)

    pair = world.lab("SideGrant", world.owner, four)
    world.approve(pair, one, 1)
    world.books.silent[Key("erc20", pair, pair, four)] = Expected("live", MAX)

    for name in ("GasBurner", "RevertBomb"):
        bomb = world.lab(name)
        world.bait(bomb, two)
        world.refuse(bomb, two)
    lookup = world.lab("OffchainLookupToken", "http://127.0.0.1:9/{sender}/{data}")
    world.bait(lookup, two)
    world.refuse(lookup, two)
    world.plant_fakes(20)


def _late(world: World) -> None:
    """What changes long after."""
    one = world.spenders[0]
    token = world.token("Gone", "GONE")
    world.approve(token, one, MAX)
    world.remove_code(token)
    late = world.token("Late", "LATE")
    world.approve(late, one, 2)


CHAPTERS = (_amounts, _permit2, _items, _quirks, _lies, _late)
"""In the order they are told; each leaves the books in order."""
