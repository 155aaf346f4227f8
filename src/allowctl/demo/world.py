"""The demo's world: a chain with contracts on it, and one wallet's history."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from types import MappingProxyType

from allowctl.demo import acts
from allowctl.demo.actors import Actor, actor, owner
from allowctl.demo.artifacts import artifacts
from allowctl.demo.chain import CHAIN_ID, DEMO, DemoChain, Genesis
from allowctl.demo.stage import DAY, Contract, Stage
from allowctl.demo.truth import World
from allowctl.model.chain import Address

STORY_DAYS = 400
"""From the first block to the last."""

_FUNDS = 100 * acts.WHOLE
_PEOPLE = ("owner", "keeper", "relayer", "friend")

_PRICES = MappingProxyType(
    {
        "usdc": Decimal(1),
        "dai": Decimal(1),
        "usdt": Decimal(1),
        "weth": Decimal(2_400),
        "old": Decimal("0.05"),
    }
)
"""USD for one whole token, of those that somebody would know."""

HOSTILE_NAME = (
    "\x1b[2J\x1b[31mUSD Coin\x1b[0m\u202e)deifirev(\u202c\n"
    "[bold green]VERIFIED[/bold green] <b>safe</b> | =1+1"
)
"""Tries terminals, reading direction, lines, rich, HTML, Markdown and sheets."""
HOSTILE_SYMBOL = (
    "US\u200bDC\u202e\x1b]0;owned\x07\r[link=https://claim.invalid]C[/link]"
)


def build(*, base: int) -> tuple[DemoChain, World]:
    """Play the whole story; its last block's time is `base`, in unix seconds.

    The same base gives the same blocks, to the hash. ValueError if the story
    would begin before 1970.
    """
    first = base - STORY_DAYS * DAY
    if first < 0:
        raise ValueError(f"no time for the story before {base}")
    code = artifacts()
    people = {name: actor(name) for name in _PEOPLE}
    genesis = {it.address: Genesis(balance=_FUNDS) for it in people.values()}
    genesis[DEMO.permit2] = Genesis(code=code["DemoPermit2"].runtime)
    genesis[DEMO.multicall] = Genesis(code=code["DemoMulticall"].runtime)

    chain = DemoChain(genesis, timestamp=first)
    stage = Stage(chain, base=base)
    cast = _deploy(stage, people)
    approvals = [
        *acts.amounts(stage, cast),
        *acts.collections(stage, cast),
        *acts.nested(stage, cast),
        *acts.signed(stage, cast),
        *acts.roots(stage, cast),
        *acts.tricks(stage, cast),
    ]
    stage.day(1)
    spender = stage.deploy(cast.keeper, "DemoRouter")
    approvals += acts.fresh(stage, cast, spender)
    chain.mine(timestamp=base)

    names = _names(cast)
    names[spender.address] = "fresh"
    names[DEMO.multicall] = "multicall"
    return chain, World(
        chain_id=CHAIN_ID,
        owner=cast.owner.address,
        permit2=DEMO.permit2,
        multicall=DEMO.multicall,
        names=MappingProxyType(names),
        prices=MappingProxyType(
            {getattr(cast, name).address: usd for name, usd in _PRICES.items()}
        ),
        approvals=tuple(approvals),
        first_block_time=first,
        last_block_time=base,
    )


def _deploy(stage: Stage, people: dict[str, Actor]) -> acts.Cast:
    """The contracts, with the owner's holdings in them."""
    keeper, me = people["keeper"], owner().address

    def token(name: str, symbol: str, decimals: int, supply: int) -> Contract:
        terms = (name, symbol, decimals, me, supply)
        return stage.deploy(keeper, "DemoToken", *terms)

    def router() -> Contract:
        return stage.deploy(keeper, "DemoRouter")

    return acts.Cast(
        owner=people["owner"],
        keeper=keeper,
        relayer=people["relayer"],
        friend=people["friend"],
        usdc=token("Demo USD Coin", "dUSDC", 6, 12_000 * acts.CENTS),
        dai=token(acts.DAI_NAME, "dDAI", 18, 4_000 * acts.WHOLE),
        weth=token("Demo Wrapped Ether", "dWETH", 18, 3 * acts.WHOLE),
        old=token("Demo Old Coin", "dOLD", 18, 10 * acts.WHOLE),
        usdt=stage.deploy(keeper, "DemoTether", me, 9_000 * acts.CENTS),
        silent=stage.deploy(keeper, "DemoSilent", me, 640 * acts.WHOLE),
        hostile=token(HOSTILE_NAME, HOSTILE_SYMBOL, 18, 1_000_000 * acts.WHOLE),
        punks=stage.deploy(keeper, "DemoPunks", me, 9),
        items=stage.deploy(keeper, "DemoItems", me, 3, 20),
        mirage=stage.deploy(people["friend"], "DemoMirage"),
        swap=router(),
        lend=router(),
        bridge=router(),
        market=router(),
        permit2=Contract(address=DEMO.permit2, artifact=artifacts()["DemoPermit2"]),
    )


def _names(cast: acts.Cast) -> dict[Address, str]:
    named = {it.name: getattr(cast, it.name) for it in fields(cast)}
    return {it.address: name for name, it in named.items()}
