"""What hypothesis draws from: whole reports, with hostile text all over."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from allowctl.model.approval import Dead, DeadReason, NotServed, Refused
from allowctl.model.chain import BlockRange
from allowctl.model.coverage import Coverage, Gap
from allowctl.model.facts import TokenFacts
from allowctl.model.lists import Charge, ListStatus
from allowctl.model.missing import Missing
from allowctl.model.report import Record, Report, Unscanned
from allowctl.model.value import Worth
from allowctl.risk.audit import audit
from tests import build
from tests.risk.facts import charges_absent, listings, spender_records
from tests.strategies import (
    addresses,
    amounts,
    candidates,
    hostile_text,
    missing,
    places,
    prices,
)

said: st.SearchStrategy[str] = hostile_text.filter(bool)
"""Strangers' words where there have to be some."""
lacking: st.SearchStrategy[Missing] = st.builds(
    lambda of, reason: Missing(of.lack, reason), missing, said
)


@st.composite
def tokens(draw: st.DrawFn) -> TokenFacts:
    """Anything that a token can say, and that others can say of it."""
    return TokenFacts(
        address=draw(addresses),
        symbol=draw(st.none() | hostile_text),
        name=draw(st.none() | hostile_text),
        decimals=draw(st.none() | st.integers(0, 255)),
        total_supply=draw(st.none() | amounts),
        balance=draw(st.none() | amounts),
        interfaces=draw(st.sampled_from(((), ("erc20",), ("erc20", "erc721")))),
        unserved=draw(st.booleans()),
        reaches_further=draw(st.booleans()),
        grants_strangers=draw(st.booleans()),
        known=draw(st.booleans()),
        imitates=draw(st.none() | hostile_text),
        listed=draw(st.lists(listings, max_size=2).map(tuple)),
    )


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any live grant of any token to any spender, with all that may be known."""
    record = draw(spender_records())
    token = draw(tokens())
    of = record.allowance
    where = st.none() | places()
    named = replace(
        of.candidate,
        token=token.address,
        first=draw(where),
        raised=draw(where),
        last_changed=draw(where),
        claimed=draw(st.none() | amounts),
    )
    whole = replace(record, allowance=replace(of, candidate=named), token=token)
    value = whole.value
    if isinstance(value, Worth):
        told = replace(draw(prices), note=draw(hostile_text))
        value = Worth(usd=(whole.effective or 0) * told.usd_per_unit, price=told)
    return replace(whole, value=value)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """One scan of it, and all that can go wrong around it."""
    rows = audit(
        draw(st.lists(records(), max_size=3)),
        build.context(absent=draw(charges_absent)),
    )
    named = st.lists(candidates(), max_size=2)
    dormant = draw(records())
    gap = Gap(blocks=BlockRange(5, 6), reason=draw(said))
    scan = build.scan(
        owner_name=draw(st.none() | said),
        coverage=Coverage(
            blocks=BlockRange(0, 9),
            gaps=draw(st.sampled_from(((), (gap,)))),
            endpoints=("node.example",),
        ),
        allowances=rows.records,
        not_evaluated=rows.not_evaluated,
        expired=audit(draw(st.lists(records(), max_size=1)), build.context()).records,
        dormant=(dormant,),
        refused=tuple(
            Refused(candidate=each, reason=draw(said)) for each in draw(named)
        ),
        unserved=tuple(
            NotServed(candidate=each, reason=draw(said)) for each in draw(named)
        ),
        dead=tuple(
            Dead(candidate=each, reason=draw(st.sampled_from(DeadReason)))
            for each in draw(named)
        ),
    )
    status = ListStatus(
        id=draw(said),
        source="lists.example",
        charges=draw(st.lists(st.sampled_from(Charge), unique=True).map(tuple)),
        fetched_at=draw(st.none() | st.integers(0, build.NOW)),
        entries=draw(st.integers(0, 10**6)),
        missing=draw(st.none() | lacking),
    )
    return replace(
        build.scan_report(*[scan] * draw(st.integers(1, 2))),
        lists=(status,),
        unscanned=(Unscanned(reason=draw(said)),),
    )
