"""`allowctl chains`."""

from __future__ import annotations

import typer

from allowctl.cli import options as o


def chains(
    *,
    names: o.ChainNames = None,
    config: o.ConfigFile = None,
    json: o.JsonAlone = False,
) -> None:
    """List the chains that are known, and how they are called."""
    from allowctl.chains.registry import select
    from allowctl.cli import given
    from allowctl.output import chains as output

    world = given.world(config)
    found = select(names, world.chains) if names else world.chains
    typer.echo(output.document(found) if json else output.text(found), nl=False)
