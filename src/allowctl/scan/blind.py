"""What a scan could not have seen: said with every report, so "clean" has an edge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from allowctl.codec.words import checksum
from allowctl.model.approval import Kind, Undecodable
from allowctl.model.chain import Block
from allowctl.model.coverage import Checked, Coverage
from allowctl.model.question import Question
from allowctl.model.report import AuditedRecord
from allowctl.model.value import Unpriced

_ALWAYS = (
    "tokens that tell different askers different things",
    "signatures that were given but not submitted leave no log",
    "kinds this version does not know: ERC-6909, ERC-777, Safe modules, delegations",
)
_LOGS_ONLY = (
    "tokens that emit no Approval, or do not index its owner "
    "(name them with --token and --spender)"
)
_QUIET_USES = (
    "uses of approvals that emitted no Transfer, or none that indexes its owner"
)
_SHOWN = 5
_STALE = 3600
"""Seconds between the head and the clock beyond which it has to be said."""


def spots(
    question: Question,
    coverage: Coverage,
    as_of: Block,
    undecodable: Iterable[Undecodable],
) -> tuple[str, ...]:
    """One sentence for each thing that this scan cannot rule out."""
    found = _witnesses(coverage)
    if question.to_block is None and question.asked_at is not None:
        age = question.asked_at - as_of.timestamp
        if age > _STALE:
            found.append(
                f"what happened since block {as_of.number}, {age // 3600} h ago"
            )
        if -age > _STALE:
            found.append(f"the true time: block {as_of.number} is dated in the future")
    if question.candidates:
        found.append("no log was sought: only the rows of a report were read")
    elif question.pairs:
        found.append("no log was sought: only the named pairs were read")
        found.append("single NFTs, which a pair of token and spender does not name")
    else:
        found.append(_LOGS_ONLY)
    if question.unused_for is not None:
        found.append(_QUIET_USES)
    found += _not_asked(question)
    if question.from_block and not question.named:
        found.append(f"approvals before block {question.from_block} were not sought")
    if question.to_block is not None:
        found.append(f"what happened after block {question.to_block}")
    odd = Counter(log.contract for log in undecodable)
    if odd:
        shown = ", ".join(checksum(each) for each in sorted(odd)[:_SHOWN])
        rest = f" and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else ""
        found.append(
            f"{odd.total()} logs with an approval's topic in no known layout, "
            f"of {shown}{rest}"
        )
    return (*found, *_ALWAYS)


def unpriced(rows: Iterable[AuditedRecord]) -> tuple[str, ...]:
    """What a source of prices kept to itself: levels and spam may hang on it."""
    count = sum(row.record.value is Unpriced.UNSERVED for row in rows)
    if not count:
        return ()
    some = "1 allowance is" if count == 1 else f"{count:,} allowances are"
    return (f"what {some} worth: a price source did not answer",)


def _not_asked(question: Question) -> list[str]:
    """What the question itself leaves out."""
    found = []
    left_out = [kind.value for kind in Kind if kind not in question.kinds]
    if left_out:
        found.append(f"kinds not asked for: {', '.join(left_out)}")
    for what, those in (("tokens", question.tokens), ("spenders", question.spenders)):
        if those:
            found.append(f"{what} other than those asked for")
    return found


def _witnesses(coverage: Coverage) -> list[str]:
    """By whose word all this is so."""
    hosts = coverage.endpoints
    earlier = (
        [f"{coverage.remembered:,} blocks of logs are known from earlier runs alone"]
        if coverage.remembered
        else []
    )
    if len(hosts) <= 1:
        only = hosts[0] if hosts else "one endpoint"
        found = [f"everything here is according to {only} alone"]
    else:
        found = [f"the state is according to {' and '.join(coverage.state_by)} alone"]
        match coverage.checked:
            case Checked.UNCHECKED:
                found.append(
                    f"each range of logs is according to one of {', '.join(hosts)} "
                    "alone (--verify 100 asks a second one)"
                )
            case Checked.SAMPLED:
                found.append(
                    "not every range of logs was confirmed by a second endpoint"
                )
            case Checked.AGREED:
                pass
    return found + earlier
