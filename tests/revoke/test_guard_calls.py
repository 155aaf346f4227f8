"""Each call that is let through, and all that stands one step beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.errors import GuardError
from allowctl.model.chain import ZERO_ADDRESS
from allowctl.revoke.guard import AmountRight, Bounds, Permit2Right, Zeroing, check
from tests import build
from tests.revoke.making_guarded import (
    APPROVE,
    DECREASE_ALLOWANCE,
    DECREASE_APPROVAL,
    FOR_ALL,
    GOOD_CALLS,
    INVALIDATE,
    LOCKDOWN,
    OTHER,
    PERMIT2,
    PERMIT2_APPROVE,
    SPENDER,
    TOKEN,
    Tx,
    amount,
    bounds,
    call,
    for_all,
    item,
    locked,
    operator,
    permit2,
    selector,
    zeroing,
)

NO_LIMIT = 2**256 - 1
END = build.NOW + 1000


def judge(limits: Bounds, data: bytes) -> None:
    """Check a call in a transaction that is right in all else."""
    check(Tx(to=limits.target, data=data).payload(), limits)


def dirty(data: bytes, word: int) -> bytes:
    """The same with a bit set above all that the word's type has."""
    at = 4 + 32 * word
    return data[:at] + b"\1" + data[at + 1 :]


@pytest.mark.parametrize(
    ("limits", "data", "message"),
    [
        # An ERC-20 amount.
        (bounds(amount()), call(APPROVE, SPENDER, 100), "100 is not lower than 100"),
        (bounds(amount()), call(APPROVE, SPENDER, 101), "101 is not lower than 100"),
        (bounds(amount()), call(APPROVE, SPENDER, NO_LIMIT), "is not lower than 100"),
        (bounds(amount(0)), call(APPROVE, SPENDER, 0), "0 is not lower than 0"),
        (bounds(amount()), call(APPROVE, OTHER, 0), f"0 allowances of {OTHER}"),
        (bounds(amount(), amount(200)), call(APPROVE, SPENDER, 0), "2 allowances of"),
        (bounds(amount()), dirty(call(APPROVE, SPENDER, 0), 0), "more than 160 bits"),
        (bounds(amount()), call(APPROVE, ZERO_ADDRESS, 0), "id 0 is not one"),
        (bounds(operator()), call(APPROVE, SPENDER, 0), "0 allowances of"),
        # Where amounts may be ids.
        (bounds(amount(items=True)), call(APPROVE, SPENDER, 0), "an item's id"),
        (bounds(amount(items=True)), call(APPROVE, SPENDER, 1), "an item's id"),
        (bounds(amount(), item()), call(APPROVE, SPENDER, 0), "an item's id"),
        (
            bounds(amount(), amount(spender=OTHER, items=True)),
            call(APPROVE, SPENDER, 0),
            "an item's id",
        ),
        (
            bounds(amount(items=True)),
            call(DECREASE_ALLOWANCE, SPENDER, 1),
            "an item's id",
        ),
        (
            bounds(amount(0, items=True), zeroing=zeroing(9)),
            call(APPROVE, SPENDER, 9),
            "an item's id",
        ),
        # By how much.
        (bounds(amount()), call(DECREASE_ALLOWANCE, SPENDER, 0), "lowered by 0"),
        (bounds(amount()), call(DECREASE_ALLOWANCE, SPENDER, 101), "lowered by 101"),
        (bounds(amount()), call(DECREASE_APPROVAL, SPENDER, 0), "lowered by 0"),
        (bounds(amount()), call(DECREASE_APPROVAL, SPENDER, 101), "lowered by 101"),
        (bounds(amount()), call(DECREASE_APPROVAL, OTHER, 1), "0 allowances of"),
        (bounds(amount()), dirty(call(DECREASE_APPROVAL, SPENDER, 1), 0), "160 bits"),
        (bounds(item()), call(DECREASE_ALLOWANCE, SPENDER, 1), "an item's id"),
        # An item.
        (bounds(item(5)), call(APPROVE, ZERO_ADDRESS, 6), "id 6 is not one"),
        (bounds(item(5)), call(APPROVE, SPENDER, 5), "an item's id"),
        (bounds(item(5)), dirty(call(APPROVE, ZERO_ADDRESS, 5), 0), "160 bits"),
        # An operator.
        (bounds(operator()), for_all(SPENDER, on=True), "flag is not false"),
        (
            bounds(operator()),
            selector(FOR_ALL) + call(APPROVE, SPENDER, 2)[4:],
            "flag is not false",
        ),
        (
            bounds(operator()),
            dirty(for_all(SPENDER), 1),
            "flag is not false",
        ),
        (bounds(operator()), for_all(OTHER), "no operator"),
        (bounds(amount()), for_all(SPENDER), "no operator"),
        (
            bounds(operator()),
            dirty(for_all(SPENDER), 0),
            "160 bits",
        ),
    ],
)
def test_what_a_token_is_not_told(limits: Bounds, data: bytes, message: str) -> None:
    """Equal, above, of another, of an item, on instead of off, unclean."""
    with pytest.raises(GuardError, match=message):
        judge(limits, data)


@pytest.mark.parametrize(
    ("right", "values", "message"),
    [
        (permit2(), (TOKEN, SPENDER, 100, END), "stay as they are"),
        (permit2(), (TOKEN, SPENDER, 101, END), "amount 101 is not within 1..100"),
        (permit2(), (TOKEN, SPENDER, 101, END - 1), "amount 101 is not within"),
        (permit2(), (TOKEN, SPENDER, 0, END), "amount 0 is not within 1..100"),
        (permit2(0), (TOKEN, SPENDER, 1, END), "amount 1 is not within 1..0"),
        (permit2(), (TOKEN, SPENDER, 99, END + 1), "is not within 1.."),
        (permit2(), (TOKEN, SPENDER, 99, 0), "expiration 0 is not within"),
        (permit2(), (TOKEN, OTHER, 99, END), "0 allowances of"),
        (permit2(), (OTHER, SPENDER, 99, END), "0 allowances of"),
        (permit2(), (SPENDER, TOKEN, 99, END), "0 allowances of"),
        (
            permit2(expiration=build.NOW - 1),
            (TOKEN, SPENDER, 99, build.NOW - 1),
            "it has expired",
        ),
        (permit2(expiration=0), (TOKEN, SPENDER, 99, END), "it has expired"),
    ],
)
def test_what_permit2_is_not_told(
    right: Permit2Right, values: tuple[object, ...], message: str
) -> None:
    """Nothing later, nothing more, nothing dated anew, nothing left as it is."""
    limits = bounds(right)
    with pytest.raises(GuardError, match=message):
        judge(limits, call(PERMIT2_APPROVE, *values))


@pytest.mark.parametrize(
    "values",
    [(TOKEN, SPENDER, 100, END - 1), (TOKEN, SPENDER, 1, END), (TOKEN, SPENDER, 9, 1)],
)
def test_permit2_is_told_less_or_sooner(values: tuple[object, ...]) -> None:
    """Either is enough, and an end in the past is an end."""
    judge(bounds(permit2()), call(PERMIT2_APPROVE, *values))


def test_the_last_second_is_live() -> None:
    """Permit2 refuses from the second after it."""
    right = permit2(expiration=build.NOW)

    judge(bounds(right), call(PERMIT2_APPROVE, TOKEN, SPENDER, 99, build.NOW))


@pytest.mark.parametrize(("word", "bits"), [(0, 160), (1, 160), (2, 160), (3, 48)])
def test_a_permit2_word_is_clean(word: int, bits: int) -> None:
    """Upper bytes that a contract could cut off or refuse are 0."""
    limits, data = GOOD_CALLS["permit2 limit"]
    with pytest.raises(GuardError, match=f"more than {bits} bits"):
        judge(limits, dirty(data, word))


@pytest.mark.parametrize("delta", [1024, 1025, 40_000, 65_535])
def test_signatures_are_cancelled_far_enough(delta: int) -> None:
    """By 1,024 to 65,535."""
    judge(bounds(permit2(nonce=9)), call(INVALIDATE, TOKEN, SPENDER, 9 + delta))


@pytest.mark.parametrize("delta", [-9, -1, 0, 1, 2, 1023, 65_536, 2**47])
def test_signatures_are_not_cancelled_a_little(delta: int) -> None:
    """By 1 the next one signed before would become good."""
    with pytest.raises(GuardError, match="is not 1024 to 65535 above 9"):
        judge(bounds(permit2(nonce=9)), call(INVALIDATE, TOKEN, SPENDER, 9 + delta))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (call(INVALIDATE, OTHER, SPENDER, 5000), "0 allowances of"),
        (call(INVALIDATE, TOKEN, OTHER, 5000), "0 allowances of"),
        (dirty(call(INVALIDATE, TOKEN, SPENDER, 5000), 2), "more than 48 bits"),
        (call(INVALIDATE, TOKEN, SPENDER, 5000) + bytes(32), "128 bytes of arguments"),
    ],
)
def test_signatures_of_others_are_not_touched(data: bytes, message: str) -> None:
    """Nor is anything unclean sent."""
    with pytest.raises(GuardError, match=message):
        judge(bounds(permit2()), data)


PAIRS = call(LOCKDOWN, [(TOKEN, SPENDER), (OTHER, SPENDER)])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (call(LOCKDOWN, [(TOKEN, OTHER)]), "not one to be locked down"),
        (call(LOCKDOWN, [(SPENDER, TOKEN)]), "not one to be locked down"),
        (call(LOCKDOWN, [(TOKEN, SPENDER)] * 2), "a pair stands twice"),
        (call(LOCKDOWN, []), "a lockdown of 64 bytes"),
        (PAIRS[:4], "a lockdown of 0 bytes"),
        (PAIRS[:-1], "a lockdown of 191 bytes"),
        (PAIRS + b"\0", "a lockdown of 193 bytes"),
        (PAIRS[:-32], "a lockdown of 160 bytes"),
        (PAIRS + bytes(64), "counts 2 pairs and has 3"),
        (PAIRS[:-64], "counts 2 pairs and has 1"),
        (dirty(PAIRS, 0), "do not stand where they should"),
        (dirty(PAIRS, 1), "pairs and has 2"),
        (dirty(PAIRS, 2), "token has more than 160 bits"),
        (dirty(PAIRS, 5), "spender has more than 160 bits"),
        # The pairs a word later, as a decoder may read them.
        (
            PAIRS[:4] + (64).to_bytes(32, "big") + bytes(32) + PAIRS[36:],
            "a lockdown of 224 bytes",
        ),
        (
            PAIRS[:4] + (64).to_bytes(32, "big") + PAIRS[36:],
            "do not stand where they should",
        ),
    ],
)
def test_a_lockdown_is_canonical_and_of_known_pairs(data: bytes, message: str) -> None:
    """One encoding, each pair once, none that was not read."""
    limits = bounds(permit2(), permit2(token=OTHER))
    with pytest.raises(GuardError, match=message):
        judge(limits, data)


@pytest.mark.parametrize(("count", "passes"), [(1, True), (1000, True), (1001, False)])
def test_a_lockdown_has_up_to_a_thousand_pairs(count: int, passes: bool) -> None:  # noqa: FBT001 - a column of the table
    """More is not planned, so it is not signed."""
    rights = [permit2(spender=build.address(number)) for number in range(1, count + 1)]
    data = call(LOCKDOWN, [(right.token, right.spender) for right in rights])

    if passes:
        judge(bounds(*rights), data)
        return
    with pytest.raises(GuardError, match="a lockdown of"):
        judge(bounds(*rights), data)


@pytest.mark.parametrize(
    ("right", "given", "new"),
    [
        (amount(0), zeroing(90), 90),
        (amount(0), zeroing(90), 1),
        (amount(1), zeroing(90, left=1), 90),
        (amount(0), zeroing(90, left=1), 2),
        (amount(0), zeroing(NO_LIMIT), NO_LIMIT - 1),
        # What is there is lowered in any case.
        (amount(100), zeroing(90), 90),
    ],
)
def test_after_a_zeroing_what_remains_is_set(
    right: AmountRight, given: Zeroing, new: int
) -> None:
    """Up to it, from nothing, or from the least that the token takes."""
    limits = bounds(right, zeroing=given)
    judge(limits, call(APPROVE, SPENDER, new))


@pytest.mark.parametrize(
    ("right", "given", "new", "message"),
    [
        (amount(0), None, 1, "1 is not lower than 0"),
        (amount(0), zeroing(90), 91, "91 is more than remains: 90"),
        (amount(0), zeroing(0), 1, "1 is more than remains: 0"),
        (amount(0), zeroing(-5), 0, "0 is more than remains: -5"),
        (amount(0), zeroing(90), 0, "0 is not lower than 0"),
        (amount(90), zeroing(90), 90, "90 is not lower than 90"),
        (amount(1), zeroing(90, left=1), 1, "1 is not lower than 1"),
        (amount(100), zeroing(90), 95, "95 is more than remains: 90"),
        # A SET that was mined before, and spent from since, is not set again.
        (amount(40), zeroing(90), 90, "40 was set after the zeroing"),
        (amount(1), zeroing(90), 90, "1 was set after the zeroing"),
        (amount(40), zeroing(90, left=40), 90, "40 was set after the zeroing"),
        (amount(0), zeroing(NO_LIMIT), NO_LIMIT, "take for no limit"),
        (amount(0), zeroing(90, spender=OTHER), 90, "90 is not lower than 0"),
    ],
)
def test_after_a_zeroing_no_more_is_set(
    right: AmountRight, given: Zeroing | None, new: int, message: str
) -> None:
    """Not above what remains, not twice, not for another, not without one."""
    limits = bounds(right, zeroing=given)
    with pytest.raises(GuardError, match=message):
        judge(limits, call(APPROVE, SPENDER, new))


@pytest.mark.parametrize(
    ("right", "given", "new", "message"),
    [
        (permit2(0), locked(90), 91, "91 is not within 1..90"),
        (permit2(0), locked(90), 0, "0 is not within 1..90"),
        (permit2(0), locked(0), 1, "1 is not within 1..0"),
        (permit2(1), locked(90), 90, "1 was set after the lockdown"),
        (permit2(40), locked(90), 90, "40 was set after the lockdown"),
        (permit2(40), locked(90), 1, "40 was set after the lockdown"),
        (permit2(0), locked(2**160 - 1), 2**160 - 1, f"within 1..{2**160 - 2}"),
        (permit2(0), locked(90, spender=OTHER), 1, "1 is not within 1..0"),
        (permit2(0), locked(90, token=OTHER), 1, "1 is not within 1..0"),
        (permit2(0), locked(90, token=None), 1, "1 is not within 1..0"),
        (permit2(0, expiration=build.NOW - 1), locked(90), 1, "it has expired"),
        (permit2(0, expiration=END - 1), locked(90), 1, "is not within 1.."),
    ],
)
def test_after_a_lockdown_no_more_is_set(
    right: Permit2Right, given: Zeroing, new: int, message: str
) -> None:
    """Not above what remains, not over anything, not later, not of another pair."""
    limits = bounds(right, zeroing=given)
    with pytest.raises(GuardError, match=message):
        judge(limits, call(PERMIT2_APPROVE, TOKEN, SPENDER, new, END))


@pytest.mark.parametrize("new", [1, 89, 90])
def test_after_a_lockdown_what_remains_is_set(new: int) -> None:
    """Up to it, and until when it was."""
    limits = bounds(permit2(0), zeroing=locked(90))
    judge(limits, call(PERMIT2_APPROVE, TOKEN, SPENDER, new, END))
    judge(limits, call(PERMIT2_APPROVE, TOKEN, SPENDER, new, END - 1))


def test_a_lockdown_is_no_zeroing_of_the_token() -> None:
    """What may be set inside a Permit2 may not be set beside it."""
    limits = bounds(amount(0), zeroing=replace(zeroing(90), token=TOKEN))
    with pytest.raises(GuardError, match="1 is not lower than 0"):
        judge(limits, call(APPROVE, SPENDER, 1))


def test_a_zeroing_serves_approve_alone() -> None:
    """Everything else goes by what is there."""
    limits = bounds(amount(0), zeroing=zeroing(90))
    with pytest.raises(GuardError, match="0 cannot be lowered by 1"):
        judge(limits, call(DECREASE_ALLOWANCE, SPENDER, 1))


@pytest.mark.parametrize(
    "signature",
    [
        "increaseAllowance(address,uint256)",
        "increaseApproval(address,uint256)",
        "transfer(address,uint256)",
        "approveForDuration(address,uint256)",
        "allow(address,bool)",
        "setOperator(address,bool)",
        "transferFrom(address,address,uint160,address)",
        "approve(address,address,uint256,uint48)",
        "approve(address,uint160)",
        "lockdown(address,address)",
    ],
)
@pytest.mark.parametrize("name", GOOD_CALLS)
def test_another_function_is_refused(signature: str, name: str) -> None:
    """Whatever its arguments are."""
    limits, data = GOOD_CALLS[name]
    with pytest.raises(GuardError, match="takes nothing back"):
        judge(limits, selector(signature) + data[4:])


@pytest.mark.parametrize("name", GOOD_CALLS)
def test_a_right_elsewhere_does_not_count(name: str) -> None:
    """The target is where the state was read."""
    limits, data = GOOD_CALLS[name]
    elsewhere = build.address(0xE15E)
    assert limits.target in {TOKEN, PERMIT2}
    with pytest.raises(GuardError, match="a right on"):
        judge(replace(limits, target=elsewhere), data)


@pytest.mark.parametrize("name", GOOD_CALLS)
def test_a_call_has_its_exact_length(name: str) -> None:
    """Cut off anywhere, or with a word or a byte more, it is refused."""
    limits, data = GOOD_CALLS[name]
    wrong = [data[:size] for size in range(len(data))]
    for each in (*wrong, data + b"\0", data + bytes(32), data + data):
        with pytest.raises(GuardError, match="not signed"):
            judge(limits, each)


@pytest.mark.parametrize("name", GOOD_CALLS)
def test_a_call_needs_the_rights_it_lowers(name: str) -> None:
    """Without them it is refused."""
    limits, data = GOOD_CALLS[name]
    with pytest.raises(GuardError, match="not signed"):
        judge(replace(limits, rights=()), data)
