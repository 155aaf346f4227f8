"""Nothing but reductions passes: the guard against contracts that carry calls out.

What passes is decoded again by rlp and eth_abi, carried out on a model of the
target's state, and no right in it may have risen. The model knows nothing of the
guard's rules.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import pytest
import rlp  # type: ignore[import-untyped] # it ships no types
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from allowctl.errors import GuardError
from allowctl.model.chain import ZERO_ADDRESS, Address
from allowctl.revoke.guard import (
    AmountRight,
    Bounds,
    ItemRight,
    OperatorRight,
    Permit2Right,
    Right,
    Zeroing,
    check,
    check_signed,
)
from tests import build
from tests.revoke.making_guarded import (
    APPROVE,
    DECREASE_ALLOWANCE,
    DECREASE_APPROVAL,
    FOR_ALL,
    GOOD,
    GOOD_CALLS,
    GWEI,
    INVALIDATE,
    LOCKDOWN,
    OTHER,
    OWNER,
    PERMIT2_APPROVE,
    SPENDER,
    TOKEN,
    Tx,
    bounds,
    call,
    for_all,
    selector,
)
from tests.revoke.making_guarded_world import (
    DATES,
    assert_nothing_rose,
    carry_out,
    world,
)
from tests.strategies import addresses, uints

WRONG = (
    "increaseAllowance(address,uint256)",
    "increaseApproval(address,uint256)",
    "transfer(address,uint256)",
    "setOperator(address,bool)",
)
people = st.sampled_from((SPENDER, OTHER, ZERO_ADDRESS))
tokens = st.sampled_from((TOKEN, OTHER))
likely = st.sampled_from((True, True, True, True, False))
sizes = st.sampled_from((0, 1, 2, 50, 99, 100, 101, 2**256 - 1)) | uints()
sizes160 = st.sampled_from((0, 1, 99, 100, 101, 2**160 - 1))
dates = st.sampled_from(DATES)
steps = st.sampled_from((0, 1, 5, 1023, 1024, 9000, 65_535, 65_536))
permit2_nonces = steps.map(lambda step: 3 + step)

rights: st.SearchStrategy[Right] = st.one_of(
    st.builds(
        AmountRight,
        contract=st.just(TOKEN),
        spender=people,
        amount=sizes,
        items=st.booleans(),
    ),
    st.builds(ItemRight, contract=st.just(TOKEN), token_id=sizes),
    st.builds(OperatorRight, contract=st.just(TOKEN), operator=people),
    st.builds(
        Permit2Right,
        contract=st.just(TOKEN),
        token=tokens,
        spender=people,
        amount=sizes160,
        expiration=dates,
        nonce=st.just(3),
    ),
)
lefts = st.sampled_from((0, 1, 100))


@st.composite
def calls(draw: st.DrawFn) -> bytes:
    """Calldata of the functions that pass, and of some that must not."""
    signature = draw(st.sampled_from(GOOD + WRONG))
    if signature == PERMIT2_APPROVE:
        values = (tokens, people, sizes160, dates)
        return call(signature, *(draw(each) for each in values))
    if signature == LOCKDOWN:
        return call(signature, draw(st.lists(st.tuples(tokens, people), max_size=3)))
    if signature == INVALIDATE:
        return call(signature, draw(tokens), draw(people), draw(permit2_nonces))
    if signature.endswith(",bool)"):
        return call(signature, draw(people), draw(st.booleans()))
    return call(signature, draw(people), draw(sizes))


@st.composite
def near(draw: st.DrawFn, right: Right) -> bytes:
    """A call about a right, that lowers it or nearly does."""
    some = st.sampled_from((-1, 0, 1, 50))
    match right:
        case AmountRight(spender=spender, amount=amount):
            near_it = (amount - draw(some)) % 2**256
            new = near_it if draw(st.booleans()) else draw(sizes)
            how = (APPROVE, APPROVE, DECREASE_ALLOWANCE, DECREASE_APPROVAL)
            return call(draw(st.sampled_from(how)), spender, new)
        case ItemRight(token_id=token_id):
            who = ZERO_ADDRESS if draw(likely) else SPENDER
            return call(APPROVE, who, (token_id - draw(some) // 50) % 2**256)
        case OperatorRight(operator=who):
            return for_all(who, on=not draw(likely))
        case Permit2Right(token=token, spender=spender):
            pair = (token, spender)
    kinds = (LOCKDOWN, INVALIDATE, PERMIT2_APPROVE, PERMIT2_APPROVE)
    kind = draw(st.sampled_from(kinds))
    if kind == LOCKDOWN:
        more = draw(st.lists(st.tuples(tokens, people), max_size=2))
        return call(LOCKDOWN, [pair, *([] if draw(likely) else more)])
    if kind == INVALIDATE:
        return call(INVALIDATE, *pair, right.nonce + draw(steps))
    new = (right.amount - draw(some)) % 2**160
    end = (right.expiration - draw(some)) % 2**48
    return call(PERMIT2_APPROVE, *pair, new, end)


def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """Some bytes cut out, put in or changed; most often none."""
    raw = bytearray(data)
    if draw(likely):
        return data
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(raw)))
        width = draw(st.sampled_from((0, 1, 32)))
        raw[at : at + width] = draw(st.binary(max_size=2) | st.just(bytes(32)))
    return bytes(raw)


@st.composite
def asked(draw: st.DrawFn) -> tuple[bytes, Bounds]:
    """A payload and bounds that mostly are near to one another."""
    held = draw(st.lists(rights, min_size=1, max_size=3))
    zeroed = draw(people | st.just(getattr(held[0], "spender", SPENDER)))
    zeroing = Zeroing(
        contract=TOKEN,
        spender=zeroed,
        remaining=draw(sizes),
        left=draw(lefts),
        token=draw(st.none() | tokens),
    )
    limits = bounds(*held, zeroing=zeroing if draw(st.booleans()) else None)
    if draw(st.booleans()):
        limits = replace(limits, cost=10**18)
    data = draw(near(held[0]) if draw(likely) else calls())
    tx = Tx(data=mutated(draw, data), tip=draw(st.sampled_from((GWEI, None))))
    if not draw(likely):
        odd: list[dict[str, object]] = [
            {"value": 1},
            {"to": OTHER},
            {"nonce": 8},
            {"chain_id": 5},
            {"gas": 10**6},
            {"gas": 20_000},
            {"max_fee": 10**12},
            {"gas": 300_000, "max_fee": 90 * GWEI},
            {"tip": 40 * GWEI},
        ]
        tx = replace(tx, **draw(st.sampled_from(odd)))  # type: ignore[arg-type] # fields by name
    return mutated(draw, tx.payload()), limits


def passes(payload: bytes, limits: Bounds) -> bool:
    """Whether the guard lets it through; it raises nothing but GuardError."""
    try:
        check(payload, limits)
    except GuardError:
        return False
    return True


@given(asked())
@settings(max_examples=3000)
def test_nothing_but_reductions_passes(case: tuple[bytes, Bounds]) -> None:
    """Whatever passes sends no money, to no other, and raises nothing."""
    payload, limits = case
    if not passes(payload, limits):
        return
    typed = payload[0] == 2
    fields = rlp.decode(payload[1:] if typed else payload)
    numbers = [
        int.from_bytes(each, "big") if isinstance(each, bytes) else each
        for each in fields
    ]
    if typed:
        chain_id, nonce, tip, fee, gas, _, value, _, access = numbers
        to, data = fields[5], fields[7]
        assert access == []
        assert tip <= fee
    else:
        nonce, fee, gas, _, value, _, chain_id, *zeros = numbers
        to, data = fields[3], fields[5]
        assert zeros == [0, 0]
    assert (chain_id, nonce, value) == (limits.chain_id, limits.nonce, 0)
    assert "0x" + to.hex() == limits.target
    assert 21_000 <= gas <= limits.gas
    assert fee <= limits.fee_per_gas
    assert gas * fee <= limits.cost

    was = world(limits)
    items = any(
        isinstance(right, ItemRight) or (isinstance(right, AmountRight) and right.items)
        for right in limits.rights
    )
    assert_nothing_rose(was, carry_out(data, was, limits.now, items=items), limits)


@pytest.mark.parametrize("signature", GOOD)
def test_the_law_is_not_empty(signature: str) -> None:
    """Of each function something that was drawn does pass."""
    payload, _ = find(
        asked(),
        lambda case: selector(signature) in case[0] and passes(*case),
        settings=settings(max_examples=20_000, database=None, phases=[Phase.generate]),
        random=Random(1),  # noqa: S311 - the same draws each time
    )

    assert payload


FEW = (0, 1, 2, 3, 2**256 - 1)
FEW_DATES = (0, build.NOW - 1, build.NOW, build.NOW + 1, build.NOW + 2)


def small_zeroings(token: Address | None) -> list[Zeroing | None]:
    """None, and all there are of few numbers."""
    return [
        None,
        *(
            Zeroing(
                contract=TOKEN, spender=who, remaining=remaining, left=left, token=of
            )
            for who, remaining, left, of in product(
                (SPENDER, OTHER), FEW, (0, 1, 2), (token, OTHER)
            )
        ),
    ]


def judged(limits: Bounds, data: bytes, *, items: bool = False) -> bool:
    """Whether a call passes; if it does, nothing rises."""
    if not passes(Tx(data=data).payload(), limits):
        return False
    was = world(limits)
    assert_nothing_rose(was, carry_out(data, was, limits.now, items=items), limits)
    return True


@pytest.mark.parametrize("has", FEW)
@pytest.mark.parametrize("items", [False, True])
def test_all_small_amounts(has: int, items: bool) -> None:  # noqa: FBT001 - a column of the table
    """Each amount over each other, with each zeroing: none rises, all fall."""
    right = AmountRight(contract=TOKEN, spender=SPENDER, amount=has, items=items)
    for zeroing, new, who in product(small_zeroings(None), FEW, (SPENDER, OTHER)):
        limits = bounds(right, zeroing=zeroing)
        done = judged(limits, call(APPROVE, who, new), items=items)
        if zeroing is None:
            assert done == (who == SPENDER and new < min(has, 2) and not items)
    for delta, how in product(FEW, (DECREASE_ALLOWANCE, DECREASE_APPROVAL)):
        done = judged(bounds(right), call(how, SPENDER, delta), items=items)
        assert done == (1 <= delta <= has and not items)


@pytest.mark.parametrize("has", [0, 1, 2, 2**160 - 1])
@pytest.mark.parametrize("until", FEW_DATES)
def test_all_small_permit2_amounts(has: int, until: int) -> None:
    """The same inside a Permit2, with each date over each other."""
    right = Permit2Right(
        contract=TOKEN,
        token=TOKEN,
        spender=SPENDER,
        amount=has,
        expiration=until,
        nonce=0,
    )
    for new, end in product((0, 1, 2, 2**160 - 1), FEW_DATES):
        data = call(PERMIT2_APPROVE, TOKEN, SPENDER, new, end)
        done = judged(bounds(right), data)
        less = (new, end) != (has, until) and 1 <= new <= has and 1 <= end <= until
        assert done == (less and until >= build.NOW)
        for zeroing in small_zeroings(TOKEN):
            judged(bounds(right, zeroing=zeroing), data)


@given(st.binary(max_size=400), st.sampled_from(sorted(GOOD_CALLS)))
def test_no_bytes_whatever_break_it(data: bytes, name: str) -> None:
    """As a payload, as calldata, as arguments: refused, or a reduction; no error."""
    limits, good = GOOD_CALLS[name]
    for payload in (data, b"\x02" + data):
        assert not passes(payload, limits)
    for each in (data, good[:4] + data):
        assert not passes(Tx(to=limits.target, data=each).payload(), limits) or (
            each == good
        )


@st.composite
def reductions(draw: st.DrawFn) -> tuple[Bounds, bytes]:
    """What a planner may ask for: a right as it stands, and a call that lowers it."""
    who, contract = draw(addresses), draw(addresses)
    if ZERO_ADDRESS in {who, contract} or contract == OWNER:
        who, contract = SPENDER, TOKEN
    amount = draw(uints(least=1))
    has = AmountRight(contract=contract, spender=who, amount=amount, items=False)
    kind = draw(st.sampled_from((*GOOD, "set", "item")))
    if kind == APPROVE:
        return bounds(has), call(APPROVE, who, draw(st.integers(0, min(1, amount - 1))))
    if kind in {DECREASE_ALLOWANCE, DECREASE_APPROVAL}:
        return bounds(has), call(kind, who, draw(st.integers(1, amount)))
    if kind == "set":
        left = draw(st.integers(0, 1))
        new = draw(st.integers(2, 2**256 - 2))
        before = Zeroing(
            contract=contract,
            spender=who,
            remaining=draw(st.integers(new, 2**256 - 1)),
            left=left,
        )
        now = replace(has, amount=left)
        return bounds(now, zeroing=before), call(APPROVE, who, new)
    if kind == "item":
        right = ItemRight(contract=contract, token_id=amount)
        return bounds(right), call(APPROVE, ZERO_ADDRESS, amount)
    if kind == FOR_ALL:
        held = OperatorRight(contract=contract, operator=who)
        return bounds(held), for_all(who)
    return draw(permit2_reductions(contract, kind))


@st.composite
def permit2_reductions(
    draw: st.DrawFn, contract: Address, kind: str
) -> tuple[Bounds, bytes]:
    """The same inside a Permit2."""
    pairs = draw(st.lists(st.tuples(addresses, addresses), min_size=1, unique=True))
    expiration = draw(st.integers(build.NOW, 2**48 - 1))
    held = [
        Permit2Right(
            contract=contract,
            token=token,
            spender=spender,
            amount=draw(uints(160, least=1)),
            expiration=expiration,
            nonce=draw(st.integers(0, 2**48 - 65_536)),
        )
        for token, spender in pairs
    ]
    first = held[0]
    if kind == LOCKDOWN:
        return bounds(*held), call(LOCKDOWN, pairs)
    if kind == INVALIDATE:
        new = first.nonce + draw(st.integers(1024, 65_535))
        return bounds(*held), call(INVALIDATE, *pairs[0], new)
    new = draw(st.integers(1, first.amount))
    end = draw(st.integers(1, expiration - (new == first.amount)))
    return bounds(*held), call(PERMIT2_APPROVE, *pairs[0], new, end)


@given(reductions(), st.none() | st.integers(0, 30 * GWEI))
@settings(max_examples=500)
def test_every_reduction_passes(case: tuple[Bounds, bytes], tip: int | None) -> None:
    """Encoded by others, of every kind and in both types."""
    limits, data = case

    check(Tx(to=limits.target, data=data, tip=tip).payload(), limits)


@given(reductions(), st.binary(min_size=1, max_size=3), st.data())
def test_other_bytes_are_other_rights(
    case: tuple[Bounds, bytes], patch: bytes, data: st.DataObject
) -> None:
    """A changed call is refused, or is another reduction of the same rights."""
    limits, good = case
    at = data.draw(st.integers(0, len(good) - 1))
    changed = (good[:at] + patch + good[at + len(patch) :])[: len(good)]
    if not passes(Tx(to=limits.target, data=changed).payload(), limits):
        return
    was = world(limits)
    items = isinstance(limits.rights[0], ItemRight)
    assert_nothing_rose(was, carry_out(changed, was, limits.now, items=items), limits)


def test_a_thousand_pairs_of_a_thousand_rights_are_no_work() -> None:
    """The largest that passes, checked twice as a run does."""
    rights_ = [
        Permit2Right(
            contract=TOKEN,
            token=build.address(number),
            spender=SPENDER,
            amount=1,
            expiration=build.NOW,
            nonce=0,
        )
        for number in range(1, 1001)
    ]
    data = call(LOCKDOWN, [(right.token, right.spender) for right in rights_])
    limits = bounds(*rights_, gas=10**8, cost=10**19)
    tx = Tx(data=data, gas=10**8)

    check(tx.payload(), limits)
    with pytest.raises(GuardError, match="not sent"):
        check_signed(tx.payload(), tx.payload(), OWNER, limits)
