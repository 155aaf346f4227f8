"""One approval in full: every fact with where it is from, every point, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from allowctl.codec.shown import plain, printable, quoted
from allowctl.model.value import Unpriced
from allowctl.output.amounts import moment, units, until
from allowctl.output.columns import SHORT_ID
from allowctl.output.explain_facts import (
    LONGEST,
    REASON,
    Fact,
    Section,
    listed,
    place,
    told_by,
)
from allowctl.output.explain_spender import spender_facts
from allowctl.output.grid import hung
from allowctl.output.kept_row import (
    ApprovalRow,
    Document,
    ExposureRow,
    FindingRow,
    TokenRow,
)
from allowctl.output.money import dollars, per_token, since
from allowctl.output.names import NO_SYMBOL, label_text
from allowctl.risk.rules import TITLES

_NAME = 15
"""Columns of a fact's name."""
_WORST = "critical"
_NARROWEST = 60
_EVIDENCE = 2_000
_LISTED = 12
_SPAM = (
    "Do nothing: the token is taken for spam, and to take it back costs a fee and may "
    "run the token's code. If it is a token of yours after all, give it a price under "
    "[prices.fixed] in allowctl.toml and scan again: then it is no spam."
)
_LOOK = (
    "first see what would be sent, then put --keystore or --account in the place of "
    "--dry-run. Add the --rpc-url that you scan with"
)
_OTHER = (
    "With another tool: from the owner, here with foundry's cast, your own signer and "
    "--rpc-url"
)
_MAXIMA = {str(2**bits - 1): f"2^{bits} - 1" for bits in (96, 160, 255, 256)}
"""What standards and tokens mean by "no limit", as people write it."""


def render(told: Document, now: int, width: int) -> str:
    """A kept row as text of whole words. Nothing in it is read anew.

    What is to be copied, the call most of all, is never broken over lines.
    """
    width = max(width, _NARROWEST)
    block = told.as_of.number
    lines: list[str] = []
    for line in _head(told, now):
        lines += hung(line, width, "", "  ")
    lines += ["", *_why(told.row, width)]
    for section in (
        Section(f"The approval, by eth_call at block {block}", _approval(told)),
        Section(
            f"The token, by its own word at block {block} alone", _token(told.row.token)
        ),
        Section(
            f"The spender, by its code, storage and word at block {block}",
            spender_facts(told.row.spender),
        ),
        Section(f"At risk, by the token's word at block {block}", _risk(told.row)),
    ):
        lines += ["", *hung(section.heading, width, "", "  ")]
        lines += _facts(section.facts, width)
    lines += ["", *_what_to_do(told, width)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(told: Document, now: int) -> Iterator[str]:
    row, at = told.row, told.as_of
    spam = ", suspected spam" if row.spam else ""
    at_risk = row.exposure.value_at_risk_usd
    worth = "" if at_risk is None else f", {dollars(Decimal(at_risk))} at risk"
    name = row.spender.label
    label = f" ({label_text(name, row.spender.label_source)})" if name else ""
    yield f"{row.level}: {_grant(row)} to {row.spender.address}{label}{worth}{spam}"
    yield (
        f"granted by {told.owner} on {printable(told.chain, LONGEST)} "
        f"({told.chain_id}), {told.status}"
    )
    yield f"as of block {at.number} of {moment(at.timestamp)}, {at.hash}"
    yield f"{told_by(told.state_by)}, {since(now - told.created_at)} ago"
    yield f"fingerprint {row.fingerprint}"
    if row.failed and row.level != _WORST:
        yield f"IT MAY BE WORSE: {', '.join(row.failed)} could not be evaluated"


def _why(row: ApprovalRow, width: int) -> Iterator[str]:
    total = sum(each.points for each in row.findings)
    capped = f", counted as {row.points}" if total != row.points else ""
    yield f"Why: {total} points{capped}"
    if not row.findings:
        yield "  nothing was found against it"
    for each in row.findings:
        yield from _finding(each, width)
    for lacking in row.not_evaluated:
        said = f"not evaluated: {lacking.rule}: {printable(lacking.reason, REASON)}"
        yield from hung(said, width, "  ", "    ")
    if row.findings:
        more = f"what a rule means: allowctl explain {row.findings[0].rule}"
        yield from hung(more, width, "  ")


def _finding(found: FindingRow, width: int) -> Iterator[str]:
    title = TITLES.get(found.rule, found.rule)
    case = "" if found.case is None else f", case {found.case}"
    points = f"+{found.points}"
    what = f"{title}  [{found.rule}{case}; {found.severity}"
    yield from hung(
        f"{what}, confidence {found.confidence}]", width, f"  {points:>4}  "
    )
    yield from hung(printable(found.evidence, _EVIDENCE), width, " " * 8)


def _facts(facts: Iterator[Fact], width: int) -> Iterator[str]:
    for name, text, source in facts:
        said = f"{text}  [{source}]" if source else text
        yield from hung(said, width, f"  {name:<{_NAME}} ")


def _approval(told: Document) -> Iterator[Fact]:
    row = told.row
    yield "kind", row.kind, ""
    yield "contract", row.contract, ""
    if row.token_id is not None:
        yield "item", f"#{row.token_id}", ""
    if row.amount is not None:
        yield "amount", _amount(row.amount, row, unlimited=row.unlimited), ""
    if row.token_id is None and row.amount is None:
        yield "amount", "all items, those received later included", ""
    if row.root_amount is not None:
        yield "through Permit2", f"{_amount(row.root_amount, row)} at most", ""
    if row.expiration is not None:
        yield "expiration", until(row.expiration), ""
    claimed = _claimed(row)
    if claimed is not None:
        yield "newest log says", f"{claimed}; state decides", ""
    if row.inside:
        ids = [each[:SHORT_ID] for each in row.inside]
        more = f" and {len(ids) - _LISTED} more" if len(ids) > _LISTED else ""
        yield "inside it", f"{', '.join(ids[:_LISTED])}{more}", ""
    yield from _events(told)


def _claimed(row: ApprovalRow) -> str | None:
    """What the newest log says, where that is not what state says."""
    if row.amount is None:
        return "it was taken back" if row.claimed == "0" else None
    differs = row.claimed is not None and row.claimed != row.amount
    return _raw(row.claimed) if row.claimed is not None and differs else None


def _events(told: Document) -> Iterator[Fact]:
    row, at = told.row, told.as_of
    raised, first, last = row.raised, row.first, row.last_changed
    if raised is None:
        yield "last raised", "not known: no log of it was read", ""
    else:
        yield "last raised", place(raised, at), ""
    if row.sent_by_owner is not None:
        sent = "the owner" if row.sent_by_owner else "not the owner"
        yield "sent by", sent, ""
    block = None if raised is None else raised.block
    if first is not None and first.block != block:
        yield "first log", place(first, at), ""
    if last is not None and last.block != block:
        yield "last log", place(last, at), ""


def _amount(amount: str, row: ApprovalRow, *, unlimited: bool = False) -> str:
    """In tokens, and the smallest units that a contract counts in."""
    raw = f"{_raw(amount)} smallest units"
    if unlimited:
        return f"unlimited: {raw}"
    decimals = row.token.decimals
    if decimals is None or amount in _MAXIMA:
        return raw
    return f"{units(int(amount), decimals)} ({raw})"


def _raw(amount: str) -> str:
    return _MAXIMA.get(amount, amount)


def _token(token: TokenRow) -> Iterator[Fact]:
    yield "address", token.address, ""
    for name, text in (("symbol", token.symbol), ("name", token.name)):
        yield name, "none" if text is None else quoted(text, LONGEST), ""
    yield "decimals", "none" if token.decimals is None else str(token.decimals), ""
    yield "total supply", token.total_supply or "not told", ""
    yield "answers as", ", ".join(token.answers_as) or "no standard", ""
    if token.reaches_further:
        yield "reaches", "more than the balance: collateral, or debt", ""
    if token.grants_strangers:
        said = "tells of rights between addresses that nobody has a key to"
        yield "lies", said, ""
    if token.known:
        yield "known", "it is in the bundled table of tokens", "bundled"
    if token.imitates:
        said = f"looks like {quoted(token.imitates)}, which is another contract"
        yield "imitates", said, "bundled"
    for each in token.listed:
        yield "listed", *listed(each)


def _risk(row: ApprovalRow) -> Iterator[Fact]:
    exposure = row.exposure
    for name, amount in (
        ("balance", exposure.balance),
        ("can move now", exposure.effective),
    ):
        yield name, "not known" if amount is None else _movable(amount, row), ""
    price = exposure.price
    if price is not None:
        each = per_token(Decimal(price.usd_per_unit), row.token.decimals)
        note = f", {plain(price.note, REASON)}" if price.note else ""
        source = f"{price.source} at {moment(price.at)}, confidence {price.confidence}"
        yield "price", each, source + note
    if exposure.value_at_risk_usd is None:
        yield "value at risk", _unpriced(exposure), ""
    else:
        yield "value at risk", dollars(Decimal(exposure.value_at_risk_usd)), ""
    if row.expected_loss_usd is not None:
        loss = dollars(Decimal(row.expected_loss_usd))
        yield "expected loss", f"{loss}, by the chance of level {row.level}", ""


def _movable(amount: str, row: ApprovalRow) -> str:
    if row.amount is not None:
        return _amount(amount, row)
    return "1 item" if amount == "1" else f"{_raw(amount)} items"


def _unpriced(exposure: ExposureRow) -> str:
    """Why there is no value, and what to do about it where that is in one's hands."""
    if exposure.effective == "0" and exposure.unpriced != Unpriced.FURTHER:
        return "nothing at the moment, whatever a unit is worth"
    if exposure.unpriced == Unpriced.NOT_ASKED:
        why = "no price source for this chain, or --prices none"
        return f"not known: {why}; [prices.fixed] in allowctl.toml would be one"
    return f"not known: {plain(exposure.unpriced or 'no price', LONGEST)}"


def _grant(row: ApprovalRow) -> str:
    symbol = row.token.symbol or ""
    name = plain(symbol) if row.token.known else quoted(symbol)
    name = name if symbol.strip() else NO_SYMBOL
    if row.token_id is not None:
        return f"{name} #{row.token_id}"
    if row.amount is None:
        return f"all {name}"
    if row.unlimited:
        return f"unlimited {name}"
    return f"{units(int(row.amount), row.token.decimals)} {name}"


def _what_to_do(told: Document, width: int) -> Iterator[str]:
    row, call = told.row, told.row.revocation
    if row.spam:
        yield from hung(_SPAM, width, "", "")
        return
    if told.status == "live":
        what = "token" if call.to == row.token.address else "contract"
        first = f"Take it back, if you know the {what} {call.to}"
    else:
        first = "Nothing can move now; a new signature would wake it. To take it back"
    yield from hung(f"{first}: {_LOOK}", width, "", "")
    yield ""
    named = f"--chain {told.chain_id} --id {row.fingerprint}"
    yield f"allowctl revoke {told.owner} {named} --dry-run"
    yield ""
    yield from hung(_OTHER, width, "", "")
    yield ""
    sender = f"--chain {told.chain_id} --from {told.owner}"
    yield f"cast send {sender} {call.to} {call.data}"
    yield ""
    yield "Then scan again: it is gone when state says so."
