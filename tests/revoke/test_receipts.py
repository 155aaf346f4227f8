"""Receipts are believed in blocks that are everybody's, and for their own hash."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from allowctl.errors import UnservedError
from allowctl.model.outcome import Receipt
from allowctl.revoke.outbox import PoolOutbox
from allowctl.rpc.account import TRANSFER
from tests.build import OWNER, SPENDER, TOKEN, word
from tests.fakes.server import Raw
from tests.nodes.jsonrpc import Json
from tests.revoke.making_outboxes import Script, over, saying

HASH = word(0xAB)
OTHER = word(0xCD)


def mined(script: Script, block: int = 95, **parts: Json) -> Json:
    """A receipt as the wire has it, in that endpoint's own block."""
    return {
        "transactionHash": HASH,
        "transactionIndex": "0x3",
        "blockNumber": hex(block),
        "blockHash": script.block(block).hash,
        "from": OWNER,
        "to": TOKEN,
        "status": "0x1",
        "gasUsed": "0x64",
        "effectiveGasPrice": "0x7",
        "logs": [],
    } | parts


def knowing(block: int = 95, *, fork: str = "", **parts: Json) -> Script:
    """An endpoint that knows of the transaction."""
    script = Script(fork=fork)
    script.says["eth_getTransactionReceipt"] = mined(script, block, **parts)
    return script


def ignorant(**parts: Json) -> Script:
    return Script(says={"eth_getTransactionReceipt": None}, **parts)


def receipts(
    *scripts: Script, hashes: Sequence[str] = (HASH,), deadline: float = 20.0
) -> dict[str, Receipt]:
    return over(scripts, lambda outbox: outbox.receipts(hashes), deadline=deadline)


def test_a_receipt() -> None:
    """Every part of it, in our own spelling; the fee for data is paid, too."""
    script = knowing(to=TOKEN.upper().replace("X", "x"), l1Fee="0x5")
    assert receipts(script) == {
        HASH: Receipt(
            transaction=HASH,
            block=95,
            block_hash=script.block(95).hash,
            index=3,
            succeeded=True,
            sender=OWNER,
            to=TOKEN,
            gas_used=100,
            paid=705,
        )
    }


def test_no_receipt() -> None:
    """Nobody knows of it: that is an answer."""
    assert receipts(ignorant()) == {}
    assert receipts(ignorant(), hashes=()) == {}


@pytest.mark.parametrize("parts", [{"newest": 94, "final": 60}, {"holds": (HASH,)}])
def test_one_knows_of_it(parts: Json) -> None:
    """Another has not come so far, or says null to everything: no contradiction."""
    other = ignorant(**parts)
    for scripts in ([knowing(), other], [other, knowing()]):
        assert receipts(*scripts)[HASH].block == 95


@pytest.mark.parametrize("holds", [(), (OTHER,)])
def test_one_denies_it(holds: tuple[str, ...]) -> None:
    """Who has that very block, and the transaction not in it, is not overruled."""
    other = ignorant(holds=holds)
    for scripts in ([knowing(), other], [other, knowing()]):
        assert receipts(*scripts) == {}


def test_a_failed_transaction_and_a_created_contract() -> None:
    """Status 0; nobody in `to`; old nodes tell no price."""
    found = receipts(knowing(status="0x0", to=None, effectiveGasPrice=None))[HASH]
    assert (found.succeeded, found.to, found.paid) == (False, None, 0)


FORMS: list[Json] = [
    {"transactionHash": OTHER},
    {"transactionHash": None},
    {"status": "0x2"},
    {"status": "0x01"},
    {"status": None},
    {"status": 1},
    {"blockNumber": None},
    {"blockNumber": "95"},
    {"blockNumber": "0x" + "f" * 64},
    {"blockHash": "0x00"},
    {"blockHash": None},
    {"transactionIndex": None},
    {"transactionIndex": "0x" + "f" * 20},
    {"from": "0x0a"},
    {"from": None},
    {"to": "0x0a"},
    {"to": 7},
    {"gasUsed": "much"},
    {"gasUsed": "0x" + "f" * 20},
    {"effectiveGasPrice": "-0x1"},
    {"l1Fee": [1]},
]


@pytest.mark.parametrize("parts", FORMS, ids=str)
def test_foreign_and_malformed(parts: Json) -> None:
    """It counts for nothing: alone it is an error, beside another it is left out."""
    assert receipts(knowing(**parts), knowing())[HASH].block == 95
    assert receipts(knowing(**parts), ignorant()) == {}
    with pytest.raises(UnservedError, match="in a form that is none"):
        receipts(knowing(**parts))


@pytest.mark.parametrize("said", ["0x", 7, [], {}, "receipt", True])
def test_what_is_no_receipt_at_all(said: Json) -> None:
    """The same."""
    script = Script(says={"eth_getTransactionReceipt": said})
    assert receipts(script, knowing())[HASH].block == 95


def test_one_of_several_is_foreign() -> None:
    """The others are told."""
    script = Script()
    script.says["eth_getTransactionReceipt"] = lambda _: mined(
        script, transactionHash=HASH
    )
    assert list(receipts(script, hashes=(OTHER, HASH))) == [HASH]


# blocks


def test_a_block_of_another_fork() -> None:
    """What stands in it is not mined, as long as anybody has another block there."""
    liar = knowing(fork="lie")
    assert receipts(liar, ignorant()) == {}


def test_two_blocks_for_one_hash() -> None:
    """Two forks contradict each other: then neither counts."""
    assert receipts(knowing(fork="lie"), knowing(94)) == {}


def test_the_block_that_is_everybodys_wins() -> None:
    """A block that its teller does not have itself is no such block."""
    liar = knowing()
    liar.says["eth_getTransactionReceipt"] = mined(liar, 94, blockHash=word(7))
    assert receipts(liar, knowing())[HASH].block == 95


def test_a_block_that_nobody_has() -> None:
    """It is above every head."""
    assert receipts(knowing(1_000), ignorant()) == {}


def test_one_that_has_not_come_so_far() -> None:
    """It has nothing against a block that it cannot have yet."""
    assert receipts(knowing(100), ignorant(newest=98))[HASH].block == 100


def test_a_reorganised_block() -> None:
    """A receipt that was there is gone again."""
    script = knowing()

    async def use(outbox: PoolOutbox) -> list[bool]:
        first = await outbox.receipts([HASH])
        held = await outbox.canonical(95, first[HASH].block_hash)
        script.fork = "reorganised"
        gone = await outbox.receipts([HASH])
        return [held, bool(gone), await outbox.canonical(95, first[HASH].block_hash)]

    assert over([script], use) == [True, False, False]


def test_the_same_block_and_another_tale() -> None:
    """One of them lies, and nobody knows which."""
    for parts in ({"status": "0x0"}, {"transactionIndex": "0x2"}, {"to": SPENDER}):
        with pytest.raises(UnservedError, match="endpoints differ about what became"):
            receipts(knowing(**parts), knowing())
    assert receipts(knowing(gasUsed="0x65"), knowing())[HASH].gas_used == 101


def test_canonical() -> None:
    """By all that have come so far; by one at least."""
    one, other, late = Script(), Script(), Script(newest=98)
    there = one.block(99).hash

    async def use(outbox: PoolOutbox) -> list[bool]:
        found = [
            await outbox.canonical(99, there),
            await outbox.canonical(99, "0x" + there[2:].upper()),
            await outbox.canonical(98, there),
            await outbox.canonical(101, there),
        ]
        other.newest = 98
        return [*found, await outbox.canonical(99, there)]

    assert over([one, other, late], use) == [True, True, False, False, False]


# who is silent


@pytest.mark.parametrize(
    "raw",
    [
        Raw(body=b"<html>busy</html>"),
        Raw(closes=True),
        Raw(body=b'"' + b"x" * 9_000_000 + b'"'),
        Raw(status=500),
        Raw(hangs=True, length=10),
    ],
    ids=["html", "lost", "huge", "500", "hangs"],
)
def test_silence(raw: Raw) -> None:
    """Beside one that speaks it is nothing; alone it is no answer."""
    broken, sound = knowing(), knowing()

    async def use(outbox: PoolOutbox) -> dict[str, Receipt]:
        broken.raw = raw
        found = await outbox.receipts([HASH])
        sound.raw = raw
        with pytest.raises(UnservedError):
            await outbox.receipts([HASH])
        broken.raw = None
        assert await outbox.receipts([HASH]) == found
        return found

    assert over([broken, sound], use, deadline=2.0)[HASH].block == 95


def test_the_chain_changes_under_way() -> None:
    """The block is not asked for without the chain's id."""
    script = knowing()

    async def use(outbox: PoolOutbox) -> None:
        script.chain = 56
        with pytest.raises(UnservedError, match="changed its chain"):
            await outbox.receipts([HASH])

    over([script], use)


# what was spent


def moved(script: Script, amount: int, block: int, index: int, **parts: Json) -> Json:
    """A Transfer from the owner."""
    return {
        "address": TOKEN,
        "topics": [TRANSFER, word(OWNER), word(SPENDER)],
        "data": word(amount),
        "blockNumber": hex(block),
        "blockHash": script.block(block).hash,
        "transactionIndex": hex(index),
        "logIndex": "0x0",
        "removed": False,
    } | parts


def before(script: Script, block: int = 95, index: int = 3) -> Receipt:
    return Receipt(
        transaction=HASH,
        block=block,
        block_hash=script.block(block).hash,
        index=index,
        succeeded=True,
        sender=OWNER,
        to=TOKEN,
        gas_used=1,
        paid=1,
    )


def spent(*scripts: Script, first: int = 90, block: int = 95) -> int | None:
    receipt = before(scripts[0], block)
    return over(scripts, lambda o: o.spent(TOKEN, OWNER, first, receipt))


def spending(*logs: tuple[int, int, int], **parts: Json) -> Script:
    """An endpoint with logs of amount, block and index."""
    script = Script()
    script.says["eth_getLogs"] = [moved(script, *each, **parts) for each in logs]
    return script


def test_spent_up_to_a_transaction() -> None:
    """All of the blocks before its own, and what stands before it in that."""
    script = spending((1, 90, 9), (10, 94, 0), (100, 95, 2), (1000, 95, 3), (9, 95, 4))
    assert spent(script) == 111
    ((_, (asked,)),) = [each for each in script.heard if each[0] == "eth_getLogs"]
    assert asked == {
        "address": TOKEN,
        "topics": [TRANSFER, word(OWNER)],
        "fromBlock": hex(90),
        "toBlock": hex(95),
    }


def test_nothing_was_spent() -> None:
    """No log is an answer."""
    assert spent(spending()) == 0


def test_the_most_that_anybody_tells() -> None:
    """One that hides transfers does not make more room."""
    assert spent(spending(), spending((7, 94, 0))) == 7
    assert spent(spending((7, 94, 0)), spending()) == 7


LAYOUTS: list[Json] = [
    {"topics": [TRANSFER, word(OWNER), word(SPENDER), word(1)], "data": "0x"},
    {"data": "0x"},
    {"data": "0x" + "00" * 64},
    {"data": "zz"},
    {"data": None},
    {"topics": [TRANSFER, word(OWNER)]},
    {"topics": [TRANSFER, word(SPENDER), word(OWNER)]},
    {"topics": [word(1), word(OWNER), word(SPENDER)]},
    {"topics": None},
    {"address": SPENDER},
    {"blockNumber": hex(96)},
    {"blockNumber": hex(89)},
    {"blockNumber": None},
    {"transactionIndex": None},
    {"transactionIndex": "three"},
    {"blockNumber": hex(95), "blockHash": word(1)},
    {"removed": True},
]


@pytest.mark.parametrize("parts", LAYOUTS, ids=str)
def test_a_transfer_in_another_layout(parts: Json) -> None:
    """Then nothing is known, whatever another endpoint says."""
    assert spent(spending((7, 94, 0), **parts)) is None
    assert spent(spending((7, 94, 0), **parts), spending()) is None


def test_logs_that_are_refused() -> None:
    """Who shows no logs may have them all: then nothing is known."""
    silent = Script(says={"eth_getLogs": saying("this range is too wide")})
    assert spent(silent) is None
    assert spent(silent, spending((7, 94, 0))) is None
    assert spent(Script(says={"eth_getLogs": {"logs": []}})) is None


def test_one_without_the_block() -> None:
    """It cannot know; nor can one that has another block there."""
    late = spending()
    late.newest = 94
    forked = spending()
    forked.fork = "lie"
    assert spent(spending((7, 94, 0)), late) is None
    assert spent(spending((7, 94, 0)), forked) is None
    assert over([late], lambda o: o.spent(TOKEN, OWNER, 90, before(Script()))) is None


def test_many_blocks() -> None:
    """They are asked for in parts; of too many nothing is known, nor of none."""
    script = Script(newest=25_000)
    asked: list[tuple[str, str]] = []

    def logs(wanted: Json) -> Json:
        asked.append((wanted["fromBlock"], wanted["toBlock"]))
        return []

    script.says["eth_getLogs"] = logs
    assert spent(script, first=1, block=25_000) == 0
    assert asked == [
        (hex(1), hex(10_000)),
        (hex(10_001), hex(20_000)),
        (hex(20_001), hex(25_000)),
    ]
    assert spent(Script(newest=10**6), first=0, block=10**6) is None
    assert spent(Script(), first=96, block=95) is None
