"""What a run works with, as every command that scans puts it together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allowctl.cli import given, wiring
from allowctl.cli.reach import Network

if TYPE_CHECKING:
    from allowctl.cli.report_options import PriceName


def means(  # noqa: PLR0913 - what options say, all by name
    world: given.World,
    network: Network,
    *,
    no_cache: bool,
    prices: PriceName | None,
    offline: bool,
    quiet: bool,
    sourcify: bool = False,
    verify: float = 0.0,
) -> wiring.Means:
    """The same as a value. UsageError if options contradict each other."""
    return wiring.Means(
        network=network,
        cache=given.cache(disabled=no_cache),
        verify=verify,
        say=given.say(quiet=quiet),
        project=world.project,
        notices=world.aside,
        outside=given.outside(
            world, prices, offline=offline, sourcify=sourcify, keep=not no_cache
        ),
    )
