"""What became of it, for people: every verdict, and what to do about the bad ones."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from allowctl.codec.words import checksum
from allowctl.model.chain import Chain
from allowctl.model.outcome import Outcome, Result, Verdict
from allowctl.output.outcome_table import NEXT, render
from allowctl.output.table import Screen
from tests.build import word
from tests.output import any_plans
from tests.output.plans import LONG, change, done, ended, plan, receipt, transacted

WIDTHS = (60, 80, 120, 200)


def text_of(of: Result, width: int = 120) -> str:
    return render([of], Screen(width=width))


def with_verdict(verdict: Verdict) -> Result:
    """One approval that ended so."""
    (outcome,) = done().outcomes
    return replace(done(), outcomes=(replace(outcome, verdict=verdict),))


@pytest.mark.parametrize("width", WIDTHS)
def test_ended(width: int, snapshot: SnapshotAssertion) -> None:
    """One of every verdict, something left out, something not mined."""
    assert text_of(ended(), width) == snapshot


def test_done(snapshot: SnapshotAssertion) -> None:
    """All is well: no more is said than that."""
    assert text_of(done(), 80) == snapshot


@pytest.mark.parametrize("width", WIDTHS)
def test_width_is_kept(width: int) -> None:
    """No line is wider than the screen, but for what must not be broken."""
    for line in text_of(ended(), width).splitlines():
        assert len(line) <= width or re.search(r"\S{42,}", line)


@pytest.mark.parametrize("verdict", Verdict)
def test_what_to_do(verdict: Verdict) -> None:
    """A bad verdict has its advice and whole addresses; a good one needs none."""
    text = text_of(with_verdict(verdict), 200)
    (outcome,) = done().outcomes
    assert (verdict in NEXT) is not verdict.good
    assert ("What to do next" in text) is not verdict.good
    if not verdict.good:
        assert " ".join(NEXT[verdict].split()) in " ".join(text.split())
        assert checksum(outcome.change.allowance.spender) in text
        assert checksum(outcome.change.allowance.candidate.token) in text


def test_links() -> None:
    """Each transaction can be looked at, or its hash copied, and is never broken."""
    assert f"https://etherscan.io/tx/{word(1)} mined in block" in text_of(done())
    dark = replace(done(), plan=replace(plan(), chain=Chain(id=5, name="dark")))
    text = text_of(dark, 60)
    assert f"  {word(1)}\n" in text
    assert "://" not in text


def test_the_newest_of_a_nonce() -> None:
    """Of what was never mined, the transaction that was sent last."""
    waiting = replace(transacted(1, None), hashes=(word(11), word(12)))
    text = text_of(replace(done(), transacted=(waiting,)))
    assert f"{word(12)} not mined" in text
    assert word(11) not in text
    assert "1 not mined yet" in text


def test_the_one_that_was_mined() -> None:
    """An older one may win: the receipt says which."""
    won = replace(transacted(1, receipt(11)), hashes=(word(11), word(12)))
    text = text_of(replace(done(), transacted=(won,)))
    assert f"{word(11)} mined" in text
    assert word(12) not in text


def test_nothing_signed_is_hidden() -> None:
    """A transaction that changes no amount is named below the table."""
    assert "cancel signatures in Permit2 for" in text_of(ended())
    hashes = [each.hashes[-1] for each in ended().transacted]
    assert all(each in text_of(ended()) for each in hashes)


def test_paid() -> None:
    """What receipts say was paid, beside what was planned at the most."""
    assert "paid 0.00069 ETH ($2.07) for 1 transaction, of at most 0.0018 ETH" in (
        text_of(done())
    )


def test_unread_is_not_nothing() -> None:
    """What could not be read is not said to be gone."""
    (outcome,) = done().outcomes
    unread = replace(outcome, left=None, verdict=Verdict.UNVERIFIED)
    row = text_of(replace(done(), outcomes=(unread,)))
    assert "not read" in row
    assert "nothing\n" not in row


def test_counts() -> None:
    """Good ones of all; what was left out is counted, too, and stands out."""
    assert "1 of 1 approval taken back or lowered, as state says\n" in text_of(done())
    assert "4 of 8 approvals taken back or lowered, as state says; 21 left out" in (
        text_of(ended())
    )
    assert "\x1b" in render([ended()], Screen(colors="standard"))
    several = render([done(), ended()], Screen())
    assert several.endswith(
        "in all 5 of 9 approvals taken back or lowered, as state says; 21 left out\n"
    )
    assert "2 of 2: 0x" in several


def test_what_stays_open_is_said_again() -> None:
    """What the plan could not see is no less open when all is done."""
    text = text_of(ended())
    assert "signatures that were given and not submitted are not seen" in text
    assert "finality was not served: node.example did not answer" in text


def test_colours_change_nothing_else() -> None:
    """Without its colours the text is the same; without any there is no code."""
    plain = text_of(ended())
    coloured = render([ended()], Screen(colors="256"))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert all(line.isascii() and line.isprintable() for line in plain.splitlines())


@pytest.mark.parametrize("width", WIDTHS)
def test_ten_kilobytes_of_symbol(width: int) -> None:
    """A token's word takes no lines and moves no column."""
    (outcome,) = done().outcomes
    hostile = replace(outcome, change=change(symbol=LONG, label=LONG), note=LONG)
    text = text_of(replace(done(), outcomes=(hostile,)), width)
    assert all(line.isascii() and line.isprintable() for line in text.splitlines())
    assert len(text.splitlines()) < 30


@settings(max_examples=80)
@given(any_plans.results(), st.sampled_from(WIDTHS))
def test_any_result(of: Result, width: int) -> None:
    """Whatever anybody says: printable lines that fit, and each verdict is there."""
    text = text_of(of, width)
    lines = text.splitlines()
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert all(len(line) <= width or re.search(r"\S{36,}", line) for line in lines)
    assert not re.search(r"(?<!\S)::|##", text)
    for number, each in enumerate(of.outcomes, 1):
        assert re.search(rf"^ *{number}  {each.verdict.value} ", text, re.MULTILINE)
        assert _is_named(each, text)


def _is_named(outcome: Outcome, text: str) -> bool:
    spender = checksum(outcome.change.allowance.spender)
    whole = outcome.verdict.good or spender in text
    return outcome.change.fingerprint[:8] in text and whole
