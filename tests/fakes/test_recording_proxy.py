"""The proxy records what is sent, kills when it is told to, and lies as asked."""

from __future__ import annotations

import http.client
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from tests.fakes import lies
from tests.fakes.recording_proxy import SEND, Death, RecordingProxy, When, decoded
from tests.lab.abi import encode_call
from tests.lab.revoking import Wallet, allowance_slot, left, plain
from tests.nodes.anvil import Anvil, foundry_binary
from tests.nodes.jsonrpc import Json, NodeError, post, rpc
from tests.nodes.node import GWEI, PATIENCE
from tests.nodes.process import run, started

pytestmark = pytest.mark.node

LOST = (http.client.RemoteDisconnected, ConnectionResetError)


@pytest.fixture(scope="module")
def wallet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wallet]:
    with Anvil(history=True) as anvil:
        yield plain(anvil, tmp_path_factory.mktemp("wallet"))


@pytest.fixture
def proxy(wallet: Wallet) -> Iterator[RecordingProxy]:
    with RecordingProxy(wallet.anvil.url) as proxy:
        yield proxy


def settled(wallet: Wallet) -> int:
    """The owner's nonce, once nothing is under way any more."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        asked = ("eth_getTransactionCount", wallet.owner, "pending")
        if int(wallet.anvil.rpc(*asked), 16) == wallet.nonce:
            return wallet.nonce
        time.sleep(0.002)
    raise TimeoutError("transactions are still under way")


def signed(wallet: Wallet, *, legacy: bool = False, ahead: int = 0) -> str:
    """approve(spender, 0) of the first grant, signed by the owner."""
    key = wallet.grants["first"]
    fields: Json = {
        "nonce": settled(wallet) + ahead,
        "chainId": wallet.anvil.chain_id,
        "gas": 100_000,
        "value": 0,
        "to": wallet.world.key.address,
        "data": encode_call("approve(address,uint256)", key.spender, 0),
    }
    if legacy:
        fields["gasPrice"] = 2 * GWEI
    else:
        fields |= {"type": 2, "maxFeePerGas": 2 * GWEI, "maxPriorityFeePerGas": GWEI}
    raw = wallet.world.key.sign_transaction(fields).raw_transaction
    return "0x" + bytes(raw).hex()


@pytest.mark.parametrize("legacy", [False, True])
def test_records_what_is_sent(
    wallet: Wallet, proxy: RecordingProxy, *, legacy: bool
) -> None:
    """Sender, nonce, hash and the rest, as the node and cast have it."""
    raw, nonce = signed(wallet, legacy=legacy), settled(wallet)
    said = rpc(proxy.url, SEND, raw)
    settled(wallet)
    (sent,) = proxy.sent
    found = wallet.anvil.rpc("eth_getTransactionByHash", said)
    cast = run([foundry_binary("cast"), "decode-transaction", raw]).decode()

    assert (sent.hash, sent.nonce, sent.sender) == (said, nonce, wallet.owner)
    assert (sent.kind, sent.chain_id, sent.value) == (0 if legacy else 2, 31337, 0)
    assert (sent.to, "0x" + sent.data.hex()) == (found["to"], found["input"])
    assert (sent.gas, sent.max_fee) == (100_000, 2 * GWEI)
    assert sent.tip == (2 * GWEI if legacy else GWEI)
    assert sent.selector == "095ea7b3"
    assert said in cast
    assert proxy.nonces == {nonce: {said}}


def test_batches_are_served(wallet: Wallet, proxy: RecordingProxy) -> None:
    """Reply by reply, each request counted."""
    asked = b'[{"id":1,"method":"eth_chainId"},{"id":2,"method":"eth_blockNumber"}]'
    _, body = post(proxy.url, asked)

    assert b'"id": 1' in body
    assert b'"id": 2' in body
    assert proxy.counts == {"eth_chainId": 1, "eth_blockNumber": 1}
    assert wallet.anvil.chain_id == 31337


def test_cue_comes_before_the_node(wallet: Wallet, proxy: RecordingProxy) -> None:
    """A test may act between a transaction's signature and its block."""
    seen: list[int] = []
    proxy.cues[SEND] = lambda: seen.append(wallet.nonce)
    before = settled(wallet)
    rpc(proxy.url, SEND, signed(wallet))

    assert seen == [before]
    assert settled(wallet) == before + 1


def victim() -> list[str]:
    return [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.mark.parametrize("when", [*When])
def test_kills_on_either_side(
    wallet: Wallet, proxy: RecordingProxy, when: When
) -> None:
    """SIGKILL at the second send after a first; the node learnt of it or not."""
    proxy.death = Death(method=SEND, nth=2, when=when, sends=1)
    raws = [signed(wallet, ahead=ahead) for ahead in range(3)]
    nonce = settled(wallet)
    with started(victim()) as process:
        proxy.victim = process.pid
        for raw in raws[:2]:
            rpc(proxy.url, SEND, raw)
        assert process.poll() is None
        with pytest.raises(LOST):
            rpc(proxy.url, SEND, raws[2])
        assert process.wait(20) == -signal.SIGKILL

    assert proxy.died.is_set()
    assert [each.nonce for each in proxy.sent] == [nonce, nonce + 1, nonce + 2]
    assert settled(wallet) == nonce + (3 if when is When.AFTER else 2)
    assert rpc(proxy.url, "eth_chainId") == "0x7a69"


def test_any_request_kills(proxy: RecordingProxy) -> None:
    """Without a method, every request counts."""
    proxy.death = Death(nth=2)
    with started(victim()) as process:
        proxy.victim = process.pid
        rpc(proxy.url, "eth_chainId")
        with pytest.raises(LOST):
            rpc(proxy.url, "eth_blockNumber")
        assert process.wait(20) == -signal.SIGKILL
    assert proxy.counts["eth_blockNumber"] == 0


def test_another_chain_from_some_request_on(proxy: RecordingProxy) -> None:
    """The third question for the chain gets another answer, and all later ones."""
    proxy.lies.append(lies.from_nth(lies.wrong_chain(1), 3, "eth_chainId"))
    told = [rpc(proxy.url, "eth_chainId") for _ in range(4)]

    assert told == ["0x7a69", "0x7a69", "0x1", "0x1"]
    assert rpc(proxy.url, "net_version") == "1"


def test_lies_after_a_send(wallet: Wallet, proxy: RecordingProxy) -> None:
    """Honest until a transaction was handed in."""
    proxy.lies.append(lies.after_send(lies.wrong_chain(5)))
    assert rpc(proxy.url, "eth_chainId") == "0x7a69"
    rpc(proxy.url, SEND, signed(wallet))

    assert rpc(proxy.url, "eth_chainId") == "0x5"


def test_lies_a_few_times(proxy: RecordingProxy) -> None:
    """Then it is honest again; what it does not lie about does not count."""
    proxy.lies.append(lies.first_times(lies.constant("eth_gasPrice", "0x1"), 2))
    rpc(proxy.url, "eth_chainId")
    told = [rpc(proxy.url, "eth_gasPrice") for _ in range(3)]

    assert told[:2] == ["0x1", "0x1"]
    assert told[2] != "0x1"


def test_stale_head(wallet: Wallet, proxy: RecordingProxy) -> None:
    """Number, state, nonce and receipts are those of an old block."""
    nonce = settled(wallet)
    head = wallet.anvil.head
    proxy.lies.append(lies.stale_head(head))
    hash_ = rpc(wallet.anvil.url, SEND, signed(wallet))
    settled(wallet)
    assert wallet.anvil.head == head + 1

    assert rpc(proxy.url, "eth_blockNumber") == hex(head)
    for tag in ("latest", "pending"):
        block = rpc(proxy.url, "eth_getBlockByNumber", tag, False)  # noqa: FBT003 (the method's parameter)
        assert block["number"] == hex(head)
        count = rpc(proxy.url, "eth_getTransactionCount", wallet.owner, tag)
        assert int(count, 16) == nonce
    assert rpc(proxy.url, "eth_getTransactionReceipt", hash_) is None
    assert rpc(proxy.url, "eth_getBlockByNumber", hex(head + 1), False) is None  # noqa: FBT003 (the same)
    with pytest.raises(NodeError, match="header not found"):
        rpc(proxy.url, "eth_getBalance", wallet.owner, hex(head + 1))


def test_receipts(wallet: Wallet, proxy: RecordingProxy) -> None:
    """None at all, another transaction's, and that with the asked hash in it."""
    mine, other = (rpc(wallet.anvil.url, SEND, signed(wallet)) for _ in range(2))
    settled(wallet)
    said = []
    for lie in (
        lies.no_receipts,
        lies.foreign_receipts(other),
        lies.foreign_receipts(other, forged=True),
    ):
        proxy.lies[:] = [lie]
        said.append(rpc(proxy.url, "eth_getTransactionReceipt", mine))
    real = rpc(wallet.anvil.url, "eth_getTransactionReceipt", other)

    assert said == [None, real, {**real, "transactionHash": mine}]


def test_lost_reply(wallet: Wallet, proxy: RecordingProxy) -> None:
    """The connection closes, and the transaction is in a block."""
    proxy.lies.append(lies.first_times(lies.lost(), 1))
    nonce = settled(wallet)
    with pytest.raises(LOST):
        rpc(proxy.url, SEND, signed(wallet))

    assert settled(wallet) == nonce + 1


@pytest.mark.parametrize("forwards", [True, False])
def test_refused_send(wallet: Wallet, proxy: RecordingProxy, *, forwards: bool) -> None:
    """It is already known, whether or not the node has got it."""
    proxy.lies.append(lies.refused_send("already known", forwards=forwards))
    nonce = settled(wallet)
    with pytest.raises(NodeError, match="already known"):
        rpc(proxy.url, SEND, signed(wallet))

    assert settled(wallet) == nonce + forwards
    assert len(proxy.sent) == 1


def test_swallowed_send(wallet: Wallet, proxy: RecordingProxy) -> None:
    """The right hash is answered, and nothing was sent on."""
    proxy.lies.append(lies.swallowed)
    raw, nonce = signed(wallet), settled(wallet)

    assert rpc(proxy.url, SEND, raw) == decoded(bytes.fromhex(raw[2:])).hash
    assert settled(wallet) == nonce


def test_false_state(wallet: Wallet, proxy: RecordingProxy) -> None:
    """An allowance is another in eth_call, storage and a simulation; others stay."""
    key = wallet.grants["first"]
    slot = allowance_slot(wallet.owner, key.spender)
    proxy.lies.append(lies.false_state(key.token, {slot: 3}))
    ask = encode_call("allowance(address,address)", wallet.owner, key.spender)
    call = {"to": key.token, "data": "0x" + ask.hex()}
    told = rpc(proxy.url, "eth_call", call, "latest")
    simulated = rpc(
        proxy.url, "eth_simulateV1", {"blockStateCalls": [{"calls": [call]}]}, "latest"
    )
    word = rpc(proxy.url, "eth_getStorageAt", key.token, f"0x{slot:064x}", "latest")
    other = wallet.grants["second"]

    assert (int(told, 16), int(word, 16)) == (3, 3)
    assert int(simulated[0]["calls"][0]["returnData"], 16) == 3
    assert left(wallet.anvil, wallet.owner, key) == 1_000
    data = encode_call("allowance(address,address)", wallet.owner, other.spender)
    call = {"to": other.token, "data": "0x" + data.hex()}
    assert int(rpc(proxy.url, "eth_call", call, "latest"), 16) == wallet.left("second")
