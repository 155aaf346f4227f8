"""A plan as the parts of allowctl.plan/v1."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount, Everything, Grant, Item, LogRef
from allowctl.model.chain import Chain
from allowctl.model.plan import Change, LeftOut, Plan, Step
from allowctl.revoke.document_rows import (
    AmountRow,
    BlockRow,
    CallRow,
    CapsRow,
    ChainRow,
    ChangeRow,
    EverythingRow,
    FeesRow,
    ItemRow,
    LeftOutRow,
    LogRow,
    PlanRow,
    StepRow,
    level_word,
)


def row_of(plan: Plan) -> PlanRow:
    """All of a plan but its chain's endpoints."""
    fees, caps, as_of = plan.fees, plan.caps, plan.as_of
    return PlanRow(
        chain=_chain(plan.chain),
        owner=checksum(plan.owner),
        as_of=BlockRow(number=as_of.number, hash=as_of.hash, timestamp=as_of.timestamp),
        steps=tuple(_step(step, plan) for step in plan.steps),
        left_out=tuple(map(_left_out, plan.left_out)),
        fees=FeesRow(
            max_fee=str(fees.max_fee),
            tip=_big(fees.tip),
            base_fee=str(fees.base_fee),
        ),
        caps=CapsRow(
            fee_per_gas=str(caps.fee_per_gas),
            gas=caps.gas,
            per_transaction=str(caps.per_transaction),
            per_run=str(caps.per_run),
        ),
        balance=_big(plan.balance),
        usd_per_native=_decimal(plan.usd_per_native),
        worst_cost=str(plan.worst_cost),
        unseen=plan.unseen,
    )


def _chain(chain: Chain) -> ChainRow:
    return ChainRow(
        id=chain.id,
        name=chain.name,
        aliases=chain.aliases,
        testnet=chain.testnet,
        native_symbol=chain.native_symbol,
        block_ms=chain.block_ms,
        finality=chain.finality,
        explorer=chain.explorer,
        multicall=checksum(chain.multicall),
        permit2=checksum(chain.permit2),
    )


def _step(step: Step, plan: Plan) -> StepRow:
    return StepRow(
        number=step.number,
        role=step.role,
        method=step.method,
        call=CallRow(to=checksum(step.call.to), data="0x" + step.call.data.hex()),
        changes=tuple(map(_change, step.changes)),
        gas=step.gas,
        data_fee=str(step.data_fee),
        worst_cost=str(plan.cost(step)),
        proof=step.proof,
        waits_for=step.waits_for,
        note=step.note,
    )


def _left_out(left_out: LeftOut) -> LeftOutRow:
    return LeftOutRow(change=_change(left_out.change), reason=left_out.reason)


def _change(change: Change) -> ChangeRow:
    allowance = change.allowance
    candidate = allowance.candidate
    return ChangeRow(
        fingerprint=change.fingerprint,
        kind=candidate.kind,
        contract=checksum(candidate.contract),
        token=checksum(candidate.token),
        spender=checksum(allowance.spender),
        token_id=_big(candidate.token_id),
        grant=_grant(allowance.grant),
        before=str(change.before),
        after=str(change.after),
        new_permit2_nonce=change.permit2_nonce,
        symbol=_sound(change.symbol),
        decimals=change.decimals,
        label=_sound(change.label),
        level=None if change.level is None else level_word(change.level),
        origin=candidate.origin,
        named_spender=checksum(candidate.spender),
        claimed=_big(candidate.claimed),
        last_changed=_log(candidate.last_changed),
        first=_log(candidate.first),
        raised=_log(candidate.raised),
    )


def _grant(grant: Grant) -> AmountRow | ItemRow | EverythingRow:
    match grant:
        case Amount():
            return AmountRow(
                amount=str(grant.amount),
                maximum=str(grant.maximum),
                expiration=grant.expiration,
                permit2_nonce=grant.permit2_nonce,
                root_amount=_big(grant.root_amount),
            )
        case Item(token_id=token_id):
            return ItemRow(token_id=str(token_id))
        case Everything():
            return EverythingRow()
        case _:
            assert_never(grant)


def _log(where: LogRef | None) -> LogRow | None:
    if where is None:
        return None
    return LogRow(block=where.block, index=where.index, transaction=where.transaction)


def _big(value: int | None) -> str | None:
    return None if value is None else str(value)


def _decimal(value: Decimal | None) -> str | None:
    """Plain digits, the same for equal numbers."""
    if value is None:
        return None
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _sound(words: str | None) -> str | None:
    """A stranger's words; half of a character (a lone surrogate) is no JSON."""
    return None if words is None else words.encode("utf-8", "replace").decode()
