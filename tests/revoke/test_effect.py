"""What a trial shows: state after a call decides, and the limits leave room."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import words
from allowctl.model.chain import (
    REVERTS,
    Answer,
    Block,
    Call,
    Returned,
    Reverted,
    Unserved,
)
from allowctl.model.plan import Change, Method, Role, Stage, Way
from allowctl.revoke.effect import LEAST_GAS, Shown, flaw, limits, reads
from allowctl.rpc.rehearsal import Acted
from tests.build import NOW, OWNER, SPENDER, TOKEN
from tests.revoke.making_trials import child

AT = Block(number=5, hash="0x" + "05" * 32, timestamp=NOW)
CAP = 300_000
SOON = NOW + 1_000
CHANGE = child(OWNER, TOKEN, SPENDER, 100, SOON, permit2_nonce=9)
ROOT = Returned(words.uint(1))


def told(amount: int, expiration: int = SOON, nonce: int = 0) -> Returned:
    """What Permit2 says of an allowance."""
    return Returned(b"".join(map(words.uint, (amount, expiration, nonce))))


def shown(role: Role, leaves: int, *answers: Answer, change: Change = CHANGE) -> Shown:
    """One call of a way that worked, and what was read after it."""
    stage = Stage(
        role=role, method=Method.LOCKDOWN, call=Call(TOKEN, b""), leaves=leaves
    )
    acted = Acted(worked=True, gas=50_000, reads=answers)
    return Shown(
        way=Way(stages=(stage,)),
        changes=(change,),
        asked=reads(change),
        acted=(acted,),
        at=AT,
        gas_cap=CAP,
    )


@pytest.mark.parametrize(
    ("leaves", "child_told", "root", "why"),
    [
        (0, told(0), ROOT, ""),
        (0, told(0), Reverted(REVERTS), ""),
        (0, told(100), ROOT, "changes nothing"),
        (0, told(1), ROOT, "leaves 1 where 0 was to be left"),
        (5, told(5), ROOT, ""),
        (5, told(4), ROOT, ""),
        (5, told(4), Returned(words.uint(0)), ""),
        (5, told(6), ROOT, "leaves 6 where 5 was to be left"),
        (5, told(101), ROOT, "leaves 101 where 5 was to be left"),
        (5, told(5, SOON + 1), ROOT, "makes it last longer"),
        (5, told(5, SOON - 1), ROOT, ""),
        (0, told(7, NOW - 1), ROOT, "leaves 7 where 0 was to be left"),
        (0, Reverted(REVERTS), ROOT, "cannot be read after it: reverts"),
        (0, Returned(b""), ROOT, "cannot be read after it: answers nothing"),
        (5, told(5), Reverted(REVERTS), "cannot be read after it: reverts"),
        (0, Unserved("gone"), ROOT, "not served: gone"),
    ],
)
def test_what_is_left(leaves: int, child_told: Answer, root: Answer, why: str) -> None:
    """At most so much, for no longer than before, as far as state tells."""
    assert flaw(shown(Role.WHOLE, leaves, child_told, root)) == why


@pytest.mark.parametrize(
    ("child_told", "why"),
    [
        (told(100, nonce=9), ""),
        (told(100, nonce=8), "leaves its signatures good"),
        (told(100, nonce=10), "leaves its signatures good"),
        (told(101, nonce=9), "leaves 101 where 100 was to be left"),
        (told(100, SOON + 1, 9), "makes it last longer"),
    ],
)
def test_cancelled_signatures(child_told: Answer, why: str) -> None:
    """The nonce is the one that was to be set, and the amount is no higher."""
    assert flaw(shown(Role.CANCEL, 100, child_told, ROOT)) == why


def test_each_stage_and_each_change() -> None:
    """One bad stage, or one bad change of many, is enough."""
    good = shown(Role.ZERO, 0, told(0), ROOT)
    bad = shown(Role.SET, 5, told(6), ROOT)
    both = replace(
        good,
        way=Way(stages=good.way.stages + bad.way.stages),
        acted=(*good.acted, *bad.acted),
    )
    assert flaw(both) == "leaves 6 where 5 was to be left"
    other = child(OWNER, OWNER, SPENDER, 50, SOON)
    two = replace(
        good,
        changes=(CHANGE, other),
        asked=(*reads(CHANGE), *reads(other)),
        acted=(replace(good.acted[0], reads=(told(0), ROOT, told(50), ROOT)),),
    )
    assert flaw(two) == "changes nothing"


@pytest.mark.parametrize(
    ("worked", "gas", "false", "why"),
    [
        (True, CAP, False, ""),
        (True, CAP + 1, False, f"burns more than {CAP} gas"),
        (False, CAP, False, f"burns more than {CAP} gas"),
        (False, CAP - 1, False, "reverts"),
        (True, 1, True, "answers false, and what it leaves cannot be seen here"),
    ],
)
def test_the_call_itself(worked: bool, gas: int, false: bool, why: str) -> None:  # noqa: FBT001 - a table's columns
    """What fails or costs too much is no good, whatever it leaves."""
    acted = Acted(worked=worked, gas=gas, reads=None, false=false)
    seen = shown(Role.WHOLE, 0)
    assert flaw(replace(seen, acted=(acted,))) == why


@pytest.mark.parametrize(
    ("estimate", "why", "limit"),
    [
        (None, "", 80_000),
        (49_000, "", 80_000),
        (150_000, "", 230_000),
        (CAP, "", CAP),
        (CAP + 1, f"burns more than {CAP} gas", 0),
        (Reverted(REVERTS), "reverts", 0),
    ],
)
def test_an_estimate(estimate: int | Reverted | None, why: str, limit: int) -> None:
    """What a node says is needed besides is added, and counts against the cap."""
    seen = replace(shown(Role.WHOLE, 0, told(0), ROOT), estimate=estimate)
    assert flaw(seen) == why
    assert why or limits(seen) == (limit,)


@given(st.lists(st.integers(21_000, 2 * CAP), min_size=1, max_size=2))
def test_limits(used: list[int]) -> None:
    """Half again what was used, so that refunds of a fifth cannot be missed."""
    acted = tuple(Acted(worked=True, gas=gas, reads=None) for gas in used)
    seen = shown(Role.ZERO, 0)
    stages = seen.way.stages * 2
    found = limits(replace(seen, way=Way(stages=stages), acted=acted))
    assert len(found) == 2
    assert all(LEAST_GAS <= gas <= CAP for gas in found)
    for gas, limit in zip(used, found, strict=False):
        assert limit == CAP or limit * 4 >= gas * 5
    if len(used) == 1:
        assert found[1] == min(CAP, 2 * found[0])
