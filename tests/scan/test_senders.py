"""Who sent an approval: asked once, of whom it may matter, and never guessed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from allowctl.errors import UnservedError
from allowctl.intel.feeds import KnownToken
from allowctl.model.approval import Allowance, Amount, Kind, LogRef
from allowctl.model.chain import Address, Sent
from allowctl.model.facts import Sender
from allowctl.rpc.endpoints import Node
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.pool import Pool
from allowctl.rpc.state import State
from allowctl.scan.senders import Senders
from tests.build import MAINNET, OWNER, TOKEN, TRANSACTION, address, allowance, word
from tests.fakes.rpc import CODE, MULTICALL, FakeRpc

STRANGER = address(0xBAD)
KNOWN = {TOKEN: KnownToken(address=TOKEN, symbol="TKN", decimals=6)}
BY_OWNER, BY_STRANGER = Sent(OWNER, TOKEN), Sent(STRANGER, TOKEN)


def grant(transaction: str = TRANSACTION, kind: Kind = Kind.ERC20) -> Allowance:
    """Raised by a log of that transaction, the first of two."""
    log = LogRef(block=5, index=0, transaction=transaction)
    named = allowance(kind=kind)
    raised = replace(named.candidate, first=log, raised=log, last_changed=log)
    return replace(named, candidate=raised)


def found(
    grants: Sequence[Allowance],
    *rpcs: FakeRpc,
    known: Mapping[Address, KnownToken] | None = None,
    whole: bool = True,
) -> tuple[list[Sender], bool | None]:
    async def run() -> tuple[list[Sender], bool | None]:
        state = State([StateReader(rpcs[0], rpcs[0].block_at(9), MULTICALL)])
        senders = Senders(Pool(MAINNET, [Node(rpc) for rpc in rpcs]))
        return await senders.of(state, OWNER, grants, known or {}, whole=whole)

    return asyncio.run(run())


def node(sent: Sent | None = None, code: bytes = b"") -> FakeRpc:
    told = {} if sent is None else {TRANSACTION: sent}
    return FakeRpc(sent=told, codes_={OWNER: code})


def test_who_sent_it() -> None:
    """The owner, somebody to the owner, somebody else, or nobody knows."""
    for sent, expected in (
        (BY_OWNER, Sender.OWNER),
        (Sent(STRANGER, OWNER), Sender.OWNER),
        (BY_STRANGER, Sender.OTHER),
        (Sent(STRANGER, None), Sender.OTHER),
        (None, Sender.UNKNOWN),
    ):
        assert found([grant()], node(sent)) == ([expected], True)


def test_an_owner_with_code() -> None:
    """A contract, or a key that runs another's code (EIP-7702)."""
    assert found([grant()], node(BY_STRANGER, CODE)) == ([Sender.OTHER], False)


def test_in_order_and_once() -> None:
    """Rows of one transaction ask for it once, all in one request, over owners too."""
    other = word(7)
    rpc = FakeRpc(sent={TRANSACTION: BY_OWNER, other: BY_STRANGER})
    grants = [grant(other), grant(), grant(other), grant(word(8))]
    expected = [Sender.OTHER, Sender.OWNER, Sender.OTHER, Sender.UNKNOWN]

    async def run() -> None:
        state = State([StateReader(rpc, rpc.block_at(9), MULTICALL)])
        senders = Senders(Pool(MAINNET, [Node(rpc)]))
        for _ in range(2):
            both = await asyncio.gather(
                *(senders.of(state, OWNER, grants, {}, whole=True) for _ in range(2))
            )
            assert both == [(expected, True)] * 2

    asyncio.run(run())
    assert rpc.asked["transactions"] == 1


def test_the_next_endpoint_is_asked() -> None:
    """For what the first does not have; one that fails changes nothing."""

    def refusing(method: str) -> UnservedError | None:
        return UnservedError("no") if method == "transactions" else None

    assert found([grant()], node(), node(BY_STRANGER))[0] == [Sender.OTHER]
    broken = FakeRpc(before=refusing)
    assert found([grant()], broken, node(BY_OWNER))[0] == [Sender.OWNER]
    assert found([grant()], broken)[0] == [Sender.UNKNOWN]


def test_whom_it_does_not_matter_of() -> None:
    """Known tokens, Permit2, what no log names, a log without its transaction."""
    unnamed = allowance(Amount(amount=3, maximum=2**255))
    for grants, known in (
        ([grant()], KNOWN),
        ([grant(kind=Kind.PERMIT2), unnamed, grant("")], {}),
        ([], {}),
    ):
        rpc = node(BY_STRANGER)
        unknown = [Sender.UNKNOWN] * len(grants)
        assert found(grants, rpc, known=known) == (unknown, None)
        assert rpc.requests == 0


def test_a_log_of_nothing() -> None:
    """It raises nothing by its own word; who sent it counts all the same."""
    named = grant()
    quiet = replace(named, candidate=replace(named.candidate, raised=None))

    assert found([quiet], node(BY_STRANGER))[0] == [Sender.OTHER]


def test_a_history_cut_off() -> None:
    """The first log that was read may be one of spending, by the spender."""
    first = grant()
    later = LogRef(block=6, index=0, transaction=TRANSACTION)
    again = replace(first, candidate=replace(first.candidate, raised=later))
    expected = [Sender.UNKNOWN, Sender.OTHER]

    assert found([first, again], node(BY_STRANGER), whole=False)[0] == expected
