"""`allowctl cache info` and `allowctl cache clear`."""

from __future__ import annotations

import typer

from allowctl.cli import options as o

app = typer.Typer(
    no_args_is_help=True,
    help="See, or remove, what is remembered between runs.",
    rich_markup_mode=None,
)


@app.command(name="info")
def info(*, json: o.JsonAlone = False) -> None:
    """Say where the cache lies, how large it is, and what is in it."""
    from allowctl.cli import given
    from allowctl.output import cache as output
    from allowctl.store.cache import Cache

    path = given.cache_file()
    if path.exists() or path.is_symlink():
        with Cache.open(path) as cache:
            found = cache.info()
        contents = output.Contents(
            size=found.bytes,
            logs=found.logs,
            endpoints=found.endpoints,
            chains=tuple(
                output.Known(
                    chain_id=each.chain_id,
                    owners=each.owners,
                    blocks=each.blocks,
                    logs=each.logs,
                )
                for each in found.chains
            ),
        )
    else:
        contents = None
    render = output.document if json else output.text
    typer.echo(render(path, contents), nl=False)


@app.command(name="clear")
def clear() -> None:
    """Remove the cache, damaged or of a newer version too, and the lists kept."""
    from allowctl.cli import given
    from allowctl.intel.lists import keep
    from allowctl.store import paths

    path = given.cache_file()
    keep.clear(path.parent)
    there = path.exists() or path.is_symlink()
    paths.clear(path)
    done = "removed" if there else "there is no cache at"
    typer.echo(f"{done} {str(path)!a}")
