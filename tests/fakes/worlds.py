"""Worlds on a `FakeRpc`, built approval by approval: a log and a contract's state."""

from __future__ import annotations

from dataclasses import dataclass, field

from allowctl.codec import words
from allowctl.intel import tokens
from allowctl.model.approval import Candidate, Kind
from allowctl.model.chain import Address, Call, Log, Returned
from allowctl.model.question import Question
from allowctl.model.report import Scan
from allowctl.standards import STANDARD_OF, erc20, operator, permit2
from allowctl.standards.erc721 import ERC721_ID, supports_call
from tests.build import MAINNET, OWNER, PERMIT2, TOKEN, candidate, log, word
from tests.fakes.engine import Engine
from tests.fakes.rpc import FakeContract, FakeRpc

FOREVER = 2**48 - 1


def approval_log(
    named: Candidate, *, value: int = 1, number: int = 1, index: int = 0
) -> Log:
    """The log that a well-behaved contract emits for a candidate."""
    owner, spender = word(named.owner), word(named.spender)
    topics: tuple[str, ...]
    match named.kind:
        case Kind.ERC20:
            topics = (erc20.APPROVAL.topic0, owner, spender)
            data = word(value)
        case Kind.ERC721:
            item = word(named.token_id or 0)
            topics = (erc20.APPROVAL.topic0, owner, spender, item)
            data = "0x"
        case Kind.OPERATOR:
            topics = (operator.APPROVAL_FOR_ALL.topic0, owner, spender)
            data = word(1)
        case Kind.PERMIT2:
            topics = (permit2.APPROVAL.topic0, owner, word(named.token), spender)
            data = word(value) + word(FOREVER)[2:]
    return log(*topics, data=data, contract=named.contract, number=number, index=index)


@dataclass(slots=True, kw_only=True)
class World:
    """One owner's approvals, and the chain they are on."""

    rpc: FakeRpc = field(default_factory=FakeRpc)
    question: Question = field(
        default_factory=lambda: Question(chain=MAINNET, owner=OWNER)
    )

    def scan(self) -> Scan:
        """What the program finds in this world."""
        (scan,) = Engine(rpcs=(self.rpc,)).scan(self.question)
        return scan

    def approves(self, named: Candidate, amount: int = 100) -> Candidate:
        """An approval as it should be: a log, and the state it stands for."""
        self.grants(named, amount)
        self.emits(named, amount)
        return named

    def emits(self, named: Candidate, value: int = 1) -> None:
        """Only the log, one block after the last."""
        number = 1 + max((each.block for each in self.rpc.logs_), default=0)
        self.rpc.logs_.append(approval_log(named, value=value, number=number))

    def grants(self, named: Candidate, amount: int = 100) -> None:
        """Only the state. For an operator any amount but 0 is a yes."""
        reads = STANDARD_OF[named.kind].reads(named)
        match named.kind:
            case Kind.ERC20:
                self.token(named.token).says(reads[0], words.uint(amount))
            case Kind.OPERATOR:
                self.nft(named.token).says(reads[0], words.uint(amount > 0))
            case Kind.ERC721:
                self.nft(named.token).says(reads[0], words.address(named.owner))
                self.nft(named.token).says(reads[1], words.address(named.spender))
            case Kind.PERMIT2:
                self.child(named, amount, expiration=FOREVER)

    def child(
        self, named: Candidate, amount: int, *, expiration: int, root: int = 50
    ) -> None:
        """The state of an allowance inside Permit2, and of its root."""
        inner, outer = STANDARD_OF[Kind.PERMIT2].reads(named)
        told = words.uint(amount) + words.uint(expiration) + words.uint(0)
        self.rpc.contract(named.contract).says(inner, told)
        self.token(named.token).says(outer, words.uint(root))

    def token(self, token: Address = TOKEN) -> FakeContract:
        """An ERC-20 that knows its business."""
        contract = self.rpc.contract(token)
        contract.says(Call(token, tokens.SYMBOL), string("TKN"))
        contract.says(Call(token, tokens.NAME), string("Token"))
        contract.says(Call(token, tokens.DECIMALS), words.uint(6))
        contract.says(Call(token, tokens.TOTAL_SUPPLY), words.uint(10**12))
        contract.answers.setdefault(tokens.BALANCE_OF, Returned(words.uint(1_000)))
        contract.answers.setdefault(erc20.ALLOWANCE, Returned(words.uint(0)))
        return contract

    def nft(self, token: Address) -> FakeContract:
        """An ERC-721 that says so."""
        contract = self.rpc.contract(token)
        contract.says(supports_call(token, ERC721_ID), words.uint(1))
        contract.says(Call(token, tokens.SYMBOL), string("NFT"))
        contract.answers.setdefault(tokens.BALANCE_OF, Returned(words.uint(3)))
        return contract


def permit2_root(token: Address = TOKEN) -> Candidate:
    """The approval of a token to Permit2."""
    return candidate(token=token, spender=PERMIT2)


def string(text: str) -> bytes:
    """An ABI string."""
    raw = text.encode("utf-8", "surrogatepass")
    padding = bytes(-len(raw) % words.WORD)
    return words.uint(words.WORD) + words.uint(len(raw)) + raw + padding
