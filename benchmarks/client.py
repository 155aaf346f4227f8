"""allowctl's scan in a process of its own: what it asked, and what that cost.

    python -m benchmarks.client '{"url": …, "owners": …, "cache": …}'

prints a `Run` as JSON. The scan is the one that the command makes, from endpoints
to report; loading the program and a first scan of one block come before the clock.
"""

from __future__ import annotations

import asyncio
import math
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

import msgspec

from allowctl.chains.owners import OwnerAddress
from allowctl.chains.registry import chains
from allowctl.cli import wiring
from allowctl.cli.progress import Watch
from allowctl.cli.reach import Network
from allowctl.cli.wanted import Asked, Wanted
from allowctl.model.chain import Address
from allowctl.model.endpoint import Endpoint
from allowctl.model.report import Report
from allowctl.net import http
from allowctl.output import json_v1

_OLD_STATE = ({"eth_getCode"}, {"eth_getTransactionCount"})
"""What a contract's creation is searched for with; together they are an account."""
_TIME = "eth_getBlockByNumber"
_STATE = frozenset(
    {"eth_call", "eth_getCode", "eth_getTransactionCount", "eth_getStorageAt"}
)
_METHOD = re.compile(rb'"method":"(\w+)"')
_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which the system counts ru_maxrss (getrusage(2))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A scan to be measured."""

    url: str
    owners: tuple[str, ...]
    cache: str | None = None
    """The file to remember in; None for nothing beyond this run."""
    warm: bool = True
    """Whether to scan one block first, so that starting up is not measured."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One HTTP request. Seconds since the scan began."""

    at: float
    answered: float
    methods: dict[str, int]
    """JSON-RPC requests in it."""
    status: int
    """Of HTTP."""

    @property
    def refused(self) -> bool:
        """Whether it came too soon."""
        return self.status == HTTPStatus.TOO_MANY_REQUESTS

    @property
    def logs(self) -> int:
        """Log requests in it."""
        return self.methods.get("eth_getLogs", 0)

    @property
    def creation(self) -> bool:
        """Whether it only searches for contracts' creation."""
        return self.methods.keys() in _OLD_STATE

    @property
    def state(self) -> bool:
        """Whether it only reads state: calls, code, nonces, slots."""
        return self.methods.keys() <= _STATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a scan took."""

    wall: float
    cpu: float
    peak: int
    """Bytes of memory, of the whole process, at most: its report as JSON included."""
    peak_of_scan: int
    """The same before that report was written."""
    live: int
    dead: int
    complete: bool
    report: int
    """Characters of the report as JSON."""
    sent: tuple[Sent, ...]

    @property
    def log_http(self) -> int:
        """HTTP requests that ask for logs."""
        return sum(each.logs > 0 for each in self.sent)

    @property
    def log_items(self) -> int:
        """Log requests, those in batches each for itself."""
        return sum(each.logs for each in self.sent)

    @property
    def besides_creations(self) -> tuple[Sent, ...]:
        """The requests, without those for contracts' creation, and then its time."""
        begun = min((each.at for each in self.sent if each.creation), default=math.inf)
        return tuple(
            each
            for each in self.sent
            if not each.creation
            and not (each.at > begun and each.methods.keys() == {_TIME})
        )

    @property
    def round_trips(self) -> int:
        """The longest chain of requests each sent after the one before was answered.

        An upper bound: some may not have waited for it.
        """
        return longest(self.sent)


def longest(sent: Sequence[Sent]) -> int:
    """The most requests of which each was answered before the next was sent."""
    ended, count = float("-inf"), 0
    # The one that is answered first leaves the most room for others.
    for each in sorted(sent, key=lambda one: one.answered):
        if each.at >= ended:
            ended, count = each.answered, count + 1
    return count


class _Witness(http.HttpClient):
    """The program's HTTP client, and a line on each request it sends."""

    lines: list[Sent]
    began: float

    async def post(
        self,
        endpoint: Endpoint,
        question: bytes,
        *,
        max_body: int = http.MAX_BODY,
        deadline: float | None = None,
    ) -> http.Reply:
        """As the program's, noted down."""
        at = time.perf_counter() - self.began
        reply = await super().post(
            endpoint, question, max_body=max_body, deadline=deadline
        )
        methods = Counter(map(bytes.decode, _METHOD.findall(question)))
        self.lines.append(
            Sent(
                at=at,
                answered=time.perf_counter() - self.began,
                methods=dict(methods),
                status=reply.status,
            )
        )
        return reply


def scan(job: Job) -> Run:
    """Scan once, watched."""
    http.HttpClient = _Witness  # type: ignore[misc]
    _Witness.lines, _Witness.began = [], 0.0
    if job.warm:
        _once(replace(job, owners=job.owners[:1]), cache=None, to_block=1)
    _Witness.lines = []
    _Witness.began, cpu = time.perf_counter(), time.process_time()
    report = _once(job, cache=job.cache)
    wall, cpu = time.perf_counter() - _Witness.began, time.process_time() - cpu
    before = _peak()
    text = json_v1.render(report)
    return Run(
        wall=wall,
        cpu=cpu,
        peak=_peak(),
        peak_of_scan=before,
        live=sum(len(each.allowances) for each in report.scans),
        dead=sum(len(each.dead) for each in report.scans),
        complete=report.complete,
        report=len(text),
        sent=tuple(_Witness.lines),
    )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


def _once(job: Job, *, cache: str | None, to_block: int | None = None) -> Report:
    means = wiring.Means(
        network=Network(endpoints=(Endpoint(job.url),)),
        cache=None if cache is None else Path(cache),
    )
    asked = Wanted(
        owners=tuple(
            Asked(owner=OwnerAddress(address=Address(each))) for each in job.owners
        ),
        chains=(),
        known=chains(),
        to_block=to_block,
    )
    return asyncio.run(wiring.scan_all(means, asked, Watch()))


def main(given: str) -> None:
    """Scan, and print what it took."""
    found = scan(msgspec.json.decode(given, type=Job))
    print(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    main(sys.argv[1])
