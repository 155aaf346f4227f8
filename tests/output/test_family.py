"""Permit2 and what is inside it: the chain's own, and no copy of it."""

from __future__ import annotations

from allowctl.output import family
from allowctl.output.row_v1 import audited as as_json
from allowctl.risk.audit import audit
from tests import build
from tests.output import wallet


def test_who_is_inside() -> None:
    """By token, with ranks; the root is not inside itself, a copy's child nowhere."""
    rows = audit(wallet.permit2(), build.context()).records
    scan = build.scan(allowances=rows)
    found = family.inside(scan)
    root, router, exchange, copy = wallet.permit2()

    assert [*found] == [wallet.USDC]
    assert {each.record.spender.address for _, each in found[wallet.USDC]} == {
        router.spender.address,
        exchange.spender.address,
    }
    assert all(scan.allowances[rank - 1] is each for rank, each in found[wallet.USDC])
    assert [family.is_root(each, scan) for each in (root, router, copy)] == [
        True,
        False,
        False,
    ]
    assert family.is_copy(copy, scan)
    assert not family.is_copy(router, scan)


def test_json_has_them() -> None:
    """The root alone, by whole fingerprints."""
    rows = audit(wallet.permit2(), build.context()).records
    scan = build.scan(allowances=rows)
    named = {
        each.record.allowance.fingerprint(1): as_json(each, scan, family.inside(scan))
        for each in rows
    }
    inside = {name: row["inside"] for name, row in named.items() if row["inside"]}
    (children,) = inside.values()

    assert [*inside] == [wallet.permit2()[0].allowance.fingerprint(1)]
    assert isinstance(children, list)
    assert set(children) < set(named)
