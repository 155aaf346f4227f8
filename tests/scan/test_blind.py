"""With every report stands what it cannot have seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.model.approval import Kind, LogRef, Undecodable
from allowctl.model.chain import Block
from allowctl.model.question import Pair, Question
from allowctl.scan.blind import spots
from tests import build
from tests.build import MAINNET, OWNER, SPENDER, TOKEN, address

QUESTION = Question(chain=MAINNET, owner=OWNER)


def said(
    question: Question,
    undecodable: tuple[Undecodable, ...] = (),
    head: Block | None = None,
) -> str:
    at = head or build.block()
    return "\n".join(spots(question, "node.test", at, undecodable))


def odd(number: int) -> Undecodable:
    where = LogRef(block=1, index=number, transaction="")
    return Undecodable(contract=address(number), reason="odd", where=where)


def test_always() -> None:
    """Whose word it is, and what no log shows."""
    text = said(QUESTION)
    assert "according to node.test alone" in text
    assert "signatures" in text
    assert "no Approval" in text
    assert "ERC-6909" in text


def test_kinds_left_out() -> None:
    """Kinds that were not asked for are named."""
    kinds = frozenset({Kind.ERC20, Kind.PERMIT2})
    text = said(replace(QUESTION, kinds=kinds))
    assert "kinds not asked for: erc721, operator" in text
    assert "not asked for" not in said(QUESTION)


def test_blocks_left_out() -> None:
    """So are the blocks before the first one."""
    assert "before block 500" in said(replace(QUESTION, from_block=500))
    assert "before block" not in said(QUESTION)


def test_pairs() -> None:
    """For named pairs no log was sought: nothing else was, either."""
    pair = Pair(token=TOKEN, spender=SPENDER)
    text = said(replace(QUESTION, pairs=(pair,), from_block=500))
    assert "no log was sought" in text
    assert "single NFTs" in text
    assert "before block" not in text
    assert "emit no Approval" not in text


def test_odd_logs() -> None:
    """Logs in no known layout are counted, and their contracts named, but not all."""
    logs = tuple(odd(number) for number in (1, 1, 2, 3, 4, 5, 6, 7))
    text = said(QUESTION, logs)
    assert "8 logs with an approval's topic in no known layout" in text
    assert f"{address(1)}, {address(2)}" in text
    assert text.count("0x00000") == 5
    assert "and 2 more" in text


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        (0, None),
        (3600, None),
        (7300, "what happened since the head of node.test, 2 h ago"),
        (-7300, "the true time: the head of node.test is dated in the future"),
    ],
)
def test_a_head_that_is_not_now(behind: int, expected: str | None) -> None:
    """An old head is no present, and a future one judges expirations wrongly."""
    head = build.block()
    question = Question(chain=MAINNET, owner=OWNER, asked_at=head.timestamp + behind)
    heard = said(question, head=head)

    assert ("head of node.test" in heard) is (expected is not None)
    assert expected is None or expected in heard


def test_an_earlier_block() -> None:
    """State at N says nothing of what came after."""
    question = Question(chain=MAINNET, owner=OWNER, to_block=7)

    assert "what happened after block 7" in said(question)
