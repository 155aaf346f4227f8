"""`allowctl policy init`, `policy validate`, `policy show` and `policy schema`."""

from __future__ import annotations

import typer

from allowctl.cli import options as o
from allowctl.cli import policy_options as p
from allowctl.cli import report_options as r

app = typer.Typer(
    no_args_is_help=True,
    help="Write, check and show the policy of allowctl.toml.",
    rich_markup_mode=None,
)


@app.command(name="init")
def init(  # noqa: PLR0913 - a command's options are its parameters
    *,
    owners: o.Owners = None,
    owners_file: o.OwnersFile = None,
    from_report: p.FromReport = None,
    chain: o.ChainName = None,
    rpc_url: o.RpcUrl = None,
    rpc_headers: o.RpcHeaders = None,
    rpc_timeout: o.RpcTimeout = 45.0,
    concurrency: o.Concurrency = None,
    public: o.Public = False,
    config: o.ConfigFile = None,
    no_cache: o.NoCache = False,
    prices: r.Prices = None,
    offline: r.Offline = False,
    output: p.Output = p.HERE,
    force: p.Force = False,
    quiet: r.Quiet = False,
) -> None:
    """Propose an allowctl.toml of the approvals there are now."""
    from allowctl.cli import given, policy_init, wanted
    from allowctl.cli.means import means

    target = policy_init.Target.of(output, force=force)
    world = given.world(config)
    if from_report is not None:
        report = policy_init.saved(from_report, owners or (), owners_file)
    else:
        through = means(
            world,
            given.network(
                rpc_url, rpc_headers, rpc_timeout, concurrency, public=public
            ),
            no_cache=no_cache,
            prices=prices,
            offline=offline,
            quiet=quiet,
        )
        asked = wanted.wanted(
            owners=owners or (),
            file=owners_file,
            settings=world.settings,
            known=world.chains,
            chains=chain or (),
        )
        report = policy_init.scanned(through, asked, quiet=quiet)
    raise typer.Exit(
        policy_init.written(
            report,
            world.settings.wallets,
            target,
            saved=from_report is not None,
            say=given.say(quiet=quiet),
        )
    )


@app.command(name="validate")
def validate(*, files: p.Files = None, config: o.ConfigFile = None) -> None:
    """Say of each FILE whether it can be followed; nobody is asked."""
    from allowctl.cli import policy_validate

    raise typer.Exit(policy_validate.validate(files or (), config))


@app.command(name="show")
def show(
    *,
    config: o.ConfigFile = None,
    fail_on: p.FailOn = None,
    json: o.JsonAlone = False,
) -> None:
    """Print what holds and where that is written; endpoints by host."""
    from allowctl.cli import policy_show, view

    typer.echo(policy_show.shown(config, view.level(fail_on), json=json), nl=False)


@app.command(name="schema")
def schema() -> None:
    """Print the JSON Schema of allowctl.toml, which editors complete it by."""
    from allowctl.config import json_schema

    typer.echo(json_schema.text(), nl=False)
