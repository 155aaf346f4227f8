"""The parts of allowctl.plan/v1 as a plan again. They may be anybody's."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from allowctl.codec.words import MAX_UINT48, MAX_UINT256, checksum
from allowctl.model.approval import (
    Allowance,
    Amount,
    Candidate,
    Everything,
    Grant,
    Item,
    Kind,
    LogRef,
)
from allowctl.model.chain import Address, Block, Call, Chain
from allowctl.model.plan import (
    Caps,
    Change,
    Fees,
    LeftOut,
    Method,
    Plan,
    Role,
    Step,
)
from allowctl.revoke.document_rows import (
    AmountRow,
    ChainRow,
    ChangeRow,
    EverythingRow,
    ItemRow,
    LogRow,
    PlanRow,
    StepRow,
    level_of,
)

_SHAPES: dict[Kind, type[Grant]] = {
    Kind.ERC20: Amount,
    Kind.ERC721: Item,
    Kind.OPERATOR: Everything,
    Kind.PERMIT2: Amount,
}


def plan_of(row: PlanRow) -> Plan:
    """The plan, its chain without endpoints.

    ValueError where its parts do not fit together: numbers that are none here, a
    step that lowers nothing, a fingerprint or a cost that is another's.
    """
    chain, owner = _chain(row.chain), _address(row.owner)
    usd = row.usd_per_native
    plan = Plan(
        chain=chain,
        owner=owner,
        as_of=Block(
            number=row.as_of.number,
            hash=row.as_of.hash,
            timestamp=row.as_of.timestamp,
        ),
        steps=tuple(_step(each, owner, chain.id) for each in row.steps),
        left_out=tuple(
            LeftOut(change=_change(each.change, owner, chain.id), reason=each.reason)
            for each in row.left_out
        ),
        fees=Fees(
            max_fee=int(row.fees.max_fee),
            tip=_big(row.fees.tip),
            base_fee=int(row.fees.base_fee),
        ),
        caps=Caps(
            fee_per_gas=int(row.caps.fee_per_gas),
            gas=row.caps.gas,
            per_transaction=int(row.caps.per_transaction),
            per_run=int(row.caps.per_run),
        ),
        balance=_big(row.balance),
        usd_per_native=None if usd is None else Decimal(usd),
        unseen=row.unseen,
    )
    _must_fit(plan, row)
    return plan


def _must_fit(plan: Plan, row: PlanRow) -> None:
    for number, step in enumerate(plan.steps, 1):
        _must(step.number == number, f"step {number} has another number")
        _must(_is_reduction(step), f"step {number} lowers nothing")
        _must(_has_its_zero(step, plan), f"step {number} waits for no zeroing")
        cost = row.steps[number - 1].worst_cost
        _must(cost == str(plan.cost(step)), f"step {number} has another cost")
    _must(row.worst_cost == str(plan.worst_cost), "the cost is no sum of the steps'")


def _is_reduction(step: Step) -> bool:
    if len(step.changes) > 1 and step.method is not Method.LOCKDOWN:
        return False
    if step.role is not Role.CANCEL:
        return all(each.after < each.before for each in step.changes)
    return all(
        each.after == each.before and each.permit2_nonce is not None
        for each in step.changes
    )


def _has_its_zero(step: Step, plan: Plan) -> bool:
    if step.role is not Role.SET or step.waits_for is None:
        return (step.role is Role.SET) is (step.waits_for is not None)
    if step.waits_for >= step.number:
        return False
    zero = plan.steps[step.waits_for - 1]
    names = [[each.fingerprint for each in one.changes] for one in (zero, step)]
    return zero.role is Role.ZERO and names[0] == names[1]


def _must(fits: bool, otherwise: str) -> None:  # noqa: FBT001 - it is the whole question
    if not fits:
        raise ValueError(otherwise)


def _step(row: StepRow, owner: Address, chain_id: int) -> Step:
    return Step(
        number=row.number,
        role=row.role,
        method=row.method,
        call=Call(_address(row.call.to), bytes.fromhex(row.call.data[2:])),
        changes=tuple(_change(each, owner, chain_id) for each in row.changes),
        gas=row.gas,
        proof=row.proof,
        data_fee=int(row.data_fee),
        waits_for=row.waits_for,
        note=row.note,
    )


def _change(row: ChangeRow, owner: Address, chain_id: int) -> Change:
    candidate = Candidate(
        kind=row.kind,
        owner=owner,
        contract=_address(row.contract),
        token=_address(row.token),
        spender=_address(row.named_spender),
        token_id=_uint256(row.token_id),
        origin=row.origin,
        last_changed=_log(row.last_changed),
        claimed=_uint256(row.claimed),
        first=_log(row.first),
        raised=_log(row.raised),
    )
    grant = _grant(row.grant)
    _must(isinstance(grant, _SHAPES[row.kind]), f"no grant of {row.kind}")
    if isinstance(grant, Item):
        _must(grant.token_id == candidate.token_id, "a grant of another item")
    change = Change(
        allowance=Allowance(
            candidate=candidate, spender=_address(row.spender), grant=grant
        ),
        fingerprint=row.fingerprint,
        after=_uint256(row.after) or 0,
        permit2_nonce=_uint48(row.new_permit2_nonce),
        symbol=row.symbol,
        decimals=row.decimals,
        label=row.label,
        level=None if row.level is None else level_of(row.level),
    )
    name = change.allowance.fingerprint(chain_id)
    _must(name == row.fingerprint, f"{row.fingerprint} is another's fingerprint")
    _must(row.before == str(change.before), f"{name} has another amount")
    return change


def _grant(row: AmountRow | ItemRow | EverythingRow) -> Grant:
    match row:
        case AmountRow():
            return Amount(
                amount=_uint256(row.amount) or 0,
                maximum=_uint256(row.maximum) or 0,
                expiration=_uint48(row.expiration),
                permit2_nonce=_uint48(row.permit2_nonce),
                root_amount=_uint256(row.root_amount),
            )
        case ItemRow(token_id=token_id):
            return Item(token_id=_uint256(token_id) or 0)
        case EverythingRow():
            return Everything()
        case _:
            assert_never(row)


def _chain(row: ChainRow) -> Chain:
    return Chain(
        id=row.id,
        name=row.name,
        aliases=row.aliases,
        testnet=row.testnet,
        native_symbol=row.native_symbol,
        block_ms=row.block_ms,
        finality=row.finality,
        explorer=row.explorer,
        multicall=_address(row.multicall),
        permit2=_address(row.permit2),
    )


def _address(text: str) -> Address:
    address = Address(text.lower())
    _must(checksum(address) == text, f"{text} has another checksum (EIP-55)")
    return address


def _log(row: LogRow | None) -> LogRef | None:
    if row is None:
        return None
    return LogRef(block=row.block, index=row.index, transaction=row.transaction)


def _big(text: str | None) -> int | None:
    return None if text is None else int(text)


def _uint256(text: str | None) -> int | None:
    value = _big(text)
    _must(value is None or value <= MAX_UINT256, "an amount above 256 bits")
    return value


def _uint48(value: int | None) -> int | None:
    _must(value is None or value <= MAX_UINT48, "a number above 48 bits")
    return value
