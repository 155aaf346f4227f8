"""An outbox on a real node, with liars beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from eth_account.signers.local import LocalAccount

from allowctl.codec.transaction import Unsigned, gas_of, payload, signed_hash
from allowctl.errors import UnservedError
from allowctl.model.approval import Amount, Candidate, Dead, Fate, Kind, Live, NotServed
from allowctl.model.chain import Address, Block, Chain
from allowctl.model.outcome import Receipt
from allowctl.model.plan import Fees
from allowctl.revoke.fees import Urgency, default_caps, offered
from allowctl.revoke.outbox import PoolOutbox
from allowctl.revoke.ports import Answer, Nonces, Posted
from tests.build import OWNER
from tests.fakes.server import Asked, Raw, ScriptedServer, as_json, result
from tests.lab.abi import encode_call
from tests.lab.artifacts import openzeppelin
from tests.lab.solidity import contract
from tests.lab.world import MAX
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import Json, post
from tests.nodes.node import GWEI, address_of
from tests.revoke.making_outboxes import Script, Use, at, over, saying

pytestmark = pytest.mark.node

CHAIN = Chain(id=31337, name="anvil", finality=4)
RAW = bytes.fromhex("02c0")
KNOWN = "already known"


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil(history=True, slots_in_an_epoch=1) as node:
        node.mine(4)
        yield node


@pytest.fixture
def owner(anvil: Anvil) -> LocalAccount:
    return anvil.accounts[0]


@pytest.fixture
def token(anvil: Anvil, owner: LocalAccount) -> Address:
    return anvil.deploy(contract("Token").create(owner.address))


def use(anvil: Anvil, what: Use[Json], *others: str) -> Json:
    """What an outbox over this node, and other endpoints, comes to."""
    return at([anvil.url, *others], what, chain=CHAIN, now=float(anvil.now))


def signed(
    anvil: Anvil, owner: LocalAccount, to: Address, data: bytes, *, tip: int = GWEI
) -> bytes:
    """A transaction of the owner's next nonce, encoded by eth-account."""
    count = anvil.rpc("eth_getTransactionCount", owner.address, "latest")
    fields: Json = {
        "type": 2,
        "chainId": anvil.chain_id,
        "nonce": int(count, 16),
        "gas": 200_000,
        "maxFeePerGas": 100 * GWEI,
        "maxPriorityFeePerGas": tip,
        "to": bytes.fromhex(to[2:]),
        "value": 0,
        "data": data,
    }
    return bytes(owner.sign_transaction(fields).raw_transaction)


def by_itself(anvil: Anvil, *, mines: bool) -> None:
    """Whether each transaction gets a block at once."""
    anvil.rpc("evm_setAutomine", mines)


def approve(spender: Address, amount: int) -> bytes:
    return encode_call("approve(address,uint256)", spender, amount)


def grant(owner: LocalAccount, token: Address, spender: Address) -> Candidate:
    return Candidate(
        kind=Kind.ERC20,
        owner=address_of(owner),
        contract=token,
        token=token,
        spender=spender,
    )


def lying(anvil: Anvil, **lies: Callable[[Json], Json]) -> ScriptedServer:
    """An endpoint that hands everything on, and changes what comes of some methods."""

    def reply(request: Json) -> Json:
        _, body = post(anvil.url, json.dumps(request).encode())
        told = json.loads(body)
        lie = lies.get(request["method"])
        return told if lie is None else result(request, lie(told.get("result")))

    def answer(asked: Asked) -> Raw:
        replies = [reply(each) for each in asked.every]
        return as_json(replies if asked.is_batch else replies[0])

    return ScriptedServer(answer)


# all goes well


def test_from_the_nonce_to_the_reading(
    anvil: Anvil, owner: LocalAccount, token: Address
) -> None:
    """Everything a revocation asks for, at a node that is a node."""
    spender = address_of(anvil.accounts[4])
    anvil.send(owner, token, approve(spender, MAX))
    wanted = grant(owner, token, spender)

    async def run(outbox: PoolOutbox) -> None:
        head = await outbox.head()
        assert (head.chain_id, head.block.number) == (31337, anvil.head)
        assert head.final is not None
        assert head.final.number < head.block.number
        (before,) = await outbox.read([wanted], head.block)
        assert isinstance(before, Live)
        nonces = await outbox.nonces(address_of(owner))
        assert nonces.latest == nonces.pending
        caps = default_caps(31337)
        fees = offered(await outbox.fees(), Urgency.NORMAL, 31337, caps.fee_per_gas)
        tx = Unsigned(
            chain_id=31337,
            nonce=nonces.latest,
            fees=fees,
            gas=60_000,
            to=token,
            data=approve(spender, 0),
        )
        assert await outbox.data_fee(payload(tx)) == 0
        assert await outbox.balance(address_of(owner)) > 60_000 * fees.max_fee
        raw = bytes(owner.sign_transaction(fields_of(tx)).raw_transaction)
        (posted,) = await outbox.send(raw)
        assert posted.answer is Answer.TAKEN
        name = signed_hash(raw)
        receipt = (await outbox.receipts([name, "0x" + "ee" * 32]))[name]
        assert receipt.succeeded
        assert (receipt.sender, receipt.to) == (address_of(owner), token)
        base = int(anvil.block(receipt.block)["baseFeePerGas"], 16)
        assert receipt.paid == receipt.gas_used * (base + (fees.tip or 0))
        assert await outbox.canonical(receipt.block, receipt.block_hash)
        newest = (await outbox.head()).block
        (after,) = await outbox.read([wanted], newest)
        assert isinstance(after, Dead)
        following = await outbox.nonces(address_of(owner))
        assert following.latest == nonces.latest + 1

    use(anvil, run)


def fields_of(tx: Unsigned) -> Json:
    assert gas_of(payload(tx)) == tx.gas
    return {
        "type": 2,
        "chainId": tx.chain_id,
        "nonce": tx.nonce,
        "gas": tx.gas,
        "maxFeePerGas": tx.fees.max_fee,
        "maxPriorityFeePerGas": tx.fees.tip,
        "to": bytes.fromhex(tx.to[2:]),
        "value": 0,
        "data": tx.data,
    }


def test_a_legacy_transaction(
    anvil: Anvil, owner: LocalAccount, token: Address
) -> None:
    """What is signed without a tip is mined, too."""
    spender = address_of(anvil.accounts[4])
    count = anvil.rpc("eth_getTransactionCount", owner.address, "latest")
    tx = Unsigned(
        chain_id=31337,
        nonce=int(count, 16),
        fees=Fees(max_fee=100 * GWEI, tip=None),
        gas=60_000,
        to=token,
        data=approve(spender, 9),
    )
    fields = fields_of(tx)
    for key in ("type", "maxFeePerGas", "maxPriorityFeePerGas"):
        del fields[key]
    fields["gasPrice"] = tx.fees.max_fee
    raw = bytes(owner.sign_transaction(fields).raw_transaction)

    async def run(outbox: PoolOutbox) -> bool:
        await outbox.head()
        await outbox.send(raw)
        found = await outbox.receipts([signed_hash(raw)])
        return found[signed_hash(raw)].succeeded

    assert use(anvil, run)


def test_under_way(anvil: Anvil, owner: LocalAccount, token: Address) -> None:
    """What waits in the pool is counted, and sent again it is known already."""
    by_itself(anvil, mines=False)
    spender = address_of(anvil.accounts[4])
    raw = signed(anvil, owner, token, approve(spender, 1))

    async def run(outbox: PoolOutbox) -> tuple[Nonces, list[Posted], Nonces]:
        await outbox.head()
        before = await outbox.nonces(address_of(owner))
        posted = [*await outbox.send(raw), *await outbox.send(raw)]
        assert await outbox.receipts([signed_hash(raw)]) == {}
        return before, posted, await outbox.nonces(address_of(owner))

    try:
        before, posted, after = use(anvil, run)
    finally:
        by_itself(anvil, mines=True)
        anvil.mine()
    assert (before.pending, after.latest) == (before.latest, before.latest)
    assert after.pending == before.latest + 1
    assert [each.answer for each in posted] == [Answer.TAKEN, Answer.KNOWN]


def test_refused_by_a_real_node(
    anvil: Anvil, owner: LocalAccount, token: Address
) -> None:
    """A used nonce, another chain, and no money at all."""
    spender = address_of(anvil.accounts[4])
    used = signed(anvil, owner, token, approve(spender, 1))
    anvil.send(owner, token, approve(spender, 2))
    pauper = anvil.accounts[7]
    anvil.fund(pauper.address, 0)
    poor = signed(anvil, pauper, token, approve(spender, 1))
    count = anvil.rpc("eth_getTransactionCount", owner.address, "latest")
    fields: Json = {"chainId": 5, "nonce": int(count, 16), "gas": 60_000, "value": 0}
    more: Json = {"type": 2, "maxFeePerGas": 100 * GWEI, "maxPriorityFeePerGas": 0}
    more |= {"to": bytes(20)}
    foreign = owner.sign_transaction(fields | more)

    async def run(outbox: PoolOutbox) -> list[Answer]:
        await outbox.head()
        raws = (used, poor, bytes(foreign.raw_transaction))
        return [(await outbox.send(raw))[0].answer for raw in raws]

    assert use(anvil, run) == [
        Answer.NONCE_USED,
        Answer.NO_MONEY,
        Answer.WRONG_CHAIN,
    ]


def test_what_was_spent(anvil: Anvil, owner: LocalAccount, token: Address) -> None:
    """A transferFrom before the zeroing, in its block or earlier; not one after it."""
    spender = anvil.accounts[4]
    pull = encode_call(
        "transferFrom(address,address,uint256)", owner.address, spender.address, 7
    )
    anvil.send(owner, token, approve(address_of(spender), 100))
    first = anvil.head + 1
    anvil.send(spender, token, pull)
    by_itself(anvil, mines=False)
    # The spender pays more for his: it comes first in the block.
    early = signed(anvil, spender, token, pull, tip=50 * GWEI)
    raw = signed(anvil, owner, token, approve(address_of(spender), 0))

    async def run(outbox: PoolOutbox) -> tuple[int | None, int | None]:
        await outbox.head()
        await outbox.send(early)
        await outbox.send(raw)
        by_itself(anvil, mines=True)
        anvil.mine()
        receipt = (await outbox.receipts([signed_hash(raw)]))[signed_hash(raw)]
        assert receipt.index == 1
        transfer = encode_call("transfer(address,uint256)", spender.address, 1000)
        anvil.send(owner, token, transfer)
        spent = await outbox.spent(token, address_of(owner), first, receipt)
        later = await outbox.spent(token, address_of(owner), receipt.block, receipt)
        return spent, later

    try:
        assert use(anvil, run) == (14, 7)
    finally:
        by_itself(anvil, mines=True)


def test_which_contracts_hold_items(
    anvil: Anvil, owner: LocalAccount, token: Address
) -> None:
    """ERC-721 and ERC-404 do, whether they say so or not; an ERC-20 does not."""
    made = {
        "oz": openzeppelin("ERC721PresetMinterPauserAutoId").create("n", "s", "u"),
        "chatty": contract("ChattyNft").create(),
        "404": contract("Erc404Like").create(owner.address, 3),
    }
    found = {name: anvil.deploy(code) for name, code in made.items()}
    burner = anvil.deploy(contract("GasBurner").create())

    async def run(outbox: PoolOutbox) -> dict[Address, bool]:
        head = await outbox.head()
        asked = [*found.values(), token, burner, OWNER]
        return await outbox.items(asked, head.block)

    assert use(anvil, run) == {
        **dict.fromkeys(found.values(), True),
        token: False,
        burner: False,
        OWNER: False,
    }


def test_code_of_accounts(anvil: Anvil, token: Address) -> None:
    """Of a contract and of a person."""

    async def run(outbox: PoolOutbox) -> tuple[bytes, bytes]:
        block = (await outbox.head()).block
        return await outbox.code(token, block), await outbox.code(OWNER, block)

    contract_code, none = use(anvil, run)
    assert len(contract_code) > 100
    assert none == b""


# liars beside the node


def test_a_liar_about_state_beside_the_node(
    anvil: Anvil, owner: LocalAccount, token: Address
) -> None:
    """It says that nothing is left: then nobody is believed, and both are named."""
    spender = address_of(anvil.accounts[4])
    anvil.send(owner, token, approve(spender, 5))
    wanted = grant(owner, token, spender)
    five = f"{5:064x}"

    def nothing(told: Json) -> Json:
        return told.replace(five, "0" * 64) if isinstance(told, str) else told

    async def run(outbox: PoolOutbox) -> list[Fate]:
        head = await outbox.head()
        return await outbox.read([wanted], head.block)

    (alone,) = use(anvil, run)
    assert isinstance(alone, Live)
    assert isinstance(alone.allowance.grant, Amount)
    assert alone.allowance.grant.amount == 5
    with lying(anvil, eth_call=nothing) as liar:
        (fate,) = use(anvil, run, liar.url)
    assert isinstance(fate, NotServed)
    assert fate.reason.startswith("endpoints differ: ")
    assert "says 5" in fate.reason
    assert f"{liar.host} says nothing" in fate.reason


def test_liars_about_receipts_beside_the_node(
    anvil: Anvil, owner: LocalAccount, token: Address
) -> None:
    """Null, another's, in a block that is none: the node's own word stands."""
    spender = address_of(anvil.accounts[4])
    raw = signed(anvil, owner, token, approve(spender, 3))
    name = signed_hash(raw)
    foreign = {"transactionHash": "0x" + "ab" * 32}
    lost = {"blockHash": "0x" + "cd" * 32}

    async def run(outbox: PoolOutbox) -> dict[str, Receipt]:
        await outbox.head()
        return await outbox.receipts([name])

    async def send(outbox: PoolOutbox) -> None:
        await outbox.head()
        await outbox.send(raw)

    use(anvil, send)
    truth = use(anvil, run)
    assert truth[name].succeeded
    lies: list[Callable[[Json], Json]] = [
        lambda _: None,
        lambda told: told | foreign,
        lambda told: told | lost,
        lambda told: told | {"blockNumber": hex(10**9)},
    ]
    for lie in lies:
        with lying(anvil, eth_getTransactionReceipt=lie) as liar:
            assert use(anvil, run, liar.url) == truth
    with (
        lying(anvil, eth_getTransactionReceipt=lambda t: t | {"status": "0x0"}) as liar,
        pytest.raises(UnservedError, match="endpoints differ"),
    ):
        use(anvil, run, liar.url)


def test_a_reorganisation(anvil: Anvil, owner: LocalAccount, token: Address) -> None:
    """A receipt goes with its block."""
    spender = address_of(anvil.accounts[4])
    raw = signed(anvil, owner, token, approve(spender, 3))
    name = signed_hash(raw)

    async def run(outbox: PoolOutbox) -> tuple[bool, bool, dict[str, Receipt]]:
        await outbox.head()
        await outbox.send(raw)
        receipt = (await outbox.receipts([name]))[name]
        before = await outbox.canonical(receipt.block, receipt.block_hash)
        anvil.reorg(1)
        after = await outbox.canonical(receipt.block, receipt.block_hash)
        return before, after, await outbox.receipts([name])

    assert use(anvil, run) == (True, False, {})


# sending


def sent(*scripts: Script, raw: bytes = RAW, deadline: float = 20.0) -> list[Posted]:
    async def run(outbox: PoolOutbox) -> list[Posted]:
        return list(await outbox.send(raw))

    return over(scripts, run, deadline=deadline)


def test_it_goes_to_everyone() -> None:
    """Each says its own; none stops another."""
    own = signed_hash(RAW)
    scripts = [
        Script(says={"eth_sendRawTransaction": said})
        for said in (own, "0x" + own[2:].upper(), saying(KNOWN), "0x" + "00" * 32, None)
    ]
    found = sent(*scripts)
    assert [each.answer for each in found] == [
        *(Answer.TAKEN, Answer.TAKEN, Answer.KNOWN),
        *(Answer.UNCLEAR, Answer.UNCLEAR),
    ]
    assert [each.said for each in found][:3] == ["", "", KNOWN]
    for script in scripts:
        assert ("eth_sendRawTransaction", ["0x02c0"]) in script.heard
    assert len({each.host for each in found}) == 5


@pytest.mark.parametrize(
    "raw",
    [
        Raw(body=b"<html>nonce too low</html>"),
        Raw(closes=True),
        Raw(status=503, body=b"already known"),
        Raw(hangs=True, length=5),
        Raw(body=b'{"jsonrpc":"2.0","id":1,"result":"' + b"0" * 3_000_000 + b'"}'),
    ],
    ids=["html", "lost", "503", "hangs", "huge"],
)
def test_a_lost_reply_is_unclear(raw: Raw) -> None:
    """Whether it was taken, receipt and state say; nothing is raised."""
    broken, sound = Script(), Script(says={"eth_sendRawTransaction": saying(KNOWN)})

    async def run(outbox: PoolOutbox) -> list[Posted]:
        broken.raw = raw
        return list(await outbox.send(RAW))

    found = over([broken, sound], run, deadline=2.0)
    assert [each.answer for each in found] == [Answer.UNCLEAR, Answer.KNOWN]
    assert 0 < len(found[0].said) <= 300


def test_words_in_the_data() -> None:
    """Some gateways put a node's words there; hex is none."""
    refuse = saying("Internal error", "nonce too low: next nonce 5, tx nonce 4")
    (posted,) = sent(Script(says={"eth_sendRawTransaction": refuse}))
    assert (posted.answer, posted.said) == (Answer.NONCE_USED, "Internal error")
    refuse = saying("Internal error", "0x" + b"nonce too low".hex())
    (posted,) = sent(Script(says={"eth_sendRawTransaction": refuse}))
    assert posted.answer is Answer.UNCLEAR


def test_long_and_odd_words() -> None:
    """They are kept short, and on one line."""
    refuse = saying("nonce too low\n\x1b[31m" + "x" * 100_000)
    (posted,) = sent(Script(says={"eth_sendRawTransaction": refuse}))
    assert posted.answer is Answer.NONCE_USED
    assert len(posted.said) <= 300
    assert posted.said.isprintable()


def test_nobody_is_there_to_be_sent_to() -> None:
    """Then nobody says anything."""

    async def run(outbox: PoolOutbox) -> tuple[Posted, ...]:
        return await outbox.send(RAW)

    assert at([], run, chain=CHAIN) == ()


# who is asked at all


def test_only_who_serves_the_chain_is_asked() -> None:
    """One of another chain at the start is left out, and never sent to."""
    other = Script(chain=56)
    own = Script(says={"eth_sendRawTransaction": saying(KNOWN)})
    (posted,) = sent(other, own)
    assert posted.answer is Answer.KNOWN
    assert "eth_sendRawTransaction" not in dict(other.heard)


def test_nothing_is_asked_before_the_chain() -> None:
    """Whoever forgets to ask for the head is met first."""
    script = Script(says={"eth_getBalance": "0x5"})
    with ScriptedServer(script.answer) as server:
        found = at([server.url], lambda outbox: outbox.balance(OWNER))
    assert found == 5
    methods = [method for method, _ in script.heard]
    assert methods.index("eth_chainId") < methods.index("eth_getBalance")


def test_the_chain_changes_between_two_heads() -> None:
    """Though it has served nothing: the head is an error, and no nonce is told."""
    turning, sound = Script(), Script()

    async def run(outbox: PoolOutbox) -> None:
        turning.chain = 56
        with pytest.raises(UnservedError, match="changed its chain"):
            await outbox.head()
        with pytest.raises(UnservedError, match="nothing more is signed"):
            await outbox.nonces(OWNER)
        assert (await outbox.head()).block == sound.block(100)

    over([turning, sound], run)


def test_a_stale_head_beside_a_fresh_one() -> None:
    """It does not decide where state is read; nor does one dated ahead."""
    stale, ahead, sound = Script(newest=50), Script(newest=10**9), Script()
    stale.time = sound.time - 3600
    ahead.time = sound.time + 3600

    async def run(outbox: PoolOutbox) -> Block:
        return (await outbox.head()).block

    assert over([stale, ahead, sound], run) == sound.block(100)


def test_an_outage_is_no_end() -> None:
    """One that was silent for a while is asked again."""
    script = Script(says={"eth_getBalance": "0x5"})

    async def run(outbox: PoolOutbox) -> int:
        script.raw = Raw(closes=True)
        for _ in range(20):
            with pytest.raises(UnservedError):
                await outbox.head()
            with pytest.raises(UnservedError):
                await outbox.balance(OWNER)
        script.raw = None
        assert (await outbox.head()).block.number == 100
        return await outbox.balance(OWNER)

    assert over([script], run) == 5
