"""What is asked: owners, chains, blocks, kinds, from the command line and config."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from allowctl.chains.owners import OwnerAddress, OwnerName, parse_owner
from allowctl.chains.owners_file import owners_file
from allowctl.chains.registry import select
from allowctl.errors import UsageError
from allowctl.model.approval import Kind
from allowctl.model.chain import Chain
from allowctl.model.question import Pair
from allowctl.model.settings import Settings, Wallet, wallets_named

_LARGEST_FILE = 16 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An owner, and where it is asked."""

    owner: OwnerAddress | OwnerName
    chains: tuple[Chain, ...] = ()
    """Empty for whatever is asked for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of every owner, before the endpoints say which chains there are."""

    owners: tuple[Asked, ...]
    chains: tuple[Chain, ...]
    """Empty for whatever the endpoints serve."""
    known: tuple[Chain, ...]
    """Every chain of the table and of the configuration."""
    kinds: frozenset[Kind] = frozenset(Kind)
    from_block: int = 0
    to_block: int | None = None
    pairs: tuple[Pair, ...] = ()

    @property
    def all_chains(self) -> tuple[Chain, ...]:
        """Every chain that somebody names; empty if one owner leaves it open."""
        named = [each.chains or self.chains for each in self.owners]
        if not all(named):
            return ()
        return tuple(dict.fromkeys(chain for chains in named for chain in chains))


def wanted(  # noqa: PLR0913 - what can be asked, all by name
    *,
    owners: Sequence[str],
    settings: Settings,
    known: tuple[Chain, ...],
    chains: Sequence[str] = (),
    kinds: frozenset[Kind] = frozenset(Kind),
    blocks: tuple[int, int | None] = (0, None),
    pairs: tuple[Pair, ...] = (),
    file: Path | None = None,
) -> Wanted:
    """What the command line asks. UsageError for what cannot be.

    Without an owner, also in `file`, the wallets of the configuration.
    """
    from_block, to_block = blocks
    if to_block is not None and from_block > to_block:
        raise UsageError(
            f"--from-block {from_block} is above --to-block {to_block}",
            hint="swap them, or leave one out",
        )
    if pairs and from_block:
        raise UsageError(
            "named pairs are read from state: --from-block means nothing to them",
            hint="leave it out; --to-block says which state",
        )
    if pairs and kinds == {Kind.ERC721}:
        raise UsageError(
            "a token and a spender do not name a single NFT",
            hint="leave --token and --spender out: its approvals are found by log",
        )
    selected = select(chains, known)
    return Wanted(
        owners=_owners(owners, file, _Reader(settings, known, selected)),
        chains=selected,
        known=known,
        kinds=kinds,
        from_block=from_block,
        to_block=to_block,
        pairs=pairs,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """What an owner's text can refer to."""

    settings: Settings
    known: Sequence[Chain]
    selected: Sequence[Chain]

    def owner(self, text: str) -> Asked:
        """An owner as it is typed. UsageError if it is none."""
        wallets = wallets_named(self.settings)
        if text in wallets:
            return self.wallet(wallets[text])
        owner = parse_owner(text, self.known)
        if isinstance(owner, OwnerName) or owner.chain is None:
            return Asked(owner=owner)
        if self.selected and owner.chain not in self.selected:
            raise UsageError(
                f"the owner is given on {owner.chain.name}, --chain asks for "
                + ", ".join(chain.name for chain in self.selected)
            )
        return Asked(owner=owner, chains=(owner.chain,))

    def wallet(self, wallet: Wallet) -> Asked:
        """A wallet on its own chains, unless the command line says on which."""
        return Asked(
            owner=OwnerAddress(address=wallet.address),
            chains=() if self.selected else select(wallet.chains, self.known),
        )


def _owners(
    texts: Sequence[str], file: Path | None, reader: _Reader
) -> tuple[Asked, ...]:
    """Each once, in the order in which they are given."""
    if texts or file is not None:
        typed = [reader.owner(text) for text in texts]
        return tuple(dict.fromkeys([*typed, *_listed(file, reader)]))
    wallets = reader.settings.wallets
    if not wallets:
        raise UsageError(
            "no owner: nothing says whose approvals are sought",
            hint="give an address, --owners-file, or [[wallet]] in allowctl.toml",
        )
    return tuple(reader.wallet(each) for each in wallets)


def _listed(path: Path | None, reader: _Reader) -> list[Asked]:
    """The owners of a file. UsageError names the file, and the line that is bad."""
    if path is None:
        return []
    name = f"--owners-file {str(path)!a}"
    try:
        if not path.is_file():
            raise UsageError(f"{name}: there is no such file")
        if path.stat().st_size > _LARGEST_FILE:
            raise UsageError(f"{name}: it is above 16 MiB", hint="split it")
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name}: it is not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"{name}: it cannot be read: {error.strerror}") from None
    try:
        return owners_file(text, reader.owner)
    except UsageError as error:
        raise UsageError(f"{name}: {error.message}", hint=error.hint) from None
