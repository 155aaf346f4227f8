"""`allowctl resume`."""

from __future__ import annotations

from typing import Annotated

import typer

from allowctl.cli import key_options as k
from allowctl.cli import options as o
from allowctl.cli import report_options as r
from allowctl.cli import take_options as t

Owner = Annotated[
    str | None,
    typer.Argument(
        metavar="OWNER",
        show_default="everyone's",
        help="Whose runs: an address, or a wallet of your own allowctl.toml.",
    ),
]


def resume(  # noqa: PLR0913 - each option is one
    *,
    owner: Owner = None,
    chain: o.ChainName = None,
    rpc_url: o.RpcUrl = None,
    rpc_headers: o.RpcHeaders = None,
    rpc_timeout: o.RpcTimeout = 45.0,
    concurrency: o.Concurrency = None,
    public: o.Public = False,
    config: t.OwnConfig = None,
    keystore: k.Keystore = None,
    account: k.Account = None,
    password_file: k.PasswordFile = None,
    password_fd: k.PasswordFd = None,
    password_credential: k.PasswordCredential = None,
    password_keyring: k.PasswordKeyring = False,
    insecure_permissions: k.InsecurePermissions = False,
    yes: t.Yes = False,
    confirmations: t.Confirmations = None,
    json: r.Json = False,
    output: r.Output = None,
    quiet: r.Quiet = False,
) -> None:
    """Finish runs of `revoke` and `limit` that were broken off."""
    from allowctl.cli import resuming, take_values

    reach = take_values.Reach(
        urls=rpc_url,
        headers=rpc_headers,
        timeout=rpc_timeout,
        concurrency=concurrency,
        public=public,
        config=config,
        no_cache=False,
        prices=None,
        offline=True,
        quiet=quiet,
    )
    keys = take_values.Keys(
        keystore=keystore,
        account=account,
        password_file=password_file,
        password_fd=password_fd,
        password_credential=password_credential,
        password_keyring=password_keyring,
        insecure_permissions=insecure_permissions,
    )
    run = take_values.Run(
        dry_run=False,
        yes=yes,
        plan_out=None,
        plan=None,
        replace_pending=False,
        confirmations=confirmations,
        allow_incomplete=(),
        json=json,
        output=output or (),
        quiet=quiet,
    )
    raise typer.Exit(resuming.resume(owner, chain or (), reach, keys, run))
