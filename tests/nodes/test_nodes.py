"""Each node starts, mines, deploys, emits and answers; nothing stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.fakes.range_proxy import Mood, RangeProxy, Refused
from tests.lab.abi import encode_call, topic0, word
from tests.lab.solidity import contract
from tests.nodes.anvil import Anvil
from tests.nodes.ethereumjs import EthereumJS
from tests.nodes.hardhat import Hardhat
from tests.nodes.jsonrpc import NodeError, post, rpc
from tests.nodes.node import Node, address_of
from tests.nodes.npm import ROOT
from tests.nodes.process import StartError, Watched

pytestmark = pytest.mark.node

NodeClass: TypeAlias = type[Anvil] | type[Hardhat] | type[EthereumJS]
CHAIN_IDS = {Anvil: 31337, Hardhat: 31338, EthereumJS: 31339}
APPROVAL = topic0("Approval(address,address,uint256)")


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil() as node:
        yield node


@pytest.mark.parametrize("kind", CHAIN_IDS)
def test_node_acts_and_answers(kind: NodeClass) -> None:
    """A node starts, mines empty blocks, deploys, emits logs and gives them back."""
    node: Node
    with kind() as node:
        owner, spender = (address_of(account) for account in node.accounts[:2])
        token = node.deploy(contract("Token").create(owner))
        approve = encode_call("approve(address,uint256)", spender, 7)
        before = node.head
        node.mine(3)
        node.send(node.accounts[0], token, approve)
        node.send(node.accounts[0], token, approve, legacy=True)
        # EthereumJS looks at the first topic only, so the caller looks again.
        found = node.logs(APPROVAL, word(owner), first=before)
        allowance = encode_call("allowance(address,address)", owner, spender)
        allowed = int.from_bytes(node.call(token, allowance), "big")

        assert (node.chain_id, node.head) == (CHAIN_IDS[kind], before + 5)
        assert [log["address"].lower() for log in found] == [token, token]
        assert allowed == 7


@pytest.mark.parametrize("kind", CHAIN_IDS)
def test_node_reports_a_failed_transaction(kind: NodeClass) -> None:
    """A transaction that reverts raises, or gives its receipt where that is wanted."""
    node: Node
    with kind() as node:
        fake = node.deploy(contract("FakeLogs").create())

        with pytest.raises(NodeError):
            node.send(node.accounts[0], fake, b"\x01")


def test_anvil_mines_a_long_chain_quickly(anvil: Anvil) -> None:
    """50,000 empty blocks are a matter of seconds."""
    before, started = anvil.head, time.monotonic()
    anvil.mine(50_000)

    assert anvil.head == before + 50_000
    assert time.monotonic() - started < 60


def test_anvil_reads_old_state_when_told_to_keep_it() -> None:
    """With history, a balance of the past can be read; the start can be high."""
    with Anvil(history=True, number=20_000_000, chain_id=1) as node:
        somebody = "0x" + "11" * 20
        node.send(node.accounts[0], somebody, value=5)
        node.mine(2)
        old = node.rpc("eth_getBalance", somebody, hex(20_000_000))
        new = node.rpc("eth_getBalance", somebody, "latest")

        assert (old, new) == ("0x0", "0x5")
        assert (node.chain_id, node.head) == (1, 20_000_003)


def test_anvil_finalizes_as_told() -> None:
    """`slots_in_an_epoch` decides how far finality lags behind the head."""
    with Anvil(slots_in_an_epoch=1) as node:
        node.mine(10)
        final = node.block("finalized")

        assert int(final["number"], 16) == node.head - 2


def test_anvil_travels_and_returns(anvil: Anvil) -> None:
    """Time can be set forward, and a snapshot brings the old state back."""
    snapshot, before = anvil.snapshot(), anvil.now
    anvil.warp(before + 1_000)
    later = anvil.now
    anvil.revert(snapshot)

    assert (later, anvil.now) == (before + 1_000, before)


def test_stopped_node_is_gone() -> None:
    """After the context nobody listens, and the folder is removed."""
    with Anvil() as node:
        url, folder = node.url, node._process.folder  # noqa: SLF001 (what is private is what must vanish)

    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        rpc(url, "eth_chainId")


_CRASH = """
import time
from tests.nodes.anvil import Anvil
node = Anvil()
print(node.url, node._process.folder, flush=True)
time.sleep(60)
"""


def test_killed_test_leaves_no_node() -> None:
    """A node ends even if the process that started it is killed outright.

    Its folder goes too.
    """
    argv = [sys.executable, "-c", _CRASH]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        url, folder = starter.stdout.readline().decode().split()
        alive = rpc(url, "eth_chainId")
        os.kill(starter.pid, signal.SIGKILL)

    assert alive == hex(31337)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and Path(folder).exists():
        time.sleep(0.02)
    with pytest.raises(ConnectionRefusedError):
        rpc(url, "eth_chainId")
    assert not Path(folder).exists()


def test_failed_start_says_why() -> None:
    """A process that does not come up raises with what it wrote."""
    process = Watched(["/bin/sh", "-c", "echo no such option >&2; exit 3"])
    process.start()
    with pytest.raises(StartError, match="no such option"):
        process.wait_for("up and running", seconds=5)
    process.stop()


def test_proxy_refuses_wide_ranges(anvil: Anvil) -> None:
    """eth_getLogs over the limit is refused, at the limit it is served."""
    anvil.mine(200)
    with RangeProxy(anvil.url, max_blocks=100) as proxy:
        served = rpc(proxy.url, "eth_getLogs", {"fromBlock": "0x1", "toBlock": "0x64"})
        with pytest.raises(NodeError, match="max block range 100") as caught:
            rpc(proxy.url, "eth_getLogs", {"fromBlock": "0x0", "toBlock": "0x64"})
        with pytest.raises(NodeError):
            rpc(proxy.url, "eth_getLogs", {"fromBlock": "earliest"})

        assert (served, caught.value.code) == ([], -32005)
        assert (proxy.counts["eth_getLogs"], proxy.requests, proxy.refusals) == (
            3,
            3,
            2,
        )


def test_proxy_refuses_in_anybody_s_words(anvil: Anvil) -> None:
    """Message, code and HTTP status are the test's to choose."""
    words = Refused(message="{asked} > {limit} ({first}-{last})", code=-1, status=413)
    with RangeProxy(anvil.url, max_blocks=2, refusal=words) as proxy:
        wanted = {"fromBlock": "0x0", "toBlock": "0x2"}
        asked = {"jsonrpc": "2.0", "id": 4, "method": "eth_getLogs", "params": [wanted]}
        status, body = post(proxy.url, json.dumps(asked).encode())

        assert status == 413
        assert json.loads(body) == {
            "jsonrpc": "2.0",
            "id": 4,
            "error": {"code": -1, "message": "3 > 2 (0-2)"},
        }


def test_proxy_refuses_many_logs(anvil: Anvil) -> None:
    """A limit on results is kept too."""
    fake = anvil.deploy(contract("FakeLogs").create())
    plant = encode_call("plant(address,uint256)", fake, 5)
    anvil.send(anvil.accounts[0], fake, plant)
    wanted = {"fromBlock": hex(anvil.head), "toBlock": "latest"}
    with RangeProxy(anvil.url, max_blocks=None, max_logs=5) as proxy:
        served = rpc(proxy.url, "eth_getLogs", wanted)
        proxy.max_logs = 4
        with pytest.raises(NodeError):
            rpc(proxy.url, "eth_getLogs", wanted)

        assert len(served) == 5


def test_proxy_takes_batches(anvil: Anvil) -> None:
    """Each request of a batch is answered or refused for itself."""
    with RangeProxy(anvil.url, max_blocks=2) as proxy:
        proxy.false_chain_id = 5
        wanted = {"fromBlock": "0x0", "toBlock": "0x9"}
        batch = [
            {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []},
            {"jsonrpc": "2.0", "id": 2, "method": "eth_getLogs", "params": [wanted]},
            {"jsonrpc": "2.0", "id": 3, "method": "eth_blockNumber", "params": []},
        ]
        _, body = post(proxy.url, json.dumps(batch).encode())
        first, second, third = json.loads(body)

        assert (first["result"], second["error"]["code"]) == ("0x5", -32005)
        assert (third["id"], int(third["result"], 16)) == (3, anvil.head)


def test_proxy_has_moods(anvil: Anvil) -> None:
    """It drops, hangs, sends HTML or garbage and limits rates, as often as told."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}).encode()
    with RangeProxy(anvil.url) as proxy:
        proxy.mood, proxy.mood_lasts = Mood.DROP, 1
        with pytest.raises(ConnectionError):
            post(proxy.url, body)
        after = post(proxy.url, body)[0]
        proxy.mood, proxy.mood_lasts = Mood.HTML, None
        pages = [post(proxy.url, body)[1] for _ in range(2)]
        proxy.mood = Mood.RATE
        limited = post(proxy.url, body)[0]
        proxy.mood = Mood.GARBAGE
        garbage = post(proxy.url, body)[1]
        proxy.mood = Mood.HANG
        with pytest.raises(TimeoutError):
            post(proxy.url, body, seconds=0.2)

        assert (after, limited) == (200, 429)
        assert all(page.startswith(b"<!doctype") for page in pages)
        with pytest.raises(ValueError, match="Unterminated"):
            json.loads(garbage)


def test_proxy_refuses_methods(anvil: Anvil) -> None:
    """Any method can be refused, as an endpoint that does not have it does."""
    with RangeProxy(anvil.url) as proxy:
        proxy.refused_methods["eth_call"] = Refused(message="no such", code=-32601)
        with pytest.raises(NodeError, match="no such"):
            rpc(proxy.url, "eth_call", {}, "latest")

        assert rpc(proxy.url, "eth_chainId") == hex(31337)
