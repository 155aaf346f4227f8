"""What hypothesis draws from: any plan, and anything that may have become of it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from allowctl.model.approval import Amount
from allowctl.model.chain import Call
from allowctl.model.finding import Level
from allowctl.model.outcome import Outcome, Result, Verdict
from allowctl.model.plan import (
    Change,
    Fees,
    LeftOut,
    Method,
    Plan,
    Proof,
    Role,
    Step,
)
from tests import strategies
from tests.build import NOW, PERMIT2, block
from tests.output.plans import MAINNET, plan, receipt, transacted
from tests.strategies import addresses, hostile_text, uints


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Any change of any approval, in anybody's words."""
    of = draw(strategies.allowances())
    granted = of.grant.amount if isinstance(of.grant, Amount) else 1
    return Change(
        allowance=of,
        fingerprint=of.fingerprint(1),
        after=draw(st.integers(0, granted - 1)),
        permit2_nonce=draw(st.none() | uints(48)),
        symbol=draw(st.none() | hostile_text),
        decimals=draw(st.none() | st.integers(-1, 300)),
        label=draw(st.none() | hostile_text),
        level=draw(st.none() | st.sampled_from(Level)),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan; no standard makes most of them."""
    steps = draw(st.lists(st.lists(changes(), min_size=1, max_size=3), max_size=4))
    drawn = plan(
        chain=replace(
            MAINNET,
            explorer=draw(st.sampled_from((None, "https://etherscan.io"))),
            permit2=draw(addresses | st.just(PERMIT2)),
        ),
        owner=draw(addresses),
        left_out=tuple(
            LeftOut(change=each, reason=draw(hostile_text.filter(bool)))
            for each in draw(st.lists(changes(), max_size=3))
        ),
        fees=Fees(
            max_fee=draw(uints(128)),
            tip=draw(st.none() | uints(128)),
            base_fee=draw(uints(128)),
        ),
        balance=draw(st.none() | uints()),
        usd_per_native=draw(st.none() | st.decimals("1e-9", "1e9")),
        unseen=tuple(draw(st.lists(hostile_text.filter(bool), max_size=2))),
    )
    return replace(
        drawn,
        steps=tuple(
            Step(
                number=number,
                role=draw(st.sampled_from(Role)),
                method=draw(st.sampled_from(Method)),
                call=Call(of[0].allowance.candidate.contract, b""),
                changes=tuple(of),
                gas=draw(st.integers(21_000, 10**9)),
                proof=draw(st.sampled_from(Proof)),
                data_fee=draw(uints(128)),
                waits_for=draw(st.none() | st.integers(1, 4)),
                note=draw(hostile_text),
            )
            for number, of in enumerate(steps, 1)
        ),
    )


@st.composite
def results(draw: st.DrawFn) -> Result:
    """Anything that may have become of any plan."""
    of = draw(plans())
    return Result(
        plan=of,
        outcomes=tuple(
            Outcome(
                change=each,
                verdict=draw(st.sampled_from(Verdict)),
                left=draw(st.none() | uints()),
                read_at=draw(st.none() | st.just(block(1, timestamp=NOW))),
                steps=tuple(draw(st.lists(st.integers(1, 4), max_size=2))),
                note=draw(hostile_text),
            )
            for each in draw(st.lists(changes(), max_size=4))
        ),
        transacted=tuple(
            transacted(each.number, draw(st.none() | st.just(receipt(each.number))))
            for each in of.steps
            if draw(st.booleans())
        ),
        notes=tuple(draw(st.lists(hostile_text.filter(bool), max_size=2))),
    )
