"""The acts of the story, oldest first: what the wallet approved, and what became of it.

Each act plays its transactions and returns what is then true of its approvals.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allowctl.demo import expect, typed
from allowctl.demo.expect import MAX, MAX160
from allowctl.demo.stage import DAY, Contract, Stage
from allowctl.demo.truth import Death, Fate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allowctl.demo.actors import Actor
    from allowctl.demo.truth import Expected

DAI_NAME = "Demo Dai"
"""Part of what is signed for a permit."""
CENTS = 10**6
"""One whole unit of the six-decimal tokens."""
WHOLE = 10**18
"""One whole unit of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody and everything on stage."""

    owner: Actor
    keeper: Actor
    """Deploys, and runs the routers."""
    relayer: Actor
    """Brings other people's signatures to the chain."""
    friend: Actor
    """A plain account."""
    usdc: Contract
    dai: Contract
    weth: Contract
    old: Contract
    """A token of which the wallet has nothing left."""
    usdt: Contract
    silent: Contract
    hostile: Contract
    punks: Contract
    items: Contract
    mirage: Contract
    swap: Contract
    lend: Contract
    bridge: Contract
    market: Contract
    permit2: Contract


def amounts(stage: Stage, cast: Cast) -> Iterator[Expected]:
    """ERC-20 approvals, 390 to 230 days ago."""
    me, usdc, dai, weth = cast.owner, cast.usdc, cast.dai, cast.weth

    stage.day(390)
    stage.send(me, usdc, "approve", cast.swap.address, MAX)
    _pull(stage, cast, cast.swap, usdc, 150 * CENTS)
    yield expect.amount(usdc, cast.swap.address, MAX, "unlimited, and used")
    stage.send(me, usdc, "approve", cast.lend.address, 500 * CENTS)
    yield expect.amount(usdc, cast.lend.address, 500 * CENTS, "finite, never used")

    stage.day(350)
    stage.send(me, dai, "approve", cast.swap.address, 1_000 * WHOLE)
    _pull(stage, cast, cast.swap, dai, 400 * WHOLE)
    yield expect.amount(dai, cast.swap.address, 600 * WHOLE, "finite, partly spent")
    stage.send(me, dai, "approve", cast.lend.address, 200 * WHOLE)
    _pull(stage, cast, cast.lend, dai, 200 * WHOLE)
    yield expect.amount(dai, cast.lend.address, 0, "finite, all spent")

    stage.day(320)
    stage.send(me, weth, "approve", cast.swap.address, MAX)
    stage.send(me, weth, "approve", cast.swap.address, 0)
    yield expect.amount(weth, cast.swap.address, 0, "revoked")
    stage.send(me, weth, "approve", cast.bridge.address, 1_000 * WHOLE)
    yield expect.amount(
        weth, cast.bridge.address, 1_000 * WHOLE, "more than the wallet has"
    )

    stage.day(290)
    stage.send(me, usdc, "approve", cast.friend.address, MAX)
    yield expect.amount(usdc, cast.friend.address, MAX, "unlimited, to a plain account")
    stage.send(me, usdc, "approve", cast.bridge.address, 100 * CENTS)
    stage.send(me, usdc, "approve", cast.bridge.address, 40 * CENTS)
    yield expect.amount(usdc, cast.bridge.address, 40 * CENTS, "lowered")

    stage.day(260)
    stage.send(me, cast.usdt, "approve", cast.bridge.address, 2_500 * CENTS)
    yield expect.amount(
        cast.usdt, cast.bridge.address, 2_500 * CENTS, "USDT-like token"
    )
    stage.send(me, cast.old, "approve", cast.swap.address, MAX)
    stage.send(me, cast.old, "transfer", cast.friend.address, 10 * WHOLE)
    yield expect.amount(
        cast.old, cast.swap.address, MAX, "unlimited, nothing left to take"
    )

    stage.day(230)
    permitted = 75 * WHOLE
    deadline = stage.base
    pair = (me.address, cast.market.address)
    asked = typed.erc2612(dai.address, DAI_NAME, pair, permitted, deadline)
    signature = stage.sign(me, asked)
    stage.send(cast.relayer, dai, "permit", *pair, permitted, deadline, *signature)
    yield expect.amount(
        dai, cast.market.address, permitted, "signed, brought by a relayer"
    )


def collections(stage: Stage, cast: Cast) -> Iterator[Expected]:
    """ERC-721 and ERC-1155 approvals, 200 and 170 days ago."""
    me, punks, items, market = cast.owner, cast.punks, cast.items, cast.market

    stage.day(200)
    stage.send(me, punks, "approve", market.address, 7)
    yield expect.item(punks, market, 7, None, "a single item")
    stage.send(me, punks, "approve", market.address, 3)
    away = (me.address, cast.friend.address, 3)
    stage.send(me, punks, "transferFrom", *away)
    yield expect.item(punks, market, 3, Death.TRANSFERRED, "an item since given away")
    stage.send(me, punks, "approve", market.address, 5)
    stage.send(me, punks, "approve", "0x" + "00" * 20, 5)
    yield expect.item(punks, market, 5, Death.ZERO, "a single item, revoked")

    stage.day(170)
    _open(stage, cast, (punks, market), on=True)
    yield expect.operator(punks, market, Fate.LIVE, "a whole ERC-721 collection")
    _open(stage, cast, (items, market), on=True)
    yield expect.operator(items, market, Fate.LIVE, "a whole ERC-1155 collection")
    _open(stage, cast, (items, cast.bridge), on=True)
    _open(stage, cast, (items, cast.bridge), on=False)
    yield expect.operator(items, cast.bridge, Fate.DEAD, "a collection, revoked")


def nested(stage: Stage, cast: Cast) -> Iterator[Expected]:
    """Approvals through Permit2, 150 to 60 days ago."""
    me, usdc, permit2 = cast.owner, cast.usdc, cast.permit2
    far, soon, past = (stage.base + it * DAY for it in (3_650, 30, -30))

    stage.day(150)
    stage.send(me, usdc, "approve", permit2.address, MAX)
    yield expect.amount(usdc, permit2.address, MAX, "root: Permit2 may take all")
    _nest(stage, cast, (usdc, cast.swap), MAX160, far)
    yield expect.child((usdc, cast.swap), MAX160, far, "unlimited under Permit2")
    _nest(stage, cast, (usdc, cast.lend), 300 * CENTS, soon)
    _pull(stage, cast, cast.lend, usdc, 120 * CENTS, how="pullThroughPermit2")
    yield expect.child((usdc, cast.lend), 180 * CENTS, soon, "partly spent")

    stage.day(120)
    _nest(stage, cast, (usdc, cast.bridge), 900 * CENTS, past)
    yield expect.child(
        (usdc, cast.bridge), 900 * CENTS, past, "expired", death=Death.EXPIRED
    )
    _nest(stage, cast, (usdc, cast.market), 50 * CENTS, far)
    pair = (usdc.address, cast.market.address)
    stage.send(me, permit2, "lockdown", [pair])
    yield expect.child((usdc, cast.market), 0, far, "locked down", death=Death.ZERO)


def signed(stage: Stage, cast: Cast) -> Iterator[Expected]:
    """Permit2 under a finite root: by signature, and for one block; 100 days ago."""
    me, dai, permit2 = cast.owner, cast.dai, cast.permit2
    until, asked = stage.base + 90 * DAY, 250 * WHOLE

    stage.day(100)
    stage.send(me, dai, "approve", permit2.address, 5_000 * WHOLE)
    yield expect.amount(dai, permit2.address, 5_000 * WHOLE, "root: a finite one")
    single = ((dai.address, asked, until, 0), cast.market.address, stage.base)
    v, r, s = stage.sign(me, typed.permit_single(permit2.address, single))
    stage.send(cast.relayer, permit2, "permit", me.address, single, r + s + bytes([v]))
    yield expect.child((dai, cast.market), asked, until, "signed, sent by a relayer")
    _nest(stage, cast, (dai, cast.bridge), 10 * WHOLE, 0)
    now = stage.chain.head.timestamp
    yield expect.child(
        (dai, cast.bridge), 10 * WHOLE, now, "for one block", death=Death.EXPIRED
    )


def roots(stage: Stage, cast: Cast) -> Iterator[Expected]:
    """Permit2 under roots that are zero, odd or silent, 80 and 60 days ago."""
    me, weth, usdt, silent = cast.owner, cast.weth, cast.usdt, cast.silent
    permit2, far = cast.permit2, stage.base + 3_650 * DAY

    stage.day(80)
    stage.send(me, weth, "approve", permit2.address, MAX)
    _nest(stage, cast, (weth, cast.swap), 5 * WHOLE, far)
    stage.send(me, weth, "approve", permit2.address, 0)
    yield expect.amount(weth, permit2.address, 0, "root: revoked")
    yield expect.child(
        (weth, cast.swap), 5 * WHOLE, far, "asleep: no root", fate=Fate.DORMANT
    )

    stage.day(60)
    stage.send(me, usdt, "approve", permit2.address, MAX)
    yield expect.amount(usdt, permit2.address, MAX, "root: of the USDT-like token")
    _nest(stage, cast, (usdt, cast.swap), 70 * CENTS, far)
    pair = (usdt.address, cast.swap.address)
    stage.send(me, permit2, "invalidateNonces", *pair, 9)
    yield expect.child((usdt, cast.swap), 70 * CENTS, far, "only its nonce is void")
    _nest(stage, cast, (silent, cast.lend), 8 * WHOLE, far)
    yield expect.child((silent, cast.lend), 8 * WHOLE, far, "its root has no log")
    yield expect.amount(
        silent, permit2.address, MAX, "root: the token's own, no log", logged=False
    )


def tricks(stage: Stage, cast: Cast) -> Iterator[Expected]:
    """Hostile contracts, 30 days ago."""
    me, mirage = cast.owner.address, cast.mirage
    stage.day(30)
    stage.send(cast.owner, cast.hostile, "approve", cast.friend.address, MAX)
    yield expect.amount(
        cast.hostile, cast.friend.address, MAX, "a token with a hostile name"
    )

    stage.send(cast.friend, mirage, "plantAmount", me, cast.swap.address, MAX)
    stage.send(cast.friend, mirage, "plantOperator", me, cast.market.address)
    stage.send(cast.friend, mirage, "plantItem", me, cast.market.address, 1)
    fake, swap, market = mirage.address, cast.swap.address, cast.market.address
    yield expect.refused("erc20", fake, swap, "fake log, read reverts")
    yield expect.refused("operator", fake, market, "fake log, read burns its gas")
    yield expect.refused("erc721", fake, market, "fake log, read is garbage", 1)

    with warnings.catch_warnings():
        # py-evm would have new contracts do without the opcode.
        warnings.filterwarnings("ignore", "SELFDESTRUCT opcode", DeprecationWarning)
        ghost = stage.deploy(cast.friend, "DemoGhost", me, cast.friend.address)
    yield expect.gone(ghost.address, cast.friend.address, "the token destroyed itself")


def fresh(stage: Stage, cast: Cast, spender: Contract) -> Iterator[Expected]:
    """The last act, a day ago: a spender that has hardly been deployed."""
    stage.send(cast.owner, cast.weth, "approve", spender.address, MAX)
    yield expect.amount(
        cast.weth, spender.address, MAX, "unlimited, to a contract a day old"
    )


def _open(
    stage: Stage, cast: Cast, pair: tuple[Contract, Contract], *, on: bool
) -> None:
    """The owner lets an operator have a whole collection, or no longer."""
    collection, operator = pair[0], pair[1].address
    stage.send(cast.owner, collection, "setApprovalForAll", operator, on)


def _nest(
    stage: Stage, cast: Cast, pair: tuple[Contract, Contract], amount: int, until: int
) -> None:
    """The owner lets a spender have a token through Permit2."""
    token, spender = pair[0].address, pair[1].address
    stage.send(cast.owner, cast.permit2, "approve", token, spender, amount, until)


def _pull(  # noqa: PLR0913 - who takes what from whom, and how
    stage: Stage,
    cast: Cast,
    router: Contract,
    token: Contract,
    amount: int,
    *,
    how: str = "pull",
) -> None:
    """A router takes tokens that the owner allowed it."""
    taken = (token.address, cast.owner.address, cast.keeper.address, amount)
    stage.send(cast.keeper, router, how, *taken)
