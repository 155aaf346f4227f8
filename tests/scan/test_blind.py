"""With every report stands what it cannot have seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.model.approval import Kind, LogRef, Undecodable
from allowctl.model.chain import Block, BlockRange
from allowctl.model.coverage import Checked, Coverage
from allowctl.model.question import Pair, Question
from allowctl.model.value import Unpriced, Value
from allowctl.scan.blind import spots, unpriced
from tests import build
from tests.build import MAINNET, OWNER, SPENDER, TOKEN, address

QUESTION = Question(chain=MAINNET, owner=OWNER)
ALONE = Coverage(
    blocks=BlockRange(0, 9), endpoints=("node.test",), state_by=("node.test",)
)


def said(
    question: Question,
    undecodable: tuple[Undecodable, ...] = (),
    head: Block | None = None,
    coverage: Coverage = ALONE,
) -> str:
    at = head or build.block()
    return "\n".join(spots(question, coverage, at, undecodable))


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


@pytest.mark.parametrize(
    ("checked", "expected"),
    [
        (Checked.UNCHECKED, "each range of logs is according to one of a.test, b.test"),
        (Checked.SAMPLED, "not every range of logs was confirmed"),
        (Checked.AGREED, None),
    ],
)
def test_several_endpoints(checked: Checked, expected: str | None) -> None:
    """Who told the state, and whether the logs were told twice."""
    coverage = replace(
        ALONE, endpoints=("a.test", "b.test"), state_by=("b.test",), checked=checked
    )
    text = said(QUESTION, coverage=coverage)
    assert "the state is according to b.test alone" in text
    assert "everything here" not in text
    assert ("range of logs" in text) is (expected is not None)
    assert expected is None or expected in text


def test_earlier_runs() -> None:
    """What is not asked again is by the word of earlier runs."""
    text = said(QUESTION, coverage=replace(ALONE, remembered=1_234))
    assert "1,234 blocks of logs are known from earlier runs alone" in text
    assert "earlier runs" not in said(QUESTION)


def test_nobody_answered() -> None:
    """Without any endpoint no host is made up."""
    text = said(QUESTION, coverage=replace(ALONE, endpoints=(), state_by=()))
    assert "according to one endpoint alone" in text


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
        (7300, "what happened since block 24000000, 2 h ago"),
        (-7300, "the true time: block 24000000 is dated in the future"),
    ],
)
def test_a_head_that_is_not_now(behind: int, expected: str | None) -> None:
    """An old head is no present, and a future one judges expirations wrongly."""
    head = build.block()
    question = Question(chain=MAINNET, owner=OWNER, asked_at=head.timestamp + behind)
    heard = said(question, head=head)

    assert ("block 24000000" in heard) is (expected is not None)
    assert expected is None or expected in heard


def test_an_earlier_block() -> None:
    """State at N says nothing of what came after."""
    question = Question(chain=MAINNET, owner=OWNER, to_block=7)

    assert "what happened after block 7" in said(question)


def test_prices_not_served() -> None:
    """How many rows hang on them is said; what was asked in vain is no blind spot."""

    def told(count: int) -> tuple[str, ...]:
        values: list[Value] = [Unpriced.NO_PRICE, build.worth()]
        values += [Unpriced.UNSERVED] * count
        return unpriced([build.audited(build.record(value=each)) for each in values])

    assert told(0) == ()
    assert told(1) == ("what 1 allowance is worth: a price source did not answer",)
    assert told(1_000) == (
        "what 1,000 allowances are worth: a price source did not answer",
    )


def test_uses_without_a_log() -> None:
    """Where uses are sought, it is said which are not seen."""
    asked = replace(QUESTION, unused_for=86_400)
    assert "uses of approvals that emitted no Transfer" in said(asked)
    assert "uses of" not in said(QUESTION)
