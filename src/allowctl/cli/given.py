"""What surrounds a command: configuration, environment, folders."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allowctl.cli import reach
from allowctl.codec.shown import uncommanded
from allowctl.errors import ConfigError, UsageError
from allowctl.model.chain import Chain
from allowctl.model.policy import Policy
from allowctl.model.settings import Origin, Settings

if TYPE_CHECKING:
    from allowctl.cli.outside import Outside
    from allowctl.cli.report_options import PriceName


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The configuration, and the chains as it leaves them."""

    settings: Settings
    chains: tuple[Chain, ...]
    policy: Policy
    """The settings' own, its chains looked up."""
    project: reach.Project | None = None
    """The file that was found because of where one stands."""
    aside: tuple[str, ...] = ()
    """Sentences on what is not taken from it."""


def world(config: Path | None, *, signs: bool = False) -> World:
    """What allowctl.toml says. ConfigError if it cannot be followed.

    Whoever `signs` follows no file that was found because of where one stands: it
    may be anybody's.
    """
    import platformdirs

    from allowctl.chains import policies
    from allowctl.chains.overrides import configured
    from allowctl.chains.registry import chains
    from allowctl.config.load import load

    home = os.environ.get("ALLOWCTL_CONFIG_DIR")
    settings = load(
        explicit=config,
        cwd=None if signs else Path.cwd(),
        home=Path(home) if home else platformdirs.user_config_path("allowctl"),
        environment=os.environ,
    )
    known, aside = configured(chains(), settings)
    check(settings, known)
    project = _project(settings)
    return World(
        settings=settings,
        chains=known,
        policy=policies.settled(settings.policy, known),
        project=project,
        aside=(*_judged(settings, project), *_not_taken(aside, project)),
    )


def outside(
    world: World, prices: PriceName | None, *, offline: bool, sourcify: bool, keep: bool
) -> Outside:
    """What is asked besides nodes. UsageError if the options contradict each other."""
    from allowctl.chains import places
    from allowctl.cli.outside import Outside
    from allowctl.intel.lists import sources
    from allowctl.model.sources import PriceMode
    from allowctl.store.paths import cache_folder, state_folder

    settings, known = world.settings, world.chains
    mode = settings.prices.mode or PriceMode.ONCHAIN
    if prices is not None:
        mode = PriceMode(prices.value)
    if offline and (sourcify or (prices and mode is PriceMode.DEFILLAMA)):
        what = "--sourcify" if sourcify else "--prices defillama"
        raise UsageError(
            f"{what} asks a third party, --offline asks none",
            hint="leave one of them out",
        )
    if offline and mode is PriceMode.DEFILLAMA:
        mode = PriceMode.ONCHAIN
    fixed = places.fixed_prices(settings.prices.fixed, known)
    pins = places.pins(settings.pins, known)
    return Outside(
        weights=settings.weights,
        prices=mode,
        fixed={
            (chain_id, token): each.usd
            for chain_id, tokens in fixed.items()
            for token, each in tokens.items()
        },
        lists=sources.used(settings.lists, builtin=settings.builtin_lists),
        pins={
            chain_id: {spender: each.code_hash for spender, each in those.items()}
            for chain_id, those in pins.items()
        },
        offline=offline,
        sourcify=sourcify,
        wallets=frozenset(each.address for each in settings.wallets),
        judged=_without(settings),
        folder=cache_folder() if keep else None,
        state=state_folder() / "state.db" if keep else None,
    )


def online() -> None:
    """UsageError where the environment says that nobody is to be asked."""
    said = os.environ.get("ALLOWCTL_OFFLINE", "").lower()
    if said not in {"", "0", "false", "f", "no", "n", "off"}:
        raise UsageError(
            "ALLOWCTL_OFFLINE is set: no list is fetched",
            hint="unset it for this command: ALLOWCTL_OFFLINE= allowctl intel update",
        )


def _not_taken(aside: Sequence[str], project: reach.Project | None) -> list[str]:
    name = project.name if project else "it"
    return [
        f"{each}: not taken from {name}, which was found "
        "(--config names a file that you trust)"
        for each in aside
    ]


def _without(settings: Settings) -> tuple[str, ...]:
    """What a report does not show for it: it may have been made to hide something."""
    from allowctl.config.shown import shown_path

    if not settings.judged or settings.project is None:
        return ()
    what = " and ".join(settings.judged)
    # By its name alone: what is not seen stands in results that others read.
    name = shown_path(Path(settings.project.name))
    spot = (
        f"levels and values without the {what} of {name}, which was found "
        "and is followed (--config names a file that you trust)"
    )
    return (spot,)


def _judged(settings: Settings, project: reach.Project | None) -> list[str]:
    """What of the file that was found decides on risk: it may be anybody's."""
    if not settings.judged or project is None:
        return []
    return [f"{' and '.join(settings.judged)} of {project.name} are followed"]


def check(settings: Settings, known: Sequence[Chain]) -> None:
    """ConfigError for a chain, or a rule, that there is not, whatever is asked."""
    from allowctl.chains import places
    from allowctl.chains.registry import select
    from allowctl.risk import weigh

    weigh.check(settings)
    places.fixed_prices(settings.prices.fixed, known)
    places.pins(settings.pins, known)
    places.list_chains(settings.lists, known)

    for wallet in settings.wallets:
        for text, place in zip(wallet.chains, wallet.places, strict=False):
            try:
                select([text], known)
            except UsageError as error:
                raise ConfigError(
                    f"{place}: {error.message}", hint=error.hint
                ) from None


def _project(settings: Settings) -> reach.Project | None:
    """The file that was found because of where one stands."""
    from allowctl.config.shown import shown_path

    if settings.project is None:
        return None
    return reach.Project(
        name=shown_path(settings.project),
        keys=frozenset(
            each.endpoint.key
            for override in settings.chains.values()
            for each in override.rpc
            if each.origin is Origin.PROJECT
        ),
    )


def network(
    urls: Sequence[str] | None,
    headers: Sequence[str] | None,
    timeout: float,
    concurrency: int | None,
    *,
    public: bool,
) -> reach.Network:
    """How nodes are reached, as the command line says."""
    variable = os.environ.get("ALLOWCTL_RPC_URL") or os.environ.get("ETH_RPC_URL")
    return reach.Network(
        endpoints=reach.named(urls or (), headers or ()),
        from_environment=bool(urls) and urls == (variable or "").split(),
        public=public,
        timeout=timeout,
        concurrency=concurrency,
    )


def cache(*, disabled: bool) -> Path | None:
    """The file of what is remembered, or None if nothing is to be."""
    return None if disabled else cache_file()


def cache_file() -> Path:
    """Where what is remembered lies, or would lie."""
    from allowctl.store.paths import cache_folder

    return cache_folder() / "cache.db"


def say(*, quiet: bool) -> Callable[[str], None] | None:
    """Where a word to the person goes: stderr, or (None) nowhere."""
    return None if quiet else _say


def _say(text: str) -> None:
    """By way of `sys.stderr`: while progress is shown, that is above it."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"{uncommanded(text)}\n")
