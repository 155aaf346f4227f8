"""Questions in rounds: each is asked once, with all that can be asked at that time."""

from __future__ import annotations

import asyncio

from allowctl.intel.rounds import Board, Steps, Wanted
from allowctl.model.chain import Address, Call, Returned, Unserved
from tests.build import address
from tests.fakes.rpc import CODE, FakeRpc
from tests.intel.scene import Scene, state_of

ONE, TWO, THREE = map(address, (1, 2, 3))
ASK = bytes.fromhex("01020304")


def code_of(board: Board, *addresses: Address) -> Steps[list[bytes | Unserved]]:
    """Asked one after the other."""
    found = []
    for each in addresses:
        yield (each,)
        found.append(board.codes[each])
    return found


def rpc() -> FakeRpc:
    return FakeRpc(codes_={ONE: b"\x01", TWO: b"\x02", THREE: b"\x03"})


def test_one_after_the_other() -> None:
    """What a question leads to is asked in the next round."""
    node = rpc()
    board = Board(state_of(node))

    assert asyncio.run(board.settle(code_of(board, ONE, TWO))) == [b"\x01", b"\x02"]
    assert node.asked == {"code": 2}


def test_side_by_side() -> None:
    """Rounds go together, however many there are; each answer goes to its asker."""
    node = rpc()
    board = Board(state_of(node))
    parts = (code_of(board, ONE, TWO), code_of(board, TWO), code_of(board))
    found = asyncio.run(board.settle(board.together(*parts)))

    assert found == [[b"\x01", b"\x02"], [b"\x02"], []]
    assert node.asked == {"code": 1}, "what is known is not waited for"


def test_nested() -> None:
    """Two of different kinds, in the midst of others."""
    node = rpc()
    board = Board(state_of(node))

    def length(each: Address) -> Steps[int]:
        yield (each,)
        code = board.codes[each]
        return 0 if isinstance(code, Unserved) else len(code)

    def pair(one: Address, other: Address) -> Steps[tuple[int, list[bytes | Unserved]]]:
        return (yield from board.both(length(one), code_of(board, other)))

    found = asyncio.run(board.settle(board.together(pair(ONE, TWO), pair(TWO, THREE))))

    assert found == [(1, [b"\x02"]), (1, [b"\x03"])]
    assert node.asked == {"code": 1}


def test_every_kind_in_one_round() -> None:
    """Code, storage and answers; what fails is an answer, and not asked again."""
    scene = Scene()
    said = scene.contract(CODE, {7: ONE}, {ASK: b"\x05"})
    mute = scene.contract()
    board = Board(scene.state)
    wanted: tuple[Wanted, ...] = (said, (said, 7), Call(said, ASK), Call(mute, ASK))

    def ask() -> Steps[None]:
        yield wanted
        yield wanted

    asyncio.run(board.settle(ask()))

    assert board.codes == {said: CODE}
    assert board.slots == {(said, 7): bytes(31) + b"\x01"}
    assert board.answers[Call(said, ASK)] == Returned(b"\x05")
    assert not isinstance(board.answers[Call(mute, ASK)], Returned | Unserved)
    assert scene.rpc.asked["code"] == scene.rpc.asked["slot"] == 1


def test_nothing_to_ask() -> None:
    """Then nothing is asked."""
    node = rpc()
    board = Board(state_of(node))

    assert asyncio.run(board.settle(board.together())) == []
    assert node.requests == 0
