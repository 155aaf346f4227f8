"""Options of what is asked and of whom, with the names that people know from cast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def _complete_kind(incomplete: str) -> list[str]:
    kinds = ("erc20", "erc721", "operator", "permit2")
    return [kind for kind in kinds if kind.startswith(incomplete)]


def complete_chain(incomplete: str) -> list[str]:
    """For the shell: chains that begin so."""
    from allowctl.chains.registry import chains

    return [chain.name for chain in chains() if chain.name.startswith(incomplete)]


Owners = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="OWNER",
        show_default=False,
        help="0x address, CAIP-10 (eip155:1:0x…), EIP-3770 (eth:0x…), ENS name or a "
        "wallet of allowctl.toml; default: all of its wallets.",
    ),
]
OneOwner = Annotated[
    str | None,
    typer.Argument(
        metavar="OWNER",
        show_default=False,
        help="0x address, CAIP-10, EIP-3770, ENS name or a wallet of your own "
        "allowctl.toml; default: --from, its only wallet, or whose the keystore is.",
    ),
]
OwnersFile = Annotated[
    Path | None,
    typer.Option(
        "--owners-file",
        metavar="FILE",
        help="More owners, - for stdin: one to a line, or CSV with a column address.",
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar="ALLOWCTL_CONFIG",
        show_envvar=False,
        help="Instead of the allowctl.toml found upwards from here. "
        "[env: ALLOWCTL_CONFIG]",
    ),
]
Public = Annotated[
    bool,
    typer.Option(
        "--public",
        help="Ask public endpoints too where the configuration names its own.",
    ),
]
Verify = Annotated[
    float,
    typer.Option(
        "--verify",
        metavar="PERCENT",
        min=0,
        max=100,
        help="Read so much of the logs at a second endpoint too, and fail on a "
        "difference. Reads all anew.",
    ),
]
NoCache = Annotated[
    bool,
    typer.Option(
        "--no-cache",
        help="Remember nothing, and use nothing that is remembered.",
    ),
]
RpcUrl = Annotated[
    list[str] | None,
    typer.Option(
        "--rpc-url",
        "-r",
        metavar="URL",
        envvar=["ALLOWCTL_RPC_URL", "ETH_RPC_URL"],
        show_envvar=False,
        help="JSON-RPC endpoint of whatever chain it serves; several share the "
        "work. Instead of all others. [env: ALLOWCTL_RPC_URL, ETH_RPC_URL]",
    ),
]
RpcHeaders = Annotated[
    list[str] | None,
    typer.Option(
        "--rpc-headers",
        metavar="NAME: VALUE",
        help="Header sent to every --rpc-url; better in the environment, "
        "one to a line. [env: ALLOWCTL_RPC_HEADERS, ETH_RPC_HEADERS]",
    ),
]
RpcTimeout = Annotated[
    float,
    typer.Option(
        "--rpc-timeout",
        metavar="SECONDS",
        min=0.1,
        max=3600,
        envvar=["ALLOWCTL_RPC_TIMEOUT", "ETH_RPC_TIMEOUT"],
        show_envvar=False,
        help="Deadline of one request. [env: ALLOWCTL_RPC_TIMEOUT, ETH_RPC_TIMEOUT]",
    ),
]
Concurrency = Annotated[
    int | None,
    typer.Option(
        "--concurrency",
        metavar="N",
        min=1,
        max=64,
        show_default="what it bears, up to 64; public ones 16",
        help="Requests under way at one endpoint at once.",
    ),
]
ChainName = Annotated[
    list[str] | None,
    typer.Option(
        "--chain",
        "-c",
        metavar="CHAIN",
        envvar="ALLOWCTL_CHAIN",
        show_envvar=False,
        autocompletion=complete_chain,
        help="Chain name or EIP-155 id, commas between several; also all, mainnets, "
        "testnets. Default: what each --rpc-url serves, else the configured chains, "
        "else ethereum. [env: ALLOWCTL_CHAIN]",
    ),
]
FromBlock = Annotated[
    int,
    typer.Option(metavar="N", min=0, help="First block whose logs are sought."),
]
ToBlock = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        show_default="the head",
        help="The block the report is true at: logs up to it, state at it.",
    ),
]
KindName = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        autocompletion=_complete_kind,
        help="erc20, erc721, operator or permit2, commas between several; "
        "default: all.",
    ),
]
Token = Annotated[
    list[str] | None,
    typer.Option(
        "--token",
        metavar="ADDRESS",
        help="Only approvals of this token; repeatable, as --spender. Both together "
        "name pairs: they are read from state, and no log is sought.",
    ),
]
Spender = Annotated[
    list[str] | None,
    typer.Option(
        "--spender",
        metavar="ADDRESS",
        help="Only approvals to this spender; with --token, every pair of both.",
    ),
]
OfToken = Annotated[
    list[str] | None,
    typer.Option(
        "--token",
        metavar="ADDRESS",
        help="Only approvals of this token; repeatable.",
    ),
]
ToSpender = Annotated[
    list[str] | None,
    typer.Option(
        "--spender",
        metavar="ADDRESS",
        help="Only approvals to this spender; repeatable.",
    ),
]
JsonAlone = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document."),
]
ChainNames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CHAIN",
        show_default=False,
        autocompletion=complete_chain,
        help="Names, aliases or EIP-155 ids; default: all.",
    ),
]
ProbeTimeout = Annotated[
    float,
    typer.Option(
        "--rpc-timeout",
        metavar="SECONDS",
        min=0.1,
        max=3600,
        envvar=["ALLOWCTL_RPC_TIMEOUT", "ETH_RPC_TIMEOUT"],
        show_envvar=False,
        help="Deadline of one request. [env: ALLOWCTL_RPC_TIMEOUT, ETH_RPC_TIMEOUT]",
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Where --serve writes the throw-away keystore.",
        show_default="./demo-keystore",
    ),
]
