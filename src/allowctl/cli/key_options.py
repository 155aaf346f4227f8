"""Options of whose key signs. None of them takes a key or a password as its value.

Their variables are not typer's to read: a flag has to win over them, and of two that
are set the one of ALLOWCTL_* (revoke/keysource.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Keystore = Annotated[
    Path | None,
    typer.Option(
        "--keystore",
        metavar="FILE",
        help="The keystore (version 3) whose key signs. "
        "[env: ALLOWCTL_KEYSTORE, ETH_KEYSTORE]",
    ),
]
Account = Annotated[
    str | None,
    typer.Option(
        "--account",
        metavar="NAME",
        help="The same by its name in foundry's, geth's or ape's folder; of geth's "
        "an address will do. [env: ALLOWCTL_KEYSTORE_ACCOUNT, ETH_KEYSTORE_ACCOUNT]",
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="A file with the keystore's password, for your eyes only (0600). "
        "Default: it is asked for. [env: ALLOWCTL_PASSWORD_FILE, ETH_PASSWORD]",
    ),
]
PasswordFd = Annotated[
    int | None,
    typer.Option(
        "--password-fd",
        metavar="N",
        help="An open file descriptor to read the password from, to its end.",
    ),
]
PasswordCredential = Annotated[
    str | None,
    typer.Option(
        "--password-credential",
        metavar="NAME",
        help="The password is this credential of systemd (LoadCredential=).",
    ),
]
PasswordKeyring = Annotated[
    bool,
    typer.Option(
        "--password-keyring",
        help="The password is in the desktop's keyring, as allowctl and the address; "
        "needs the package keyring.",
    ),
]
InsecurePermissions = Annotated[
    bool,
    typer.Option(
        "--insecure-permissions",
        help="Take a keystore that others may read, as foundry writes them.",
    ),
]
