"""`allowctl check`."""

from __future__ import annotations

import typer

from allowctl.cli import check_options as c
from allowctl.cli import options as o
from allowctl.cli import report_options as r
from allowctl.cli import take_options as t


def check(
    *,
    wallets: c.Wallets = None,
    chain: c.ChainsAlone = None,
    rpc_url: o.RpcUrl = None,
    rpc_headers: o.RpcHeaders = None,
    rpc_timeout: o.RpcTimeout = 45.0,
    concurrency: o.Concurrency = None,
    public: o.Public = False,
    config: c.PolicyFile = None,
    verify: o.Verify = 0.0,
    no_cache: o.NoCache = False,
    prices: r.Prices = None,
    sourcify: r.Sourcify = False,
    offline: r.Offline = False,
    fail_on: c.FailOn = None,
    allow_incomplete: t.AllowIncomplete = None,
    exit_zero: c.ExitZero = False,
    write_baseline: c.WriteBaseline = None,
    format_name: c.FormatName = None,
    json: r.Json = False,
    output: c.Output = None,
    quiet: r.Quiet = False,
) -> None:
    """Hold the wallets of allowctl.toml against its policy, for CI."""
    from allowctl.cli import checked, given, run, view, write
    from allowctl.cli.checking import Checking
    from allowctl.cli.means import means

    places = write.destinations(
        output or (),
        run.format_of(format_name, c.CheckFormat.JSON if json else None),
        c.CheckFormat,
    )
    world = given.world(checked.absolute(config))
    checking = Checking.of(
        world, wallets or (), chain or (), allow_incomplete or (), view.level(fail_on)
    )
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
    result = checked.Result(
        places=places,
        baseline=write_baseline,
        exit_zero=exit_zero,
        quiet=quiet,
    )
    raise typer.Exit(checked.check(through, checking, result))
