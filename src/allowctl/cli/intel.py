"""`allowctl intel update` and `allowctl intel list`."""

from __future__ import annotations

from typing import Annotated

import typer

from allowctl.cli import options as o

Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Name only the lists that could not be had."),
]

app = typer.Typer(
    no_args_is_help=True,
    help="See, or fetch, the lists of exploited, scam and named spenders.",
    rich_markup_mode=None,
)


@app.command(name="update")
def update(
    *, config: o.ConfigFile = None, quiet: Quiet = False, json: o.JsonAlone = False
) -> None:
    """Fetch every list anew, however young the one that is kept."""
    import asyncio
    import time

    from allowctl.cli import given
    from allowctl.errors import ExitCode
    from allowctl.intel.lists import load, sources
    from allowctl.intel.lists.book import ListBook
    from allowctl.model.missing import Lack
    from allowctl.net.http import HttpClient
    from allowctl.output import intel as output
    from allowctl.store.paths import cache_folder

    given.online()
    world = given.world(config)
    used = sources.used(world.settings.lists, builtin=world.settings.builtin_lists)
    folder = cache_folder()
    now = int(time.time())

    async def fetched() -> ListBook:
        async with HttpClient() as client:
            return await load.update(used, folder, client, now=now, known=world.chains)

    lists = asyncio.run(fetched()).statuses
    lost = [each for each in lists if each.missing and each.missing.lack is Lack.FAILED]
    if json:
        typer.echo(output.document(lists, now), nl=False)
    elif lost or not quiet:
        typer.echo(output.text(lost if quiet else lists, now), nl=False)
    raise typer.Exit(ExitCode.INCOMPLETE if lost else ExitCode.OK)


@app.command(name="list")
def list_(*, config: o.ConfigFile = None, json: o.JsonAlone = False) -> None:
    """Say which lists there are, how old, and what was last fetched of them."""
    import asyncio
    import time

    from allowctl.cli import given
    from allowctl.intel.lists import load, sources
    from allowctl.output import intel as output
    from allowctl.store.paths import cache_folder

    world = given.world(config)
    used = sources.used(world.settings.lists, builtin=world.settings.builtin_lists)
    now = int(time.time())
    book = asyncio.run(
        load.load(used, cache_folder(), None, now=now, offline=True, known=world.chains)
    )
    render = output.document if json else output.text
    typer.echo(render(book.statuses, now), nl=False)
