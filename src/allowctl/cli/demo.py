"""`allowctl demo`."""

from __future__ import annotations

import contextlib
import os
import shlex
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allowctl.cli import options as o
from allowctl.cli import report_options as r
from allowctl.errors import UsageError

if TYPE_CHECKING:
    from allowctl.demo import RunningDemo

Serve = Annotated[
    bool,
    typer.Option(
        "--serve",
        help="Keep the chain running and print commands to try on it.",
    ),
]
Port = Annotated[
    int,
    typer.Option(
        min=0,
        max=65535,
        show_default="any free one",
        help="Loopback port of the chain.",
    ),
]


def demo(
    *,
    serve: Serve = False,
    port: Port = 0,
    folder: o.Folder = None,
    format_name: r.FormatName = None,
    json: r.Json = False,
    output: r.Output = None,
    show_dead: r.ShowDead = False,
    show_spam: r.ShowSpam = False,
    quiet: r.Quiet = False,
) -> None:
    """Scan a made-up wallet on an embedded chain, offline."""
    from allowctl.chains.registry import chains
    from allowctl.cli import reach, run, wanted, wiring, write
    from allowctl.cli.outside import Outside
    from allowctl.demo import start
    from allowctl.model.settings import Settings
    from allowctl.output.view import View
    from allowctl.store.paths import state_folder

    prints = format_name or json or output or show_dead or show_spam or quiet
    if serve and prints:
        raise UsageError(
            "--serve prints no report",
            hint="leave the options of the report out, and scan what it serves",
        )
    if folder and not serve:
        raise UsageError("--folder is for --serve: nothing else writes a keystore")
    places = write.destinations(
        output or (),
        run.format_of(format_name, r.Format.JSON if json else None),
        r.Format,
    )
    with start(port=port) as running:
        if serve:
            _serve(running, folder or Path("demo-keystore"))
            return
        means = wiring.Means(
            network=reach.Network(
                endpoints=reach.named([running.url], ()), timeout=30.0
            ),
            outside=Outside(
                fixed={
                    (running.world.chain_id, token): usd
                    for token, usd in running.world.prices.items()
                },
                offline=True,
                state=state_folder() / "state.db",
            ),
        )
        asked = wanted.wanted(
            owners=[running.owner], settings=Settings(), known=chains()
        )
        seen = View(show_dead=show_dead, show_spam=show_spam, kept=True)
        result = run.Result(places=places, view=seen, quiet=quiet)
        raise typer.Exit(run.scan(means, asked, result))


def _serve(running: RunningDemo, folder: Path) -> None:
    """Say what can be tried, then wait for Ctrl-C."""
    from allowctl.codec.words import checksum
    from allowctl.demo import write_config, write_keystore
    from allowctl.revoke.journal_files import Place
    from allowctl.store.paths import state_folder

    keystore = write_keystore(folder)
    prices = write_config(folder, running.world)
    owner, url = checksum(running.owner), running.url
    known = f"--offline --config {shlex.quote(str(prices))}"
    where = f"{owner} --rpc-url {url} {known}"
    scan, revoke = f"allowctl scan {where}", f"allowctl revoke {where} --all-risky"
    key = (
        f"--keystore {shlex.quote(str(keystore.path))} "
        f"--password-file {shlex.quote(str(keystore.password_file))}"
    )
    typer.echo(f"an embedded chain answers at {url}; Ctrl-C ends it and all on it")
    typer.echo(f"its wallet: {owner}")
    typer.echo(f"  keystore {shlex.quote(str(keystore.path))}")
    typer.echo(f"  password {shlex.quote(str(keystore.password_file))}")
    typer.echo("a key that anyone can derive: never send it anything of worth")
    typer.echo(f"what its tokens are worth: {shlex.quote(str(prices))}\n")
    place = Place(
        state=state_folder(), chain_id=running.world.chain_id, owner=running.owner
    )
    if os.path.lexists(place.journal):
        # It is of a chain that is gone, with nonces that this one has not reached.
        typer.echo("first, for revoke and limit: remove what an earlier chain left")
        typer.echo(f"  rm {shlex.quote(str(place.journal))}\n")
    typer.echo("try, in another terminal:")
    for command in (
        scan,
        f"{scan} --kind permit2 --show-dead",
        f"{scan} --json",
        f"{scan} --fail-on critical; echo $?",
        "allowctl explain ID   # a row of the table, by its id",
        f"{revoke} --dry-run   # what it would send; needs no key",
        f"{revoke} {key}",
        f"allowctl limit {where} --id ID --to 100 {key}",
    ):
        typer.echo(f"  {command}")
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    typer.echo("the chain is gone; the keystore's folder can be deleted", err=True)
