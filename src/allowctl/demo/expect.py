"""Short ways to say what the story leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allowctl.demo.chain import DEMO
from allowctl.demo.truth import Death, Expected, Fate, Kind

if TYPE_CHECKING:
    from allowctl.demo.stage import Contract
    from allowctl.model.chain import Address

MAX = 2**256 - 1
MAX160 = 2**160 - 1
"""Permit2's "unlimited"."""


def amount(
    token: Contract, spender: Address, left: int, note: str, *, logged: bool = True
) -> Expected:
    """An ERC-20 allowance: dead where nothing is left of it."""
    return Expected(
        kind="erc20",
        fate=Fate.LIVE if left else Fate.DEAD,
        death=None if left else Death.ZERO,
        token=token.address,
        contract=token.address,
        spender=spender,
        amount=left,
        logged=logged,
        note=note,
    )


def item(
    token: Contract, spender: Contract, token_id: int, death: Death | None, note: str
) -> Expected:
    """A single ERC-721 item."""
    return Expected(
        kind="erc721",
        fate=Fate.DEAD if death else Fate.LIVE,
        death=death,
        token=token.address,
        contract=token.address,
        spender=spender.address,
        token_id=token_id,
        note=note,
    )


def operator(token: Contract, spender: Contract, fate: Fate, note: str) -> Expected:
    """A whole collection."""
    return Expected(
        kind="operator",
        fate=fate,
        death=Death.ZERO if fate is Fate.DEAD else None,
        token=token.address,
        contract=token.address,
        spender=spender.address,
        note=note,
    )


def child(  # noqa: PLR0913 - a Permit2 allowance has that many sides
    pair: tuple[Contract, Contract],
    left: int,
    until: int,
    note: str,
    *,
    fate: Fate = Fate.LIVE,
    death: Death | None = None,
) -> Expected:
    """An allowance inside Permit2, for a token and a spender."""
    token, spender = pair
    return Expected(
        kind="permit2",
        fate=Fate.DEAD if death else fate,
        death=death,
        token=token.address,
        contract=DEMO.permit2,
        spender=spender.address,
        amount=left,
        expiration=until,
        note=note,
    )


def refused(
    kind: Kind, token: Address, spender: Address, note: str, token_id: int | None = None
) -> Expected:
    """An approval that was only logged, by a contract that cannot be read."""
    return Expected(
        kind=kind,
        fate=Fate.REFUSED,
        token=token,
        contract=token,
        spender=spender,
        token_id=token_id,
        note=note,
    )


def gone(token: Address, spender: Address, note: str) -> Expected:
    """An ERC-20 approval at an address that has no code any more."""
    return Expected(
        kind="erc20",
        fate=Fate.DEAD,
        death=Death.NO_CODE,
        token=token,
        contract=token,
        spender=spender,
        note=note,
    )
