"""An account's nonces and money, and the price of gas, by all endpoints' word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median_low

from allowctl.errors import UnservedError
from allowctl.model.chain import Address, Chain
from allowctl.revoke.everyone import Heard, Request, ask, differ, told
from allowctl.revoke.ports import FeeHistory, Nonces, Sleep
from allowctl.rpc import account, answers
from allowctl.rpc.heads import Greeting, fresh
from allowctl.rpc.pool import Pool

_ROUNDS = 4
"""How often endpoints that differ about a nonce are asked: one may lag."""
_LAG = 3.0
"""Seconds between two rounds."""
_STALE = 15 * 60
_STALE_BLOCKS = 60
_BLOCKS = 20
_LINEA = 59144
"""Its sequencer takes what eth_maxPriorityFeePerGas says, and not what others paid."""


async def nonces(
    pool: Pool, owner: Address, *, clock: Callable[[], float], sleep: Sleep
) -> Nonces:
    """What all that are up to date agree on; each says its chain's id once more.

    UnservedError if they do not agree after some seconds, if one has changed its
    chain, or if every head is old.
    """
    asked: list[Request] = [
        ("eth_chainId", ()),
        ("eth_getBlockByNumber", ("latest", False)),
        ("eth_getTransactionCount", (owner, "latest")),
        ("eth_getTransactionCount", (owner, "pending")),
    ]
    for attempt in range(_ROUNDS):
        if attempt:
            await sleep(_LAG)
        heard = await ask(pool.met, asked)
        _check_chains(pool, heard)
        said = _up_to_date(pool.chain, [n for _, n in told(heard, _nonces)], clock())
        if len({latest for _, latest, _ in said}) == 1:
            latest = said[0][1]
            return Nonces(latest=latest, pending=max(latest, *(p for _, _, p in said)))
    raise differ(f"the nonce of {owner}", [(each.host, n) for each, n, _ in said])


_Told = tuple[Greeting, int, int]
"""Its head, and the two counts."""


def _nonces(items: Sequence[object], host: str) -> _Told:
    chain_id, newest, mined, under_way = items
    account.quantity(chain_id, host)
    head = answers.block(newest, host)
    if head is None:
        raise answers.malformed("no block", host)
    latest = account.quantity(mined, host, 64)
    try:
        pending = account.quantity(under_way, host, 64)
    except UnservedError:
        pending = latest
    return Greeting(host, head, None), latest, pending


def _check_chains(pool: Pool, heard: Sequence[Heard]) -> None:
    for each in heard:
        try:
            chain_id = account.quantity(each.items[0], each.node.host)
        except UnservedError:
            continue
        pool.check_chain(each.node, chain_id)


def _up_to_date(chain: Chain, said: Sequence[_Told], now: float) -> list[_Told]:
    """Those whose head is no old one. UnservedError if all are old.

    How old may be too old is known only of chains that make blocks all the time.
    """
    heads = fresh([greeting for greeting, _, _ in said], now)
    if chain.block_ms is not None and not chain.testnet:
        newest = max(heads, key=lambda each: each.block.timestamp)
        old = int(now) - newest.block.timestamp
        if old > max(_STALE, _STALE_BLOCKS * chain.block_ms // 1000):
            raise UnservedError(
                f"the head of {newest.host} is {old // 60} minutes old",
                hint="its node may be stuck: give another --rpc-url, or wait; and "
                "compare this machine's clock",
            )
    return [each for each in said if each[0] in heads]


async def balance(pool: Pool, owner: Address) -> int:
    """Wei: the least that anybody tells."""
    heard = await ask(pool.met, [("eth_getBalance", (owner, "latest"))])
    said = told(heard, lambda items, host: account.quantity(items[0], host))
    return min(wei for _, wei in said)


async def fees(pool: Pool) -> FeeHistory:
    """What is paid: of all that answer the lower median, so that one cannot raise it.

    Where the newest block has no base fee, only the price of gas is asked for.
    """
    chain_id = pool.chain.id
    asked: list[Request] = [
        ("eth_feeHistory", (hex(_BLOCKS), "latest", (25, 50, 75))),
        ("eth_getBlockByNumber", ("latest", False)),
        ("eth_maxPriorityFeePerGas", ()),
    ]

    def read(items: Sequence[object], host: str) -> FeeHistory | None:
        return _history(items, host, chain_id)

    heard = await ask(pool.met, asked)
    found = [history for _, history in told(heard, read) if history is not None]
    if found:
        return _middle(found)
    heard = await ask(pool.met, [("eth_gasPrice", ())])
    said = told(heard, lambda items, host: account.quantity(items[0], host))
    return FeeHistory(base_fees=(), gas_price=median_low([price for _, price in said]))


def _history(items: Sequence[object], host: str, chain_id: int) -> FeeHistory | None:
    history, newest, suggested = items
    base = account.base_fee(newest, host)
    if base is None:
        return None
    try:
        prices = account.prices(history, host, _BLOCKS)
    except UnservedError:
        # The next block's base fee is at most an eighth higher (EIP-1559).
        following = base + base // 8 + 1
        prices = account.Prices(base_fees=(base, following), rewards=())
    tip = None
    if chain_id == _LINEA or not prices.rewards:
        try:
            tip = account.quantity(suggested, host)
        except UnservedError:
            tip = None
    return FeeHistory(
        base_fees=prices.base_fees, rewards=prices.rewards, suggested_tip=tip
    )


def _middle(histories: Sequence[FeeHistory]) -> FeeHistory:
    def price(history: FeeHistory) -> int:
        tips = [middle for _, middle, _ in history.rewards]
        tip = max(median_low(tips) if tips else 0, history.suggested_tip or 0)
        return history.base_fees[-1] + tip

    return sorted(histories, key=price)[(len(histories) - 1) // 2]
