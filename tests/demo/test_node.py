"""The demo's JSON-RPC methods answer as nodes do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from eth_account import Account
from eth_typing.encoding import HexStr
from eth_typing.evm import BlockNumber
from web3 import Web3

from allowctl.demo.actors import actor, owner
from allowctl.demo.artifacts import artifacts

if TYPE_CHECKING:
    from collections.abc import Callable

    from web3.types import TxReceipt

    from allowctl import demo

    Connect = Callable[[demo.RunningDemo], Web3]

TOKEN = artifacts()["DemoToken"]


def ask(web3: Web3, method: str, *params: object) -> dict[str, Any]:
    reply: Any = web3.provider.make_request(method, params)  # type: ignore[arg-type] # web3 types method names as a closed set
    found: dict[str, Any] = reply
    return found


def fault(web3: Web3, method: str, *params: object) -> tuple[int, str]:
    error = ask(web3, method, *params)["error"]
    return error["code"], error["message"]


def result(web3: Web3, method: str, *params: object) -> Any:  # noqa: ANN401 - each method its own
    return ask(web3, method, *params)["result"]


def test_identity(web3: Web3) -> None:
    """It says what it is, that it is in step, and that it keeps no keys."""
    assert web3.client_version.startswith("allowctl-demo")
    assert (web3.eth.chain_id, web3.net.version) == (31337, "31337")
    assert web3.eth.syncing is False
    assert list(web3.eth.accounts) == []


def test_blocks(running: demo.RunningDemo, web3: Web3) -> None:
    """Blocks chain by hash; all tags name the head but "earliest"."""
    head = web3.eth.get_block("latest")
    parent = web3.eth.get_block(head["parentHash"])

    assert parent["number"] == head["number"] - 1
    assert head["timestamp"] == running.world.last_block_time
    for tag in ("pending", "safe", "finalized"):
        assert web3.eth.get_block(tag)["hash"] == head["hash"]
    first = web3.eth.get_block("earliest")
    assert first["timestamp"] == running.world.first_block_time
    assert result(web3, "eth_getBlockByNumber", hex(head["number"] + 1)) is None
    assert result(web3, "eth_getBlockByHash", "0x" + "ab" * 32) is None


def test_blocks_transactions_and_receipts_agree(web3: Web3) -> None:
    """A block, its transaction, its receipt and its logs name one another."""
    log = web3.eth.get_logs({"fromBlock": 0, "toBlock": "latest"})[-1]
    block = web3.eth.get_block(log["blockNumber"], full_transactions=True)
    receipts = web3.eth.get_block_receipts(log["blockNumber"])
    sent: Any = block["transactions"][0]

    assert sent == web3.eth.get_transaction(log["transactionHash"])
    assert receipts == [web3.eth.get_transaction_receipt(sent["hash"])]
    assert receipts[0]["gasUsed"] == block["gasUsed"]
    assert log in receipts[0]["logs"]
    assert web3.eth.get_block_receipts("earliest") == []


def test_log_filters(running: demo.RunningDemo, web3: Web3) -> None:
    """Alternatives, wildcards, addresses, ranges and block hashes narrow the logs."""
    word = "0x" + "00" * 12
    mine, swap = word + running.owner[2:], word + running.world.named("swap")[2:]
    everything = {"fromBlock": "0x0", "toBlock": "latest"}

    def logs(**more: object) -> list[Any]:
        found: list[Any] = result(web3, "eth_getLogs", everything | more)
        return found

    every = logs()
    assert [it for it in every if it["topics"][1:2] == [mine]] == logs(
        topics=[None, mine]
    )
    both = logs(topics=[None, [mine, swap], [swap]])
    assert both == [it for it in every if it["topics"][1:3] == [mine, swap]]
    assert both
    assert logs(topics=[None, None, None, None]) == [
        it for it in every if len(it["topics"]) == 4
    ]
    assert logs(topics=[[], mine]) == logs(topics=[None, mine])
    token = running.world.named("usdc")
    assert logs(address=[Web3.to_checksum_address(token)]) == [
        it for it in every if it["address"] == token
    ]
    one = every[10]
    only = {"blockHash": one["blockHash"]}
    assert one in result(web3, "eth_getLogs", only)
    halves = [
        *logs(toBlock=one["blockNumber"]),
        *logs(fromBlock=hex(int(one["blockNumber"], 16) + 1)),
    ]
    assert halves == every


def test_ranges_that_do_not_exist(web3: Web3) -> None:
    """A log range the chain does not have is an error, never an empty answer."""
    above = hex(web3.eth.block_number + 1)

    assert fault(web3, "eth_getLogs", {"fromBlock": "0x0", "toBlock": above}) == (
        -32602,
        "block range extends beyond current head block",
    )
    assert fault(web3, "eth_getLogs", {"fromBlock": "0x2", "toBlock": "0x1"}) == (
        -32602,
        "invalid block range params",
    )
    unknown = {"blockHash": "0x" + "ab" * 32}
    assert fault(web3, "eth_getLogs", unknown) == (-32000, "unknown block")
    assert fault(web3, "eth_call", {}, above) == (-32000, "header not found")
    assert fault(web3, "eth_call", {}, unknown) == (-32000, "header not found")


def test_old_state(running: demo.RunningDemo, web3: Web3) -> None:
    """A call at an older block, by number or hash, sees that block's state."""
    token, swap = running.world.named("weth"), running.world.named("swap")
    data = "0x" + TOKEN.call("allowance", running.owner, swap).hex()
    word = "0x" + "00" * 12
    given, taken = web3.eth.get_logs(
        {
            "fromBlock": 0,
            "address": Web3.to_checksum_address(token),
            "topics": [None, word + running.owner[2:], word + swap[2:]],
        }
    )

    def allowance(at: object) -> int:
        return int(result(web3, "eth_call", {"to": token, "data": data}, at), 16)

    assert allowance(hex(given["blockNumber"] - 1)) == 0
    assert allowance(hex(given["blockNumber"])) == 2**256 - 1
    assert allowance({"blockHash": given["blockHash"].to_0x_hex()}) == 2**256 - 1
    assert allowance({"blockNumber": hex(taken["blockNumber"])}) == 0
    assert allowance("latest") == 0
    born = {"to": token, "data": data}
    assert result(web3, "eth_call", born, "earliest") == "0x"
    assert result(web3, "eth_getCode", token, "earliest") == "0x"


def test_account_reads(running: demo.RunningDemo, web3: Web3) -> None:
    """Balance, nonce, code and storage are read at any block."""
    me = Web3.to_checksum_address(running.owner)

    assert web3.eth.get_balance(me, "earliest") == 100 * 10**18
    assert web3.eth.get_balance(me) < 100 * 10**18
    assert web3.eth.get_transaction_count(me, "earliest") == 0
    assert web3.eth.get_transaction_count(me) > 20
    permit2 = Web3.to_checksum_address(running.world.permit2)
    assert web3.eth.get_code(permit2) == artifacts()["DemoPermit2"].runtime
    token = Web3.to_checksum_address(running.world.named("usdc"))
    assert b"Demo USD Coin" in bytes(web3.eth.get_storage_at(token, 0))


def test_multicall(running: demo.RunningDemo, web3: Web3) -> None:
    """aggregate3 has Multicall3's selector, and a failing call fails alone."""
    multicall, mirage = running.world.multicall, running.world.named("mirage")
    reads = [
        (mirage, True, TOKEN.call("allowance", running.owner, mirage)),
        (running.world.named("usdc"), False, TOKEN.call("decimals")),
    ]
    data = artifacts()["DemoMulticall"].call("aggregate3", reads)
    assert data[:4].hex() == "82ad56cb"

    found = web3.eth.call(
        {"to": Web3.to_checksum_address(multicall), "data": web3.to_hex(data)}
    )
    failed, decimals = web3.codec.decode(["(bool,bytes)[]"], found)[0]
    assert failed[0] is False
    assert decimals == (True, (6).to_bytes(32, "big"))


def test_failures_of_calls(running: demo.RunningDemo, web3: Web3) -> None:
    """A revert is code 3 with its data; too little gas is "out of gas"."""
    to = running.world.named("mirage")
    data = "0x" + TOKEN.call("allowance", running.owner, to).hex()
    reverted = ask(web3, "eth_call", {"to": to, "data": data}, "latest")["error"]
    selector = Web3.keccak(text="Mirage()")[:4].hex()
    assert reverted == {
        "code": 3,
        "message": "execution reverted",
        "data": "0x" + selector,
    }
    assert fault(web3, "eth_estimateGas", {"to": to, "data": data}) == (
        3,
        "execution reverted",
    )
    read = {"to": running.world.named("usdc"), "data": data}
    assert fault(web3, "eth_call", read | {"gas": hex(22_500)}) == (
        -32000,
        "out of gas",
    )
    assert fault(web3, "eth_call", read | {"gas": "0x1"}) == (
        -32000,
        "intrinsic gas too low",
    )
    rich = {"from": to, "to": running.owner, "value": "0x1"}
    assert fault(web3, "eth_call", rich)[1].startswith("insufficient funds")


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_call", ["nothing"]),
        ("eth_call", [{"to": "0x12"}]),
        ("eth_call", [{}, "newest"]),
        ("eth_call", [{}, "latest", {"0x" + "00" * 20: {}}]),
        ("eth_call", [{"authorizationList": ["x"]}]),
        ("eth_getBalance", []),
        ("eth_getBalance", ["0x" + "00" * 20, "latest", "more"]),
        ("eth_getLogs", ["nothing"]),
        ("eth_getLogs", [{"topics": "0x"}]),
        ("eth_getLogs", [{"topics": ["0x12"]}]),
        ("eth_getLogs", [{"blockHash": "0x" + "00" * 32, "fromBlock": "0x0"}]),
        ("eth_getTransactionReceipt", [7]),
        ("eth_sendRawTransaction", ["0x"]),
        ("eth_sendRawTransaction", ["0x02c0"]),
        ("eth_sendRawTransaction", ["0xc0"]),
        ("eth_sendRawTransaction", ["0x7f"]),
    ],
)
def test_bad_parameters(web3: Web3, method: str, params: list[object]) -> None:
    """Parameters that make no sense are -32602."""
    assert fault(web3, method, *params)[0] == -32602


def test_unknown_method(web3: Web3) -> None:
    """A method that the demo lacks is -32601."""
    assert fault(web3, "debug_traceCall")[0] == -32601


def test_simulated_blocks(running: demo.RunningDemo, web3: Web3) -> None:
    """Calls follow one another as transactions would; each fails for itself."""
    token, me = running.world.named("usdc"), running.owner
    spender = "0x" + "5e" * 20
    word = 12 * "00" + spender[2:]

    def approve(amount: int) -> dict[str, str]:
        data = TOKEN.call("approve", spender, amount)
        return {"from": me, "to": token, "data": web3.to_hex(data)}

    read = {"to": token, "data": f"0xdd62ed3e{12 * '00'}{me[2:]}{word}"}
    nothing = {"from": me, "to": token, "data": "0x", "gas": "0x7530"}
    calls = [approve(5), read, approve(0), nothing, read]
    asked = {"blockStateCalls": [{"calls": calls}], "validation": False}
    head = web3.eth.get_block("latest")
    (block,) = result(web3, "eth_simulateV1", asked, "latest")
    assert int(block["number"], 16) == head["number"] + 1
    assert block["parentHash"] == web3.to_hex(head["hash"])
    first, five, second, failed, zero = block["calls"]
    assert [it["status"] for it in block["calls"]] == ["0x1"] * 3 + ["0x0", "0x1"]
    assert (int(five["returnData"], 16), int(zero["returnData"], 16)) == (5, 0)
    assert first["logs"][0]["address"] == token
    assert failed["error"]["message"] == "execution reverted"
    # Storage is cold and dear for each, and what is emptied is paid back in part.
    assert 40_000 < int(first["gasUsed"], 16) < 60_000
    assert 21_000 < int(second["gasUsed"], 16) < 30_000
    # None of it has happened.
    assert int(result(web3, "eth_call", read, "latest"), 16) == 0


@pytest.mark.parametrize(
    "asked",
    [
        [],
        {},
        {"blockStateCalls": []},
        {"blockStateCalls": [{"calls": []}, {"calls": []}]},
        {"blockStateCalls": [{"calls": []}], "validation": True},
        {"blockStateCalls": [{"calls": [], "blockOverrides": {}}]},
        {"blockStateCalls": [{"calls": [{"to": 5}]}]},
    ],
)
def test_simulations_that_it_does_not_do(web3: Web3, asked: object) -> None:
    """It says so, and never simulates something else."""
    assert fault(web3, "eth_simulateV1", asked, "latest")[0] == -32602


def test_state_overrides(web3: Web3) -> None:
    """Other code stands at an address during one call, and nothing else is changed."""
    somebody = "0x" + "0d" * 20
    # PUSH1 42, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN
    code = {somebody: {"code": "0x602a60005260206000f3"}}
    call = {"to": somebody, "data": "0x"}
    assert int(result(web3, "eth_call", call, "latest", code), 16) == 42
    assert result(web3, "eth_call", call, "latest") == "0x"
    assert int(result(web3, "eth_estimateGas", call, "latest", code), 16) > 21_000
    asked = {"blockStateCalls": [{"calls": [call, call], "stateOverrides": code}]}
    (block,) = result(web3, "eth_simulateV1", asked, "latest")
    assert [int(it["returnData"], 16) for it in block["calls"]] == [42, 42]
    wrongs: list[object] = [{somebody: {"balance": "0x1"}}, {somebody: 5}, [5]]
    for wrong in [*wrongs, {"0x": {"code": "0x"}}]:
        assert fault(web3, "eth_call", call, "latest", wrong)[0] == -32602


def test_fees(web3: Web3) -> None:
    """Fee methods agree with the blocks."""
    history = web3.eth.fee_history(4, "latest", [10, 90])
    head = web3.eth.get_block("latest")

    assert history["oldestBlock"] == head["number"] - 3
    assert history["baseFeePerGas"][3] == head["baseFeePerGas"]
    assert (len(history["baseFeePerGas"]), len(history["reward"])) == (5, 4)
    assert web3.eth.gas_price == history["baseFeePerGas"][4] + web3.eth.max_priority_fee
    early = web3.eth.fee_history(2, BlockNumber(1))
    assert early["baseFeePerGas"][2] == web3.eth.get_block(2)["baseFeePerGas"]


def test_sending(changeable: demo.RunningDemo, connect: Connect) -> None:
    """web3 fills, signs and sends; the block is mined at once, 12 seconds on."""
    web3, me = connect(changeable), Account.from_key(owner().key.to_bytes())
    token, swap = (changeable.world.named(it) for it in ("usdc", "swap"))
    contract = web3.eth.contract(
        Web3.to_checksum_address(token), abi=[dict(it) for it in TOKEN.abi]
    )
    spender = Web3.to_checksum_address(swap)
    filled = contract.functions.approve(spender, 0).build_transaction(
        {"from": me.address, "nonce": web3.eth.get_transaction_count(me.address)}
    )
    signed = me.sign_transaction(filled)
    sent = web3.eth.send_raw_transaction(signed.raw_transaction)
    receipt = web3.eth.wait_for_transaction_receipt(sent, timeout=1)

    assert receipt["status"] == 1
    assert receipt["gasUsed"] <= filled["gas"] < receipt["gasUsed"] * 5 // 4
    assert contract.functions.allowance(me.address, spender).call() == 0
    block = web3.eth.get_block(receipt["blockNumber"])
    assert block["timestamp"] == changeable.world.last_block_time + 12
    again = "0x" + signed.raw_transaction.hex()
    assert fault(web3, "eth_sendRawTransaction", again) == (-32000, "already known")


def test_transactions_that_no_node_takes(web3: Web3) -> None:
    """Refusals come in the words that nodes use, and mine nothing."""
    me = Account.from_key(owner().key.to_bytes())
    before = web3.eth.block_number
    good = {
        "chainId": 31337,
        "nonce": web3.eth.get_transaction_count(me.address),
        "gas": 21_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 10**9,
        "to": me.address,
        "value": 0,
    }

    def refusal(**wrong: int) -> str:
        signed = me.sign_transaction(good | wrong)
        raw = "0x" + signed.raw_transaction.hex()
        code, message = fault(web3, "eth_sendRawTransaction", raw)
        assert code == -32000
        return message

    assert refusal(chainId=1) == "invalid chain id for signer"
    assert refusal(nonce=0).startswith("nonce too low")
    assert refusal(nonce=10**6).startswith("nonce too high")
    assert refusal(gas=20_000) == "intrinsic gas too low"
    assert refusal(gas=10**9) == "exceeds block gas limit"
    fees = {"maxFeePerGas": 1, "maxPriorityFeePerGas": 0}
    assert refusal(**fees) == "max fee per gas less than block base fee"
    assert refusal(value=10**30) == "insufficient funds for gas * price + value"
    assert web3.eth.block_number == before


def test_creation_failure_and_delegation(
    changeable: demo.RunningDemo, connect: Connect
) -> None:
    """Creations, failures (status 0), legacy and EIP-7702 transactions are mined."""
    web3, me = connect(changeable), Account.from_key(actor("relayer").key.to_bytes())

    def send(**fields: object) -> TxReceipt:
        common = {
            "chainId": 31337,
            "nonce": web3.eth.get_transaction_count(me.address),
            "gas": 900_000,
        }
        signed = me.sign_transaction(common | fields)
        sent = web3.eth.send_raw_transaction(signed.raw_transaction)
        receipt = web3.eth.get_transaction_receipt(sent)
        assert web3.eth.get_transaction(sent)["from"] == me.address
        return receipt

    fees = {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9}
    creation = artifacts()["DemoRouter"].creation
    created = send(data=creation, **fees)
    router = created["contractAddress"]
    assert router is not None
    assert created["status"] == 1
    assert created.get("to") is None
    estimated = web3.eth.estimate_gas(
        {"from": me.address, "data": web3.to_hex(creation)}
    )
    assert estimated == pytest.approx(created["gasUsed"], rel=0.05)

    taken = ("0x" + "11" * 20, me.address, me.address, 1)
    pull = artifacts()["DemoRouter"].call("pullThroughPermit2", *taken)
    assert send(to=router, data=pull, gasPrice=10**10)["status"] == 0

    nonce = web3.eth.get_transaction_count(me.address) + 1
    grant = {"chainId": 31337, "address": router, "nonce": nonce}
    signed = [me.sign_authorization(grant)]
    result = send(
        to="0x" + "11" * 20, value=0, type=4, authorizationList=signed, **fees
    )
    assert (result["status"], result["type"]) == (1, 4)
    delegated = bytes.fromhex("ef0100") + bytes.fromhex(router[2:])
    assert web3.eth.get_code(me.address) == delegated
    keeper = web3.to_hex(artifacts()["DemoRouter"].call("keeper"))
    answer = web3.eth.call({"to": me.address, "data": HexStr(keeper)})
    assert answer[12:] == bytes.fromhex(me.address[2:])
    mined = web3.eth.get_transaction(result["transactionHash"])
    assert len(mined["authorizationList"]) == 1
