"""What a policy says of its wallets, for pull requests and step summaries.

GitHub's Markdown makes links, mentions, issues, emoji and formulas even of plain
text: every word of a stranger stands in code, where nothing is made of anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from allowctl.codec.words import checksum
from allowctl.model.evaluation import Evaluation, Subject, Violation
from allowctl.output import worth
from allowctl.output.amounts import granted
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
from allowctl.output.check_steps import steps
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
from allowctl.output.money import at_risk
from allowctl.output.names import spender_name
from allowctl.output.prose import several
from allowctl.output.reasons import level

LONGEST = 960 * 1024
"""Bytes at the most: a step's summary may have 1 MiB."""
_SAID = 8_192
"""Bytes that sentences on what was left out may have: two for each group."""
_ENDS = 60
"""What was not seen, and scans, at the most: the rest is counted."""
_MARKUP = re.compile(r"[\\`*_{}\[\]()<>#+!|~$&]")
_MADE = re.compile(
    r"(?i)@|#(?=\d)|:(?=[0-9+_-]*[a-z+-][a-z0-9+_-]*:|//)|(?<=\bwww)\.|(?<=\bgh)-(?=\d)"
)
"""What GitHub makes something of even behind a backslash: mentions, issues, links."""
_HEAD = ("| level | approval | what is against it |", "| --- | --- | --- |")
_COVER_HEAD = ("| covered | approval | by |", "| --- | --- | --- |")


def render(evaluation: Evaluation, root: str) -> str:
    """The verdict, what is against it, what is covered, what to do; ASCII.

    `root`: the folder from which files are told of. Never longer than `LONGEST`:
    what has no room is counted.
    """
    before = [*_head(evaluation, root), *_open_ends(evaluation)]
    after = [*_scans(evaluation), *_next(evaluation, root)]
    room = _Room(left=LONGEST - _SAID - sum(map(_size, (*before, *after))))
    failing, warned = against(evaluation)
    middle = [
        *_tables("Violations", failing, root, room),
        *_tables("Warnings", warned, root, room),
        *_covered(evaluation, root, room),
    ]
    if room.lost:
        said = f"There is no room here for {several(room.lost, 'more row')}: {REST}."
        middle += [_text(said), ""]
    return "\n".join((*before, *middle, *after)).strip("\n") + "\n"


@dataclass(slots=True, kw_only=True)
class _Room:
    """How much may still be written, and how much was not."""

    left: int
    lost: int = 0

    def rows(self, frame: Sequence[str], rows: Iterable[str], end: str) -> list[str]:
        """What stands around rows, and as many of them as there is room for.

        Nothing of it where not even one has room.
        """
        kept: list[str] = []
        fixed = sum(map(_size, (*frame, end)))
        for row in rows:
            needed = _size(row) + (0 if kept else fixed)
            if needed > self.left:
                self.lost += 1
                continue
            self.left -= needed
            kept.append(row)
        return [*frame, *kept, end] if kept else []


def _size(line: str) -> int:
    return len(line) + 1


def _head(evaluation: Evaluation, root: str) -> Iterator[str]:
    policy = evaluation.policy
    yield "## allowctl check"
    yield ""
    yield f"**{_text(verdict(evaluation))}**"
    yield ""
    yield f"- policy {_text(entries(policy, root))}"
    yield f"- {_text(limits(policy))}"
    yield f"- {_text(counted(evaluation))}"
    for said in worth.in_all(evaluation.report.scans)[:1]:
        yield f"- {_text(said)}"
    yield ""


def _tables(title: str, some: Sequence[Item], root: str, room: _Room) -> Iterator[str]:
    """A table for each wallet and chain, the worst first."""
    for group in groups(some):
        frame = (f"### {title}: {_text(heading(group))}", "", *_HEAD)
        yield from room.rows(frame, (_item(each, root) for each in group.items), "")
        for each in group.left_out:
            yield from (_text(each), "")


def _item(item: Item, root: str) -> str:
    of = item.subject
    certain = "" if of.row is None else level(of.row)
    short_id = (approval(of) or "")[:SHORT_ID]
    what_is = "<br>".join(_against(each, root) for each in item.violations)
    return f"| {certain} {_code(short_id)} | {'<br>'.join(_of(of))} | {what_is} |"


def _of(of: Subject) -> Iterator[str]:
    """The approval, whole addresses in it; nothing for what is of none."""
    named, taker = candidate(of), spender(of)
    if named is None or taker is None:
        return
    called = ""
    if of.row is not None:
        called = spender_name(of.row.record.spender)
        yield f"{_code(granted(of.row.record))} of {_code(checksum(named.token))}"
    else:
        yield f"{named.kind.value} of {_code(checksum(named.token))}"
    if named.contract != named.token:
        yield f"inside {_code(checksum(named.contract))}"
    yield f"to {_code(checksum(taker))} {_code(called)}".rstrip()
    if of.row is not None:
        yield _text(f"{named.kind.value}, at risk {at_risk(of.row.record)}")
    elif of.refused is not None:
        yield f"does not answer: {_code(of.refused.reason)}"


def _against(violation: Violation, root: str) -> str:
    word = "**FAILS**" if violation.fails else "warns"
    said = f"{_code(violation.check)} {_text(violation.message)}"
    return f"{word} {said} ({_code(where(violation.place, root))})"


def _covered(evaluation: Evaluation, root: str, room: _Room) -> Iterator[str]:
    for kind, some in passed(evaluation).items():
        count = f"{len(some):,} {COVERS[kind]}"
        frame = ("<details>", f"<summary>{count}</summary>", "", *_COVER_HEAD)
        rows = [_passed(each, root) for each in some[:MOST]]
        yield from room.rows(frame, rows, "\n</details>\n")
        if len(some) > MOST:
            more = f"and {len(some) - MOST:,} more {COVERS[kind]}: {REST}"
            yield from (_text(more), "")


def _passed(of: Passed, root: str) -> str:
    short_id = _code((approval(of.subject) or "")[:SHORT_ID])
    checks = ", ".join(_code(each) for each in of.checks)
    place, said = where(of.cover.place, root), vouched(of.cover)
    head = f"{_text(whose(of.subject))}<br>{_code(what(of.subject))}"
    return f"| {checks} {short_id} | {head} | {_code(place)}<br>{_code(said)} |"


def _open_ends(evaluation: Evaluation) -> Iterator[str]:
    ends = sorted(evaluation.open_ends, key=lambda each: each.forgiven)
    if not ends:
        return
    yield "### Not seen"
    yield ""
    for each in ends[:_ENDS]:
        yield f"- {'forgiven: ' if each.forgiven else ''}{_code(unseen(each))}"
    if len(ends) > _ENDS:
        yield f"- {_text(f'and {len(ends) - _ENDS:,} more: {REST}')}"
    yield ""


def _scans(evaluation: Evaluation) -> Iterator[str]:
    yield from ("### Scanned", "")
    scans = evaluation.report.scans
    for each in scans[:_ENDS]:
        yield f"- {_text(scanned(each, evaluation))}"
    if len(scans) > _ENDS:
        yield f"- {_text(f'and {len(scans) - _ENDS:,} more: {REST}')}"
    spots = list(islice(blind(evaluation), _ENDS + 1))
    yield from ("", "Not seen by these scans:", "")
    for spot in spots[:_ENDS]:
        yield f"- {_text(spot)}"
    if len(spots) > _ENDS:
        yield f"- {_text(f'and more: {REST}')}"
    yield ""


def _next(evaluation: Evaluation, root: str) -> Iterator[str]:
    for number, step in enumerate(steps(evaluation, root)):
        if not number:
            yield from ("### What to do next", "")
        yield f"- {_text(step.said)}"
        if step.code:
            yield f"  ```{'toml' if step.toml else 'sh'}"
            yield from (f"  {_fenced(line)}" for line in step.code)
            yield "  ```"


def _text(said: str) -> str:
    """Words of our own, in which nothing is made into anything."""
    return _MARKUP.sub(r"\\\g<0>", _MADE.sub(_hex, own(said)))


def _code(said: str) -> str:
    """Anybody's words: in code, in a cell of a table or not; nothing for nothing."""
    shown = own(said).replace("`", "\\x60").replace("|", "\\x7c")
    return f"`{shown}`" if shown.strip() else ""


def _fenced(line: str) -> str:
    """A line in a block of code, which it cannot end."""
    return own(line).replace("```", "\\x60\\x60\\x60")


def _hex(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"
