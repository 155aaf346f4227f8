"""What `allowctl check` is to check: policy, wallets, baseline."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allowctl.chains.registry import select
from allowctl.config import files
from allowctl.config.shown import shown_path
from allowctl.errors import CodecError, ConfigError, UsageError
from allowctl.model.finding import Level
from allowctl.model.policy import Policy
from allowctl.model.settings import Settings, Wallet

if TYPE_CHECKING:
    from allowctl.cli.given import World
    from allowctl.cli.wanted import Wanted
    from allowctl.policy.baseline import Baseline

_LARGEST_BASELINE = 64 << 20
_NO_FILE = "`allowctl policy init OWNER` writes one; --config names another"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """All of it, before anything is read from a chain."""

    asked: Wanted
    policy: Policy
    wallets: tuple[Wallet, ...]
    forgiven: frozenset[int]
    """Chains that may be incomplete, by id."""
    root: str
    """The folder from which files are told of in the result."""
    narrowed: bool
    """Whether there are more of the policy's wallets, or of their chains."""
    read: tuple[Path, ...]
    """The files of the configuration."""
    guarded: bool
    """Whether the policy was merely found: what belongs to it must be one's own."""

    @classmethod
    def of(
        cls,
        world: World,
        names: Sequence[str],
        chains: Sequence[str],
        forgiven: Sequence[str],
        fail_on: Level | None,
    ) -> Checking:
        """What the command line and the file say together.

        UsageError where there is no policy, or no such wallet.
        """
        from allowctl.cli import wanted

        settings = world.settings
        if not settings.sources:
            raise UsageError(
                "no allowctl.toml: nothing says which approvals may be there",
                hint=_NO_FILE,
            )
        wallets = _chosen(settings, names)
        policy = world.policy.failing_on(fail_on, "--fail-on")
        return cls(
            asked=wanted.of_wallets(
                wallets, settings=settings, known=world.chains, chains=chains
            ),
            policy=policy,
            wallets=wallets,
            forgiven=frozenset(each.id for each in select(forgiven, world.chains)),
            root=shown_path(files.root_of(settings.sources[0])),
            narrowed=bool(names or chains),
            read=settings.sources,
            guarded=settings.project is not None,
        )

    def kept(self, written: Path | None) -> tuple[Path, ...]:
        """The files that no result may replace, but for a baseline that is written."""
        own = self.policy.baseline
        if own is None or self.looks_into(written):
            return self.read
        return (*self.read, own.path)

    def looks_into(self, path: Path | None) -> bool:
        """Whether a file is the policy's baseline."""
        own = self.policy.baseline
        if own is None or path is None:
            return False
        return own.path.resolve() == path.resolve()

    def baseline(self, written: Path | None) -> Baseline | None:
        """What was known before. ConfigError if it cannot be read.

        Where it is what is `written` now, it may be missing, or broken: it is mended.
        """
        from allowctl.policy import baseline

        source = self.policy.baseline
        if source is None:
            return None
        try:
            data = files.read(
                source.path, guarded=self.guarded, longest=_LARGEST_BASELINE
            )
            return baseline.read(data)
        except (CodecError, ConfigError) as error:
            if self.looks_into(written):
                return None
            raise ConfigError(
                f"{source.place}: {error.message}",
                hint=error.hint
                or "`allowctl check --write-baseline FILE` writes one anew",
            ) from None


def _chosen(settings: Settings, names: Sequence[str]) -> tuple[Wallet, ...]:
    """The wallets of the policy's file, or those of them that are named."""
    file = shown_path(settings.sources[0])
    known: Mapping[str, Wallet] = {each.name: each for each in settings.policy_wallets}
    if not known:
        raise UsageError(
            f"{file} has no [[wallet]]: nothing is there to be checked",
            hint="add one, with name and address",
        )
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name[:64].lower(), known, n=1)
            raise UsageError(
                f"{name[:64]!a} is no wallet of {file}",
                hint=f"did you mean {near[0]}?"
                if near
                else f"it has {', '.join(list(known)[:8])}",
            )
    return tuple(each for each in known.values() if not names or each.name in names)
