"""`allowctl limit`."""

from __future__ import annotations

import typer

from allowctl.cli import key_options as k
from allowctl.cli import options as o
from allowctl.cli import report_options as r
from allowctl.cli import take_options as t


def limit(  # noqa: PLR0913 - each option is one
    *,
    owner: o.OneOwner = None,
    sender: t.Sender = None,
    to: t.To = None,
    chain: o.ChainName = None,
    rpc_url: o.RpcUrl = None,
    rpc_headers: o.RpcHeaders = None,
    rpc_timeout: o.RpcTimeout = 45.0,
    concurrency: o.Concurrency = None,
    public: o.Public = False,
    config: t.OwnConfig = None,
    no_cache: o.NoCache = False,
    prices: r.Prices = None,
    offline: r.Offline = False,
    all_risky: t.AllRisky = False,
    everything: t.All = False,
    ids: t.Ids = None,
    token: o.OfToken = None,
    spender: o.ToSpender = None,
    kind: o.KindName = None,
    min_level: t.MinLevel = None,
    older_than: t.OlderThan = None,
    include_spam: t.IncludeSpam = False,
    from_report: t.FromReport = None,
    keystore: k.Keystore = None,
    account: k.Account = None,
    password_file: k.PasswordFile = None,
    password_fd: k.PasswordFd = None,
    password_credential: k.PasswordCredential = None,
    password_keyring: k.PasswordKeyring = False,
    insecure_permissions: k.InsecurePermissions = False,
    urgency: t.Urgency = t.UrgencyName.NORMAL,
    max_gwei: t.MaxGwei = None,
    max_tx_cost: t.MaxTxCost = None,
    max_cost: t.MaxCost = None,
    gas_cap: t.GasCap = None,
    dry_run: t.DryRun = False,
    yes: t.Yes = False,
    plan_out: t.PlanOut = None,
    plan: t.PlanFile = None,
    replace_pending: t.ReplacePending = False,
    confirmations: t.Confirmations = None,
    allow_incomplete: t.AllowIncomplete = None,
    json: r.Json = False,
    output: r.Output = None,
    quiet: r.Quiet = False,
) -> None:
    """Lower what spenders of OWNER may take: never above what they may take now."""
    from allowctl.cli import take_given as given

    whom = given.Whom(
        owner=owner, sender=sender, chains=chain or (), from_report=from_report
    )
    reach = given.Reach(
        urls=rpc_url,
        headers=rpc_headers,
        timeout=rpc_timeout,
        concurrency=concurrency,
        public=public,
        config=config,
        no_cache=no_cache,
        prices=prices,
        offline=offline,
        quiet=quiet,
    )
    which = given.Which(
        all_risky=all_risky,
        everything=everything,
        ids=ids or (),
        tokens=token or (),
        spenders=spender or (),
        kinds=kind or (),
        min_level=min_level,
        older_than=older_than,
        include_spam=include_spam,
    )
    keys = given.Keys(
        keystore=keystore,
        account=account,
        password_file=password_file,
        password_fd=password_fd,
        password_credential=password_credential,
        password_keyring=password_keyring,
        insecure_permissions=insecure_permissions,
    )
    offer = given.Pay(
        urgency=urgency,
        max_gwei=max_gwei,
        max_tx_cost=max_tx_cost,
        max_cost=max_cost,
        gas_cap=gas_cap,
    )
    run = given.Run(
        dry_run=dry_run,
        yes=yes,
        plan_out=plan_out,
        plan=plan,
        replace_pending=replace_pending,
        confirmations=confirmations,
        allow_incomplete=allow_incomplete or (),
        json=json,
        output=output or (),
        quiet=quiet,
    )
    asked = given.Asked(
        whom=whom, reach=reach, which=which, keys=keys, pay=offer, run=run
    )
    raise typer.Exit(asked.take(given.limit_to(to, plan), cancel=False, lowers=True))
