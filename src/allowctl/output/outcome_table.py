"""What became of plans, for people: the verdicts, and what to do about the bad ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from rich.style import Style

from allowctl.codec.shown import printable
from allowctl.model.outcome import Outcome, Result, Verdict
from allowctl.output.amounts import moment
from allowctl.output.change_words import LEGEND, step_words, what, whole
from allowctl.output.grid import lines
from allowctl.output.open_ends import SAID, left_out, on, unseen
from allowctl.output.outcome_rows import became, grid
from allowctl.output.prose import (
    WARNING,
    at_least_narrow,
    facts,
    finished,
    section,
    several,
    styled,
    wrapped,
)
from allowctl.output.table import Screen
from allowctl.output.wei import about, at_most, in_dollars

_STYLES = {
    Verdict.REVOKED: Style.parse("green"),
    Verdict.LOWERED: Style.parse("green"),
    Verdict.STILL_LIVE: Style.parse("bold red"),
    Verdict.REVERTED: Style.parse("red"),
    Verdict.NOT_MINED: Style.parse("yellow"),
    Verdict.UNVERIFIED: Style.parse("magenta"),
}
NEXT: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.STILL_LIVE: (
            "it can be used. Scan again; if it is still there, the contract does not "
            "keep its word and may never let go: move what the spender can take out "
            "of this account, and approve nothing there again"
        ),
        Verdict.REVERTED: (
            "the contract refused, the gas is paid, and nothing has changed. Plan it "
            "again with --dry-run: it says whether it would pass now"
        ),
        Verdict.NOT_MINED: (
            "run `allowctl resume`: it looks for what was sent, and sends it again. "
            "What was never signed has to be planned again"
        ),
        Verdict.UNVERIFIED: (
            "run `allowctl resume`, or scan again with another --rpc-url: until then "
            "take it for live"
        ),
    }
)
"""What to do about each verdict that is not good."""


def render(results: Sequence[Result], screen: Screen) -> str:
    """Every result under the other, in plain ASCII but for the colours."""
    screen = at_least_narrow(screen)
    text: list[str] = []
    for number, result in enumerate(results, 1):
        if len(results) > 1:
            text.append("=" * screen.width)
        place = f"{number} of {len(results)}: " if len(results) > 1 else ""
        text += _result(result, screen, place)
        text.append("")
    if len(results) > 1:
        outcomes = [each for result in results for each in result.outcomes]
        lost = sum(len(result.left_out) for result in results)
        text.append("=" * screen.width)
        text += wrapped([f"in all {_count(outcomes, lost)}"], screen)
    return finished(text)


def _result(result: Result, screen: Screen, place: str) -> Iterator[str]:
    plan = result.plan
    at = plan.as_of
    head = [
        f"{place}{on(plan)}",
        f"planned at block {at.number} of {moment(at.timestamp)}, {at.hash}",
    ]
    yield from wrapped(head, screen)
    if result.outcomes:
        yield ""
        yield from _table(result, screen)
        yield from wrapped([LEGEND], screen)
    yield from _others(result, screen)
    yield ""
    count = _count(result.outcomes, len(result.left_out))
    if result.good:
        yield from wrapped([count], screen)
    else:
        yield from styled(count, screen, WARNING)
    yield from wrapped([_paid(result)], screen)
    yield from wrapped((printable(each, SAID) for each in result.notes), screen)
    yield from _bad(result, screen)
    yield from left_out(plan, screen, "--json has them all")
    yield from unseen(plan, screen)


def _table(result: Result, screen: Screen) -> Iterator[str]:
    """The rows; verdicts alone have colours."""
    heads, columns, bodies = grid(result, screen.width)
    verdict = [head.text for head in heads].index("verdict")

    def paint(row: int, column: int, text: str) -> str:
        if column != verdict:
            return text
        return screen.styled(text, _STYLES[result.outcomes[row].verdict])

    yield from lines(heads, bodies, columns, screen.width, paint=paint)


def _others(result: Result, screen: Screen) -> Iterator[str]:
    """What was signed and changes no amount: it stands below no row."""
    shown = {number for each in result.outcomes for number in each.steps}
    steps = {each.number: each for each in result.plan.steps}
    for sent in result.transacted:
        step = steps.get(sent.number)
        if sent.number not in shown and step is not None:
            yield ""
            yield from wrapped([f"{step_words(step, result.plan)}:"], screen)
            yield from wrapped([became(sent, result.plan.chain)], screen, "  ")


def _count(outcomes: Sequence[Outcome], lost: int) -> str:
    """How many are as they were asked to be, by what state said."""
    good = sum(each.verdict.good for each in outcomes)
    whole_count = several(len(outcomes), "approval")
    said = f"{good:,} of {whole_count} taken back or lowered, as state says"
    return f"{said}; {lost:,} left out" if lost else said


def _paid(result: Result) -> str:
    plan = result.plan
    price, sent = plan.usd_per_native, len(result.transacted)
    open_ = sum(each.receipt is None for each in result.transacted)
    paid = f"paid {about(result.paid, plan.chain)}{in_dollars(result.paid, price)}"
    planned = f"of at most {at_most(plan.worst_cost, plan.chain)} planned"
    said = f"{paid} for {several(sent - open_, 'transaction')}, {planned}"
    return f"{said}; {open_:,} not mined yet" if open_ else said


def _bad(result: Result, screen: Screen) -> Iterator[str]:
    """Each approval that is not as it was asked to be, and what to do about it."""
    body: list[str] = []
    for verdict, advice in NEXT.items():
        rows = [
            (number, each)
            for number, each in enumerate(result.outcomes, 1)
            if each.verdict is verdict
        ]
        if not rows:
            continue
        body += wrapped([f"{verdict.value}: {advice}"], screen, "  ")
        for number, each in rows:
            said = f"#{number} {what(each.change, result.plan.chain)}"
            body += wrapped([said], screen, "    ")
            body += facts(whole(each.change), screen, "      ")
    yield from section(screen, "What to do next", body)
