"""`allowctl scan`."""

from __future__ import annotations

import typer

from allowctl.cli import options as o


def scan(
    *,
    owners: o.Owners = None,
    owners_file: o.OwnersFile = None,
    chain: o.ChainName = None,
    rpc_url: o.RpcUrl = None,
    rpc_headers: o.RpcHeaders = None,
    rpc_timeout: o.RpcTimeout = 45.0,
    concurrency: o.Concurrency = None,
    public: o.Public = False,
    config: o.ConfigFile = None,
    from_block: o.FromBlock = 0,
    to_block: o.ToBlock = None,
    verify: o.Verify = 0.0,
    no_cache: o.NoCache = False,
    kind: o.KindName = None,
    token: o.Token = None,
    spender: o.Spender = None,
    format_name: o.FormatName = None,
    json: o.Json = False,
    output: o.Output = None,
    show_dead: o.ShowDead = False,
    fail_on: o.FailOn = None,
    quiet: o.Quiet = False,
) -> None:
    """Find what others may take from each OWNER, read it from state, rank it."""
    from allowctl.cli import given, parse, run, wanted, wiring, write
    from allowctl.model.finding import Level

    places = write.destinations(output or (), run.format_of(format_name, json=json))
    world = given.world(config)
    means = wiring.Means(
        network=given.network(
            rpc_url, rpc_headers, rpc_timeout, concurrency, public=public
        ),
        cache=given.cache(disabled=no_cache),
        verify=verify,
        say=given.say(quiet=quiet),
        project=world.project,
        notices=world.aside,
    )
    asked = wanted.wanted(
        owners=owners or (),
        file=owners_file,
        settings=world.settings,
        known=world.chains,
        chains=chain or (),
        kinds=parse.kinds(kind or ()),
        blocks=(from_block, to_block),
        pairs=parse.pairs(token or (), spender or ()),
    )
    result = run.Result(
        places=places,
        show_dead=show_dead,
        fail_on=None if fail_on is None else Level[fail_on.upper()],
        quiet=quiet,
    )
    raise typer.Exit(run.scan(means, asked, result))
