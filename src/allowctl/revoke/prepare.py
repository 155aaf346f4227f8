"""From selected rows to a plan: what is tried, what it costs, who may sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from allowctl.codec.transaction import Unsigned, payload
from allowctl.codec.words import checksum
from allowctl.errors import PlanError
from allowctl.model.approval import Kind
from allowctl.model.chain import Address, Block, Call
from allowctl.model.plan import Attempt, Caps, Fees, LeftOut, Plan, Settled
from allowctl.revoke import fees as market
from allowctl.revoke import plan as planning
from allowctl.revoke.attempts import ALREADY
from allowctl.revoke.fees import Urgency
from allowctl.revoke.goal import Goal
from allowctl.revoke.ports import Outbox
from allowctl.revoke.select import Row
from allowctl.revoke.simulate import Simulator
from allowctl.standards import STANDARD_OF
from allowctl.standards.base import CannotLower

_DEARER = 4
"""Times the planned cost that a run may come to where nobody says: replacements."""
_DELEGATED = bytes.fromhex("ef0100")
"""What the code of an account with a delegate begins with (EIP-7702)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a person is ready to pay, in wei; None for the chain's default."""

    urgency: Urgency = Urgency.NORMAL
    fee_per_gas: int | None = None
    gas: int | None = None
    per_transaction: int | None = None
    per_run: int | None = None

    def caps(self, chain_id: int) -> Caps:
        """What is never exceeded on a chain."""
        return market.default_caps(
            chain_id,
            fee_per_gas=self.fee_per_gas,
            gas=self.gas,
            per_transaction=self.per_transaction,
            per_run=self.per_run,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to become of rows."""

    goal: Goal
    offer: Offer = field(default_factory=Offer)
    cancel: Callable[[], int] | None = None
    """Where Permit2 signatures are to be cancelled: by how much a nonce is raised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a plan is made with, on one chain for one owner."""

    outbox: Outbox
    simulator: Callable[[Block, int], Simulator]
    """At a block, with a cap of gas for one revocation."""
    usd_per_native: Decimal | None = None


async def prepared(
    bench: Bench, owner: Address, as_of: Block, rows: Sequence[Row], wish: Wish
) -> Plan:
    """The plan for rows that were read at a block.

    PlanError if the owner is a contract, or gas is dearer than the caps;
    UnservedError if nodes do not tell what it takes to plan.
    """
    outbox = bench.outbox
    chain = outbox.chain
    head = await outbox.head()
    await refuse_contract(outbox, owner, head.block)
    attempts, left_out = planning.attempts(
        rows, wish.goal, chain_id=chain.id, at=as_of, cancel=wish.cancel
    )
    there = [each for each in left_out if each.reason == ALREADY]
    left_out = tuple(each for each in left_out if each.reason != ALREADY)
    plan = await tried(
        bench,
        owner,
        as_of,
        head.block,
        attempts,
        left_out,
        wish.offer,
        cancelled=wish.cancel is not None,
    )
    if not there:
        return plan
    count = f"{len(there)} approval{'s' if len(there) > 1 else ''}"
    words = f"{count} that may take no more than that already"
    return replace(plan, unseen=(*plan.unseen, words))


async def tried(  # noqa: PLR0913, PLR0917 - what a plan is made of, in its order
    bench: Bench,
    owner: Address,
    as_of: Block,
    at: Block,
    attempts: Sequence[Attempt],
    left_out: Sequence[LeftOut],
    offer: Offer,
    *,
    cancelled: bool,
) -> Plan:
    """The plan of what works of some attempts, on top of a block.

    PlanError if gas is dearer than the caps; UnservedError.
    """
    outbox, caps = bench.outbox, offer.caps(bench.outbox.chain.id)
    settled: list[Settled] = []
    if attempts:
        settled = await _settled(bench.simulator(at, caps.gas), attempts)
    settled, items = await _without_items(outbox, at, settled)
    fees = market.offered(
        await outbox.fees(), offer.urgency, outbox.chain.id, caps.fee_per_gas
    )
    plan = planning.build(
        chain=outbox.chain,
        owner=owner,
        as_of=as_of,
        settled=settled,
        left_out=(*left_out, *items),
        terms=planning.Terms(
            fees=fees,
            caps=caps,
            balance=await outbox.balance(owner),
            usd_per_native=bench.usd_per_native,
            data_fees=await _data_fees(outbox, fees, settled),
        ),
        cancelled=cancelled,
    )
    if offer.per_run is not None:
        return plan
    most = min(caps.per_run, _DEARER * plan.worst_cost)
    return replace(plan, caps=replace(caps, per_run=most))


async def _settled(simulator: Simulator, attempts: Sequence[Attempt]) -> list[Settled]:
    """What trying them has shown; a lockdown that fails is tried pair by pair.

    One pair that cannot be taken back must not keep the others.
    """
    found: list[Settled] = []
    for each in await simulator.settle(attempts):
        alone = _alone(each)
        found += await simulator.settle(alone) if alone else [each]
    return found


def _alone(settled: Settled) -> list[Attempt]:
    changes = settled.attempt.changes
    if settled.way is not None or len(changes) == 1:
        return []
    made = []
    for change in changes:
        kind = change.allowance.candidate.kind
        ways = STANDARD_OF[kind].ways(change.allowance, change.after)
        if not isinstance(ways, CannotLower):
            made.append(Attempt(changes=(change,), ways=ways))
    return made if len(made) == len(changes) else []


async def refuse_contract(outbox: Outbox, owner: Address, at: Block) -> None:
    """PlanError if no key can sign for the owner: its code is not a delegate's."""
    code = await outbox.code(owner, at)
    if code and not code.startswith(_DELEGATED):
        raise PlanError(
            f"{checksum(owner)} is a contract on {outbox.chain.name}: "
            "no keystore signs for it",
            hint="take its approvals back with the wallet that it is, such as a Safe",
        )


async def _without_items(
    outbox: Outbox, at: Block, settled: Sequence[Settled]
) -> tuple[list[Settled], list[LeftOut]]:
    """Without amounts of contracts that may take them for the number of an item."""
    amounts = [each for each in settled if _may_be_item(each)]
    if not amounts:
        return [*settled], []
    contracts = [
        each.attempt.changes[0].allowance.candidate.contract for each in amounts
    ]
    items = await outbox.items([*dict.fromkeys(contracts)], at)
    ambiguous = {
        id(each)
        for each, contract in zip(amounts, contracts, strict=True)
        if items[contract]
    }
    return [each for each in settled if id(each) not in ambiguous], [
        LeftOut(
            change=change,
            reason="the token answers as one of NFTs, too (ERC-404), or nobody served "
            "whether it does: an amount may give away the NFT of that number, so it "
            "is not signed",
        )
        for each in settled
        if id(each) in ambiguous
        for change in each.attempt.changes
    ]


def _may_be_item(settled: Settled) -> bool:
    (first, *_) = settled.attempt.changes
    return settled.way is not None and first.allowance.candidate.kind is Kind.ERC20


async def _data_fees(
    outbox: Outbox, fees: Fees, settled: Sequence[Settled]
) -> dict[Call, int]:
    """Wei that a chain takes for each call's data, for a transaction as long."""
    found: dict[Call, int] = {}
    for each in settled:
        if each.way is None:
            continue
        for stage, gas in zip(each.way.stages, each.gas, strict=True):
            unsigned = Unsigned(
                chain_id=outbox.chain.id,
                nonce=2**32,
                fees=fees,
                gas=gas,
                to=stage.call.to,
                data=stage.call.data,
            )
            found[stage.call] = await outbox.data_fee(payload(unsigned))
    return found
