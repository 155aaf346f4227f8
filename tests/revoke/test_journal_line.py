"""A journal's bytes: what is written is read, and nothing else is."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.revoke import journal_line
from allowctl.revoke.journal_line import START, Damaged, Fault, Sound, Written
from allowctl.revoke.ports import Entry, Event
from tests.build import NOW
from tests.revoke.making_journals import (
    HASH,
    ended,
    entries,
    mined,
    planned,
    signed,
)

RUN = (planned(), signed(), mined(), ended())


def of(*told: Entry) -> bytes:
    """A journal's bytes."""
    lines: list[bytes] = []
    for each in told:
        prev = journal_line.digest(lines[-1]) if lines else START
        written = Written(entry=each, at=NOW)
        lines.append(journal_line.line(written, len(lines) + 1, prev))
    return b"".join(each + b"\n" for each in lines)


def told_by(data: bytes) -> list[Entry]:
    """Its entries; it has to be sound."""
    found = journal_line.parse(data)
    assert isinstance(found, Sound), found
    return [each.entry for each in found.written]


def forged(changes: dict[str, object], told: Entry | None = None) -> bytes:
    """A first line with other values, and a checksum that fits."""
    held = json.loads(of(told or signed())) | changes
    del held["sum"]
    return summed(json.dumps(held, separators=(",", ":")).encode()[:-1])


def summed(body: bytes) -> bytes:
    """A line with a checksum that fits, whatever stands before it."""
    digest = hashlib.sha256(body).hexdigest()
    return body + f',"sum":"{digest}"}}\n'.encode()


def test_a_line() -> None:
    """One JSON object in ASCII: who, what, only what is set, chained, checked."""
    first, second = of(planned(text="grün\n\x1b[31m"), signed()).splitlines()
    held = json.loads(second)
    total = held.pop("sum")

    assert first.isascii()
    assert b"\x1b" not in first
    assert held == {
        "v": 1,
        "seq": 2,
        "prev": hashlib.sha256(first).hexdigest(),
        "at": NOW,
        "run": "a",
        "what": "signed",
        "step": 1,
        "nonce": 7,
        "transaction": HASH,
        "raw": "0x02f8",
    }
    assert total == hashlib.sha256(second.split(b',"sum"')[0]).hexdigest()
    assert json.loads(first)["prev"] == "0" * 64


@given(st.lists(entries(), max_size=8))
def test_there_and_back(told: list[Entry]) -> None:
    """What was written is what is read, hostile text and halves of characters too."""
    assert told_by(of(*told)) == told


@given(st.lists(entries(), min_size=1, max_size=4), st.data())
def test_every_single_byte_counts(told: list[Entry], data: st.DataObject) -> None:
    """Any byte of a whole journal, changed, gone or added, is told of or was not read.

    Only a lost end is not damage but torn: a writer that was killed leaves the same.
    """
    whole = of(*told)
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = bytes([data.draw(st.integers(0, 255).filter(lambda n: n != whole[at]))])

    assert isinstance(journal_line.parse(whole[:at] + byte + whole[at + 1 :]), Damaged)
    if at < len(whole) - 1:
        assert isinstance(journal_line.parse(whole[:at] + whole[at + 1 :]), Damaged)
    added = journal_line.parse(whole[:at] + byte + whole[at:])
    assert isinstance(added, Damaged)


def test_every_bit_of_a_run() -> None:
    """Each one of them, turned: the line is named, or the one that it stands before."""
    whole = of(*RUN)
    for at in range(len(whole)):
        line = whole.count(b"\n", 0, at) + 1
        for bit in range(8):
            changed = bytearray(whole)
            changed[at] ^= 1 << bit
            found = journal_line.parse(bytes(changed))
            assert isinstance(found, Damaged), (at, bit)
            assert found.line == line


def test_every_byte_before_a_torn_line() -> None:
    """A torn end does not cover up what is wrong before it."""
    whole = of(*RUN)
    start = whole.rindex(b"\n", 0, -1) + 1
    for at in range(start):
        changed = bytearray(whole[: start + 40])
        changed[at] ^= 1
        assert isinstance(journal_line.parse(bytes(changed)), Damaged), at


@given(st.lists(entries(), min_size=1, max_size=4), st.data())
def test_cut_anywhere(told: list[Entry], data: st.DataObject) -> None:
    """All lines before the cut are there; a line that is whole counts as whole."""
    whole = of(*told)
    cut = data.draw(st.integers(0, len(whole)))
    found = journal_line.parse(whole[:cut])
    lines = whole[:cut].count(b"\n")
    unended = whole[cut : cut + 1] == b"\n"

    assert isinstance(found, Sound)
    assert [each.entry for each in found.written] == told[: lines + unended]
    assert found.unended is unended
    assert found.torn is (whole[:cut].rfind(b"\n") + 1 < cut and not unended)
    assert found.length == (cut if unended else whole[:cut].rfind(b"\n") + 1)


def test_whole_lines_gone_or_moved() -> None:
    """A line that is missing, doubled, from elsewhere or out of turn is told of."""
    one, two, three, four = of(*RUN).splitlines(keepends=True)
    other = of(planned(text="another")).splitlines(keepends=True)[0]
    for bad, line in [
        (two + three, 1),
        (one + three, 2),
        (one + one, 2),
        (one + two + four + three, 3),
        (other + two, 2),
        (b"\n" + one, 1),
        (one + b"\n", 2),
        (one.replace(b"\n", b"\r\n"), 1),
    ]:
        found = journal_line.parse(bad)
        assert isinstance(found, Damaged)
        assert found.line == line


def test_a_hole_at_the_end() -> None:
    """What a power cut leaves of a file that had just grown: it is torn."""
    whole = of(*RUN)
    for rest in (b"\0" * 5_000, whole[:30] + b"\0" * 100, b'{"v":1', b"\xff\xfe"):
        found = journal_line.parse(whole + rest)
        assert isinstance(found, Sound)
        assert (found.torn, found.length) == (True, len(whole))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"v": 2}, Fault.VERSION),
        ({"v": None}, Fault.VERSION),
        ({"v": True}, Fault.CONTENT),
        ({"v": 1.0}, Fault.CONTENT),
        ({"seq": 2}, Fault.ORDER),
        ({"seq": "1"}, Fault.CONTENT),
        ({"prev": "1" * 64}, Fault.ORDER),
        ({"at": -1}, Fault.CONTENT),
        ({"at": float("nan")}, Fault.CONTENT),
        ({"run": ""}, Fault.CONTENT),
        ({"run": 5}, Fault.CONTENT),
        ({"what": "burned"}, Fault.CONTENT),
        ({"what": "\ud800"}, Fault.CONTENT),
        ({"what": []}, Fault.CONTENT),
        ({"nonce": -2}, Fault.CONTENT),
        ({"nonce": -1}, Fault.LACK),
        ({"step": 0}, Fault.LACK),
        ({"step": 10**4_000}, None),
        ({"raw": "0x123"}, Fault.CONTENT),
        ({"raw": "0x12\n"}, Fault.CONTENT),
        ({"raw": ""}, Fault.LACK),
        ({"transaction": ""}, Fault.LACK),
        ({"text": ""}, Fault.FORM),
        ({"more": 1}, Fault.CONTENT),
        ({"\ud800": 1}, Fault.CONTENT),
    ],
    ids=str,
)
def test_a_line_with_a_checksum_that_fits(
    changes: dict[str, object], fault: Fault | None
) -> None:
    """It is not believed for that: each value is checked."""
    found = journal_line.parse(forged(changes))
    if fault is None:
        assert isinstance(found, Sound)
    else:
        assert found == Damaged(line=1, fault=fault)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1",
        b"null",
        b"[" * 100_000,
        b'{"v":1,"a":' + b"[" * 100_000,
        b'{"v":1,"at":' + b"9" * 5_000,
        of(signed()).split(b',"sum"')[0].replace(b',"at"', b', "at"'),
        of(signed()).split(b',"sum"')[0] + b',"nonce":7',
        of(signed()).split(b',"sum"')[0].replace(b"signed", rb"\u0073igned"),
    ],
    ids=range(10),
)
def test_what_is_no_line(body: bytes) -> None:
    """Other JSON, endless nesting, the same said otherwise: damage, no traceback."""
    found = journal_line.parse(summed(body))
    assert isinstance(found, Damaged)
    assert found.line == 1


@given(st.binary(max_size=300) | st.binary(max_size=300).map(summed))
def test_any_bytes(data: bytes) -> None:
    """They are damage or a torn line, never an error."""
    found = journal_line.parse(data)
    assert isinstance(found, Damaged) or not found.written


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
_HELD = sorted(json.loads(of(signed())).keys() - {"sum"})
_NAMES = [*_HELD, "text", "block", "other"]


@given(st.dictionaries(st.sampled_from(_NAMES), _JSON, max_size=3))
def test_any_values(changes: dict[str, Any]) -> None:
    """Whatever a line with a fitting checksum says, it is told or read, never an error.

    What is read would be written the same way.
    """
    data = forged(changes)
    found = journal_line.parse(data)
    assert isinstance(found, Damaged) or of(*told_by(data))[:20] == data[:20]


@pytest.mark.parametrize(
    "entry",
    [
        planned(text=""),
        signed(nonce=-1),
        signed(step=0),
        signed(transaction=""),
        mined(transaction=""),
        mined(block=-1),
        Entry(run="a", what=Event.LOST),
        Entry(run="", what=Event.SENT),
        Entry(run="a", what=Event.SENT, raw="f8"),
        Entry(run="a", what=Event.SENT, step=-1),
    ],
    ids=str,
)
def test_what_is_not_written(entry: Entry) -> None:
    """An entry that could not be read back, or from which nothing can be resumed."""
    with pytest.raises(ValueError, match="not to be written"):
        of(entry)
