"""Signatures that grant without a transaction of the owner's."""

from __future__ import annotations

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from allowctl.model.chain import Address
from tests.lab.abi import Value


def permit_signature(  # noqa: PLR0913 (the fields of an ERC-2612 permit)
    owner: LocalAccount,
    *,
    chain_id: int,
    token: Address,
    name: str,
    spender: Address,
    value: int,
    nonce: int,
    deadline: int,
) -> tuple[int, bytes, bytes]:
    """ERC-2612: v, r, s for `permit(owner, spender, value, deadline, v, r, s)`."""
    domain = {"name": name, "version": "1", "chainId": chain_id}
    types = {
        "Permit": _fields(
            *("address owner", "address spender", "uint256 value"),
            *("uint256 nonce", "uint256 deadline"),
        )
    }
    message = {
        "owner": owner.address,
        "spender": to_checksum_address(spender),
        "value": value,
        "nonce": nonce,
        "deadline": deadline,
    }
    signed = owner.sign_typed_data(
        domain | {"verifyingContract": to_checksum_address(token)}, types, message
    )
    return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


def permit2_signature(  # noqa: PLR0913 (the fields of a PermitSingle)
    owner: LocalAccount,
    *,
    chain_id: int,
    permit2: Address,
    details: tuple[Address, int, int, int],
    spender: Address,
    deadline: int,
) -> bytes:
    """Sign Permit2's PermitSingle. Details: token, amount, expiration, nonce."""
    token, amount, expiration, nonce = details
    types = {
        "PermitSingle": _fields(
            "PermitDetails details", "address spender", "uint256 sigDeadline"
        ),
        "PermitDetails": _fields(
            *("address token", "uint160 amount", "uint48 expiration", "uint48 nonce")
        ),
    }
    message = {
        "details": {
            "token": to_checksum_address(token),
            "amount": amount,
            "expiration": expiration,
            "nonce": nonce,
        },
        "spender": to_checksum_address(spender),
        "sigDeadline": deadline,
    }
    domain = {
        "name": "Permit2",
        "chainId": chain_id,
        "verifyingContract": to_checksum_address(permit2),
    }
    return bytes(owner.sign_typed_data(domain, types, message).signature)


def _fields(*declarations: str) -> Value:
    pairs = (declaration.split(" ") for declaration in declarations)
    return [{"type": kind, "name": name} for kind, name in pairs]
