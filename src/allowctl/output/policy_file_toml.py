"""Lines of TOML that nothing hostile can break out of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_LAST_SHORT = 0xFFFF
_SURROGATES = range(0xD800, 0xE000)
_NO_CHARACTER = "\\uFFFD"


def text(value: str) -> str:
    """A basic string in ASCII (TOML 1.0, "String").

    What is half of a character, which TOML cannot say, becomes U+FFFD.
    """
    return f'"{"".join(map(_escaped, value))}"'


def texts(values: Iterable[str]) -> str:
    """A list of them, on one line."""
    return f"[{', '.join(map(text, values))}]"


def words(*sentences: str) -> Iterator[str]:
    """Comments: `# ` and a sentence, each on a line of its own, whatever is in it."""
    for sentence in sentences:
        yield f"# {_one_line(sentence)}".rstrip()


def off(lines: Iterable[str]) -> Iterator[str]:
    """Settings that do not hold until somebody takes the `#` away."""
    for line in lines:
        yield f"#{line}"


def _escaped(character: str) -> str:
    number = ord(character)
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isascii() and character.isprintable():
        return character
    if number in _SURROGATES:
        return _NO_CHARACTER
    return f"\\u{number:04X}" if number <= _LAST_SHORT else f"\\U{number:08X}"


def _one_line(sentence: str) -> str:
    """The last gate: what is shown was made safe before, by who knows whose it is."""
    return "".join(
        each if each.isascii() and each.isprintable() else ascii(each)[1:-1]
        for each in sentence
    )
