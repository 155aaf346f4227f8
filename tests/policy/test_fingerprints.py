"""Names that last: SARIF and baselines know violations by them for years."""

from __future__ import annotations

import hashlib
from datetime import date

from allowctl.model.approval import Kind
from allowctl.model.finding import Level
from allowctl.model.policy import ProbeEntry
from allowctl.policy import fingerprints
from tests.build import OWNER, SPENDER, TOKEN, address, allowance, candidate
from tests.policy.making import allow, place
from tests.policy.making_rows import evaluated, limits, only, row

PROBE = ProbeEntry(place=place(80, "probe[0]"), chain="1", token=TOKEN, spender=SPENDER)


def test_they_never_change() -> None:
    """What they are made of is fixed for ever: these were written down once."""
    of = candidate()

    assert [
        fingerprints.of_approval(1, of, SPENDER, "fail-on"),
        fingerprints.of_wallet("treasury", OWNER, "wallet-ens"),
        fingerprints.of_all("max-total-value-at-risk"),
        fingerprints.of_allow(allow(expires=date(2026, 1, 1)), "allow-expired"),
        fingerprints.of_probe(PROBE, "probe-no-code"),
    ] == [
        "49d01c77901d9bc075a33f0942bf0edd",
        "93ec06c1235f32897b191c83d2391cf0",
        "25d80b71a7b41990c1541569159a26f4",
        "508c43a1db71edfb73316f3dcfbeb3bc",
        "06ed705e68c08e809550204adc3ac874",
    ]


def test_an_approval_by_its_own_name() -> None:
    """An approval's own fingerprint and the check: whoever knows both can make it."""
    of = allowance(kind=Kind.PERMIT2)
    found = fingerprints.of_approval(1, of.candidate, of.spender, "kind")
    text = f"{of.fingerprint(1)}|kind"

    assert found == _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def test_what_is_not_in_them() -> None:
    """Neither level nor amount: it stays the same violation."""
    high, low = (
        only(evaluated(limits(fail_on=Level.INFO), row(level=level)))
        for level in (Level.HIGH, Level.LOW)
    )

    assert high.fingerprint == low.fingerprint


def test_what_is_in_them() -> None:
    """Chain, approval and check; wallets apart from entries."""
    of = candidate()
    marks = [
        fingerprints.of_approval(1, of, SPENDER, "kind"),
        fingerprints.of_approval(10, of, SPENDER, "kind"),
        fingerprints.of_approval(1, of, SPENDER, "fail-on"),
        fingerprints.of_approval(1, of, address(9), "kind"),
        fingerprints.of_approval(1, candidate(token_id=1), SPENDER, "kind"),
        fingerprints.of_wallet("treasury", OWNER, "kind"),
        fingerprints.of_wallet("treasury", SPENDER, "kind"),
        fingerprints.of_wallet("spare", OWNER, "kind"),
        fingerprints.of_all("kind"),
    ]

    assert len({*marks}) == len(marks)
    assert all(len(each) == 32 for each in marks)
