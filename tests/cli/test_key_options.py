"""No option takes a key or a password as its value."""

from __future__ import annotations

import typer
from typer.main import get_command

from allowctl.cli import key_options


def command(  # noqa: PLR0913 - all of them
    *,
    keystore: key_options.Keystore = None,
    account: key_options.Account = None,
    password_file: key_options.PasswordFile = None,
    password_fd: key_options.PasswordFd = None,
    password_credential: key_options.PasswordCredential = None,
    password_keyring: key_options.PasswordKeyring = False,
    insecure_permissions: key_options.InsecurePermissions = False,
) -> None:
    del keystore, account, password_file, password_fd, password_credential
    del password_keyring, insecure_permissions


def test_what_the_options_take() -> None:
    """Files, names, a number and two flags: nothing that is a secret itself."""
    app = typer.Typer()
    app.command()(command)
    found = {
        parameter.opts[0]: parameter.metavar
        for parameter in get_command(app).params
        if parameter.name in command.__annotations__
    }

    assert found == {
        "--keystore": "FILE",
        "--account": "NAME",
        "--password-file": "FILE",
        "--password-fd": "N",
        "--password-credential": "NAME",
        "--password-keyring": None,
        "--insecure-permissions": None,
    }


def test_typer_reads_no_variable_of_theirs() -> None:
    """A flag must win over the environment: revoke/keysource.py sees to it."""
    app = typer.Typer()
    app.command()(command)

    assert [each.envvar for each in get_command(app).params if each.envvar] == []
