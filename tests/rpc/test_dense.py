"""One block with many logs: all of them, or a refusal; never none of many."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from allowctl.errors import DeadlineError, OversizeError, UnservedError
from allowctl.model.chain import BlockRange, Log, LogFilter
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.dense import one_block, split
from tests.build import TOKEN
from tests.fakes.rpc import FakeRpc

NUMBER = 500
EVENT = "0x" + "22" * 32
OWNERS = tuple("0x" + f"{n:064x}" for n in range(1, 4))
ONE = LogFilter(topics=((EVENT,), OWNERS[:1]))
THREE = LogFilter(topics=((EVENT,), OWNERS))
TOO_MANY = RefusalError("too many", kind=RefusalKind.RESULTS)


def log(owner: str, index: int) -> Log:
    return Log(
        address="0x" + "11" * 20,
        topics=(EVENT, owner),
        data="0x",
        block_hex=hex(NUMBER),
        index_hex=hex(index),
        transaction="0x" + "33" * 32,
    )


@dataclass(slots=True, kw_only=True)
class Node(FakeRpc):
    """Says one thing in its logs, and perhaps another in its receipts."""

    says: UnservedError | list[Log]
    shows: list[Log] = field(default_factory=list)

    async def logs(self, wanted: LogFilter, blocks: BlockRange) -> Sequence[Log]:
        assert blocks == BlockRange(NUMBER, NUMBER)
        self.asked["logs"] += 1
        if isinstance(self.says, UnservedError):
            raise self.says
        return [each for each in self.says if wanted.matches(each)]

    async def receipts(self, wanted: LogFilter, number: int) -> Sequence[Log]:
        assert number == NUMBER
        return [each for each in self.shows if wanted.matches(each)]


def read(node: Node, wanted: LogFilter) -> list[Log]:
    return asyncio.run(one_block(node, wanted, NUMBER))


@pytest.mark.parametrize("wanted", [ONE, THREE], ids=["one owner", "three owners"])
@pytest.mark.parametrize(
    "says",
    [TOO_MANY, OversizeError("megabytes"), [log(OWNERS[0], n) for n in range(500)]],
    ids=["results", "oversize", "cut"],
)
def test_many_and_none(says: UnservedError | list[Log], wanted: LogFilter) -> None:
    """Too many for one reply, and none in the receipts: neither is believed."""
    with pytest.raises(RefusalError, match="shows none of them") as caught:
        read(Node(says=says), wanted)
    assert caught.value.kind is RefusalKind.UNSUPPORTED
    assert caught.value.message.startswith("node.test ")


@pytest.mark.parametrize("wanted", [ONE, THREE], ids=["one owner", "three owners"])
@pytest.mark.parametrize("kind", [RefusalKind.RANGE, RefusalKind.TIMEOUT])
def test_empty_after_a_refusal_of_another_kind(
    kind: RefusalKind, wanted: LogFilter
) -> None:
    """Too wide or too slow says nothing about how many there are: none may be."""
    assert read(Node(says=RefusalError("no", kind=kind)), wanted) == []


@pytest.mark.parametrize("says", [TOO_MANY, OversizeError("megabytes")])
def test_receipts_are_believed(says: UnservedError) -> None:
    """Where they show what is sought, it is all there is; nothing is asked again."""
    node = Node(says=says, shows=[log(OWNERS[0], n) for n in range(3)])
    assert read(node, ONE) == node.shows
    assert node.asked["logs"] == 0


def test_few_topics_at_once() -> None:
    """What three owners have together is what each of them has."""
    logs = [log(owner, n) for n, owner in enumerate(OWNERS)]
    assert read(Node(says=logs), THREE) == logs


def test_empty_where_the_logs_are_empty_too() -> None:
    """Both say that there is nothing."""
    assert read(Node(says=[]), ONE) == []


@pytest.mark.parametrize(
    "error", [RefusalError("slow", kind=RefusalKind.RATE), DeadlineError("late")]
)
def test_what_says_nothing_is_passed_on(error: UnservedError) -> None:
    """It cannot be told whether the receipts are right: not empty, but later."""
    with pytest.raises(UnservedError) as caught:
        read(Node(says=error), ONE)
    assert caught.value is error


def test_halves_are_of_the_same_contracts() -> None:
    """What is asked in parts is asked of the contracts that were named."""
    named = replace(THREE, addresses=(TOKEN,))
    halves = split(named)
    assert halves is not None
    assert [each.addresses for each in halves] == [(TOKEN,), (TOKEN,)]
