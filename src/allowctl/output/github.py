"""The result of `allowctl check` as GitHub Actions shows it: annotations, summary.

A workflow command is a line `::KIND PROPERTIES::MESSAGE`; nothing but ours begins one.
"""

# Not `from __future__ import annotations`: a function here has this name.

from collections.abc import Iterator, Sequence

from allowctl.model.evaluation import Evaluation
from allowctl.model.place import Place
from allowctl.output import check_markdown
from allowctl.output.check_spot import end_spot, line, spot
from allowctl.output.check_words import sentence, unseen, verdict, where
from allowctl.output.located import inside

MOST = 10
"""Annotations of a kind: GitHub takes no more of one step."""
LARGEST = 1024 * 1024
"""Bytes of a step's summary: GitHub drops one that is larger as a whole."""
_MARGIN = 64 * 1024
"""What else the step may have to say, and the end of ours."""
_TITLE = "allowctl check"
_REST = "the step's summary and the files of results list them"
_CUT = "\n\n**The rest is left out here: it is too long.**\n"

_Note = tuple[Place | None, str, str]
"""Where, under which title, and what: one line that is safe to be shown."""


def annotations(evaluation: Evaluation, root: str) -> str:
    """Errors, warnings, and one notice of how it ended: a line each.

    Violations come before what was not seen; the last of ten says how many more.
    """
    errors = [
        *_violations(evaluation, root, fail=True),
        *_ends(evaluation, forgiven=False),
    ]
    warnings = [
        *_violations(evaluation, root, fail=False),
        *_ends(evaluation, forgiven=True),
    ]
    lines = [
        *_commands("error", errors, root),
        *_commands("warning", warnings, root),
        _command("notice", (None, _TITLE, line(verdict(evaluation))), root),
    ]
    return "".join(f"{each}\n" for each in lines)


def failure(message: str, hint: str | None) -> str:
    """What there is no evaluation for: one annotation, so that somebody sees it."""
    said = f"{message} ({hint})" if hint else message
    return _command("error", (None, _TITLE, line(said)), "") + "\n"


def summary(evaluation: Evaluation, root: str) -> str:
    """The step's summary in Markdown; what GitHub would not take is cut off, and said.

    The bound is of bytes in UTF-8.
    """
    text = check_markdown.render(evaluation, root)
    whole = text.encode()
    if len(whole) <= LARGEST - _MARGIN:
        return text
    kept = whole[: LARGEST - _MARGIN]
    lines = kept.decode(errors="ignore").splitlines()[:-1]
    return "\n".join([*lines, *_open(lines)]) + _CUT


def _open(lines: Sequence[str]) -> Iterator[str]:
    """The ends of what has begun, or the rest would be in it."""
    fences = [each for each in lines if each.lstrip().startswith("```")]
    if len(fences) % 2:
        (*_, last) = fences
        yield last[: len(last) - len(last.lstrip())] + "```"
    if lines.count("<details>") > lines.count("</details>"):
        yield "\n</details>"


def _violations(evaluation: Evaluation, root: str, *, fail: bool) -> Iterator[_Note]:
    for each in evaluation.failing if fail else evaluation.warnings:
        title = f"{_TITLE}: {each.check}"
        told = f"{line(sentence(each))} ({where(each.place, root)})"
        yield (spot(each, evaluation), title, told)


def _ends(evaluation: Evaluation, *, forgiven: bool) -> Iterator[_Note]:
    title = f"{_TITLE}: not seen" + ", and forgiven" * forgiven
    for each in evaluation.open_ends:
        if each.forgiven is forgiven:
            yield (end_spot(each, evaluation), title, line(unseen(each)))


def _commands(kind: str, notes: Sequence[_Note], root: str) -> Iterator[str]:
    if len(notes) > MOST:
        more = f"and {len(notes) - MOST + 1:,} more: {_REST}"
        notes = [*notes[: MOST - 1], (None, _TITLE, more)]
    for each in notes:
        yield _command(kind, each, root)


def _command(kind: str, note: _Note, root: str) -> str:
    place, title, message = note
    properties = {"title": line(title)}
    if place is not None:
        at = {"file": inside(place.file, root), "line": str(place.line)}
        properties = at | properties
    said = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
    return f"::{kind} {said}::{_data(message)}"


def _data(text: str) -> str:
    for each in "%\r\n":
        text = text.replace(each, f"%{ord(each):02X}")
    return text


def _property(text: str) -> str:
    text = _data(text)
    for each in ":,":
        text = text.replace(each, f"%{ord(each):02X}")
    return text
