"""`allowctl scan`."""

from __future__ import annotations

import typer

from allowctl.cli import options as o
from allowctl.cli import report_options as r


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
    format_name: r.FormatName = None,
    json: r.Json = False,
    output: r.Output = None,
    show_dead: r.ShowDead = False,
    show_spam: r.ShowSpam = False,
    min_level: r.MinLevel = None,
    sort: r.SortBy = r.SortName.RANK,
    columns: r.Columns = None,
    prices: r.Prices = None,
    sourcify: r.Sourcify = False,
    offline: r.Offline = False,
    fail_on: r.FailOn = None,
    quiet: r.Quiet = False,
) -> None:
    """Find what others may take from each OWNER, read it from state, rank it."""
    from allowctl.cli import given, parse, run, view, wanted, write
    from allowctl.cli.means import means

    places = write.destinations(
        output or (),
        run.format_of(format_name, r.Format.JSON if json else None),
        r.Format,
    )
    world = given.world(config)
    through = means(
        world,
        given.network(rpc_url, rpc_headers, rpc_timeout, concurrency, public=public),
        no_cache=no_cache,
        prices=prices,
        offline=offline,
        quiet=quiet,
        sourcify=sourcify,
        verify=verify,
    )
    asked = wanted.wanted(
        owners=owners or (),
        file=owners_file,
        settings=world.settings,
        known=world.chains,
        chains=chain or (),
        kinds=parse.kinds(kind or ()),
        blocks=(from_block, to_block),
        named=parse.named(token or (), spender or ()),
    )
    result = run.Result(
        places=places,
        view=view.view(
            sort,
            min_level,
            columns,
            spam=show_spam,
            dead=show_dead,
            kept=not no_cache,
        ),
        fail_on=view.level(fail_on),
        quiet=quiet,
    )
    raise typer.Exit(run.scan(through, asked, result))
