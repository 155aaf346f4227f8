"""A report's document, held against the books that a world kept."""

from __future__ import annotations

from typing import NamedTuple

from eth_utils.address import is_checksum_address

from allowctl.model.chain import Address
from tests.lab.abi import encode_call
from tests.lab.truth import Expected, Key
from tests.lab.world import World
from tests.nodes.jsonrpc import Json, NodeError
from tests.nodes.node import Node


class Row(NamedTuple):
    """What a live or dormant row says that can be wrong."""

    amount: int | None
    expiration: int | None
    effective: int | None


class Told(NamedTuple):
    """All that a scan says of approvals."""

    live: dict[Key, Row]
    dormant: dict[Key, Row]
    dead: dict[Key, str]
    """Without the spender of an item: nobody has it any more."""
    refused: set[Key]
    unserved: set[Key]


def told(scan: Json) -> Told:
    """Read a scan's document, made with --show-dead. Each key stands there once."""
    unreadable = scan["unreadable"]
    return Told(
        live=_once([(_key_of_row(row), _row(row)) for row in scan["allowances"]]),
        dormant=_once([(_key_of_row(row), _row(row)) for row in scan["dormant"]]),
        dead=_once(
            [(_buried(_named(row)), row["reason"]) for row in scan["dead_rows"]]
        ),
        refused={_named(row) for row in unreadable if row["sort"] == "refused"},
        unserved={_named(row) for row in unreadable if row["sort"] == "unserved"},
    )


def expected(world: World, truth: dict[Key, Expected] | None = None) -> Told:
    """What a scan of the world's owner must say, balances read from the chain now."""
    return account_of(world.anvil, world.owner, world.truth if truth is None else truth)


def account_of(node: Node, owner: Address, truth: dict[Key, Expected]) -> Told:
    """The same, of any owner on any node."""

    def rows(fate: str) -> dict[Key, Row]:
        return {
            key: Row(each.amount, each.expiration, _effective(node, owner, key, truth))
            for key, each in truth.items()
            if each.fate == fate
        }

    return Told(
        live=rows("live"),
        dormant=rows("dormant"),
        dead={
            _buried(key): each.reason or ""
            for key, each in truth.items()
            if each.fate == "dead"
        },
        refused={key for key, each in truth.items() if each.fate == "refused"},
        unserved=set(),
    )


def _effective(
    node: Node, owner: Address, key: Key, truth: dict[Key, Expected]
) -> int | None:
    """What can move now: the balance, the grant and its root, whichever is least."""
    if key.kind == "erc721":
        return 1
    held, amount = balance(node, key.token, owner), truth[key].amount
    if held is None or amount is None:
        return held
    if key.kind == "erc20":
        return min(held, amount)
    root = truth.get(Key("erc20", key.token, key.token, key.contract))
    return min(held, amount, (root.amount or 0) if root else 0)


def balance(node: Node, token: Address, owner: Address) -> int | None:
    """Ask a token, None where it does not say."""
    try:
        answer = node.call(token, encode_call("balanceOf(address)", owner))
    except NodeError:
        return None
    return int.from_bytes(answer, "big") if answer else None


def differences(found: Told, wanted: Told) -> list[str]:
    """Where two accounts differ, a line each; empty where they are equal."""
    lines: list[str] = []
    for name in Told._fields:
        a, b = _facts(getattr(found, name)), _facts(getattr(wanted, name))
        lines += [
            f"{name} {key}: said {a.get(key)}, true {b.get(key)}"
            for key in sorted(a.keys() | b.keys(), key=repr)
            if a.get(key) != b.get(key)
        ]
    return lines


def law_holds(scan: Json) -> bool:
    """Whether the fates add up to the candidates, however they are counted."""
    dead: int = scan["dead"]
    listed = sum(len(scan[part]) for part in ("allowances", "dormant", "unreadable"))
    by_reason = sum(scan["dead_by_reason"].values())
    rows = len(scan["dead_rows"]) if "dead_rows" in scan else dead
    return bool(dead + listed == scan["candidates"] and dead == by_reason == rows)


def _facts(part: dict[Key, Row] | dict[Key, str] | set[Key]) -> dict[Key, object]:
    return {k: part[k] if isinstance(part, dict) else True for k in part}


def _once(pairs: list[tuple[Key, object]]) -> Json:
    found = dict(pairs)
    assert len(found) == len(pairs), "an approval stands there twice"
    return found


def _key_of_row(row: Json) -> Key:
    return _key(row, row["token"]["address"], row["spender"]["address"])


def _named(row: Json) -> Key:
    return _key(row, row["token"], row["spender"])


def _key(row: Json, token: str, spender: str) -> Key:
    addresses = [row["contract"], token, spender]
    assert all(map(is_checksum_address, addresses))
    contract, token, spender = (Address(each.lower()) for each in addresses)
    token_id = None if row["token_id"] is None else int(row["token_id"])
    return Key(row["kind"], contract, Address(token), Address(spender), token_id)


def _buried(key: Key) -> Key:
    return key._replace(spender=Address("")) if key.kind == "erc721" else key


def _row(row: Json) -> Row:
    return Row(
        _number(row["amount"]), row["expiration"], _number(row["exposure"]["effective"])
    )


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
