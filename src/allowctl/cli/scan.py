"""`allowctl scan`."""

from __future__ import annotations

import typer

from allowctl.cli import options as o


def scan(
    *,
    owners: o.Owners,
    rpc_url: o.RpcUrl = None,
    rpc_headers: o.RpcHeaders = None,
    rpc_timeout: o.RpcTimeout = 45.0,
    concurrency: o.Concurrency = 8,
    chain: o.ChainName = None,
    from_block: o.FromBlock = 0,
    to_block: o.ToBlock = None,
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
    """Find what others may take from OWNER, read it from state, print it ranked."""
    from allowctl.cli import parse, run, wiring, write
    from allowctl.model.finding import Level

    places = write.destinations(output or (), run.format_of(format_name, json=json))
    network = wiring.Network(
        endpoints=wiring.endpoints(rpc_url or (), rpc_headers or ()),
        timeout=rpc_timeout,
        concurrency=concurrency,
    )
    asked = wiring.wanted(
        owners=owners,
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
    raise typer.Exit(run.scan(network, asked, result))
