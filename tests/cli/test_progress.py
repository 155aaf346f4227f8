"""The lines that move: what they say, how wide they are, and where they are shown."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.cli.progress import Lines, Watch, progress
from allowctl.model.chain import Chain
from allowctl.rpc.logs import Tick
from tests.cli.runs import own_environment
from tests.fakes.provider import Provider
from tests.fakes.provider_build import build, owner_of
from tests.fakes.provider_profiles import PROFILES

BASE = Chain(id=8453, name="base")
LONG = Chain(id=1, name="a-chain-with-a-name-that-does-not-end")


def tick(done: int, total: int = 1_000, *, logs: int = 0, requests: int = 0) -> Tick:
    return Tick(done=done, total=total, logs=logs, requests=requests)


def shown(*ticks: Tick, chain: Chain = BASE, width: int = 80) -> str:
    """The line of a chain after ticks that come a second apart."""
    seconds = count()
    now = [0.0]
    lines = Lines(clock=lambda: now[0])
    lines.expect(1)
    lines.begin(chain)
    for each in ticks:
        now[0] = float(next(seconds))
        lines.tick(chain, each)
    (line,) = lines.lines(width)
    return line


def test_before_the_first_answer() -> None:
    """A chain is there from the moment on at which it is asked."""
    assert shown() == "base  waiting for the first answer"


def test_a_line() -> None:
    """Blocks and percent of them, logs, requests per second, what is left to wait."""
    ticks = (tick(0), tick(100, requests=30), tick(250, logs=1234, requests=60))
    rest = ["25", "%", "1,234", "logs", "30", "req/s", "0:07"]
    blocks = ["250/1.0k", "blocks"]
    bar = ["[###.........]"]
    assert shown(*ticks, width=65).split() == ["base", *rest]
    assert shown(*ticks, width=79).split() == ["base", *blocks, *rest]
    assert shown(*ticks, width=82).split() == ["base", *bar, *blocks, *rest]


def test_blocks_are_counted_once_for_all_owners() -> None:
    """Ten owners on 24 million blocks: 24M, not 240M; never more than there is."""
    lines = Lines(clock=lambda: 0.0)
    lines.begin(BASE, 10)
    lines.tick(BASE, tick(12_999_999, 240_000_000))
    (line,) = lines.lines(79)
    assert "1.2M/24M blocks    5 %" in line


def test_rates_are_of_late() -> None:
    """What was long ago does not slow the estimate."""
    slow = [tick(each) for each in range(30)]
    fast = [tick(30 + 40 * each) for each in range(25)]
    assert shown(*slow, *fast).endswith("0:01")


def test_all_logs_are_read() -> None:
    """Then state is."""
    assert shown(tick(0), tick(1_000)).split()[-1] == "state"


@given(
    st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(40, 200),
    st.text("abc-", min_size=1, max_size=60),
)
def test_no_line_is_too_wide(
    blocks: tuple[int, int], logs: int, requests: int, width: int, name: str
) -> None:
    """Whatever is counted: one line, that fits."""
    chain = Chain(id=5, name=name)
    last = tick(blocks[0], sum(blocks), logs=logs, requests=requests)
    line = shown(tick(0, sum(blocks)), last, chain=chain, width=width)
    assert len(line) <= width
    assert "\n" not in line


@pytest.mark.parametrize("width", [60, 80])
def test_usual_numbers_fit(width: int) -> None:
    """On 60 and on 80 columns nothing is cut off the end, with any name."""
    line = shown(
        tick(0, 10**9),
        tick(100_000, 10**9, logs=999_999, requests=999),
        chain=LONG,
        width=width - 1,
    )
    assert line.startswith("a-chain-with-a..")
    assert re.search(r"999,999 logs +999 req/s +\d:\d\d:\d\d$", line)
    assert ("100k/1.0G blocks" in line) == (width == 80)


def test_several_chains() -> None:
    """Those that are done go, and are counted."""
    lines = Lines(clock=lambda: 0.0)
    lines.expect(3)
    for chain in (BASE, LONG):
        lines.begin(chain)
        lines.tick(chain, tick(1))
    assert len(list(lines.lines(80))) == 3
    lines.end(BASE)
    first, last = lines.lines(80)
    assert first.startswith("a-chain")
    assert last == "1 of 3 chains done"


def test_without_a_terminal() -> None:
    """Nothing is shown, whatever is told."""
    with progress(quiet=False) as watch:
        assert type(watch) is Watch
        watch.expect(1)
        watch.begin(BASE)
        watch.tick(BASE, tick(1))
        watch.end(BASE)


def on_a_terminal(*arguments: str, columns: int = 60) -> tuple[int, str]:
    """Exit code and stderr of a run whose stderr is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        (sys.executable, "-m", "allowctl", *arguments),
        env={**own_environment(), "TERM": "xterm", "COLUMNS": str(columns)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    text = b""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if select.select([ours], [], [], 0.05)[0]:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            text += piece
    os.close(ours)
    return process.wait(30), text.decode()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    profile = replace(PROFILES["cap-1k"], latency=0.1)
    with Provider(build(approvals=5, blocks=100_000), profile) as node:
        yield node.url


def test_on_a_terminal(url: str) -> None:
    """The line moves in place, no wider than the terminal, and is gone at the end."""
    code, text = on_a_terminal("scan", owner_of(0), "-r", url)
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", text)
    lines = [line for line in re.split(r"[\r\n]+", plain) if line.strip()]
    assert any("ethereum" in line and "req/s" in line for line in lines)
    assert all(len(line) < 60 for line in lines)
    assert text.count("\x1b[2K") > 1
    last_line, erased = text.rfind("ethereum"), text.rfind("\x1b[2K")
    assert erased > last_line


def test_quiet_on_a_terminal(url: str) -> None:
    """-q: not a byte."""
    assert on_a_terminal("scan", owner_of(0), "-r", url, "-q") == (0, "")
