"""What is told of transactions on their way: one printable line for each event."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from allowctl.cli.steps_progress import StepLines, say
from allowctl.model.plan import Change, Plan
from allowctl.revoke.ports import Answer, Posted
from allowctl.revoke.tell import Tell
from tests.build import word
from tests.output import any_plans
from tests.output.plans import LONG, change, plan, receipt, rich, step
from tests.strategies import hostile_text

TAKEN = Posted(host="node.example", answer=Answer.TAKEN)
WHAT = '1/1 revoke "USDC" (unlimited) from 0x74C9...F736'


def lines_of(of: Plan) -> tuple[StepLines, list[str]]:
    """Whoever tells of a plan, and what is told."""
    told: list[str] = []
    return StepLines(plan=of, say=told.append), told


def test_a_transaction_s_way() -> None:
    """Sent with a link, sent again for more, mined, and lost again."""
    of = plan()
    (one,) = of.steps
    lines, told = lines_of(of)
    teller: Tell = lines
    link = "https://etherscan.io/tx/"
    teller.sent(one, word(1), [TAKEN])
    teller.sent(one, word(1), [TAKEN])
    teller.sent(one, word(2), [replace(TAKEN, answer=Answer.KNOWN)])
    teller.mined(one, receipt(2))
    teller.lost(one, word(2))
    teller.waiting("waiting until it is final")
    assert told == [
        f"{WHAT}: sent {link}{word(1)}",
        f"{WHAT}: sent again {link}{word(1)}",
        f"{WHAT}: sent again for more {link}{word(2)}",
        f"{WHAT}: mined in block 24000102",
        f"{WHAT}: its block is gone, waiting again",
        "waiting until it is final",
    ]


def test_a_failure_stands_out() -> None:
    """A receipt that says it failed is not told like any other."""
    of = plan()
    lines, told = lines_of(of)
    lines.mined(of.steps[0], receipt(1, succeeded=False))
    assert told == [f"{WHAT}: FAILED in block 24000101"]


def test_nobody_took_it() -> None:
    """Then it is told what each endpoint said, its own words in quotes."""
    of = plan()
    lines, told = lines_of(of)
    unclear = Posted(host="b.example", answer=Answer.UNCLEAR, said="\x1b[2J no!")
    poor = Posted(host="a.example", answer=Answer.NO_MONEY, said="insufficient")
    lines.sent(of.steps[0], word(1), [poor, unclear])
    lines.sent(of.steps[0], word(1), [])
    assert told[0].endswith(
        '; a.example: insufficient funds, b.example: unclear "\\x1b\\x5b2J no!"'
    )
    assert told[1].endswith("; nobody took it")


@pytest.mark.parametrize("number", range(1, 9))
def test_every_sort_of_step(number: int) -> None:
    """Each has its number of all, and the plan's own words."""
    lines, told = lines_of(rich())
    lines.mined(rich().steps[number - 1], receipt(1))
    assert told[0].startswith(f"{number}/8 ")


@given(hostile_text, any_plans.changes())
def test_one_printable_line(said: str, of: Change) -> None:
    """Whatever tokens, lists and endpoints say."""
    hostile = plan(step(replace(of, symbol=LONG)), step(change(label=LONG)))
    lines, told = lines_of(hostile)
    answer = Posted(host="node.example", answer=Answer.UNCLEAR, said=said)
    for each in hostile.steps:
        lines.sent(each, word(1), [answer])
    lines.waiting(said)
    assert len(told) == 3
    assert all(line.isascii() and line.isprintable() for line in told)
    assert all(len(line) < 900 for line in told)


def test_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """A line on stderr, nothing on stdout; under -q not a byte."""
    say(quiet=True)("hidden")
    say(quiet=False)("told")
    assert capsys.readouterr() == ("", "told\n")
