"""A journal's bytes: what a line is, and reading them back. Without I/O.

A line is one JSON object in ASCII, ended by a newline: `v`, its number `seq`, `prev`
(SHA-256 of the line before, without its newline), `at`, what is set of the Entry,
and last `sum`, SHA-256 of all that stands before it. A line is sound only if it is,
byte for byte, what would be written of what it says.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import MISSING, asdict, dataclass, fields
from enum import StrEnum
from typing import Annotated

import msgspec

from allowctl.revoke.ports import Entry, Event

VERSION = 1
START = "0" * 64
"""What the first line has as `prev`."""

_SUM = re.compile(rb',"sum":"[0-9a-f]{64}"\}')
"""The end of a line. Inside of a JSON string no quote stands without a backslash."""
_SUM_LENGTH = 74
_UNSET = {each.name: each.default for each in fields(Entry)}

_Natural = Annotated[int, msgspec.Meta(ge=0)]


class Fault(StrEnum):
    """Why a line is not sound, as the rest of a sentence."""

    SUM = "its checksum does not fit"
    CONTENT = "it says what no line says"
    VERSION = "another version of allowctl wrote it"
    ORDER = "it does not follow the line before"
    LACK = "nothing could be resumed from it"
    FORM = "it is not written as allowctl writes"


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """What a line may hold. `what` is an Event; hostile text breaks msgspec there."""

    v: int
    seq: int
    prev: str
    at: _Natural
    run: Annotated[str, msgspec.Meta(min_length=1)]
    what: str
    step: _Natural = 0
    nonce: Annotated[int, msgspec.Meta(ge=-1)] = -1
    transaction: str = ""
    raw: Annotated[str, msgspec.Meta(pattern=r"\A(0x([0-9a-fA-F]{2})+)?\Z")] = ""
    block: Annotated[int, msgspec.Meta(ge=-1)] = -1
    block_hash: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An entry, and when it was written."""

    entry: Entry
    at: int
    """Unix seconds, by this machine's clock: it may go back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A journal that can be gone on with."""

    written: tuple[Written, ...]
    length: int
    """Bytes that are whole lines, the newline of an `unended` one not counted."""
    last: str
    """What the next line has as `prev`."""
    torn: bool
    """Bytes follow that are the beginning of a line: its writer was killed."""
    unended: bool
    """The last line is whole, and only its newline is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """A journal that something else than its writer has changed."""

    line: int
    """The first that is not sound, from 1."""
    fault: Fault


def line(written: Written, seq: int, prev: str) -> bytes:
    """The line of an entry, without its newline.

    ValueError if it could not be read back: a number below 0, `raw` that is not 0x
    and hex, or an event without what is needed to resume from it.
    """
    made = _line(written, seq, prev)
    read = _entry(made, seq, prev)
    if read != written:
        raise ValueError(f"not to be written in a journal: {read}")
    return made


def digest(made: bytes) -> str:
    """What the next line has as `prev`."""
    return hashlib.sha256(made).hexdigest()


def parse(data: bytes) -> Sound | Damaged:
    """All entries of a journal's bytes.

    Torn is only what nobody was told of: bytes after the last newline in which no
    line comes to its end. Whatever else is not sound is damage, in the last line too.
    """
    written: list[Written] = []
    last, start = START, 0
    while (end := data.find(b"\n", start)) >= 0:
        found = _entry(data[start:end], len(written) + 1, last)
        if isinstance(found, Fault):
            return Damaged(line=len(written) + 1, fault=found)
        written.append(found)
        last, start = digest(data[start:end]), end + 1
    rest = data[start:]
    unended = _SUM.search(rest) is not None
    if unended:
        found = _entry(rest, len(written) + 1, last)
        if isinstance(found, Fault):
            return Damaged(line=len(written) + 1, fault=found)
        written.append(found)
        last, start = digest(rest), len(data)
    return Sound(
        written=tuple(written),
        length=start,
        last=last,
        torn=bool(rest) and not unended,
        unended=unended,
    )


def _line(written: Written, seq: int, prev: str) -> bytes:
    told = asdict(written.entry).items()
    held = {
        "v": VERSION,
        "seq": seq,
        "prev": prev,
        "at": written.at,
        **{name: value for name, value in told if _is_set(name, value)},
    }
    # ASCII: hostile text may hold halves of characters, which UTF-8 has no bytes for.
    body = json.dumps(held, ensure_ascii=True, separators=(",", ":"))[:-1].encode()
    return body + _sum(body)


def _is_set(name: str, value: object) -> bool:
    unset = _UNSET[name]
    return unset is MISSING or value != unset


def _sum(body: bytes) -> bytes:
    return b',"sum":"' + hashlib.sha256(body).hexdigest().encode() + b'"}'


def _entry(made: bytes, seq: int, prev: str) -> Written | Fault:
    """What a line says, if it is sound."""
    body, end = made[:-_SUM_LENGTH], made[-_SUM_LENGTH:]
    if end != _sum(body):
        return Fault.SUM
    told = _told(body + b"}")
    if isinstance(told, Fault):
        return told
    held, written = told
    if (held.seq, held.prev) != (seq, prev):
        return Fault.ORDER
    if not _complete(written.entry):
        return Fault.LACK
    # Spaces, other orders, a name twice: whatever reads the same and is not.
    return written if _line(written, seq, prev) == made else Fault.FORM


def _told(made: bytes) -> tuple[_Line, Written] | Fault:
    try:
        held = json.loads(made)
        if isinstance(held, dict) and held.get("v") != VERSION:
            return Fault.VERSION
        told = msgspec.convert(held, _Line)
        what = Event(told.what)
    except (ValueError, RecursionError):
        return Fault.CONTENT
    entry = Entry(
        run=told.run,
        what=what,
        step=told.step,
        nonce=told.nonce,
        transaction=told.transaction,
        raw=told.raw,
        block=told.block,
        block_hash=told.block_hash,
        text=told.text,
    )
    return told, Written(entry=entry, at=told.at)


def _complete(entry: Entry) -> bool:
    """Whether it says what a run is resumed from."""
    match entry.what:
        case Event.PLANNED:
            return bool(entry.text)
        case Event.SIGNED:
            named = bool(entry.transaction and entry.raw)
            return named and entry.step > 0 and entry.nonce >= 0
        case Event.MINED:
            return bool(entry.transaction and entry.block_hash) and entry.block >= 0
        case Event.LOST:
            return bool(entry.transaction)
        case Event.SENT | Event.ENDED:
            return True
