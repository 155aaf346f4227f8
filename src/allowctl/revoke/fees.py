"""What to offer for gas, what never to exceed, and how money is typed. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from statistics import median_low

from allowctl.errors import PlanError, UsageError
from allowctl.model.plan import Caps, Fees
from allowctl.revoke.ports import FeeHistory

GWEI = 10**9
_LEAST_TIP = 1
"""Wei: some relays and pools take nothing for a tip of 0."""
_TIP_FLOORS = {
    137: 30 * GWEI,
    56: 6 * GWEI // 100,
    143: 2 * GWEI,
    80094: 3 * GWEI // 100,
}
"""By chain, in wei per gas: below it validators pass a transaction over."""

DEFAULT_GAS = 300_000
"""Of one revocation: an honest one takes 25,000 to 60,000."""
_GAS_FACTORS = {
    # Arbitrum One, Nova, Sepolia: the gas holds what Ethereum takes for the data.
    **dict.fromkeys((42161, 42170, 421614), 10),
    # zkSync Era and its Sepolia, Abstract: proofs and published state are gas, too.
    **dict.fromkeys((324, 300, 2741), 20),
    # Mantle counts Ethereum's fee as gas of its own cheap token; Filecoin weighs
    # what its virtual machine executes.
    5000: 2_000,
    314: 200,
}
_FEE_CAPS = {
    1: 200 * GWEI,
    137: 2_000 * GWEI,
    56: 50 * GWEI,
    100: 100 * GWEI,
    43114: 500 * GWEI,
    # Where gas is counted in millions it is cheap; 0.03 ether for one revocation.
    **dict.fromkeys((42161, 42170, 421614), 10 * GWEI),
    **dict.fromkeys((324, 300, 2741), 5 * GWEI),
    # The same of Mantle's and Filecoin's tokens: 0.6 of them.
    5000: GWEI,
    314: 10 * GWEI,
}
_OTHER_FEE_CAP = 300 * GWEI
_RUN = 20
"""Transactions at their worst that a run may cost, where nobody says."""

_NUMBER = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18}))?")
_NATIVE_DECIMALS = 18
_GWEI_DECIMALS = 9


class Urgency(StrEnum):
    """How soon a transaction is to be mined."""

    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"

    @property
    def rank(self) -> int:
        """Which of the percentiles 25, 50 and 75 it offers: 0, 1 or 2."""
        return list(Urgency).index(self)


_LEGACY_PERCENT = {Urgency.SLOW: 100, Urgency.NORMAL: 110, Urgency.FAST: 125}


def offered(
    history: FeeHistory, urgency: Urgency, chain_id: int, cap_per_gas: int
) -> Fees:
    """What to offer now: at most the cap, whatever the endpoint says.

    Twice the next block's base fee and the tip: six full blocks in a row may come
    before it is too little. PlanError if the cap does not even pay for the next one.
    """
    if not history.base_fees:
        return _legacy(history.gas_price, urgency, cap_per_gas)
    tips = [rewards[urgency.rank] for rewards in history.rewards]
    tip = max(
        median_low(tips) if tips else 0,
        history.suggested_tip or 0,
        _TIP_FLOORS.get(chain_id, _LEAST_TIP),
    )
    following = history.base_fees[-1]
    _check_cap(following + tip, cap_per_gas)
    return Fees(
        max_fee=min(2 * following + tip, cap_per_gas),
        tip=tip,
        base_fee=history.base_fees[-2:][0],
    )


def _legacy(gas_price: int, urgency: Urgency, cap: int) -> Fees:
    _check_cap(gas_price, cap)
    price = _up(gas_price * _LEGACY_PERCENT[urgency], 100)
    return Fees(max_fee=min(price, cap), tip=None)


def _check_cap(price: int, cap: int) -> None:
    if price > cap:
        raise PlanError(
            f"gas costs {shown_gwei(price)} gwei, above the cap of {shown_gwei(cap)}",
            hint="wait until it is cheaper, or raise the cap with --max-gwei",
        )


def bumped(fees: Fees, cap: int) -> Fees | None:
    """What replaces a transaction with these fees: both an eighth higher, at least.

    Pools ask for a tenth more of both (geth, besu, erigon). None if that is above the
    cap, in wei per gas.
    """
    max_fee = _more(fees.max_fee)
    tip = None if fees.tip is None else _more(fees.tip)
    if max_fee > cap:
        return None
    return Fees(max_fee=max_fee, tip=tip, base_fee=fees.base_fee)


def _more(price: int) -> int:
    return max(_up(price * 9, 8), price + 1)


def _up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def default_caps(
    chain_id: int,
    *,
    fee_per_gas: int | None = None,
    gas: int | None = None,
    per_transaction: int | None = None,
    per_run: int | None = None,
) -> Caps:
    """What is never exceeded on a chain; whatever is given takes a default's place.

    Without more said, a transaction may cost all its gas at the highest fee, and a
    run twenty of them.
    """
    fee = (
        _FEE_CAPS.get(chain_id, _OTHER_FEE_CAP) if fee_per_gas is None else fee_per_gas
    )
    limit = gas_cap(chain_id) if gas is None else gas
    each = limit * fee if per_transaction is None else per_transaction
    return Caps(
        fee_per_gas=fee,
        gas=limit,
        per_transaction=each,
        per_run=_RUN * each if per_run is None else per_run,
    )


def gas_cap(chain_id: int) -> int:
    """Gas of one revocation at most, as this chain counts gas."""
    return DEFAULT_GAS * _GAS_FACTORS.get(chain_id, 1)


def parse_native(text: str) -> int:
    """Wei, of an amount of the chain's own coin such as "0.05". UsageError."""
    return _parsed(text, _NATIVE_DECIMALS, "an amount of the chain's coin, as 0.05")


def parse_gwei(text: str) -> int:
    """Wei, of a price of gas in gwei such as "30.5". UsageError."""
    return _parsed(text, _GWEI_DECIMALS, "a price in gwei, as 30.5")


def _parsed(text: str, decimals: int, what: str) -> int:
    found = _NUMBER.fullmatch(text)
    whole, part = found.groups(default="") if found else ("", "")
    wei = int((whole + part.ljust(decimals, "0")) or "0")
    if not found or len(part) > decimals or wei == 0:
        shown = ascii(text[:40])
        raise UsageError(
            f"{shown} is not {what}",
            hint=f"write it in digits, above 0, with at most {decimals} decimals",
        )
    return wei


def shown_gwei(wei: int) -> str:
    """A price in gwei as people write it: no more digits than it has."""
    text = f"{Decimal(wei).scaleb(-_GWEI_DECIMALS):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
