"""Several processes on one file, and processes that are killed."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from allowctl.model.chain import BlockRange
from allowctl.store.cache import Cache
from tests.nodes.npm import ROOT
from tests.store.writer import LOGS, OWNERS, VERSION, WIDTH, blocks

WRITER = Path(__file__).with_name("writer.py")
_MANY = 1_000_000


@contextmanager
def writer(path: Path, *numbers: int) -> Iterator[subprocess.Popen[str]]:
    """A process that is ready to write; killed at the end if it still runs."""
    command = [sys.executable, str(WRITER), str(path), *map(str, numbers)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def ranges(path: Path, most: int) -> list[int]:
    """The numbers of the ranges that are whole. Fails if one is there in part."""
    found = []
    with Cache.open(path) as cache:
        covered = cache.covered(1, VERSION, OWNERS)
        for number in range(most):
            asked = blocks(number)
            inside = [
                any(
                    each.first <= asked.first and asked.last <= each.last
                    for each in own
                )
                for own in covered.values()
            ]
            touched = [
                any(
                    each.first <= asked.last and asked.first <= each.last
                    for each in own
                )
                for own in covered.values()
            ]
            logs = [len(cache.logs(1, VERSION, owner, asked)) for owner in OWNERS]
            state = (inside, touched, logs)

            assert state in (
                ([True, True], [True, True], [LOGS // 2, LOGS // 2]),
                ([False, False], [False, False], [0, 0]),
            ), number
            if inside[0]:
                found.append(number)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_process_leaves_whole_ranges(tmp_path: Path, seed: int) -> None:
    """SIGKILL at any moment: a range's logs and coverage are both in, or neither.

    What it said was in, is in.
    """
    path = tmp_path / "cache.db"
    with writer(path, 0, _MANY, 7) as process:
        assert process.stdout is not None
        go(process)
        process.stdout.readline()
        time.sleep(random.Random(seed).uniform(0, 0.3))  # noqa: S311 - a moment
        process.kill()
        said = [0, *map(int, process.stdout.read().split())]
    whole = ranges(path, len(said) + 2)

    assert whole == [*range(len(whole))]
    assert len(whole) >= len(said)


def test_a_process_killed_while_it_makes_the_file_leaves_a_usable_one(
    tmp_path: Path,
) -> None:
    """Whatever stands there then, the next one opens it."""
    for number in range(3):
        path = tmp_path / f"{number}.db"
        with writer(path, 0, _MANY) as process:
            go(process)
            until = time.monotonic() + 10
            while not path.exists() and time.monotonic() < until:
                pass
            time.sleep(0.002 * number)
            process.kill()
        assert path.exists()
        whole = ranges(path, 20)

        assert whole == [*range(len(whole))]


def test_two_processes_share_a_file(tmp_path: Path) -> None:
    """Both make it, write into it, compact it, and read: nothing of either is lost."""
    path = tmp_path / "cache.db"
    with writer(path, 0, 119, 10) as one, writer(path, 80, 199, 10) as other:
        for process in (one, other):
            go(process)
        for process in (one, other):
            _, told = process.communicate(timeout=60)
            assert (process.returncode, told) == (0, "")
    assert ranges(path, 200) == [*range(200)]
    with Cache.open(path) as cache:
        assert cache.info().logs == 200 * LOGS
        assert cache.covered(1, VERSION, OWNERS) == dict.fromkeys(
            OWNERS, (BlockRange(0, 200 * WIDTH - 1),)
        )


def test_one_that_is_open_sees_what_the_other_writes(tmp_path: Path) -> None:
    """Nothing is kept from before: not that an owner is unknown, for one."""
    path = tmp_path / "cache.db"
    with Cache.open(path) as cache, writer(path, 0, 3) as process:
        assert cache.covered(1, VERSION, OWNERS) == dict.fromkeys(OWNERS, ())
        go(process)
        _, told = process.communicate(timeout=60)

        assert (process.returncode, told) == (0, "")
        assert cache.covered(1, VERSION, OWNERS) == dict.fromkeys(
            OWNERS, (BlockRange(0, 4 * WIDTH - 1),)
        )
        cache.rewind(1, WIDTH - 1)
    assert ranges(path, 4) == [0]
