"""When allowances may last have been used: told, or not known, and never guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allowctl.errors import UnservedError
from allowctl.model.approval import Candidate, Kind
from allowctl.model.chain import Address, BlockRange, Log, LogFilter, Sent
from allowctl.model.missing import NOT_ASKED, Lack, Missing
from allowctl.model.report import Scan
from allowctl.rpc.account import TRANSFER
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.scan.transfers import MOST, MOST_LOGS
from tests.build import (
    OWNER,
    PERMIT2,
    SPENDER,
    TOKEN,
    UNLIMITED,
    address,
    candidate,
    word,
)
from tests.fakes.engine import Engine
from tests.fakes.rpc import FakeRpc
from tests.fakes.worlds import World, approval_log

DAY = 86_400
NEWEST = 20_000
START = NEWEST - DAY // 12
"""The first block of the last day."""
STRANGER = address(0xBAD)
TOKENS = [address(0x700 + number) for number in range(12)]
TAKEN = Sent(STRANGER, SPENDER)
FULL = 2**160 - 1
Used = int | Missing | None


@dataclass(slots=True, kw_only=True)
class Refusing(FakeRpc):
    """A node that may refuse some filters' ranges."""

    refuse: Callable[[LogFilter, BlockRange], bool] = lambda _wanted, _blocks: False
    kind: RefusalKind = RefusalKind.RESULTS

    async def logs(self, wanted: LogFilter, blocks: BlockRange) -> Sequence[Log]:
        if self.refuse(wanted, blocks):
            raise RefusalError("too much", kind=self.kind)
        return await FakeRpc.logs(self, wanted, blocks)

    async def receipts(self, wanted: LogFilter, number: int) -> Sequence[Log]:
        if self.refuse(wanted, BlockRange(number, number)):
            raise RefusalError("too much", kind=self.kind)
        return await FakeRpc.receipts(self, wanted, number)


@dataclass(slots=True, kw_only=True)
class Acts:
    """Tokens with an old approval each, and transfers out of the owner."""

    world: World = field(default_factory=lambda: World(rpc=Refusing(newest=NEWEST)))

    @property
    def rpc(self) -> Refusing:
        assert isinstance(self.world.rpc, Refusing)
        return self.world.rpc

    def grant(self, *named: Candidate, amount: int | None = None) -> None:
        """Without a limit, if no amount is given: what lowers it tells nothing."""
        for each in named:
            most = FULL if each.kind is Kind.PERMIT2 else UNLIMITED
            self.world.approves(each, most if amount is None else amount)

    def move(
        self,
        number: int,
        token: Address = TOKEN,
        *,
        by: Sent | None = TAKEN,
        owner: Address = OWNER,
    ) -> None:
        transaction = word(len(self.rpc.logs_) + 10**6)
        if by is not None:
            self.rpc.sent[transaction] = by
        self.rpc.logs_.append(
            Log(
                address=token,
                topics=(TRANSFER, word(owner), word(SPENDER)),
                data=word(1),
                block_hex=hex(number),
                index_hex=hex(len(self.rpc.logs_)),
                transaction=transaction,
            )
        )

    def lowers(self, number: int, left: int, *, by: Sent) -> None:
        """The spender's amount, with a log as many tokens write it at a use."""
        self.world.grants(candidate(), left)
        transaction = word(len(self.rpc.logs_) + 10**6)
        self.rpc.sent[transaction] = by
        plain = approval_log(candidate(), value=left, number=number)
        self.rpc.logs_.append(
            Log(
                address=plain.address,
                topics=plain.topics,
                data=plain.data,
                block_hex=plain.block_hex,
                index_hex=hex(len(self.rpc.logs_)),
                transaction=transaction,
            )
        )

    def scan(self, *owners: Address, seconds: int | None = DAY) -> list[Scan]:
        asked = replace(self.world.question, unused_for=seconds)
        every = [replace(asked, owner=owner) for owner in owners or (OWNER,)]
        return Engine(rpcs=(self.rpc,)).scan(*every)

    def used(self) -> dict[Address, Used]:
        (scan,) = self.scan()
        return uses(scan)

    @property
    def searches(self) -> list[tuple[LogFilter, BlockRange]]:
        """What was sought but approvals."""
        return [each for each in self.rpc.sought if each[0].addresses]


def uses(scan: Scan) -> dict[Address, Used]:
    """By token, of what it lets the spender do."""
    return {
        row.record.allowance.candidate.token: row.record.used_at
        for row in scan.allowances
        if row.record.allowance.spender == SPENDER
    }


def by_spender(scan: Scan) -> dict[Address, Used]:
    """Of the only token."""
    rows = [row.record for row in scan.allowances]
    return {each.allowance.spender: each.used_at for each in rows}


def own(token: Address = TOKEN) -> Sent:
    return Sent(OWNER, token)


def time_of(number: int) -> int:
    return FakeRpc().block_at(number).timestamp


def lack(value: Used) -> Lack:
    assert isinstance(value, Missing), value
    return value.lack


# what counts

_moves = st.lists(
    st.tuples(
        st.integers(START - 200, NEWEST),
        st.sampled_from(TOKENS[:2]),
        st.sampled_from(["own", "other", "itself", "elsewhere"]),
    ),
    max_size=8,
)


@settings(max_examples=40)
@given(_moves)
def test_law(moves: list[tuple[int, Address, str]]) -> None:
    """The newest within the time; to the token itself, of those its spender sent."""
    acts = Acts()
    acts.grant(*(candidate(token=token) for token in TOKENS[:2]))
    for number, token, by in moves:
        sent = {
            "own": own(token),
            "other": Sent(STRANGER, token),
            "itself": Sent(SPENDER, token),
            "elsewhere": Sent(OWNER, SPENDER),
        }
        acts.move(number, token, by=sent[by])
    expected = {
        token: max(
            (
                n
                for n, of, by in moves
                if of == token and by in {"itself", "elsewhere"} and n >= START
            ),
            default=None,
        )
        for token in TOKENS[:2]
    }
    assert acts.used() == {
        token: None if number is None else time_of(number)
        for token, number in expected.items()
    }


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.ERC721}))
def test_every_kind(kind: Kind) -> None:
    """A transfer of the token may be a use of whatever is granted of it."""
    acts = Acts()
    acts.grant(candidate(kind=kind))
    acts.move(NEWEST - 10)
    assert acts.used() == {TOKEN: time_of(NEWEST - 10)}


def test_each_has_its_own() -> None:
    """The newest that may be a use of it, however many others' came after."""
    acts = Acts()
    other, third = address(0x51), address(0x52)
    acts.grant(*(candidate(spender=each) for each in (SPENDER, other, third)))
    acts.move(NEWEST - 300, by=Sent(SPENDER, TOKEN))
    for number in range(100):
        acts.move(NEWEST - number, by=Sent(STRANGER, other))
    asked = acts.rpc.asked["transactions"]
    (scan,) = acts.scan()
    assert by_spender(scan) == {
        SPENDER: time_of(NEWEST - 300),
        other: time_of(NEWEST),
        third: None,
    }
    # In five steps, whatever the number of allowances; one is who approved them.
    assert acts.rpc.asked["transactions"] - asked <= 6


def test_permit2() -> None:
    """What goes to it is its sender's there, and by the token's allowance to it."""
    acts = Acts()
    other = address(0x51)
    root = candidate(spender=PERMIT2)
    inside = [candidate(kind=Kind.PERMIT2, spender=each) for each in (SPENDER, other)]
    acts.grant(candidate(spender=SPENDER), *inside, root)
    acts.move(NEWEST - 9, by=Sent(other, PERMIT2))
    (scan,) = acts.scan()
    found = {
        (row.record.allowance.candidate.kind, row.record.allowance.spender): (
            row.record.used_at
        )
        for row in scan.allowances
    }
    assert found == {
        (Kind.ERC20, SPENDER): None,
        (Kind.ERC20, PERMIT2): time_of(NEWEST - 9),
        (Kind.PERMIT2, SPENDER): None,
        (Kind.PERMIT2, other): time_of(NEWEST - 9),
    }


@pytest.mark.parametrize("kind", [Kind.ERC20, Kind.ERC721])
def test_state_shows_that_it_was_not_used(kind: Kind) -> None:
    """An amount that is whole, and an item: nobody is asked for a transfer."""
    acts = Acts()
    acts.grant(candidate(kind=kind), amount=100)
    acts.move(NEWEST - 10)
    assert acts.used() == {TOKEN: None}
    assert acts.searches == []


def test_state_shows_it_of_permit2() -> None:
    """Of what is inside, and of the token's own allowance to it, each for itself."""
    acts = Acts()
    acts.grant(candidate(kind=Kind.PERMIT2), amount=100)
    acts.grant(candidate(spender=PERMIT2))
    acts.move(NEWEST - 10)
    (scan,) = acts.scan()
    assert by_spender(scan) == {SPENDER: None, PERMIT2: time_of(NEWEST - 10)}


def test_something_is_gone_of_it() -> None:
    """Then the transfers tell when."""
    acts = Acts()
    acts.grant(candidate(), amount=100)
    acts.world.grants(candidate(), 60)
    acts.move(NEWEST - 10)
    assert acts.used() == {TOKEN: time_of(NEWEST - 10)}


@pytest.mark.parametrize(
    ("by", "used"),
    [
        (Sent(SPENDER, TOKEN), NEWEST - 50),
        (Sent(STRANGER, address(0x51)), NEWEST - 50),
        (Sent(OWNER, TOKEN), NEWEST - 80),
        (Sent(STRANGER, TOKEN), NEWEST - 80),
    ],
)
def test_a_log_of_what_is_left(by: Sent, used: int) -> None:
    """It may be a use, unless somebody else sent it to the token.

    What came after it is none where state says the same.
    """
    acts = Acts()
    other = address(0x51)
    acts.grant(candidate(), amount=100)
    acts.grant(candidate(spender=other))
    acts.move(NEWEST - 80)
    acts.lowers(NEWEST - 50, 60, by=by)
    acts.move(NEWEST - 10)
    (scan,) = acts.scan()
    assert by_spender(scan)[SPENDER] == time_of(used)
    acts.world.grants(candidate(), 40)
    (scan,) = acts.scan()
    assert by_spender(scan)[SPENDER] == time_of(NEWEST - 10)


def test_an_old_log_of_what_is_left() -> None:
    """One before that time is none in it, and nor is what came after."""
    acts = Acts()
    acts.grant(candidate(), amount=100)
    acts.lowers(START - 5_000, 60, by=TAKEN)
    acts.move(NEWEST - 10)
    assert acts.used() == {TOKEN: None}


def test_the_owners_own_transfers_are_bounded() -> None:
    """So many are looked up, and what was before them is not known."""
    acts = Acts()
    acts.grant(candidate())
    for number in range(MOST):
        acts.move(NEWEST - number, by=own())
    assert acts.used() == {TOKEN: None}
    acts.move(START + 10)
    found = acts.used()[TOKEN]
    assert lack(found) is Lack.UNAVAILABLE
    acts.move(NEWEST)
    assert acts.used() == {TOKEN: time_of(NEWEST)}


# what is not asked


def test_nobody_wants_to_know() -> None:
    """Nothing is sent that would not have been without it."""
    acts = Acts()
    acts.grant(candidate())
    acts.move(NEWEST)
    (scan,) = acts.scan(seconds=None)
    assert uses(scan) == {TOKEN: NOT_ASKED}
    assert acts.searches == []
    assert acts.rpc.asked["transactions"] == 1, "who sent the approval"


def test_recent_approvals() -> None:
    """They need no answer, and cost nothing."""
    acts = Acts()
    acts.grant(candidate())
    acts.rpc.logs_ = [
        Log(
            **{f: getattr(log, f) for f in log.__struct_fields__}
            | {"block_hex": hex(NEWEST - 5)}
        )
        for log in acts.rpc.logs_
    ]
    (scan,) = acts.scan()
    assert uses(scan) == {TOKEN: NOT_ASKED}
    assert acts.searches == []


def test_nothing_granted() -> None:
    """An empty wallet asks for no transfers."""
    acts = Acts()
    acts.scan()
    assert acts.searches == []


# what is asked


def test_tokens_are_named() -> None:
    """Only logs of these contracts are asked for, some contracts at a time."""
    acts = Acts()
    acts.grant(*(candidate(token=token) for token in TOKENS))
    assert acts.used() == dict.fromkeys(TOKENS)
    addresses = [wanted.addresses for wanted, _ in acts.searches]
    assert sorted(map(len, addresses)) == [4, 8]
    assert {each for some in addresses for each in some} == set(TOKENS)
    assert all(START - 28 <= blocks.first <= START for _, blocks in acts.searches)


def test_owners_are_asked_for_together() -> None:
    """One search for the owners of one moment, and each has its own answer."""
    acts = Acts()
    owners = [OWNER, address(0xA11), address(0xA12)]
    acts.grant(*(candidate(owner=owner) for owner in owners))
    acts.move(NEWEST - 1, owner=owners[1])
    acts.move(NEWEST - 2, owner=owners[2], by=Sent(owners[2], TOKEN))
    found = [uses(scan)[TOKEN] for scan in acts.scan(*owners)]
    assert found == [None, time_of(NEWEST - 1), None]
    ((wanted, _),) = acts.searches
    assert wanted.topics[-1] == tuple(sorted(map(word, owners)))


# what is not served


def test_logs_not_served() -> None:
    """FAILED; what was found all the same is a use."""
    acts = Acts()
    acts.grant(*(candidate(token=token) for token in TOKENS[:2]))
    acts.move(NEWEST - 1, TOKENS[0])
    acts.rpc.refuse = lambda wanted, blocks: (
        bool(wanted.addresses) and (blocks.first <= START + 5)
    )
    acts.rpc.kind = RefusalKind.PRUNED
    (scan,) = acts.scan()
    found = uses(scan)
    assert found[TOKENS[0]] == time_of(NEWEST - 1)
    assert lack(found[TOKENS[1]]) is Lack.FAILED
    assert scan.complete, "of the approvals themselves all was seen"


def test_logs_not_served_of_several_owners() -> None:
    """Each has lost what it asked for, and no more."""
    acts = Acts()
    owner = address(0xA11)
    acts.grant(candidate(token=TOKENS[0]), candidate(token=TOKENS[1], owner=owner))
    acts.rpc.refuse = lambda wanted, _blocks: bool(wanted.addresses)
    acts.rpc.kind = RefusalKind.UNSUPPORTED
    found = [uses(scan) for scan in acts.scan(OWNER, owner)]
    assert [list(each) for each in found] == [[TOKENS[0]], [TOKENS[1]]]
    assert {lack(used) for each in found for used in each.values()} == {Lack.FAILED}


def test_one_that_cannot_be_served() -> None:
    """It leaves the others of its filter their answer."""
    acts = Acts()
    acts.grant(*(candidate(token=token) for token in TOKENS[:4]))
    acts.move(NEWEST - 1, TOKENS[2])
    acts.rpc.refuse = lambda wanted, _blocks: TOKENS[1] in wanted.addresses
    acts.rpc.kind = RefusalKind.UNSUPPORTED
    found = acts.used()
    assert lack(found.pop(TOKENS[1])) is Lack.FAILED
    assert found == {
        TOKENS[0]: None,
        TOKENS[2]: time_of(NEWEST - 1),
        TOKENS[3]: None,
    }


def test_a_flood() -> None:
    """One token's logs without end are not read to the end; the others' are."""
    acts = Acts()
    acts.grant(*(candidate(token=token) for token in TOKENS[:3]))
    acts.rpc.max_blocks = 500
    acts.move(START + 1, TOKENS[1])
    acts.move(NEWEST - 1, TOKENS[0])
    one = acts.rpc.logs_[-1]
    acts.rpc.logs_ += [one] * (MOST_LOGS + 1)
    found = acts.used()
    assert found == {
        TOKENS[0]: time_of(NEWEST - 1),
        TOKENS[1]: time_of(START + 1),
        TOKENS[2]: None,
    }
    # Of its own transfers it is not known what came before so many.
    acts.rpc.sent[one.transaction] = own(TOKENS[0])
    found = acts.used()
    assert lack(found.pop(TOKENS[0])) is Lack.UNAVAILABLE
    assert found == {TOKENS[1]: time_of(START + 1), TOKENS[2]: None}


def test_nobody_tells_who_sent_it() -> None:
    """FAILED, unless an older one counts."""
    acts = Acts()
    acts.grant(candidate())
    acts.move(NEWEST - 1, by=None)
    assert lack(acts.used()[TOKEN]) is Lack.FAILED
    acts.move(NEWEST - 9)
    assert acts.used() == {TOKEN: time_of(NEWEST - 9)}


def test_nobody_tells_the_time() -> None:
    """FAILED, and the rows are there all the same."""

    def before(method: str) -> UnservedError | None:
        return UnservedError("no") if method == "blocks" else None

    acts = Acts()
    acts.grant(candidate())
    acts.rpc.before = before
    assert lack(acts.used()[TOKEN]) is Lack.FAILED


def test_what_is_held_against_a_node_stays_there() -> None:
    """A search for uses that fails does no harm to the scans after it."""
    acts = Acts()
    acts.rpc.refuse = lambda wanted, _blocks: bool(wanted.addresses)
    acts.rpc.kind = RefusalKind.FATAL
    owners = [address(0xA00 + number) for number in range(30)]
    acts.grant(*(candidate(owner=owner) for owner in owners))
    scans = acts.scan(*owners)
    assert all(scan.complete for scan in scans)
    assert {lack(uses(scan)[TOKEN]) for scan in scans} == {Lack.FAILED}
