"""The plan that a person says yes to: whole addresses, no foreign words loose."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from allowctl.codec.words import checksum
from allowctl.model.chain import Chain
from allowctl.model.plan import Fees, LeftOut, Plan, Proof
from allowctl.output.plan_table import render
from allowctl.output.table import Screen
from tests.build import UNLIMITED, address
from tests.output import any_plans
from tests.output.plans import GWEI, LONG, amount, change, plan, rich, step

WIDTHS = (60, 80, 120, 200)
LOWER = 'lower "DAI" from 500 to 100 for 0xAB27...298d'


def text_of(of: Plan, width: int = 120) -> str:
    return render([of], Screen(width=width))


def one_line(text: str) -> str:
    """The same without line breaks: what it says, whatever the width."""
    return " ".join(text.split())


@pytest.mark.parametrize("width", WIDTHS)
def test_rich(width: int, snapshot: SnapshotAssertion) -> None:
    """One of everything that a plan can hold."""
    assert text_of(rich(), width) == snapshot


@pytest.mark.parametrize("width", [1, *WIDTHS])
def test_addresses_are_whole(width: int) -> None:
    """Each contract that is called, each token and each spender can be compared."""
    for each in rich().steps:
        # No step but this one: its addresses do not stand there for another.
        text = text_of(replace(rich(), steps=(each,), left_out=()), width)
        assert checksum(each.call.to) in text
        for of in each.changes:
            assert checksum(of.allowance.candidate.token) in text
            assert checksum(of.allowance.spender) in text
        assert checksum(rich().owner) in text


@pytest.mark.parametrize("width", WIDTHS)
def test_width_is_kept(width: int) -> None:
    """No line is wider than the screen, but for what must not be broken."""
    for line in text_of(rich(), width).splitlines():
        assert len(line) <= width or re.search(r"\S{42,}", line)


def test_words() -> None:
    """Each kind of change, as people say it."""
    said = one_line(text_of(rich(), 200))
    for words in (
        '1 revoke "USDC" (unlimited) from "Uniswap: Router" 0x',
        f"2 {LOWER}: first to 0, then to 100 once that is final",
        '3 cancel signatures in Permit2 for "USDC" to 0x',
        "4 lock 3 allowances in Permit2",
        '5 revoke "NFT" (#7) from 0x',
        '6 revoke "\\u202eTFN" (all items) from 0x',
        '7 lower "USDC" from 5 to 1 in a COPY of Permit2, 0x07e1...CE72, for 0x',
        f"8 {LOWER}: now to 100, or to what is unspent if less, once step 2 is final",
        "exactly from 500000000000000000000 to 100000000000000000000 smallest units",
        "nonce of Permit2, to 41234",
    ):
        assert words in said


def test_cost() -> None:
    """Of each step and of all, in the chain's coin and USD; never rounded down."""
    text = text_of(plan(step(gas=60_001)))
    assert "costs     at most 0.001801 ETH ($5.40): 60,001 gas" in text
    assert "in all 1 transaction, at most 0.001801 ETH ($5.40)" in text
    assert "never above 0.5 ETH ($1,500) in all" in text
    assert "the account has 1 ETH" in text
    assert text.splitlines()[-1] == "the account has 1 ETH"


def test_cost_without_a_price() -> None:
    """No price, no dollars: none is made up."""
    assert "$" not in text_of(plan(usd_per_native=None))


def test_data_fee_counts() -> None:
    """What a chain takes besides gas is a part of the cost."""
    assert "at most 1.002 ETH" in text_of(plan(step(data_fee=10**18), balance=None))


@pytest.mark.parametrize("wei", [1, 999, 10**9 + 1, 10**18 - 1, 10**40 + 1])
def test_a_bound_is_a_bound(wei: int) -> None:
    """What is shown as the most is never less than what it may be."""
    text = text_of(plan(step(gas=0, data_fee=wei), usd_per_native=None))
    shown = re.search(r"in all 1 transaction, at most ([\d,.]+) ETH", text)
    assert shown is not None
    assert Decimal(shown[1].replace(",", "")) * 10**18 >= wei


def test_balance() -> None:
    """Too little stands out; what nobody told is not taken for enough."""
    assert "NOT ENOUGH: the account has 0.001 ETH" in text_of(plan(balance=10**15))
    assert "was not served" in text_of(plan(balance=None))


def test_fees() -> None:
    """What is offered for a gas, exactly; a chain without a base fee has one price."""
    assert "at most 30 gwei for a gas, tip 1 gwei; the base fee is 14.5 gwei now" in (
        text_of(plan())
    )
    legacy = plan(fees=Fees(max_fee=5 * GWEI + 1, tip=None))
    assert "gas price 5.000000001 gwei (this chain has no base fee)" in text_of(legacy)


def test_unproven_stands_out() -> None:
    """An effect that nobody has seen is said in capitals, and in colour."""
    unproven = plan(step(proof=Proof.UNPROVEN))
    assert "EFFECT UNPROVEN" in text_of(unproven)
    coloured = render([unproven], Screen(colors="standard"))
    assert re.search(r"\x1b\[[0-9;]+m +EFFECT UNPROVEN", coloured)
    assert "effect    simulated" in text_of(plan())
    assert "UNPROVEN" not in text_of(plan())


def test_no_colours_no_codes() -> None:
    """Where there are no colours nothing but printable ASCII comes out."""
    text = text_of(rich())
    assert all(line.isascii() and line.isprintable() for line in text.splitlines())
    assert re.sub(r"\x1b\[[0-9;]*m", "", render([rich()], Screen(colors="256"))) == text


def test_everything_that_is_signed_is_shown() -> None:
    """However many steps there are; what was left out is counted, under its reason."""
    spenders = [address(1_000 + number) for number in range(150)]
    many = plan(
        *(
            step(change(amount(UNLIMITED, spender=each)), number=number)
            for number, each in enumerate(spenders, 1)
        ),
        left_out=(
            *(
                LeftOut(change=change(amount(7, spender=each)), reason="spam")
                for each in spenders
            ),
            LeftOut(change=change(amount(8)), reason="it burns its gas"),
        ),
    )
    text = text_of(many)
    steps, left_out = text.split("LEFT OUT: 151 approvals not tried")
    assert all(checksum(each) in steps for each in spenders)
    assert "and 142 more: --plan-out FILE has them all" in left_out
    assert "it burns its gas:" in left_out
    assert left_out.index("it burns its gas:") < left_out.index("in all 150 trans")


def test_nothing_to_sign() -> None:
    """Why not is said, and nothing of costs."""
    empty = replace(rich(), steps=())
    text = text_of(empty)
    assert "0 transactions to sign" in text
    assert "the call reverts" in text
    assert "gwei" not in text
    assert "at most" not in text


def test_several_plans() -> None:
    """Each has its place; costs are added up by coin, dollars where all are known."""
    polygon = Chain(id=137, name="polygon", native_symbol="POL")
    priced = plan(chain=polygon, usd_per_native=Decimal("0.5"))
    text = render([plan(), plan(), priced], Screen())
    assert "2 of 3: 0x" in text
    assert text.endswith(
        "in all 3 transactions, at most 0.0036 ETH + 0.0018 POL ($10.80)\n"
    )
    unpriced = replace(priced, usd_per_native=None)
    assert render([plan(), unpriced], Screen()).endswith("ETH + 0.0018 POL\n")


@pytest.mark.parametrize("width", WIDTHS)
def test_ten_kilobytes_of_symbol(width: int) -> None:
    """A token's word is short, printable and in quotes, and takes no lines."""
    honest = plan(step(change(symbol="TKN", label="Router")))
    hostile = plan(step(change(symbol=LONG, label=LONG)))
    text = text_of(hostile, width)
    assert all(line.isascii() and line.isprintable() for line in text.splitlines())
    assert len(text) < len(text_of(honest, width)) + 200
    assert '"\\x1b\\x5b2J\\u2..."' in text


@settings(max_examples=80)
@given(any_plans.plans(), st.sampled_from(WIDTHS))
def test_any_plan(of: Plan, width: int) -> None:
    """Whatever anybody says: printable lines that fit, and whole addresses."""
    text = text_of(of, width)
    lines = text.splitlines()
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert all(len(line) <= width or re.search(r"\S{36,}", line) for line in lines)
    assert not re.search(r"(?<!\S)::|##", text)
    for each in of.steps:
        assert checksum(each.call.to) in text
        assert all(checksum(one.allowance.spender) in text for one in each.changes)
    for left in of.left_out:
        assert checksum(left.change.allowance.spender) in text
