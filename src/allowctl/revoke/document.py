"""allowctl.plan/v1: plans as a file that can be agreed to (docs/schema/).

Equal plans are the same bytes. Integers that may exceed 2^53 are decimal strings,
addresses are checksummed. The text is pure ASCII: a hostile symbol stays inside its
escapes. The hash is of all else that is in it: it tells what was changed later, and
not by whom a plan was made. A chain's endpoints are left out: their addresses may
hold keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from allowctl.codec.shown import printable
from allowctl.errors import CodecError, PlanError
from allowctl.model.plan import Plan
from allowctl.revoke import sound
from allowctl.revoke.document_read import plan_of
from allowctl.revoke.document_rows import SCHEMA, Document, PlanRow
from allowctl.revoke.document_write import row_of

LONGEST = 16 * 2**20
"""Bytes of a document."""

_WHY = 160
_HINT = "make it anew with --plan-out FILE"
_Row = TypeVar("_Row")


def text(plans: Sequence[Plan], version: str) -> str:
    """One JSON document with a newline at its end. PlanError if it is too long."""
    rows = [row_of(plan) for plan in plans]
    document = Document(
        schema=SCHEMA, allowctl=version, hash=_hash(version, rows), plans=tuple(rows)
    )
    found = json.dumps(msgspec.to_builtins(document), indent=2) + "\n"
    if len(found) > LONGEST:
        raise PlanError(
            f"the plan is longer than {LONGEST >> 20} MiB",
            hint="select fewer approvals, or one owner at a time",
        )
    # Build machines take these for commands, even inside of a document.
    return found.replace("::", ":\\u003a").replace("##", "#\\u0023")


def read(data: bytes | str) -> tuple[Plan, ...]:
    """The plans of a document, as they were but for their chains' endpoints.

    PlanError for anything that `text` has not written, or that was changed since.
    """
    document = _decoded(data, Document)
    if document.hash != _hash(document.allowctl, document.plans):
        raise PlanError(
            "the plan was changed after it was made: its hash is another", hint=_HINT
        )
    return tuple(map(_plan, document.plans))


def digest(plans: Sequence[Plan], version: str) -> str:
    """The hash that stands in the document of these plans: 64 hex digits."""
    return _hash(version, [row_of(plan) for plan in plans])


def one(plan: Plan) -> str:
    """A single plan on one line, for a journal."""
    return _canonical(msgspec.to_builtins(row_of(plan)))


def read_one(line: str) -> Plan:
    """The plan that `one` has written. PlanError for anything else."""
    return _plan(_decoded(line, PlanRow))


def _hash(version: str, rows: Sequence[PlanRow]) -> str:
    content = {"schema": SCHEMA, "allowctl": version, "plans": rows}
    canonical = _canonical(msgspec.to_builtins(content))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _canonical(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _decoded(data: bytes | str, to: type[_Row]) -> _Row:
    try:
        raw = data.encode() if isinstance(data, str) else data
        if len(raw) > LONGEST:
            raise PlanError(f"the plan is longer than {LONGEST >> 20} MiB", hint=_HINT)
        return msgspec.json.decode(raw, type=to)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _no_plan(error) from None


def _plan(row: PlanRow) -> Plan:
    try:
        plan = plan_of(row)
    except (ValueError, CodecError) as error:
        raise _no_plan(error) from None
    wrong = sound.flaw(plan)
    if wrong:
        raise PlanError(f"no plan of ours: {wrong}", hint=_HINT)
    return plan


def _no_plan(error: Exception) -> PlanError:
    why = printable(str(error).replace("`", "'"), _WHY)
    return PlanError(f"no {SCHEMA}: {why}", hint=_HINT)
