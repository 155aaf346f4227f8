"""The command `allowctl`: its commands, and the one place where errors end."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from allowctl import __version__
from allowctl.cli import (
    cache,
    chains,
    check,
    demo,
    endpoints,
    explain,
    intel,
    interrupt,
    limit,
    policy,
    resume,
    revoke,
    scan,
)
from allowctl.cli.complain import complain
from allowctl.errors import AllowctlError, ExitCode, OutputError, UsageError

app = typer.Typer(
    name="allowctl",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help: rich's takes three times as long to load as all the rest.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        typer.echo(f"allowctl {__version__}")
        raise typer.Exit


@app.callback()
def allowctl(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """Find, rank and take back every right your wallets have given away."""
    del version


app.command(name="scan")(scan.scan)
app.command(name="revoke")(revoke.revoke)
app.command(name="limit")(limit.limit)
app.command(name="resume")(resume.resume)
app.command(name="check")(check.check)
app.command(name="explain")(explain.explain)
app.command(name="endpoints")(endpoints.endpoints)
app.command(name="chains")(chains.chains)
app.add_typer(cache.app, name="cache")
app.add_typer(intel.app, name="intel")
app.add_typer(policy.app, name="policy")
app.command(name="demo")(demo.demo)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if sys.__stdout__ is None:
        # Closed by the caller. What needs it, cli/write.py refuses.
        sys.stdout = io.StringIO()
    with interrupt.terminable():
        code = _run(given)
        _settle()
    sys.exit(code)


def _settle() -> None:
    """What cannot be flushed now must not be tried, and told of, once more."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: Sequence[str]) -> int:
    shape = _format_of(arguments)
    try:
        code = app(args=list(arguments), standalone_mode=False)
        sys.stdout.flush()
    except AllowctlError as error:
        return _fail(error, shape=shape)
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read stdout has left: there is nobody to tell.
        return ExitCode.USAGE
    except SystemExit as ended:
        # Completion is done (0), or a pipe is broken, which typer makes a 1 of.
        return ExitCode.USAGE if ended.code else ExitCode.OK
    except Exception as error:  # noqa: BLE001 - the boundary: no traceback gets out
        return _fail(_translated(error), shape=shape)
    if code == ExitCode.INTERRUPTED:
        # Also what typer makes of Ctrl-C, without a word.
        return _fail(interrupt.StoppedError(interrupt.NOTHING), shape=shape)
    return int(code or 0)


def _translated(error: Exception) -> AllowctlError:
    """Typer's own complaints as usage errors, all else as our bug."""
    format_message = getattr(error, "format_message", None)
    if callable(format_message):
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(format_message(), err=True)
            return _ShownError("")
        message = " ".join(str(format_message()).split()).replace("Value error, ", "")
        command = getattr(getattr(error, "ctx", None), "command_path", "allowctl")
        return UsageError(message, hint=f"{command} --help tells what there is")
    if isinstance(error, OSError):
        return OutputError(f"cannot write the result: {error.strerror}")
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    return _InternalError(
        f"internal error: {type(error).__name__} at {where}",
        hint="this is a bug in allowctl; please report the line above",
    )


class _InternalError(AllowctlError):
    """What nobody expected."""

    exit_code = ExitCode.INTERNAL


class _ShownError(UsageError):
    """Help that stood in for a missing command: it is printed already."""


def _fail(error: AllowctlError, *, shape: str) -> int:
    if isinstance(error, _ShownError):
        return int(error.exit_code)
    # Where nothing can be written any more, the exit code has to do.
    with contextlib.suppress(OSError):
        if shape == "github":
            from allowctl.output import github

            typer.echo(github.failure(error.message, error.hint), nl=False)
        if shape == "json":
            from allowctl.output import safe

            document = {
                "schema": "allowctl.error/v1",
                "error": {
                    "code": int(error.exit_code),
                    "message": error.message,
                    "hint": error.hint,
                },
            }
            typer.echo(safe.document(document))
    with contextlib.suppress(OSError):
        complain(error)
    return int(error.exit_code)


def _format_of(arguments: Sequence[str]) -> str:
    """What --format and --json say, though the command line may be no good one."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=False)
    found = ""
    for each, after in pairs:
        if each == "--json":
            found = "json"
        elif each.startswith("--format="):
            found = each.removeprefix("--format=").lower()
        elif each == "--format":
            found = after.lower()
    return found
