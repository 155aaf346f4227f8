"""Who decides, at the end of a way of `owner()`s: a key, a Safe, a timelock.

A Safe is told by its code: that of a proxy of theirs, which can do nothing but run
the singleton in its slot 0, and that singleton's. Then its threshold and owners are
what its storage says, where whoever made it may have written anything. Nor does a
number of owners say who they are: one person may have all keys, or may have enabled
a module that asks for none.

All else is what contracts say of themselves, once: whoever deploys a contract can
have it name an owner, or nobody, or a delay. A timelock has no code by which to be
known. So where a contract names an owner, that owner is looked at, and not the
delay that the contract may claim beside it.
"""

from __future__ import annotations

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.intel.proxies import address_in, code_hash, delegate_of, failed
from allowctl.intel.rounds import Board, Steps
from allowctl.model.chain import (
    ZERO_ADDRESS,
    Address,
    Answer,
    Call,
    Returned,
    Unserved,
)
from allowctl.model.facts import Authority, AuthorityKind
from allowctl.model.missing import Missing

OWNER = bytes.fromhex("8da5cb5b")
"""owner() (ERC-173)."""
GET_MIN_DELAY = bytes.fromhex("f27a0c92")
"""OpenZeppelin's TimelockController."""
DELAY = bytes.fromhex("6a42b8f8")
"""Compound's Timelock."""
STEPS = 3
"""Contracts on the way, at most: each is a round trip."""
SINGLETON, OWNER_COUNT, THRESHOLD = 0, 3, 4
"""Storage slots of a Safe, the same in all versions below."""

SAFE_PROXIES = frozenset(
    {
        "0xb89c1b3bdf2cf8827818646bce9a8f6e372885f8c55e5c07acbd307cb133b000",  # 1.3.0
        "0xd7d408ebcd99b2b70be43e20253d6d92a8ea8fab29bd3be7f55b10032331fb4c",  # 1.4.1
        "0x4e381985ca68b3e5d27b4425fa581c19cf33146d3f887a3cfca96f55528ea46f",  # 1.5.0
    }
)
"""keccak256 of the code of Safes' proxies, by npm's artifacts."""
SAFE_SINGLETONS = frozenset(
    {
        "0xbba688fbdb21ad2bb58bc320638b43d94e7d100f6f3ebaab0a4e4de6304b1c2e",  # 1.3.0
        "0x21842597390c4c6e3c1239e434a682b054bd9548eee5e9b1d6a4482731023c0f",  # its L2
        "0x1fe2df852ba3299d6534ef416eefa406e56ced995bca886ab7a553e6d0c5e1c4",  # 1.4.1
        "0xb1f926978a0f44a2c0ec8fe822418ae969bd8c3f18d61e5103100339894f81ff",  # its L2
        "0xdda019cbd7c867a533a2a86e5c53434fdc50b13122b5a5ddb4a8df61b31c20f2",  # 1.5.0
        "0x180193227186ccb85316c94db1f0d156ed932b14712cfaac78901899178572dc",  # its L2
    }
)
"""The same of what they run."""
_MOST_OWNERS = 200
"""Of a Safe; whoever sets one up can have its storage say any number."""
_LONGEST_DELAY = 365 * 24 * 3600
"""Seconds; what is more is no delay but some other number."""


def authority(
    board: Board, first: Address, *, steps: int = STEPS
) -> Steps[Authority | Missing]:
    """Who decides for `first`: itself, its owner, that one's owner, and so on.

    At most `steps` addresses are looked at, each in a round, and one round more where
    a Safe's proxy is the end. A contract whose owner was on the way already, or would
    be a step too many, is the end itself. Missing if something was not served that
    may have told more.
    """
    path: list[Address] = []
    at: Address | None = first
    while at is not None:
        if at == ZERO_ADDRESS:
            return Authority(kind=AuthorityKind.NOBODY, path=tuple(path))
        path.append(at)
        found = yield from _end(board, at, tuple(path))
        if found is not None:
            return found
        named = address_of(board.answers[Call(at, OWNER)])
        at = None if len(path) >= steps or named in path else named
    return Authority(kind=AuthorityKind.CONTRACT, path=tuple(path))


def _end(
    board: Board, at: Address, path: tuple[Address, ...]
) -> Steps[Authority | Missing | None]:
    """What it is, if the way ends here; None where it names an owner."""
    calls = (Call(at, selector) for selector in (OWNER, GET_MIN_DELAY, DELAY))
    slots = ((at, slot) for slot in (SINGLETON, OWNER_COUNT, THRESHOLD))
    yield (at, *slots, *calls)
    code, owner = board.codes[at], board.answers[Call(at, OWNER)]
    if isinstance(code, Unserved):
        return failed(code)
    if not code or delegate_of(code) is not None:
        return Authority(kind=AuthorityKind.EOA, path=path)
    if code_hash(code) in SAFE_PROXIES:
        return (yield from _safe(board, at, path))
    if isinstance(owner, Unserved):
        return failed(owner)
    return None if address_of(owner) else _timelock(board, at, path)


def _safe(
    board: Board, at: Address, path: tuple[Address, ...]
) -> Steps[Authority | Missing]:
    """A Safe if its singleton is one of theirs."""
    pointer = board.slots[at, SINGLETON]
    if isinstance(pointer, Unserved):
        return failed(pointer)
    singleton = address_in(pointer)
    yield (singleton,)
    match (
        board.codes[singleton],
        board.slots[at, OWNER_COUNT],
        board.slots[at, THRESHOLD],
    ):
        case bytes(code), bytes(count), bytes(least):
            owners, threshold = (int.from_bytes(it, "big") for it in (count, least))
            likely = 0 < threshold <= owners <= _MOST_OWNERS
            if likely and code_hash(code) in SAFE_SINGLETONS:
                return Authority(
                    kind=AuthorityKind.SAFE,
                    path=path,
                    threshold=threshold,
                    owners=owners,
                )
            return Authority(kind=AuthorityKind.CONTRACT, path=path)
        case lost:
            return failed(next(it for it in lost if isinstance(it, Unserved)))


def _timelock(
    board: Board, at: Address, path: tuple[Address, ...]
) -> Authority | Missing:
    for selector in (GET_MIN_DELAY, DELAY):
        answer = board.answers[Call(at, selector)]
        if isinstance(answer, Unserved):
            return failed(answer)
        delay = number(answer)
        if delay is not None and 0 < delay <= _LONGEST_DELAY:
            return Authority(kind=AuthorityKind.TIMELOCK, path=path, delay=delay)
    return Authority(kind=AuthorityKind.CONTRACT, path=path)


def address_of(answer: Answer) -> Address | None:
    """The address that a contract answers and nothing else; None if it does not."""
    if number(answer) is None or not isinstance(answer, Returned):
        return None
    try:
        return words.address_at(answer.data, 0)
    except CodecError:
        return None


def number(answer: Answer) -> int | None:
    """The one word that a contract answers; None if it answers anything else."""
    if not isinstance(answer, Returned) or len(answer.data) != words.WORD:
        return None
    return int.from_bytes(answer.data, "big")
