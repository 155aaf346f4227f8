"""An error as a person reads it, on stderr."""

from __future__ import annotations

import typer

from allowctl.codec.shown import uncommanded
from allowctl.errors import AllowctlError


def complain(error: AllowctlError) -> None:
    """What went wrong and what to do next: a line each, and no machine's command."""
    typer.echo(uncommanded(f"error: {error.message}"), err=True)
    if error.hint:
        typer.echo(uncommanded(f"hint: {error.hint}"), err=True)
