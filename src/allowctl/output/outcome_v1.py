"""allowctl.outcome/v1: what became of plans, for programs (docs/schema/).

Amounts and costs may exceed 2^53: they are decimal strings. Addresses are
checksummed, times are unix seconds. The text is pure ASCII.
"""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.codec.words import checksum
from allowctl.model.chain import Block
from allowctl.model.outcome import Outcome, Result, Transacted
from allowctl.model.plan import Change, LeftOut, Step
from allowctl.output import safe

SCHEMA = "allowctl.outcome/v1"

Json = dict[str, object]


def render(results: Sequence[Result], version: str) -> str:
    """One JSON document with a newline at its end."""
    document: Json = {
        "schema": SCHEMA,
        "allowctl": version,
        "complete": all(result.good for result in results),
        "results": [_result(result) for result in results],
    }
    return safe.document(document) + "\n"


def _result(result: Result) -> Json:
    plan = result.plan
    steps = {step.number: step for step in plan.steps}
    return {
        "chain_id": plan.chain.id,
        "chain": plan.chain.name,
        "owner": checksum(plan.owner),
        "as_of": _block(plan.as_of),
        "outcomes": [_outcome(each) for each in result.outcomes],
        "left_out": [_left_out(each) for each in result.left_out],
        "transactions": [
            _transaction(each, steps[each.number]) for each in result.transacted
        ],
        "paid": str(result.paid),
        "unseen": list(plan.unseen),
        "notes": list(result.notes),
    }


def _block(block: Block) -> Json:
    return {"number": block.number, "hash": block.hash, "timestamp": block.timestamp}


def _outcome(of: Outcome) -> Json:
    return _named(of.change) | {
        "before": str(of.change.before),
        "after": str(of.change.after),
        "left": None if of.left is None else str(of.left),
        "verdict": of.verdict.value,
        "read_at": None if of.read_at is None else _block(of.read_at),
        "steps": list(of.steps),
        "note": of.note,
    }


def _left_out(of: LeftOut) -> Json:
    return _named(of.change) | {"reason": of.reason}


def _named(change: Change) -> Json:
    """Which approval it is."""
    allowance = change.allowance
    candidate = allowance.candidate
    token_id = candidate.token_id
    return {
        "fingerprint": change.fingerprint,
        "kind": candidate.kind.value,
        "contract": checksum(candidate.contract),
        "token": {
            "address": checksum(candidate.token),
            "symbol": change.symbol,
            "decimals": change.decimals,
        },
        "token_id": None if token_id is None else str(token_id),
        "spender": {
            "address": checksum(allowance.spender),
            "label": change.label,
        },
    }


def _transaction(of: Transacted, step: Step) -> Json:
    receipt = of.receipt
    return {
        "number": of.number,
        "role": step.role.value,
        "method": step.method.value,
        "nonce": of.nonce,
        "hashes": list(of.hashes),
        "block": None if receipt is None else receipt.block,
        "block_hash": None if receipt is None else receipt.block_hash,
        "succeeded": None if receipt is None else receipt.succeeded,
        "gas_used": None if receipt is None else receipt.gas_used,
        "paid": None if receipt is None else str(receipt.paid),
    }
