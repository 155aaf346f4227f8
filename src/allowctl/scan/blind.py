"""What a scan could not have seen: said with every report, so "clean" has an edge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from allowctl.model.approval import Kind, Undecodable
from allowctl.model.question import Question

_ALWAYS = (
    "signatures that were given but not submitted leave no log",
    "kinds this version does not know: ERC-6909, ERC-777, Safe modules, delegations",
)
_LOGS_ONLY = (
    "tokens that emit no Approval, or do not index its owner "
    "(name them with --token and --spender)"
)
_SHOWN = 5


def spots(
    question: Question, host: str, undecodable: Iterable[Undecodable]
) -> tuple[str, ...]:
    """One sentence for each thing that this scan cannot rule out."""
    found = [f"everything here is according to {host} alone"]
    if question.pairs:
        found.append("no log was sought: only the named pairs were read")
        found.append("single NFTs, which a pair of token and spender does not name")
    else:
        found.append(_LOGS_ONLY)
    left_out = [kind.value for kind in Kind if kind not in question.kinds]
    if left_out:
        found.append(f"kinds not asked for: {', '.join(left_out)}")
    if question.from_block and not question.pairs:
        found.append(f"approvals before block {question.from_block} were not sought")
    odd = Counter(log.contract for log in undecodable)
    if odd:
        shown = ", ".join(sorted(odd)[:_SHOWN])
        rest = f" and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else ""
        found.append(
            f"{odd.total()} logs with an approval's topic in no known layout, "
            f"of {shown}{rest}"
        )
    return (*found, *_ALWAYS)
