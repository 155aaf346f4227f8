"""`allowctl endpoints`."""

from __future__ import annotations

import typer

from allowctl.cli import options as o


def endpoints(  # noqa: PLR0913 - a command's options are its parameters
    *,
    chain: o.ChainName = None,
    rpc_url: o.RpcUrl = None,
    rpc_headers: o.RpcHeaders = None,
    rpc_timeout: o.ProbeTimeout = 10.0,
    public: o.Public = False,
    config: o.ConfigFile = None,
    json: o.JsonAlone = False,
) -> None:
    """Ask every endpoint how it is, and show what was learned of it."""
    import asyncio

    from allowctl.chains.registry import select
    from allowctl.cli import given, probe, reach
    from allowctl.errors import ExitCode
    from allowctl.output import endpoints as output

    world = given.world(config)
    network = given.network(rpc_url, rpc_headers, rpc_timeout, None, public=public)
    asked = select(chain or (), world.chains)
    if world.project is not None and not network.endpoints:
        listed = asked or reach.usual(world.chains)
        found_at = [reach.endpoints_of(each, public=public) for each in listed]
        for said in world.project.told(each.key for some in found_at for each in some):
            typer.echo(said, err=True)
    cache = given.cache_file()
    found = asyncio.run(
        probe.probe(network, asked, world.chains, cache if cache.exists() else None)
    )
    typer.echo(output.document(found) if json else output.text(found), nl=False)
    raise typer.Exit(ExitCode.OK if found.working else ExitCode.INCOMPLETE)
