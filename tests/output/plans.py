"""Plans and what became of them: one of everything."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TypedDict, Unpack

from allowctl.model.approval import Allowance, Amount, Everything, Item, Kind
from allowctl.model.chain import Address, Call, Chain
from allowctl.model.finding import Level
from allowctl.model.outcome import Outcome, Receipt, Result, Transacted, Verdict
from allowctl.model.plan import (
    Caps,
    Change,
    Fees,
    LeftOut,
    Method,
    Plan,
    Proof,
    Role,
    Step,
)
from tests.build import (
    OWNER,
    PERMIT2,
    UNLIMITED,
    allowance,
    block,
    child,
    word,
)
from tests.output.wallet import COPY, DAI, NFT, ROUTER, USDC, named

GWEI = 10**9
MAINNET = Chain(id=1, name="ethereum", explorer="https://etherscan.io")
LONG = "\x1b[2J\u202eEVIL\n::error::" * 700
"""10 kB of terminal codes, text that runs backwards, and lines."""


class PlanParts(TypedDict, total=False):
    """What of a plan can be overridden."""

    chain: Chain
    owner: Address
    left_out: tuple[LeftOut, ...]
    fees: Fees
    balance: int | None
    usd_per_native: Decimal | None
    unseen: tuple[str, ...]


class ChangeParts(TypedDict, total=False):
    """What of a change can be overridden."""

    after: int
    symbol: str | None
    decimals: int | None
    label: str | None
    level: Level | None


class StepParts(TypedDict, total=False):
    """What of a step can be overridden."""

    number: int
    role: Role
    method: Method
    gas: int
    proof: Proof
    data_fee: int
    waits_for: int | None
    note: str


def change(of: Allowance | None = None, **parts: Unpack[ChangeParts]) -> Change:
    """A revocation of six decimals' USDC, unless something else is said."""
    of = of or amount(UNLIMITED)
    plain = Change(
        allowance=of,
        fingerprint=of.fingerprint(1),
        after=0,
        symbol="USDC",
        decimals=6,
    )
    return replace(plain, **parts)


def amount(granted: int, token: Address = USDC, spender: Address = ROUTER) -> Allowance:
    """An ERC-20 allowance."""
    grant = Amount(amount=granted, maximum=2**255)
    return allowance(grant, token=token, contract=token, spender=spender)


def inside(token: Address, spender: Address, permit2: Address = PERMIT2) -> Allowance:
    """An allowance inside a Permit2, until an hour from now."""
    return allowance(
        child(5 * 10**6),
        kind=Kind.PERMIT2,
        token=token,
        spender=spender,
        contract=permit2,
    )


def item(token_id: int) -> Allowance:
    """Of one NFT."""
    return allowance(
        Item(token_id=token_id),
        kind=Kind.ERC721,
        token=NFT,
        contract=NFT,
        spender=ROUTER,
        token_id=token_id,
    )


def operator() -> Allowance:
    """Of a whole collection."""
    return allowance(
        Everything(), kind=Kind.OPERATOR, token=NFT, contract=NFT, spender=ROUTER
    )


def step(*changes: Change, **parts: Unpack[StepParts]) -> Step:
    """One approve that does all by itself, and was simulated."""
    changes = changes or (change(),)
    plain = Step(
        number=1,
        role=Role.WHOLE,
        method=Method.APPROVE,
        call=Call(changes[0].allowance.candidate.contract, b"\x09\x5e\xa7\xb3"),
        changes=changes,
        gas=60_000,
        proof=Proof.SIMULATED,
    )
    return replace(plain, **parts)


def plan(*steps: Step, **parts: Unpack[PlanParts]) -> Plan:
    """A plan that costs 0.0018 ETH for each step of 60,000 gas at the most."""
    plain = Plan(
        chain=MAINNET,
        owner=OWNER,
        as_of=block(),
        steps=steps or (step(),),
        left_out=(),
        fees=Fees(max_fee=30 * GWEI, tip=GWEI, base_fee=14_500_000_000),
        caps=Caps(
            fee_per_gas=100 * GWEI,
            gas=300_000,
            per_transaction=10**17,
            per_run=5 * 10**17,
        ),
        balance=10**18,
        usd_per_native=Decimal(3_000),
    )
    return replace(plain, **parts)


def rich() -> Plan:
    """A plan with one of everything."""
    dai = amount(500 * 10**18, DAI, named("exchange"))
    nothing_first = change(dai, symbol="DAI", decimals=18)
    pairs = [
        change(inside(token, named(who)), symbol=symbol)
        for token, who, symbol in (
            (USDC, "router", "USDC"),
            (DAI, "bridge", "\x1b[31mDAI"),
            (NFT, "vault", None),
        )
    ]
    first = pairs[0]
    return plan(
        step(change(label="Uniswap: Router", level=Level.HIGH)),
        step(
            nothing_first,
            number=2,
            role=Role.ZERO,
            note="the token wants 0 first",
        ),
        step(
            replace(first, after=first.before, permit2_nonce=41_234),
            number=3,
            role=Role.CANCEL,
            method=Method.INVALIDATE_NONCES,
        ),
        step(
            *pairs,
            number=4,
            method=Method.LOCKDOWN,
            gas=180_000,
            proof=Proof.OVERRIDDEN,
        ),
        step(
            change(item(7), symbol="NFT", decimals=None),
            number=5,
            proof=Proof.UNPROVEN,
        ),
        step(
            change(operator(), symbol="\u202eTFN", decimals=None),
            number=6,
            method=Method.SET_APPROVAL_FOR_ALL,
        ),
        step(
            change(inside(USDC, named("bridge"), COPY), after=10**6),
            number=7,
            method=Method.PERMIT2_APPROVE,
        ),
        step(
            replace(nothing_first, after=100 * 10**18),
            number=8,
            role=Role.SET,
            waits_for=2,
        ),
        left_out=(
            LeftOut(
                change=change(amount(9, named("burner"), named("key")), symbol=LONG),
                reason="it burns more gas than 300,000",
            ),
            *(
                LeftOut(
                    change=change(item(2**256 - 1 - n), symbol="FREE MONEY.com"),
                    reason="the call reverts",
                )
                for n in range(20)
            ),
        ),
        unseen=("signatures that were given and not submitted are not seen",),
    )


def receipt(number: int, *, succeeded: bool = True) -> Receipt:
    """Of the transaction whose hash is its number."""
    return Receipt(
        transaction=word(number),
        block=24_000_100 + number,
        block_hash=word(9_000 + number),
        index=0,
        succeeded=succeeded,
        sender=OWNER,
        to=USDC,
        gas_used=46_000,
        paid=46_000 * 15 * GWEI,
    )


def transacted(number: int, of: Receipt | None) -> Transacted:
    """A step that was signed once."""
    return Transacted(
        number=number, nonce=40 + number, hashes=(word(number),), receipt=of
    )


def ended() -> Result:
    """One of every verdict, and something left out."""
    of = rich()
    verdicts = [*Verdict]
    rows = []
    for number, goal in enumerate(of.goals):
        verdict = verdicts[number % len(verdicts)]
        left = {Verdict.REVOKED: 0, Verdict.LOWERED: goal.after}.get(
            verdict, goal.before
        )
        unread = verdict in {Verdict.UNVERIFIED, Verdict.NOT_MINED}
        rows.append(
            Outcome(
                change=goal,
                verdict=verdict,
                left=None if unread else left,
                read_at=None if unread else block(24_000_200),
                steps=tuple(
                    each.number
                    for each in of.steps
                    if goal.fingerprint in {one.fingerprint for one in each.changes}
                    and each.role is not Role.CANCEL
                ),
                note="endpoints differ" if verdict is Verdict.UNVERIFIED else "",
            )
        )
    return Result(
        plan=of,
        outcomes=tuple(rows),
        transacted=(
            *(transacted(n, receipt(n)) for n in (1, 2, 3, 4)),
            transacted(5, receipt(5, succeeded=False)),
            replace(transacted(6, None), hashes=(word(60), word(6))),
        ),
        notes=("finality was not served: node.example did not answer",),
    )


def done() -> Result:
    """All is well."""
    of = plan()
    (goal,) = of.goals
    outcome = Outcome(
        change=goal, verdict=Verdict.REVOKED, left=0, read_at=block(), steps=(1,)
    )
    return Result(plan=of, outcomes=(outcome,), transacted=(transacted(1, receipt(1)),))
