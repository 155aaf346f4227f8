"""What is asked: owners, chains, blocks, kinds, from the command line and config."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from allowctl.chains.owners import OwnerAddress, OwnerName, parse_owner
from allowctl.chains.owners_file import owners_file
from allowctl.chains.policies import settled
from allowctl.chains.registry import select
from allowctl.cli.owner_text import text_of
from allowctl.cli.parse import Named
from allowctl.errors import UsageError
from allowctl.model.approval import Candidate, Kind
from allowctl.model.chain import Address, Chain
from allowctl.model.naming import NameClaim
from allowctl.model.question import Pair
from allowctl.model.settings import Origin, Settings, Wallet, wallets_named

_ALL = Named()


Account = tuple[int, Address]
"""A chain's id and an owner."""


def _nothing() -> Mapping[Account, tuple[Candidate, ...]]:
    return {}


def _no_probes() -> Mapping[Account, tuple[Pair, ...]]:
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
    candidates: Mapping[Account, tuple[Candidate, ...]] = field(
        default_factory=_nothing
    )
    """What a report names, by chain id and owner: where there is any, it is all that
    is read, and no log is sought."""
    found_wallets: tuple[str, ...] = ()
    """Names of those that a file told which was found, and may be anybody's."""
    probes: Mapping[Account, tuple[Pair, ...]] = field(default_factory=_no_probes)
    """What the policy wants to be read besides what logs name."""
    unused_for: int | None = None
    """Seconds in which uses are sought; None for not at all."""
    claims: tuple[NameClaim, ...] = ()
    """Names that are to be resolved, to see where they lead."""

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
        probes=_probes(settings, known),
    )


def of_wallets(
    wallets: Sequence[Wallet],
    *,
    settings: Settings,
    known: tuple[Chain, ...],
    chains: Sequence[str] = (),
) -> Wanted:
    """What a policy wants to know of some of its wallets.

    Of `chains`, a wallet that names its own is asked on those of them that are among
    these. UsageError where nothing is left to ask.
    """
    selected = select(chains, known)
    reader = _Reader(settings, known, selected)
    asked = {
        wallet.name: each
        for wallet in wallets
        if (each := reader.wallet_of_policy(wallet)) is not None
    }
    if not asked:
        raise UsageError(
            "no wallet is on "
            + (", ".join(each.name for each in selected) or "any chain"),
            hint="--chain selects of a wallet's own chains: see its `chains`",
        )
    return Wanted(
        owners=tuple(dict.fromkeys(asked.values())),
        chains=selected,
        known=known,
        found_wallets=tuple(reader.found_wallets),
        probes=_probes(settings, known),
        unused_for=settings.policy.limits.max_unused,
        claims=tuple(
            NameClaim(wallet=each.name, name=each.ens, address=each.address)
            for each in wallets
            if each.ens is not None and each.name in asked
        ),
    )


def _probes(
    settings: Settings, known: Sequence[Chain]
) -> dict[Account, tuple[Pair, ...]]:
    """The pairs that the policy wants to be read, of its own wallets."""
    found: dict[Account, dict[Pair, None]] = {}
    for probe in settled(settings.policy, known).probes:
        pair = Pair(token=probe.token, spender=probe.spender)
        for wallet in settings.policy_wallets:
            if probe.wallet in {None, wallet.name}:
                account = int(probe.chain), wallet.address
                found.setdefault(account, {})[pair] = None
    return {account: tuple(pairs) for account, pairs in found.items()}


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
        own = () if self.selected else select(wallet.chains, self.known)
        return self._asked(wallet, own)

    def wallet_of_policy(self, wallet: Wallet) -> Asked | None:
        """A wallet on those of its own chains that are selected; None if on none."""
        own = select(wallet.chains, self.known)
        if not own or not self.selected:
            return self._asked(wallet, own)
        both = tuple(chain for chain in own if chain in self.selected)
        return self._asked(wallet, both) if both else None

    def _asked(self, wallet: Wallet, chains: tuple[Chain, ...]) -> Asked:
        if wallet.origin is Origin.PROJECT:
            self.found_wallets[wallet.name] = None
        return Asked(owner=OwnerAddress(address=wallet.address), chains=chains)


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
        return owners_file(text_of(path), reader.owner)
    except UsageError as error:
        name = f"--owners-file {str(path)!a}"
        raise UsageError(f"{name}: {error.message}", hint=error.hint) from None
