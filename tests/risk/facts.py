"""What hypothesis draws from: whatever may be known of a spender."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from allowctl.model.chain import Address
from allowctl.model.facts import (
    Authority,
    AuthorityKind,
    Creation,
    Proxy,
    ProxyKind,
    Seen,
    SpenderFacts,
    SpenderKind,
)
from allowctl.model.lists import Charge, Label, Listing
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record
from tests import build
from tests.strategies import addresses, hostile_text, records, uints

missing: st.SearchStrategy[Missing] = st.builds(
    Missing, st.sampled_from(Lack), st.sampled_from(("no state", "a timeout"))
)
hashes: st.SearchStrategy[str] = st.binary(min_size=32, max_size=32).map(
    lambda raw: "0x" + raw.hex()
)
listings: st.SearchStrategy[Listing] = st.builds(
    Listing,
    source=st.sampled_from(("approval-exploit-list", "whois", "bundled")),
    charge=st.sampled_from(Charge),
    name=hostile_text,
    date=st.none() | st.just("2024-07-16"),
    fetched_at=st.none() | st.just(build.NOW),
)
authorities: st.SearchStrategy[Authority] = st.builds(
    Authority,
    kind=st.sampled_from(AuthorityKind),
    path=st.lists(addresses, max_size=3).map(tuple),
    threshold=st.none() | uints(),
    owners=st.none() | uints(),
    delay=st.none() | uints(),
)
proxies: st.SearchStrategy[Proxy] = st.builds(
    Proxy,
    kind=st.sampled_from(ProxyKind),
    implementation=st.none() | addresses,
    beacon=st.none() | addresses,
    authority=st.none() | missing | authorities,
)
creations: st.SearchStrategy[Creation] = st.builds(
    Creation,
    block=st.integers(0, 24_000_000),
    exact=st.booleans(),
    timestamp=st.none() | st.integers(build.NOW - 90 * 86_400, build.NOW + 86_400),
)
charges_absent: st.SearchStrategy[dict[Charge, Missing]] = st.dictionaries(
    st.sampled_from(Charge), missing
)
_vanities = addresses.map(lambda raw: Address(f"0x0000{raw[6:-4]}0000"))


@st.composite
def spenders(draw: st.DrawFn) -> SpenderFacts:
    """Any of it, in any mixture: facts that contradict each other, too."""
    return SpenderFacts(
        address=draw(addresses | _vanities),
        kind=draw(st.sampled_from(SpenderKind)),
        label=draw(
            st.none()
            | st.builds(
                Label, text=hostile_text, source=st.sampled_from(("bundled", "whois"))
            )
        ),
        delegate=draw(st.none() | addresses),
        proxy=draw(st.none() | missing | proxies),
        code_hash=draw(st.none() | missing | hashes),
        seen=draw(
            st.none()
            | st.builds(
                Seen,
                code_hash=hashes,
                block=st.integers(0, 24_000_000),
                pinned=st.booleans(),
            )
        ),
        created=draw(missing | creations),
        verified=draw(missing | st.booleans()),
        listed=draw(st.lists(listings, max_size=5).map(tuple)),
    )


@st.composite
def spender_records(draw: st.DrawFn) -> Record:
    """Any live grant to any spender, some of them to nobody else."""
    record = draw(records())
    of = record.allowance
    spender = draw(spenders())
    address = draw(
        st.sampled_from((spender.address, of.candidate.owner, of.candidate.token))
        | st.just(Address("0x" + "00" * 20))
    )
    return replace(
        record,
        allowance=replace(of, spender=address),
        spender=replace(spender, address=address),
    )
