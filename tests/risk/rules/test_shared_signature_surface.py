"""shared-signature-surface."""

from __future__ import annotations

import pytest

from allowctl.chains.registry import chain_by_id
from allowctl.model.approval import Kind
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Finding
from allowctl.model.lists import Charge
from allowctl.model.missing import Lack, Missing
from allowctl.risk.rules.permit2_root import Permit2Root
from allowctl.risk.rules.shared_signature_surface import SharedSignatureSurface
from tests import build
from tests.risk.pages import as_json, example

RULE = SharedSignatureSurface()
CHARGE = Charge.SHARED_SIGNATURES
LISTED = build.listing(
    CHARGE, source="bundled", name="OpenSea: Seaport conduit", date=None
)


@pytest.mark.parametrize("kind", SpenderKind)
@pytest.mark.parametrize("approval", Kind)
def test_an_open_door_is_found_whatever_it_is(
    kind: SpenderKind, approval: Kind
) -> None:
    """It acts on signatures, whatever it may take."""
    record = build.record(
        build.allowance(kind=approval),
        spender=build.spender_facts(kind, listed=(LISTED,)),
    )

    assert RULE.judge(record, build.context()) == RULE.card.finding(
        'listed by bundled: "OpenSea: Seaport conduit"'
    )


@pytest.mark.parametrize("chain", [1, 324])
def test_the_chain_s_own_permit2_is_left_to_its_rule(chain: int) -> None:
    """Permit2-root speaks of ERC-20 allowances to it: once is enough."""
    context = build.context(
        chain=chain_by_id(chain), absent={CHARGE: Missing(Lack.FAILED, "gone")}
    )
    permit2 = context.chain.permit2
    spender = build.spender_facts(address=permit2, listed=(LISTED,))
    root = build.record(build.allowance(spender=permit2), spender=spender)

    assert RULE.judge(root, context) is None
    assert isinstance(Permit2Root().judge(root, context), Finding)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.ERC20])
def test_an_approval_of_another_kind_to_permit2_is_found(kind: Kind) -> None:
    """No other rule would speak of it."""
    record = build.record(
        build.allowance(kind=kind, spender=build.PERMIT2),
        spender=build.spender_facts(address=build.PERMIT2, listed=(LISTED,)),
    )

    assert isinstance(RULE.judge(record, build.context()), Finding)


def test_another_chain_s_permit2_is_a_copy() -> None:
    """Mainnet's address on zkSync Era is not the one that counts there."""
    record = build.record(
        build.allowance(spender=build.PERMIT2),
        spender=build.spender_facts(address=build.PERMIT2, listed=(LISTED,)),
    )
    context = build.context(chain=chain_by_id(324))

    assert isinstance(RULE.judge(record, context), Finding)


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    record = build.record(spender=build.spender_facts(listed=(LISTED,)))

    assert example("shared-signature-surface") == as_json(
        RULE.judge(record, build.context())
    )
