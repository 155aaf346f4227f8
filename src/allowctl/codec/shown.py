"""Strangers' text, made safe to be shown.

Symbols, names and the words of lists hold terminal codes, text that runs
backwards, letters that look like others, addresses of web sites, formulas.
"""

from __future__ import annotations

import re

LONGEST = 32
_LONGEST_QUOTE = 60
_LINK = re.compile(r"(?i):(?=//)|\.(?=[a-z]{2})")
_COMMAND = re.compile(r"(?<=#)#|(?<=:):")
"""Build machines take ::error:: at the beginning of a line for a command, and
##[error] wherever it stands. Lines are broken anew, so both may stand anywhere."""
_FIRST = re.compile(r"(?<=#)#|(?<!\S):(?=:)")
"""The same where lines are broken between words: [::1]:8545 is a host."""
_MARKUP = re.compile(r'["\\<>|`\[\]@]|:(?=:)')
"""What HTML, Markdown, a terminal's markup or a build machine may act on."""


def plain(text: str, longest: int = LONGEST) -> str:
    """Printable ASCII on one line; everything else as an escape that shows it.

    What looks like a web address is broken up, so that nothing links it.
    """
    broken = _LINK.sub(r"[\g<0>]", _escaped(text, longest))
    return _bounded(_COMMAND.sub(_hex, broken), longest)


def printable(text: str, longest: int) -> str:
    """The same for words that are no stranger's: hosts keep their dots and colons."""
    return _bounded(_FIRST.sub(_hex, _escaped(text, longest)), longest)


def uncommanded(text: str) -> str:
    """A line of ours with others' paths and keys in it: no build machine's command."""
    return _FIRST.sub(_hex, text)


def inert(text: str, longest: int = _LONGEST_QUOTE) -> str:
    """A stranger's words for a sentence of our own, which goes wherever ours go.

    They are `plain`, and what is markup anywhere is an escape: nothing acts.
    """
    return plain(_MARKUP.sub(_hex, text[: longest + 1]), longest)


def quoted(text: str, longest: int = LONGEST) -> str:
    """`inert`, in quotes that it cannot end: so many characters between them."""
    return f'"{inert(text, longest)}"'


def _escaped(text: str, longest: int) -> str:
    kept = text[: longest + 1]
    if kept.isascii() and kept.isprintable():
        return kept
    return "".join(
        each if each.isascii() and each.isprintable() else _escape(each)
        for each in kept
    )


def _bounded(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _hex(character: str | re.Match[str]) -> str:
    return f"\\x{ord(character[0]):02x}"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
