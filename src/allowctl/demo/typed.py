"""EIP-712 data that the demo's owner signs: token permits and Permit2's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allowctl.demo.chain import CHAIN_ID

if TYPE_CHECKING:
    from allowctl.model.chain import Address

_NAME, _VERSION, _CHAIN, _CONTRACT = (
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
)

Single = tuple[tuple["Address", int, int, int], "Address", int]
"""Permit2's PermitSingle: (token, amount, expiration, nonce), spender, deadline."""


def erc2612(
    token: Address, name: str, pair: tuple[Address, Address], value: int, until: int
) -> dict[str, Any]:
    """A token's Permit (EIP-2612) of an owner for a spender, with nonce 0."""
    owner, spender = pair
    return {
        "types": {
            "EIP712Domain": [_NAME, _VERSION, _CHAIN, _CONTRACT],
            "Permit": _fields(
                "address owner, address spender, uint256 value, "
                "uint256 nonce, uint256 deadline"
            ),
        },
        "primaryType": "Permit",
        "domain": {
            "name": name,
            "version": "1",
            "chainId": CHAIN_ID,
            "verifyingContract": token,
        },
        "message": {
            "owner": owner,
            "spender": spender,
            "value": value,
            "nonce": 0,
            "deadline": until,
        },
    }


def permit_single(permit2: Address, single: Single) -> dict[str, Any]:
    """Permit2's PermitSingle; its domain has no version."""
    (token, amount, expiration, nonce), spender, deadline = single
    return {
        "types": {
            "EIP712Domain": [_NAME, _CHAIN, _CONTRACT],
            "PermitSingle": _fields(
                "PermitDetails details, address spender, uint256 sigDeadline"
            ),
            "PermitDetails": _fields(
                "address token, uint160 amount, uint48 expiration, uint48 nonce"
            ),
        },
        "primaryType": "PermitSingle",
        "domain": {
            "name": "Permit2",
            "chainId": CHAIN_ID,
            "verifyingContract": permit2,
        },
        "message": {
            "details": {
                "token": token,
                "amount": amount,
                "expiration": expiration,
                "nonce": nonce,
            },
            "spender": spender,
            "sigDeadline": deadline,
        },
    }


def _fields(declared: str) -> list[dict[str, str]]:
    pairs = (it.split() for it in declared.split(", "))
    return [{"name": name, "type": kind} for kind, name in pairs]
