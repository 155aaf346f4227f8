"""What a violation is of, in words that are safe wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator

from allowctl.codec.shown import plain, printable, quoted
from allowctl.codec.words import checksum
from allowctl.model.approval import Candidate
from allowctl.model.chain import Address
from allowctl.model.evaluation import (
    Cover,
    CoverKind,
    Evaluation,
    OpenEnd,
    Subject,
    Violation,
)
from allowctl.model.place import Place
from allowctl.output import located
from allowctl.output.amounts import granted
from allowctl.output.names import short, spender_name, token_name
from allowctl.output.prose import several

_SYMBOL = 16
_REASON = 200
_OWNER = 100
_OWN = 600
"""Characters of what we say ourselves, and of a path."""
COVERS = {
    CoverKind.ALLOW: "allowed",
    CoverKind.ACKNOWLEDGE: "acknowledged",
    CoverKind.BASELINE: "known before",
    CoverKind.IGNORE: "ignored",
}
"""What each kind of cover has done."""


def whose(subject: Subject) -> str:
    """`treasury on ethereum`; nothing where it is of no wallet."""
    wallet = "" if subject.wallet is None else subject.wallet.name
    if subject.scan is None:
        return wallet
    on = plain(subject.scan.chain.name)
    return f"{wallet or checksum(subject.scan.owner)} on {on}"


def what(subject: Subject) -> str:
    """The approval, or the contract, in one line; nothing where it is of neither."""
    if subject.row is not None:
        record = subject.row.record
        candidate = record.allowance.candidate
        token = f"{token_name(record.token, _SYMBOL)} {short(candidate.token)}"
        to = f"{spender_name(record.spender)} {short(record.spender.address)}".lstrip()
        return f"{candidate.kind.value} {token} to {to}: {granted(record)}"
    if subject.refused is not None:
        return _unanswered(subject.refused.candidate)
    return ""


def _unanswered(candidate: Candidate) -> str:
    token, spender = short(candidate.token), short(candidate.spender)
    return f"{candidate.kind.value} {token} to {spender}: does not answer"


def logical(subject: Subject) -> str:
    """`eip155:1:0xOWNER/erc20:0xTOKEN/0xSPENDER`, as much of it as there is."""
    if subject.scan is None:
        return "" if subject.wallet is None else checksum(subject.wallet.address)
    scan = subject.scan
    parts = [f"eip155:{scan.chain.id}:{checksum(scan.owner)}"]
    if subject.row is not None:
        allowance = subject.row.record.allowance
        parts += _of(allowance.candidate)
        parts.append(checksum(allowance.spender))
    elif subject.refused is not None:
        candidate = subject.refused.candidate
        parts += [*_of(candidate), checksum(candidate.spender)]
    return "/".join(parts)


def _of(candidate: Candidate) -> list[str]:
    token_id = "" if candidate.token_id is None else f":{candidate.token_id}"
    return [f"{candidate.kind.value}:{checksum(candidate.token)}{token_id}"]


def covered(cover: Cover) -> str:
    """`allowed: "REASON"`, the words of whoever wrote it in quotes."""
    said = quoted(cover.reason, _REASON) if cover.reason else ""
    until = f" until {cover.expires.isoformat()}" if cover.expires else ""
    return f"{COVERS[cover.kind]}{until}" + (f": {said}" if said else "")


def vouched(cover: Cover) -> str:
    """The same, and who answers for it."""
    by = f"; owner {quoted(cover.owner, _OWNER)}" if cover.owner else ""
    return covered(cover) + by


def sentence(violation: Violation) -> str:
    """Whose, what, and what is against it, in one sentence without a full stop."""
    of = violation.subject
    head = ", ".join(filter(None, (whose(of), what(of))))
    return f"{head}: {violation.message}" if head else violation.message


def unseen(end: OpenEnd) -> str:
    """What was not seen, and where."""
    wallet = "" if end.wallet is None else end.wallet.name
    on = "" if end.chain is None else plain(end.chain)
    where = " on ".join(filter(None, (wallet, on)))
    reason = plain(end.reason, _REASON)
    return own(f"{where}: {reason}") if where else reason


def own(text: str, longest: int = _OWN) -> str:
    """Words of our own, and paths: ASCII on one line, no command to a build machine."""
    shown = printable(text, longest)
    return shown.replace("::", ":\\x3a").replace("##", "#\\x23")


def where(of: Place, root: str) -> str:
    """`FILE:LINE: KEY`, to be shown as it is."""
    return own(located.place(of, root))


def approval(subject: Subject) -> str | None:
    """The fingerprint that other commands know it by; None where it is of none."""
    if subject.row is None or subject.scan is None:
        return None
    return subject.row.record.allowance.fingerprint(subject.scan.chain.id)


def candidate(subject: Subject) -> Candidate | None:
    """The approval that it is of, as it was mentioned; None where it is of none."""
    if subject.row is not None:
        return subject.row.record.allowance.candidate
    return None if subject.refused is None else subject.refused.candidate


def spender(subject: Subject) -> Address | None:
    """Who may take it, by state where that was read; None where it is of none."""
    if subject.row is not None:
        return subject.row.record.allowance.spender
    return None if subject.refused is None else subject.refused.candidate.spender


def verdict(evaluation: Evaluation) -> str:
    """How it ended, and the number of everything that is told below it."""
    found = ", ".join(_found(evaluation))
    unseen = sum(not each.forgiven for each in evaluation.open_ends)
    forgiven = len(evaluation.open_ends) - unseen
    ends = []
    if unseen:
        more = f", {forgiven:,} more forgiven" if forgiven else ""
        ends.append(f"INCOMPLETE: {_was_not_seen(unseen)}{more}")
    elif forgiven:
        ends.append(f"{_was_not_seen(forgiven)}, which is forgiven")
    if evaluation.violated:
        return "; ".join((f"FAILED: {found}", *ends))
    if unseen:
        return "; ".join((*ends, found))
    live = several(evaluation.counts.live, "live approval")
    return "; ".join((f"PASSED: {live}, {found}", *ends))


def _found(evaluation: Evaluation) -> Iterator[str]:
    failing = len(evaluation.failing)
    yield several(failing, "violation") if failing else "no violation"
    if evaluation.warnings:
        yield several(len(evaluation.warnings), "warning")
    if evaluation.covered:
        yield f"{len(evaluation.covered):,} covered"


def _was_not_seen(count: int) -> str:
    return f"{several(count, 'thing')} {'was' if count == 1 else 'were'} not seen"


def counted(evaluation: Evaluation) -> str:
    """How every live approval came out; the parts add up."""
    counts = evaluation.counts
    spam = f" + {counts.spam:,} suspected spam, not judged" if counts.spam else ""
    return (
        f"{several(counts.live, 'live approval')} = {counts.violating:,} violating "
        f"+ {counts.warned:,} under a warning + {counts.covered:,} covered "
        f"+ {counts.passed:,} with nothing against them{spam}"
    )
