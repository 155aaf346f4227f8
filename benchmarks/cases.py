"""The rows of the table: what is measured, and what it should come to."""

from __future__ import annotations

import json
import math
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from benchmarks import variants
from benchmarks.client import Job, Run, longest
from benchmarks.measure import (
    Row,
    Size,
    at_least,
    at_most,
    python,
    scanned,
    shown,
    timed,
)
from benchmarks.rivals import Task, rivals
from benchmarks.simulator import simulated

_WINDOW = 64
_RATE = 25.0
_MEGABYTE = 10**6
_LISTED = 10_000
_LOADED = """
import runpy, sys
sys.argv = ["allowctl", "--help"]
try:
    runpy.run_module("allowctl", run_name="__main__")
except SystemExit:
    pass
heavy = ("web3", "eth_account", "aiohttp", "sqlalchemy")
print("\\n" + str(sum(name in sys.modules for name in heavy)))
"""

Case = Callable[[Size], list[Row]]


def decode(size: Size) -> list[Row]:
    """Transport and decoding, CPU alone; every variant gets the same reply."""
    with variants.serving(size.reply) as url:
        cpu = {
            name: statistics.median(
                each
                for _ in range(size.processes)
                for each in _rounds(name, url, size.rounds)
            )
            for name in variants.VARIANTS
        }
    case = f"{size.reply:,} logs"
    floor, ours, web3 = (cpu[each] for each in variants.VARIANTS)
    return [
        *(shown(case, f"CPU: {name}", took * 1000, "ms") for name, took in cpu.items()),
        at_most(case, "CPU / floor", ours / floor, 3.0, "x"),
        at_most(case, "CPU / web3 get_logs", ours / web3, 1 / 15, "x"),
    ]


def wide(size: Size) -> list[Row]:
    """One owner over the whole chain, a span cap, some latency; and the rivals."""
    setting = size.setting(
        span=size.span, latency=size.latency, kinds=("erc20",), approvals=size.approvals
    )
    case = f"{size.blocks:,} blocks, cap {size.span:,}, {size.latency * 1000:g} ms"
    ideal = math.ceil(math.ceil(size.blocks / size.span) / _WINDOW) * size.latency
    with simulated(setting) as node, _cache() as fresh:
        plain = [scanned(_job(node.url, setting.addresses)) for _ in range(3)]
        kept = scanned(_job(node.url, setting.addresses, fresh))
        ours = min(plain, key=lambda run: run.wall)
        rows = [
            shown(case, "ideal", ideal, "s"),
            at_most(case, "allowctl, whole scan", ours.wall, 1.5 * ideal, "s"),
            shown(case, "allowctl, its logs alone", _searching(ours), "s"),
            shown(case, "allowctl, CPU", ours.cpu, "s"),
            shown(case, "allowctl, with a cache file", kept.wall, "s"),
            shown(case, "allowctl, HTTP requests", len(ours.sent)),
        ]
        part = min(size.part, size.blocks)
        counts = set()
        for name, run in rivals().items():
            whole = name == "cryo"
            last = size.blocks if whole else part
            task = Task(
                url=node.url,
                owner=setting.addresses[0],
                first=1,
                last=last,
                span=size.span,
            )
            took, count = run(task)
            counts.add((last, count))
            took *= size.blocks / last
            note = "" if whole else f"measured on {part:,} blocks"
            rows.append(shown(case, name, took, "s", note))
            times = f"{name} / allowctl"
            if name == "web3.py loop":
                rows.append(at_least(case, times, took / ours.wall, 10.0, "x"))
            else:
                rows.append(shown(case, times, took / ours.wall, "x"))
    if ours.live + ours.dead != size.approvals:
        raise RuntimeError("allowctl did not find every approval")
    if len({last for last, _ in counts}) != len(counts):
        raise RuntimeError(f"the rivals found different logs: {sorted(counts)}")
    return rows


def live(size: Size) -> list[Row]:
    """One owner with many live approvals at a node without caps; then again."""
    setting = size.setting(
        latency=size.latency, approvals=size.approvals, revoked=0.0, spent=0.0
    )
    case = f"{size.approvals} live approvals, no caps"
    with simulated(setting) as node, _cache() as cache:
        first = scanned(_job(node.url, setting.addresses, cache))
        node.advance(100)
        again = scanned(_job(node.url, setting.addresses, cache))
    other = sum(not each.state for each in again.sent)
    apart = first.besides_creations
    return [
        shown(case, "live rows", first.live),
        at_most(case, "round trips, creations apart", longest(apart), 8),
        at_most(case, "HTTP requests, creations apart", len(apart), 15),
        shown(case, "round trips of the whole scan", first.round_trips),
        shown(case, "HTTP requests of the whole scan", len(first.sent)),
        shown(case, "wall / latency", first.wall / (size.latency or math.inf), "x"),
        at_most("100 blocks later", "requests besides state", other, 6),
        shown("100 blocks later", "HTTP requests", len(again.sent)),
    ]


def many(size: Size) -> list[Row]:
    """Many owners with many logs in one run."""
    setting = size.setting(
        span=size.span,
        owners=size.owners,
        approvals=size.approvals_each,
        logs=size.logs,
    )
    case = f"{size.owners:,} owners, {size.logs:,} logs, cap {size.span:,}"
    with simulated(setting) as node, _cache() as cache:
        run = scanned(_job(node.url, setting.addresses, cache))
    ranges = math.ceil(size.blocks / size.span)
    most = 10_000 / 2_400 * ranges
    return [
        at_most(case, "log requests, HTTP", run.log_http, most),
        at_most(case, "log requests, items", run.log_items, most),
        at_most(case, "peak memory, JSON report too", run.peak / _MEGABYTE, 300, "MB"),
        shown(case, "peak memory of the scan", run.peak_of_scan / _MEGABYTE, "MB"),
        shown(case, "wall", run.wall, "s"),
        shown(case, "of it until the last log", _searching(run), "s"),
        shown(case, "CPU", run.cpu, "s"),
        shown(case, "HTTP requests", len(run.sent)),
        shown(case, "live and dead rows", run.live + run.dead),
    ]


def limited(size: Size) -> list[Row]:
    """Two endpoints that take 25 requests per second, met for the first time."""
    names = ("rate-25", "rate-25-retry-after")
    with ThreadPoolExecutor(len(names)) as both:
        parts = both.map(lambda name: _limited(name, size), names)
        return [row for part in parts for row in part]


def start(size: Size) -> list[Row]:
    """How quickly the help is there, and what it loads."""
    typer, ours = (
        min(timed(sys.executable, *words)[0] for _ in range(size.starts))
        for words in (("-c", "import typer"), ("-m", "allowctl", "--help"))
    )
    case = "allowctl --help"
    loaded = int(python("-c", _LOADED).splitlines()[-1])
    return [
        shown(case, "import typer", typer * 1000, "ms"),
        shown(case, "allowctl --help", ours * 1000, "ms"),
        at_most(case, "help / import typer", ours / typer, 2.0, "x"),
        at_most(case, "heavy modules loaded", loaded, 0),
    ]


def judged(size: Size) -> list[Row]:
    """Rules, ranking and table of one scan, CPU alone."""
    told = [
        json.loads(python("-m", "benchmarks.judge", str(size.records)))
        for _ in range(size.processes)
    ]
    case = f"{size.records} records judged"
    cpu = statistics.median(each["cpu"] for each in told)
    return [at_most(case, "CPU: rules, ranking, table", cpu, 0.5, "s")]


def checked(size: Size) -> list[Row]:
    """A policy over many approvals, beside the rules that ran over them before."""
    rows, entries = size.records * 10, size.records * 2
    told = [
        json.loads(python("-m", "benchmarks.checks", str(rows), str(entries)))
        for _ in range(size.processes)
    ]
    case = f"{rows} approvals under {entries} entries"

    def cpu(name: str) -> float:
        return float(statistics.median(each[name] for each in told))

    audit = cpu("audit")
    return [
        at_most(case, "CPU: policy / rules of risk", cpu("evaluate") / audit, 4, "x"),
        *(
            at_most(case, f"CPU: {name} / rules of risk", cpu(name) / audit, 10, "x")
            for name in ("table", "json", "sarif", "junit")
        ),
    ]


def lists(size: Size) -> list[Row]:
    """A list of ten thousand addresses, read and looked into by one run."""
    told = [
        json.loads(python("-m", "benchmarks.lists", str(_LISTED)))
        for _ in range(size.processes)
    ]
    case = f"a list of {_LISTED} addresses"
    cpu = statistics.median(each["cpu"] for each in told)
    floor = statistics.median(each["floor"] for each in told)
    return [
        shown(case, "CPU: read, 200 looked up", cpu * 1000, "ms"),
        at_most(case, "against msgspec's decoding of the file", cpu / floor, 8.0, "x"),
    ]


def taken(size: Size) -> list[Row]:
    """Planning revocations, and the requests that they take on the demo chain."""
    told = [
        json.loads(python("-m", "benchmarks.revoking", "plan", str(size.records)))
        for _ in range(size.processes)
    ]
    cpu = statistics.median(each["cpu"] for each in told)
    one, some = (
        json.loads(python("-m", "benchmarks.revoking", "requests", str(count)))
        for count in (1, 10)
    )
    case = f"{some['taken']} revoked, from the plan to the verdict"
    each = some["requests"] / some["taken"]
    return [
        at_most(f"{size.records} revocations", "CPU to plan them", cpu, 1.0, "s"),
        at_most(case, "HTTP requests for each, polls included", each, 6.0),
        shown("one revoked", "HTTP requests, polls included", one["requests"], ""),
    ]


CASES: Mapping[str, Case] = {
    "start": start,
    "decode": decode,
    "live": live,
    "wide": wide,
    "limited": limited,
    "many": many,
    "judged": judged,
    "checked": checked,
    "lists": lists,
    "taken": taken,
}


def _limited(name: str, size: Size) -> list[Row]:
    setting = size.setting(
        profile=name,
        span=size.blocks // size.rate_requests,
        latency=size.latency,
        owners=2,
        approvals=20,
        kinds=("erc20",),
    )
    rows = []
    with simulated(setting) as node, _cache() as cache:
        for owner, when in zip(setting.addresses, ("first", "known"), strict=True):
            run = scanned(
                Job(url=node.url, owners=(owner,), cache=str(cache), warm=False)
            )
            rows += _rate(name, when, run)
    return rows


def _rate(name: str, when: str, run: Run) -> list[Row]:
    """What of the rate is used while there is something to ask.

    The first time, from the first refusal to the last log: by then the burst that a
    bucket holds is spent. Once the rate is known, from the first log request on: then
    the burst is allowed too, and counts.
    """
    case = f"{name}, {when}"
    refused = [each for each in run.sent if each.refused]
    logs = [each for each in run.sent if each.logs]
    end = max(each.answered for each in logs)
    middle = (logs[0].at + end) / 2
    first = min((each.answered for each in refused), default=middle)
    begin, burst = (logs[0].at, _RATE) if when == "known" else (first, 0.0)
    served = sum(each.at >= begin and each.answered <= end for each in run.sent)
    served -= sum(each.at >= begin and each.answered <= end for each in refused)
    learned = [each for each in run.sent if when == "known" or each.at > middle]
    part = sum(each.refused for each in learned) / len(learned)
    used = served / (_RATE * (end - begin) + burst)
    what = "refused" if when == "known" else "refused, second half"
    return [
        at_least(case, "allowed rate used", 100 * used, 90, "%"),
        at_most(case, what, 100 * part, 2.0, "%"),
        shown(case, "refused in all", len(refused)),
        shown(case, "wall", run.wall, "s"),
    ]


def _searching(run: Run) -> float:
    """Seconds from the first log request to the last log."""
    logs = [each for each in run.sent if each.logs]
    return max(each.answered for each in logs) - min(each.at for each in logs)


def _rounds(name: str, url: str, rounds: int) -> Sequence[float]:
    found: list[float] = json.loads(
        python("-m", "benchmarks.variants", name, url, str(rounds))
    )
    return found


def _job(url: str, owners: tuple[str, ...], cache: Path | None = None) -> Job:
    return Job(url=url, owners=owners, cache=None if cache is None else str(cache))


@contextmanager
def _cache() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "cache.db"
