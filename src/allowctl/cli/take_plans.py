"""Plans: made at a chain's endpoints, written to a file, read back and compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allowctl import __version__
from allowctl.cli import write
from allowctl.cli.report_options import Format
from allowctl.errors import PlanError
from allowctl.model.chain import Address
from allowctl.model.plan import Role
from allowctl.model.sources import PriceMode

if TYPE_CHECKING:
    from allowctl.model.plan import Plan
    from allowctl.model.report import Scan
    from allowctl.revoke.prepare import Bench, Offer, Wish
    from allowctl.revoke.select import Row
    from allowctl.rpc.pool import Pool


async def planned(
    pool: Pool, scan: Scan, rows: Sequence[Row], wish: Wish, mode: PriceMode
) -> Plan:
    """The plan for some rows of a scan."""
    from allowctl.revoke.prepare import prepared

    bench = await _bench(pool, scan.owner, mode)
    return await prepared(bench, scan.owner, scan.as_of, rows, wish)


def read_plans(path: Path) -> tuple[Plan, ...]:
    """The plans of a file. PlanError if it is none."""
    from allowctl.revoke import document

    try:
        with path.open("rb") as file:
            data = file.read(document.LONGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a usable name"
        raise PlanError(f"cannot read {str(path)!a}: {why}") from None
    return document.read(data)


async def unchanged(
    pool: Pool, plan: Plan, offer: Offer, mode: PriceMode = PriceMode.ONCHAIN
) -> Plan:
    """A plan of a file, made anew from state as it is now.

    Nothing is taken from the file but what is to be changed, and to what: prices,
    names, limits and proofs are those of now. PlanError if state is not what it was
    made from, if something of it does not work any more, or costs more.
    """
    from allowctl.intel.tokens import token_facts
    from allowctl.revoke import prepare, renew
    from allowctl.revoke.plan import differences

    bench = await _bench(pool, plan.owner, mode)
    head = await bench.outbox.head()
    renewed = await renew.renewed(bench.outbox, plan)
    _refuse(differences(plan, renewed))
    tokens = {
        change.allowance.candidate.token
        for step in renewed.steps
        for change in step.changes
    }
    state = pool.state(head.block, final=True)
    facts = await token_facts(state, pool.chain, plan.owner, sorted(tokens), {})
    made = await prepare.tried(
        bench,
        plan.owner,
        head.block,
        head.block,
        renew.attempts_of(renew.renamed(renewed, facts)),
        (),
        offer,
        cancelled=any(step.role is Role.CANCEL for step in plan.steps),
    )
    if made.left_out:
        raise PlanError(
            f"the plan does not work any more: {made.left_out[0].reason}",
            hint="make a new plan",
        )
    _refuse(differences(plan, made))
    return made


def _refuse(told: Sequence[str]) -> None:
    if told:
        more = f"; and {len(told) - 1} more" if len(told) > 1 else ""
        raise PlanError(
            f"the plan is not what it was: {told[0]}{more}", hint="make a new plan"
        )


async def _bench(pool: Pool, owner: Address, mode: PriceMode) -> Bench:
    from allowctl.intel.prices import price_book
    from allowctl.revoke.outbox import PoolOutbox
    from allowctl.revoke.prepare import Bench
    from allowctl.revoke.simulate import Simulator

    outbox = PoolOutbox(pool)
    head = await outbox.head()
    onchain = mode if mode is PriceMode.NONE else PriceMode.ONCHAIN
    book = price_book(onchain, fixed={})
    return Bench(
        outbox=outbox,
        simulator=lambda at, cap: Simulator(pool, owner, at, gas_cap=cap),
        usd_per_native=await book.native(
            pool.state(head.block, final=True), pool.chain
        ),
    )


def write_plan(plans: Sequence[Plan], path: Path) -> None:
    """Into a file that is whole or not there. OutputError."""
    from allowctl.revoke import document

    place = write.Destination(format=Format.JSON, path=path)
    write.write([place], lambda _format, _path: document.text(plans, __version__))


async def refuse_contract(pool: Pool, owner: Address) -> None:
    """PlanError if no key can sign for the owner."""
    from allowctl.revoke import prepare
    from allowctl.revoke.outbox import PoolOutbox

    outbox = PoolOutbox(pool)
    head = await outbox.head()
    await prepare.refuse_contract(outbox, owner, head.block)
