"""What a user would write or run instead: each reads one owner's Approval logs.

Every rival is told the span that the node takes; allowctl has to learn it.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import ROOT, python, ran, timed
from benchmarks.variants import APPROVAL

CRYO = ROOT / ".venv" / "cryo"
"""Where `make bench` puts cryo, if it has a wheel for this Python."""
_FREEZE = """
import sys, cryo
url, blocks, topic0, topic1, span, chunk, folder = sys.argv[1:]
cryo.freeze("logs", blocks=[blocks], topic0=[topic0], topic1=[topic1], rpc=url,
            inner_request_size=int(span), chunk_size=int(chunk), csv=True,
            output_dir=folder, no_report=True, verbose=False)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One owner's logs of a range."""

    url: str
    owner: str
    first: int
    last: int
    span: int

    @property
    def topic(self) -> str:
        """The owner as a topic."""
        return "0x" + "00" * 12 + self.owner[2:]


Took = tuple[float, int]
"""Seconds, start-up apart, and how many logs came."""


def web3(task: Task) -> Took:
    """A loop over web3.py's get_logs, one range after the other."""
    return _told(python("-m", "benchmarks.rivals", *map(str, _plain(task)), task.topic))


def viem(task: Task) -> Took:
    """A loop over viem's getLogs, one range after the other."""
    script = str(Path(__file__).with_name("rivals.mjs"))
    return _told(ran(_found("node"), script, *map(str, _plain(task)), task.owner))


def cast(task: Task) -> Took:
    """`cast logs`, which cuts the range itself and asks five at once."""

    def run(first: int, last: int) -> tuple[float, str]:
        return timed(
            *(str(ROOT / "node_modules" / ".bin" / "cast"), "logs", "--json"),
            *("--rpc-url", task.url, "--query-size", str(task.span)),
            *("--from-block", str(first), "--to-block", str(last)),
            *(APPROVAL, task.topic),
        )

    idle, _ = run(1, 1)
    took, said = run(task.first, task.last)
    return max(took - idle, 0.0), len(json.loads(said))


def cryo(task: Task) -> Took:
    """The logs dataset of cryo, with as many at once as it takes by itself."""

    def run(first: int, last: int) -> Took:
        with tempfile.TemporaryDirectory() as folder:
            took, _ = timed(
                *(str(CRYO / "bin" / "python"), "-c", _FREEZE, task.url),
                *(f"{first}:{last + 1}", APPROVAL, task.topic),
                *(str(task.span), str(last - first + 1), folder),
            )
            lines = [
                len(path.read_text("utf-8").splitlines()) - 1
                for path in Path(folder).rglob("*.csv")
            ]
        return took, sum(lines)

    idle, _ = run(1, 1)
    took, count = run(task.first, task.last)
    return max(took - idle, 0.0), count


def rivals() -> Mapping[str, Callable[[Task], Took]]:
    """Those that can be run here."""
    found = {"web3.py loop": web3, "viem loop": viem, "cast logs": cast}
    return found | ({"cryo": cryo} if (CRYO / "bin" / "python").exists() else {})


def _plain(task: Task) -> tuple[str | int, ...]:
    return (task.url, task.first, task.last, task.span)


def _told(said: str) -> Took:
    seconds, count = json.loads(said)
    return seconds, count


def _found(program: str) -> str:
    where = shutil.which(program)
    if where is None:
        raise RuntimeError(f"{program} is not installed")
    return where


def _loop(url: str, first: int, last: int, span: int, topic: str) -> Took:
    """The script that a user of web3.py would write."""
    from eth_typing import HexStr  # noqa: PLC0415 - only in its own process
    from web3 import HTTPProvider, Web3  # noqa: PLC0415 - the same

    client = Web3(HTTPProvider(url))
    _ = client.eth.block_number
    begin = time.perf_counter()
    count = 0
    for start in range(first, last + 1, span):
        found = client.eth.get_logs(
            {
                "fromBlock": start,
                "toBlock": min(start + span - 1, last),
                "topics": [HexStr(APPROVAL), HexStr(topic)],
            }
        )
        count += len(found)
    return time.perf_counter() - begin, count


if __name__ == "__main__":
    url, first, last, span, topic = sys.argv[1:]
    print(json.dumps(_loop(url, int(first), int(last), int(span), topic)))
