"""What is taken from a report that was saved: names, what they stood at, no more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from allowctl.errors import CodecError
from allowctl.model.approval import Kind, NotServed, Refused
from allowctl.model.report import Report
from allowctl.output import json_v1
from allowctl.output.reported import Reported, reported
from tests import build
from tests.output import sample
from tests.revoke import making_plans as making


def saved(report: Report) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json_v1.render(report))
    return found


def read(document: object) -> tuple[Reported, ...]:
    return reported(json.dumps(document).encode())


def test_rows_of_a_report() -> None:
    """Live and dormant ones, by the same fingerprints; others are counted."""
    live, dormant = making.judged(making.erc20(1, 5_000)), making.child(2)
    scan = build.scan(
        allowances=(live,),
        dormant=(dormant,),
        expired=(making.judged(making.child(3)),),
        refused=(Refused(candidate=build.candidate(), reason="reverts"),),
        unserved=(NotServed(candidate=build.candidate(), reason="timeout"),),
    )
    (found,) = read(saved(build.scan_report(scan)))

    names = [making.fingerprint(each) for each in (live, dormant)]
    assert [row.fingerprint for row in found.rows] == names
    assert [row.amount for row in found.rows] == [5_000, 1_000]
    assert found.rows[0].symbol == live.record.token.symbol
    assert found.rows[0].decimals == live.record.token.decimals
    assert (found.chain_id, found.owner) == (scan.chain.id, scan.owner)
    assert (found.unreadable, found.expired) == (2, 1)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind(kind: Kind) -> None:
    """The candidate of each is the one that was scanned, now named by a person."""
    token_id = 7 if kind is Kind.ERC721 else None
    record = build.record(build.allowance(kind=kind, token_id=token_id))
    scan = build.scan(allowances=(making.judged(record),))
    (found,) = read(saved(build.scan_report(scan)))
    (row,) = found.rows

    assert row.candidate.key == record.allowance.candidate.key
    assert (row.amount is None) is (kind in {Kind.ERC721, Kind.OPERATOR})


def test_a_report_without_scans() -> None:
    """Nothing is in it."""
    assert read(saved(sample.empty()) | {"scans": []}) == ()


def _named_other(row: dict[str, Any]) -> None:
    row["fingerprint"] = "0" * 32


def _no_amount(row: dict[str, Any]) -> None:
    row["amount"] = "1e9"


def _endless(row: dict[str, Any]) -> None:
    row["amount"] = "9" * 79


def _no_kind(row: dict[str, Any]) -> None:
    row["kind"] = "erc9999"


def _no_decimals(row: dict[str, Any]) -> None:
    row["token"]["decimals"] = 256


@pytest.mark.parametrize(
    "spoil", [_named_other, _no_amount, _endless, _no_kind, _no_decimals]
)
def test_what_is_no_report_of_ours(spoil: Any) -> None:  # noqa: ANN401 - a function
    """It may be anybody's: one bad row, and nothing is taken of it."""
    row = making.judged(making.erc20(1))
    document = saved(build.scan_report(build.scan(allowances=(row,))))
    spoil(document["scans"][0]["allowances"][0])

    with pytest.raises(CodecError, match=r"no allowctl\.report/v1"):
        read(document)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"schema":"x","scans":[]}']
)
def test_what_is_no_report_at_all(data: bytes) -> None:
    """Bytes of any kind are told, not followed."""
    with pytest.raises(CodecError, match=r"no allowctl\.report/v1"):
        reported(data)
