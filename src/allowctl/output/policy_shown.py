"""What holds under a configuration, and where it is written: `allowctl policy show`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from allowctl.codec.shown import printable, quoted
from allowctl.config.shown import shown_path
from allowctl.model.place import Place
from allowctl.model.settings import Origin
from allowctl.output import (
    located,
    policy_shown_parts,
    policy_shown_sources,
    safe,
)
from allowctl.output.grid import hung
from allowctl.output.policy_shown_parts import Json, Said, Shown
from allowctl.output.prose import at_least_narrow, finished, wrapped
from allowctl.output.table import Screen

__all__ = ["SCHEMA", "Shown", "document", "text"]

SCHEMA = "allowctl.policy/v1"

_LONGEST = 4_000
_REASON = 200
_COLUMN = 32
"""A key that is longer has no column of its own."""
_HOSTILE = {"reason", "owner"}
"""Words of whoever wrote the file, or of whoever wrote to them."""
_DURATIONS = {"max_age", "max_unused", "min_age"}
_UNITS = ((86_400, "d"), (3_600, "h"), (1, "s"))
_ORIGINS = {
    Origin.PROJECT: "found from where you stand",
    Origin.EXPLICIT: "named by --config",
    Origin.USER: "your own",
}


def document(of: Shown) -> str:
    """One JSON document with a newline at its end."""
    parts, sources = policy_shown_parts, policy_shown_sources
    baseline = parts.baseline(of)
    found: dict[str, object] = {
        "schema": SCHEMA,
        "file": located.inside(of.policy.file, of.root) if of.policy.file else None,
        "origin": None if of.origin is None else of.origin.value,
        "policy": [_single(each, of) for each in parts.limits(of)],
        "wallets": [_whole(each, of) for each in parts.wallets(of)],
        "rules": [_whole(each, of) for each in parts.rules(of)],
        "allow": [_whole(each, of) for each in parts.allows(of)],
        "acknowledge": [_whole(each, of) for each in parts.acknowledged(of)],
        "probes": [_whole(each, of) for each in parts.probes(of)],
        "baseline": None if baseline is None else _baseline(baseline, of),
        "weights": [_single(each, of) for each in sources.weights(of)],
        "prices": [_single(each, of) for each in sources.prices(of)],
        "chains": [_whole(each, of) for each in sources.chains(of)],
        "endpoints": [_whole(each, of) for each in sources.endpoints(of)],
        "builtin_lists": _single(sources.builtin_lists(of), of),
        "lists": [_whole(each, of) for each in sources.lists(of)],
        "pins": [_whole(each, of) for each in sources.pins(of)],
    }
    return safe.document(found) + "\n"


def text(of: Shown, screen: Screen) -> str:
    """The same for people, thing by thing. What is copied from it is never cut."""
    screen = at_least_narrow(screen)
    parts, sources = policy_shown_parts, policy_shown_sources
    baseline = parts.baseline(of)
    sections = (
        ("policy", parts.limits(of), True),
        ("wallets", parts.wallets(of), False),
        ("rules", parts.rules(of), False),
        ("allow entries", parts.allows(of), False),
        ("acknowledge entries", parts.acknowledged(of), False),
        ("probes", parts.probes(of), False),
        ("baseline", iter([baseline] if baseline else []), True),
        ("weights", sources.weights(of), True),
        ("prices", sources.prices(of), True),
        ("chains", sources.chains(of), False),
        ("endpoints", sources.endpoints(of), False),
        ("intel", iter([sources.builtin_lists(of)]), True),
        ("lists", sources.lists(of), False),
        ("pins", sources.pins(of), False),
    )
    lines = [*wrapped([_head(of)], screen)]
    for heading, things, single in sections:
        lines.append("")
        for first, said in _section(heading, list(things), of, single=single):
            lines += hung(said, screen.width, first, None if first.strip() else "    ")
    return finished(lines)


def _head(of: Shown) -> str:
    if not of.settings.sources or of.origin is None:
        return "no allowctl.toml: what holds by default"
    first, *others = (shown_path(each) for each in of.settings.sources)
    also = f"; below it {', '.join(others)}" if others else ""
    return printable(f"{first} ({_ORIGINS[of.origin]}){also}", _LONGEST)


def _section(
    heading: str, things: Sequence[Said], of: Shown, *, single: bool
) -> Iterator[tuple[str, str]]:
    """Each line: what stands before it, and the text, which may be broken."""
    if not things:
        yield "", f"{heading}: none"
        return
    yield "", heading if single else f"{heading}: {len(things):,}{_expired(things)}"
    short = [len(each.key) for each in things if len(each.key) <= _COLUMN]
    width = max(short, default=0)
    for each in things:
        if isinstance(each.value, Mapping):
            where = "" if each.place is None else f"   {_where(each, of)}"
            yield "  ", f"{_words(each.value)}{where}"
            continue
        said = f"{_word(each.key, each.value)}   {_where(each, of)}"
        if len(each.key) > _COLUMN:
            yield "  ", f"{each.key}  {said}"
        else:
            yield f"  {each.key:<{width}}  ", said


def _expired(things: Sequence[Said]) -> str:
    values = (each.value for each in things)
    count = sum(
        isinstance(each, Mapping) and each.get("expired") is True for each in values
    )
    return f" ({count:,} expired)" if count else ""


def _words(of: Mapping[str, Json]) -> str:
    """What it says, by the names that keys have in the file."""
    said = []
    for key, value in of.items():
        if key == "expired":
            said += ["EXPIRED"] * bool(value)
        elif key == "followed":
            said += [] if value else ["NOT FOLLOWED"]
        elif isinstance(value, Mapping):
            said.append(f"{key} ({_words(value) or 'anything'})")
        elif value not in (None, []):
            said.append(f"{key} {_word(key, value)}")
    return "; ".join(said)


def _word(key: str, value: Json) -> str:
    match value:
        case None | []:
            return "-"
        case bool():
            return "true" if value else "false"
        case int() if key in _DURATIONS:
            return _duration(value)
        case str() if key in _HOSTILE:
            return quoted(value, _REASON)
        case list():
            return ", ".join(printable(str(each), _LONGEST) for each in value)
        case _:
            return printable(str(value), _LONGEST)


def _duration(seconds: int) -> str:
    """As the file takes it, in the largest unit that divides it."""
    unit, letter = next(each for each in _UNITS if not seconds % each[0])
    return f"{seconds // unit}{letter}"


def _where(said: Said, of: Shown) -> str:
    place = said.place
    if place is None:
        return "(default)"
    if not place.line:
        return f"({place.file})"
    file = located.inside(place.file, of.root)
    return f"({printable(file, _LONGEST)}:{place.line})"


def _whole(said: Said, of: Shown) -> dict[str, object]:
    """A thing of several values, and its place."""
    values = said.value if isinstance(said.value, Mapping) else {}
    return {**values, "place": _place(said.place, of)}


def _single(said: Said, of: Shown) -> dict[str, object]:
    """One value, and who says it."""
    place = said.place
    option = place is not None and located.is_option(place)
    return {
        "key": said.key,
        "value": said.value,
        "origin": "option" if option else "file" if place else "default",
        "place": None if option else _place(place, of),
    }


def _baseline(said: Said, of: Shown) -> dict[str, object]:
    file = located.inside(str(said.value), of.root)
    return {"file": file, "place": _place(said.place, of)}


def _place(place: Place | None, of: Shown) -> dict[str, object] | None:
    if place is None:
        return None
    return {
        "file": located.inside(place.file, of.root),
        "line": place.line,
        "key": place.key,
    }
