"""The ways to fetch the same 10,000 logs, each to be run in its own process."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import msgspec

APPROVAL = "0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"
OWNER = "0x" + "11" * 20
TOPIC = "0x" + "00" * 12 + "11" * 20


def reply(count: int) -> bytes:
    """A node's answer to eth_getLogs: `count` Approval logs, as geth writes them."""
    logs = [
        {
            "address": f"0x{index % 977:040x}",
            "topics": [APPROVAL, TOPIC, f"0x{index % 31:064x}"],
            "data": f"0x{index * 10**15:064x}",
            "blockNumber": hex(18_000_000 + index),
            "transactionHash": f"0x{index * 7919:064x}",
            "transactionIndex": hex(index % 200),
            "blockHash": f"0x{index * 104729:064x}",
            "blockTimestamp": hex(1_700_000_000 + 12 * index),
            "logIndex": hex(index % 400),
            "removed": False,
        }
        for index in range(count)
    ]
    body = {"jsonrpc": "2.0", "id": 1, "result": logs}
    return json.dumps(body, separators=(",", ":")).encode()


@contextlib.contextmanager
def serving(count: int) -> Iterator[str]:
    """A loopback node that gives the same logs to whatever it is asked."""
    head, _, tail = reply(count).partition(b'"id":1')

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = b"".join((head, b'"id":%d' % asked["id"], tail))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing: stdout is the result."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Log(msgspec.Struct, gc=False):
    address: str
    topics: list[str]
    data: str
    block: str = msgspec.field(name="blockNumber")
    index: str = msgspec.field(name="logIndex")


class _Reply(msgspec.Struct, gc=False):
    result: list[_Log]


def floor(url: str, rounds: int) -> list[float]:
    """http.client and five fields: nothing in Python costs less."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    decoder = msgspec.json.Decoder(_Reply)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_getLogs"})

    def fetch() -> int:
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        return len(decoder.decode(connection.getresponse().read()).result)

    return [_measured(fetch) for _ in range(rounds)]


def ours(url: str, rounds: int) -> list[float]:
    """allowctl: transport, decoding, and the check against filter and range."""
    from allowctl.model.chain import BlockRange, LogFilter  # noqa: PLC0415 - one variant
    from allowctl.model.endpoint import Endpoint  # noqa: PLC0415 - the same
    from allowctl.net.http import HttpClient  # noqa: PLC0415 - the same
    from allowctl.rpc.http import HttpRpc  # noqa: PLC0415 - the same

    async def run() -> list[float]:
        found = []
        async with HttpClient() as client:
            rpc = HttpRpc(client, Endpoint(url))
            wanted = LogFilter(topics=((APPROVAL,), (TOPIC,)))
            for _ in range(rounds):
                begin = time.process_time()
                logs = await rpc.logs(wanted, BlockRange(0, 10**9))
                found.append(time.process_time() - begin)
                _complete(len(logs))
        return found

    return asyncio.run(run())


def web3(url: str, rounds: int) -> list[float]:
    """web3.py's get_logs, as most scripts use it."""
    from web3 import HTTPProvider, Web3  # noqa: PLC0415 - one variant

    client = Web3(HTTPProvider(url))

    def fetch() -> int:
        return len(client.eth.get_logs({"fromBlock": 0, "toBlock": 10**9}))

    return [_measured(fetch) for _ in range(rounds)]


def _measured(fetch: Callable[[], int]) -> float:
    begin = time.process_time()
    count = fetch()
    spent = time.process_time() - begin
    _complete(count)
    return spent


def _complete(count: int) -> None:
    if count < 1000:  # noqa: PLR2004 - a short reply would make any variant look fast
        raise SystemExit(f"only {count} logs came back")


VARIANTS: dict[str, Callable[[str, int], list[float]]] = {
    "http.client + msgspec": floor,
    "allowctl": ours,
    "web3 get_logs": web3,
}

if __name__ == "__main__":
    name, url, rounds = sys.argv[1:]
    print(json.dumps(VARIANTS[name](url, int(rounds))))
