"""What is known of tokens and spenders: claims of their contracts, and state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from allowctl.model.chain import Address
from allowctl.model.lists import Label, Listing
from allowctl.model.missing import NOT_ASKED, Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """What a token says of itself. Any of it may be missing, or a lie.

    Balance, supply, decimals, symbol and name are the contract's claims; `listed`,
    `imitates` and `known` are what others say.
    """

    address: Address
    symbol: str | None = None
    """As the contract answers it: hostile, made safe only where it is shown. Of a
    `known` token the table's."""
    name: str | None = None
    decimals: int | None = None
    total_supply: int | None = None
    balance: int | None = None
    """What the owner holds, in smallest units or in NFTs."""
    interfaces: tuple[str, ...] = ()
    """Of "erc20", "erc721", "erc1155": those it answers as."""
    unserved: bool = False
    """Whether nobody served its balance, supply or decimals: then None means that."""
    reaches_further: bool = False
    """Whether an approval reaches more than the balance: a Comet's collateral."""
    permits: int | None = None
    """How many permits of the owner it says were used: its ERC-2612 nonces(owner), a
    Comet's userNonce(owner)."""
    grants_strangers: bool = False
    """Whether it tells of allowances between addresses that nobody has a key to."""
    known: bool = False
    """Whether it is in the bundled table of tokens."""
    imitates: str | None = None
    """The symbol of a known token that its own looks like, at another address."""
    listed: tuple[Listing, ...] = ()

    @property
    def ambiguous(self) -> bool:
        """Whether one `approve` may mean an amount or an item (ERC-404)."""
        return {"erc20", "erc721"} <= set(self.interfaces)


class Sender(StrEnum):
    """Who sent the transaction that an approval was logged in."""

    OWNER = "owner"
    """The owner, or somebody to the owner, which is a contract then."""
    OTHER = "other"
    """Somebody else, to something else: a relayer, or whoever makes it up."""
    UNKNOWN = "unknown"
    """There is no log of it, or nobody was asked, or nobody told."""


class SpenderKind(StrEnum):
    """What stands at a spender's address."""

    CONTRACT = "contract"
    EOA = "eoa"
    DELEGATED_EOA = "delegated-eoa"
    """A key's account that runs another's code (EIP-7702)."""
    UNUSED = "unused"
    """No code and no transaction ever: a key's account, or a contract to come."""
    GONE = "gone"
    """No code and no transaction, though there was code before."""
    UNKNOWN = "unknown"
    """Nobody could be asked."""


class AuthorityKind(StrEnum):
    """What decides over an upgrade, at the end of the way that leads to it."""

    EOA = "eoa"
    """A key: no code, or an account delegated by EIP-7702."""
    SAFE = "safe"
    """A Safe: `threshold` of `owners` keys."""
    TIMELOCK = "timelock"
    """A contract that waits `delay` seconds."""
    CONTRACT = "contract"
    """A contract of which no more is known."""
    NOBODY = "nobody"
    """The zero address: given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who can change what a proxy runs."""

    kind: AuthorityKind
    path: tuple[Address, ...]
    """From the admin, through each `owner()`, to the one that decides; never empty
    unless nobody is named at all."""
    threshold: int | None = None
    owners: int | None = None
    delay: int | None = None
    """Seconds."""


class ProxyKind(StrEnum):
    """How a contract finds the code that it runs."""

    MINIMAL = "minimal"
    """ERC-1167: fixed for ever."""
    EIP1967 = "eip1967"
    BEACON = "beacon"
    """EIP-1967's beacon: another contract says it."""
    EIP1822 = "eip1822"
    ZEPPELINOS = "zeppelinos"
    """The slot before EIP-1967: keccak256("org.zeppelinos.proxy.implementation")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A contract that runs another's code."""

    kind: ProxyKind
    implementation: Address | None
    """None where a beacon does not say it."""
    beacon: Address | None = None
    authority: Authority | Missing | None = None
    """Who can change the implementation; None for a minimal proxy, Missing for one of
    code that may run others' in its turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """When a contract came to be."""

    block: int
    exact: bool
    """Else the first that is known of it: it is this old or older."""
    timestamp: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What ran behind a spender when it was looked at before."""

    code_hash: str
    block: int
    """0 for one that the configuration pins."""
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpenderFacts:
    """What is known of a spender, at the scan's block."""

    address: Address
    kind: SpenderKind
    label: Label | None = None
    delegate: Address | None = None
    """Whose code a delegated account runs (EIP-7702)."""
    proxy: Proxy | Missing | None = None
    """None for what runs no code but its own."""
    through: tuple[Address, ...] = ()
    """Whom the delegate or implementation passes calls on to, where that is a minimal
    proxy itself: all of them, on the way to the code that really runs."""
    code_hash: str | Missing | None = None
    """keccak256 of the code that really runs, an implementation's rather than its
    proxy's, as 0x and 64 hex digits; None where there is no code."""
    seen: Seen | None = None
    created: Creation | Missing = NOT_ASKED
    verified: bool | Missing = NOT_ASKED
    """Whether its source is published (Sourcify)."""
    listed: tuple[Listing, ...] = ()
