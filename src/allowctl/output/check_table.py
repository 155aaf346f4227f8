"""What a policy says of its wallets, for people: in terminals and in CI's logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.style import Style

from allowctl.codec.shown import quoted
from allowctl.codec.words import checksum
from allowctl.model.evaluation import Evaluation, Subject, Violation
from allowctl.model.finding import Level
from allowctl.model.missing import Missing
from allowctl.output import worth
from allowctl.output.amounts import granted
from allowctl.output.change_words import LEGEND
from allowctl.output.check_items import (
    MOST,
    REST,
    Item,
    Passed,
    against,
    groups,
    heading,
    passed,
)
from allowctl.output.check_limits import entries, limits
from allowctl.output.check_scans import blind, scanned
from allowctl.output.check_steps import Step, steps
from allowctl.output.check_words import (
    COVERS,
    approval,
    candidate,
    counted,
    own,
    spender,
    unseen,
    verdict,
    vouched,
    what,
    where,
    whose,
)
from allowctl.output.columns import SHORT_ID
from allowctl.output.grid import hung
from allowctl.output.money import at_risk, since
from allowctl.output.names import spender as taker
from allowctl.output.prose import (
    WARNING,
    Fact,
    at_least_narrow,
    facts,
    finished,
    section,
    styled,
    wrapped,
)
from allowctl.output.reasons import level, reasons
from allowctl.output.table import Screen

_IN_FULL = 40
"""Approvals of a wallet on a chain that have several lines; further ones have one."""
_ENDS = 60
"""What was not seen, at the most: the rest is counted."""
_REASON = 200
_SPENDER = 60
_ITEM = "  "
_FACT = "    "

_FAILED = Style.parse("bold red")
_PASSED = Style.parse("bold green")
_LEVELS = {
    Level.CRITICAL: _FAILED,
    Level.HIGH: Style.parse("red"),
    Level.MEDIUM: Style.parse("yellow"),
    Level.LOW: Style.parse("cyan"),
    Level.INFO: Style.parse("dim"),
    Level.UNKNOWN: Style.parse("magenta"),
}


def render(evaluation: Evaluation, screen: Screen, root: str) -> str:
    """The verdict, what is against it, what is covered, what to do; plain ASCII.

    `root`: the folder from which files are told of. Addresses are whole and never
    broken, whatever the width.
    """
    screen = at_least_narrow(screen)
    text = [*_head(evaluation, screen, root)]
    failing, warned = against(evaluation)
    text += _items("Violations", failing, screen, root)
    text += _items("Warnings", warned, screen, root)
    if any(each.subject.row is not None for each in (*failing, *warned)):
        text += ["", *wrapped([LEGEND], screen)]
    text += _covered(evaluation, screen, root)
    text += _open_ends(evaluation, screen)
    text += _scans(evaluation, screen)
    text += _next(evaluation, screen, root)
    return finished(text)


def _head(evaluation: Evaluation, screen: Screen, root: str) -> Iterator[str]:
    style = _PASSED if evaluation.complete else WARNING
    if evaluation.violated:
        style = _FAILED
    yield from styled(verdict(evaluation), screen, style)
    policy = evaluation.policy
    said = [
        f"policy {entries(policy, root)}",
        limits(policy),
        counted(evaluation),
        *worth.in_all(evaluation.report.scans)[:1],
    ]
    yield from wrapped(said, screen)


def _items(
    title: str, some: Sequence[Item], screen: Screen, root: str
) -> Iterator[str]:
    """By whose they are; each with its facts, and what is against it."""
    for group in groups(some):
        body: list[str] = []
        for number, item in enumerate(group.items):
            if 0 < number <= _IN_FULL:
                body.append("")
            if number >= _IN_FULL:
                body += wrapped([_brief(item)], screen, _ITEM)
            else:
                body += _item(item, screen, root)
        body += wrapped(group.left_out, screen, _ITEM)
        yield from section(screen, f"{title}: {heading(group)}", body)


def _item(item: Item, screen: Screen, root: str) -> Iterator[str]:
    of = item.subject
    if of.row is not None:
        record, certain = of.row.record, level(of.row)
        said = f"{certain}  {granted(record)} to {taker(record.spender, _SPENDER)}"
        first = hung(said, screen.width, _ITEM, _FACT)
        yield from _led(first, certain, _LEVELS[of.row.level], screen)
        yield from facts(_row(of, screen.width - len(_FACT) - 10), screen, _FACT)
    elif of.refused is not None:
        reason = quoted(of.refused.reason, _REASON)
        said = f"unread  {of.refused.candidate.kind.value} does not answer: {reason}"
        yield from wrapped([said], screen, _ITEM)
        yield from facts(_addresses(of), screen, _FACT)
    indent = _ITEM if candidate(of) is None else _FACT
    for each in item.violations:
        yield from _against(each, screen, root, indent)


def _row(of: Subject, room: int) -> Iterator[Fact]:
    """What is known of a live approval."""
    if of.row is None or of.scan is None:
        return
    record = of.row.record
    raised = record.raised_at
    kind = record.allowance.candidate.kind.value
    parts = [(approval(of) or "")[:SHORT_ID], kind, f"at risk {at_risk(record)}"]
    if not isinstance(raised, Missing):
        ago = since(of.scan.as_of.timestamp - raised)
        parts.append(f"{ago} old")
    yield "id", ", ".join(parts)
    yield from _addresses(of)
    yield "why", reasons(of.row, room)


def _addresses(of: Subject) -> Iterator[Fact]:
    """Whole, to be copied."""
    named, to = candidate(of), spender(of)
    if named is None or to is None:
        return
    yield "token", checksum(named.token)
    if named.contract != named.token:
        yield "inside", checksum(named.contract)
    yield "spender", checksum(to)


def _against(
    violation: Violation, screen: Screen, root: str, indent: str
) -> Iterator[str]:
    """What is against it, and the line of the policy that says so."""
    word, style = ("FAILS", _FAILED) if violation.fails else ("warns", WARNING)
    said = own(f"{violation.check}: {violation.message}")
    yield from _led(facts([(word, said)], screen, indent), word, style, screen)
    yield from facts([("", where(violation.place, root))], screen, indent)


def _led(
    lines: Iterable[str], word: str, style: Style, screen: Screen
) -> Iterator[str]:
    """Lines, the word that the first of them begins with in colours."""
    for number, line in enumerate(lines):
        before, found, after = line.partition(word)
        if number or not found:
            yield line
        else:
            yield before + screen.styled(found, style) + after


def _brief(item: Item) -> str:
    """In one line what has no room for more."""
    of = item.subject
    checks = ", ".join(each.check for each in item.violations)
    short_id = (approval(of) or "")[:SHORT_ID]
    certain = "" if of.row is None else level(of.row)
    return f"{' '.join(filter(None, (certain, short_id, what(of))))}: {checks}"


def _covered(evaluation: Evaluation, screen: Screen, root: str) -> Iterator[str]:
    """What passes only because an entry says so, and which."""
    for kind, some in passed(evaluation).items():
        body: list[str] = []
        for each in some[:MOST]:
            body += wrapped([_passed(each)], screen, _ITEM)
            told = f"{where(each.cover.place, root)}: {vouched(each.cover)}"
            body += wrapped([told], screen, _FACT)
        if len(some) > MOST:
            more = f"and {len(some) - MOST:,} more: {REST}"
            body += wrapped([more], screen, _ITEM)
        yield from section(screen, f"Covered: {COVERS[kind]} ({len(some):,})", body)


def _passed(of: Passed) -> str:
    short_id = (approval(of.subject) or "")[:SHORT_ID]
    row = of.subject.row
    certain = "" if row is None else level(row)
    head = " ".join(filter(None, (short_id, certain, whose(of.subject))))
    return f"{head}, {what(of.subject)}: {', '.join(of.checks)}"


def _open_ends(evaluation: Evaluation, screen: Screen) -> Iterator[str]:
    ends = sorted(evaluation.open_ends, key=lambda each: each.forgiven)
    said = [
        f"forgiven: {unseen(each)}" if each.forgiven else unseen(each)
        for each in ends[:_ENDS]
    ]
    if len(ends) > _ENDS:
        said.append(f"and {len(ends) - _ENDS:,} more: {REST}")
    heading_ = "Not seen" if evaluation.complete else "NOT SEEN: INCOMPLETE"
    yield from section(screen, heading_, list(wrapped(said, screen, _ITEM)))


def _scans(evaluation: Evaluation, screen: Screen) -> Iterator[str]:
    """What the verdict stands on: each scan in a sentence, and what none can see."""
    report = evaluation.report
    body = list(
        wrapped((scanned(each, evaluation) for each in report.scans), screen, _ITEM)
    )
    yield from section(screen, "Scanned", body)
    yield from section(
        screen,
        "Not seen by these scans",
        list(wrapped(blind(evaluation), screen, _ITEM)),
    )


def _next(evaluation: Evaluation, screen: Screen, root: str) -> Iterator[str]:
    body: list[str] = []
    for step in steps(evaluation, root):
        body += wrapped([step.said + (":" if step.code else "")], screen, _ITEM)
        body += _code(step, screen)
    yield from section(screen, "What to do next", body)


def _code(step: Step, screen: Screen) -> Iterator[str]:
    """Lines to be copied: a command that goes on below says so to the shell."""
    for line in step.code:
        if step.toml:
            yield _FACT + line
            continue
        *above, last = hung(line, screen.width - 2, _FACT, _FACT + "  ")
        yield from (f"{each} \\" for each in above)
        yield last
