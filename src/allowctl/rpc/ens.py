"""ENS names to addresses, on Ethereum mainnet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from allowctl.codec.recursion import recursion_limit_kept
from allowctl.errors import UsageError
from allowctl.model.chain import ZERO_ADDRESS, Address
from allowctl.rpc.client import RefusalError, RefusalKind, Rpc

if TYPE_CHECKING:
    from web3.providers.async_base import AsyncBaseProvider
    from web3.types import RPCEndpoint, RPCError, RPCResponse

_MAINNET = 1
_OFFCHAIN_LOOKUP = "0x556f1830"
"""EIP-3668's OffchainLookup(address,string[],bytes,bytes4,bytes)."""
_LONGEST_LABEL = 255
"""In bytes: ENSIP-10 gives a label's length in one."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_INSTEAD = "give the 0x address instead"


class NoAddressError(UsageError):
    """A name that leads to no address: nobody registered it, or nobody can."""


async def resolve_name(rpc: Rpc, name: str) -> Address:
    """The address that an ENS name (normalised by ENSIP-15) points to now.

    NoAddressError if the name is malformed, or points to nothing or to the zero
    address; UsageError if it is answered only by a server off the chain, or if
    `rpc` does not serve mainnet: other chains have registries too, with other
    owners.
    RefusalError if the endpoint does not serve.
    """
    with recursion_limit_kept():
        import ens  # noqa: PLC0415 - web3 takes 0.5 s to load
        from eth_abi.exceptions import DecodingError  # noqa: PLC0415 - the same
        from web3.exceptions import BadFunctionCallOutput  # noqa: PLC0415 - the same
        from web3.middleware.base import Web3Middleware  # noqa: PLC0415 - the same

    normal = _normalised(name)
    chain_id = await rpc.chain_id()
    if chain_id != _MAINNET:
        raise UsageError(
            f"{normal} is resolved on Ethereum mainnet, but {rpc.host} serves "
            f"chain {chain_id}",
            hint=f"add a mainnet endpoint with --rpc-url, or {_INSTEAD}",
        )
    # By this name AsyncENS would add a look at the head's age against the
    # clock; how old an endpoint's head is, the scan says for every chain.
    nothing = [(Web3Middleware, "stalecheck")]
    try:
        names = ens.AsyncENS(_provider(rpc, normal), middleware=nothing)
        found = await names.address(normal)
    except BadFunctionCallOutput:
        raise RefusalError(
            f"{rpc.host} has no ENS where mainnet has it",
            kind=RefusalKind.FATAL,
            hint=_INSTEAD,
        ) from None
    except DecodingError:
        # Whoever owns a name chooses its resolver, and so what it answers.
        found = None
    address = str(found or "")
    if not _ADDRESS.fullmatch(address) or int(address, 16) == int(ZERO_ADDRESS, 16):
        raise NoAddressError(
            f"{normal} does not resolve to an address",
            hint=f"check the spelling, or {_INSTEAD}",
        )
    return Address(address.lower())


def _normalised(name: str) -> str:
    import ens  # noqa: PLC0415 - as above

    try:
        normal: str = ens.utils.normalize_name(name)
        labels = [len(label.encode()) for label in normal.split(".")]
    except (ens.exceptions.ENSException, UnicodeError) as error:
        raise _malformed(name, str(error)) from None
    if not all(labels):
        raise _malformed(name, "a part of it is empty")
    if max(labels) > _LONGEST_LABEL:
        raise _malformed(name, f"a part of it is over {_LONGEST_LABEL} bytes")
    return normal


def _malformed(name: str, reason: str) -> NoAddressError:
    # In ASCII: a letter that only looks like another one is seen to be none.
    return NoAddressError(
        f"{name!a} is no ENS name: {ascii(reason)[1:-1]}",
        hint=f"check the spelling, or {_INSTEAD}",
    )


def _provider(rpc: Rpc, name: str) -> AsyncBaseProvider:
    """Give web3 our own transport, and no other way out."""
    from web3.providers.async_base import (  # noqa: PLC0415 - web3 takes 0.5 s to load
        AsyncBaseProvider,
    )

    class OurProvider(AsyncBaseProvider):
        # CCIP-Read calls whatever URL a resolver names: it would tell a
        # stranger who asks for which name, from which network.
        global_ccip_read_enabled = False

        async def make_request(
            self,
            method: RPCEndpoint,
            params: Any,  # noqa: ANN401 - as web3 declares it
        ) -> RPCResponse:
            try:
                found = await rpc.request(method, params)
            except RefusalError as refusal:
                if refusal.kind is not RefusalKind.EXECUTION:
                    raise
                return _reverted(refusal, name)
            return {"jsonrpc": "2.0", "id": 0, "result": found}

    return OurProvider()


def _reverted(refusal: RefusalError, name: str) -> RPCResponse:
    """Give the reply that a node sends after a revert, as web3 knows it."""
    if (refusal.data or "").startswith(_OFFCHAIN_LOOKUP):
        # web3 would report this as a name that nobody registered.
        raise UsageError(
            f"{name} is answered by a server off the chain (CCIP-Read), which "
            "allowctl does not call",
            hint=_INSTEAD,
        )
    # Without the data: any revert means that there is no answer, and web3
    # trips over data that no compiler made.
    error: RPCError = {"code": 3, "message": "execution reverted"}
    return {"jsonrpc": "2.0", "id": 0, "error": error}
