"""What is asked: owners, chains, blocks, kinds, from the command line and config."""

from __future__ import annotations

import difflib
import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from allowctl.chains.owners import OwnerAddress, OwnerName, parse_owner
from allowctl.chains.owners_file import owners_file
from allowctl.chains.registry import select
from allowctl.cli.parse import Named
from allowctl.errors import UsageError
from allowctl.model.approval import Candidate, Kind
from allowctl.model.chain import Address, Chain
from allowctl.model.settings import Origin, Settings, Wallet, wallets_named

_ALL = Named()
_LARGEST_FILE = 16 * 2**20
_STDIN = Path("-")


def _nothing() -> Mapping[tuple[int, Address], tuple[Candidate, ...]]:
    return {}


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
    named: Named = field(default_factory=Named)
    """Pairs to read, or tokens and spenders that it is about."""
    candidates: Mapping[tuple[int, Address], tuple[Candidate, ...]] = field(
        default_factory=_nothing
    )
    """What a report names, by chain id and owner: where there is any, it is all that
    is read, and no log is sought."""
    found_wallets: tuple[str, ...] = ()
    """Names of those that a file told which was found, and may be anybody's."""

    @property
    def named_chains(self) -> tuple[Chain, ...]:
        """Every chain that somebody names."""
        named = (each.chains or self.chains for each in self.owners)
        return tuple(dict.fromkeys(chain for chains in named for chain in chains))

    @property
    def open(self) -> bool:
        """Whether an owner is sought on whatever chains there are."""
        return not all(each.chains or self.chains for each in self.owners)


def wanted(  # noqa: PLR0913 - what can be asked, all by name
    *,
    owners: Sequence[str],
    settings: Settings,
    known: tuple[Chain, ...],
    chains: Sequence[str] = (),
    kinds: frozenset[Kind] = frozenset(Kind),
    blocks: tuple[int, int | None] = (0, None),
    named: Named = _ALL,
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
    if named.pairs and from_block:
        raise UsageError(
            "named pairs are read from state: --from-block means nothing to them",
            hint="leave it out; --to-block says which state",
        )
    if named.pairs and kinds == {Kind.ERC721}:
        raise UsageError(
            "a token and a spender do not name a single NFT",
            hint="leave --token and --spender out: its approvals are found by log",
        )
    selected = select(chains, known)
    reader = _Reader(settings, known, selected)
    return Wanted(
        owners=_owners(owners, file, reader),
        chains=selected,
        known=known,
        kinds=kinds,
        from_block=from_block,
        to_block=to_block,
        named=named,
        found_wallets=tuple(reader.found_wallets),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """What an owner's text can refer to."""

    settings: Settings
    known: Sequence[Chain]
    selected: Sequence[Chain]
    found_wallets: dict[str, None] = field(default_factory=dict)
    """Names of wallets of a file that was found, in the order of their use."""

    def owner(self, text: str) -> Asked:
        """An owner as it is typed. UsageError if it is none."""
        wallets = wallets_named(self.settings)
        if text in wallets:
            return self.wallet(wallets[text])
        try:
            owner = parse_owner(text, self.known)
        except UsageError as error:
            near = difflib.get_close_matches(text[:64].lower(), wallets, n=1)
            hint = f"did you mean {near[0]}?" if near else error.hint
            raise UsageError(error.message, hint=hint) from None
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
        if wallet.origin is Origin.PROJECT:
            self.found_wallets[wallet.name] = None
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
    try:
        return owners_file(_text(path), reader.owner)
    except UsageError as error:
        name = f"--owners-file {str(path)!a}"
        raise UsageError(f"{name}: {error.message}", hint=error.hint) from None


def _text(path: Path) -> str:
    """What stands in a file, or comes from stdin. UsageError if it is no text."""
    try:
        data = _from_stdin() if path == _STDIN else _bytes(path)
        if len(data) > _LARGEST_FILE:
            raise UsageError("it is above 16 MiB", hint="split it")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("it is not UTF-8 text") from None
    except FileNotFoundError:
        raise UsageError("there is no such file") from None
    except OSError as error:
        raise UsageError(f"it cannot be read: {error.strerror}") from None


def _from_stdin() -> bytes:
    if sys.stdin is None:
        raise UsageError("stdin is closed")
    return sys.stdin.buffer.read(_LARGEST_FILE + 1)


def _bytes(path: Path) -> bytes:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise UsageError("it is a folder", hint="name a file in it")
    if not stat.S_ISREG(mode):
        what = "a pipe" if stat.S_ISFIFO(mode) else "no regular file"
        raise UsageError(f"it is {what}", hint="--owners-file - reads from stdin")
    with path.open("rb") as file:
        return file.read(_LARGEST_FILE + 1)
