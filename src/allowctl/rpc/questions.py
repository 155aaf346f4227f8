"""The parameters of requests, as JSON-RPC has them. No I/O."""

from __future__ import annotations

from collections.abc import Mapping

from allowctl.model.chain import Address, BlockRange, Call, LogFilter
from allowctl.rpc.refusals import Asked


def logs(wanted: LogFilter, blocks: BlockRange) -> dict[str, object]:
    """eth_getLogs: a wildcard is null, for some take an empty list for "nothing"."""
    asked: dict[str, object] = {
        "fromBlock": hex(blocks.first),
        "toBlock": hex(blocks.last),
        "topics": [list(position) or None for position in wanted.topics],
    }
    return {**asked, "address": list(wanted.addresses)} if wanted.addresses else asked


def asked_logs(wanted: LogFilter, blocks: BlockRange) -> Asked:
    """What a refusal of that is judged by."""
    return Asked(
        method="eth_getLogs",
        blocks=len(blocks),
        topics=max(map(len, wanted.topics), default=0),
    )


def call(wanted: Call, gas: int | None) -> dict[str, str]:
    """eth_call: `gas` None for as much as the node allows."""
    fields = {"to": wanted.to, "data": "0x" + wanted.data.hex()}
    return fields if gas is None else {**fields, "gas": hex(gas)}


def override(code_at: Mapping[Address, bytes]) -> dict[str, dict[str, str]]:
    """eth_call's third parameter: other code at addresses."""
    return {address: {"code": "0x" + code.hex()} for address, code in code_at.items()}


def slot(contract: Address, position: int) -> tuple[str, str]:
    """eth_getStorageAt: the position in full, which those that want 32 bytes take."""
    return contract, f"0x{position:064x}"
