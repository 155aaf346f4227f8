"""The commented allowctl.toml that `allowctl policy init` writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from allowctl.codec.shown import printable, quoted
from allowctl.codec.words import checksum
from allowctl.config.forms_policy import ens_name
from allowctl.model.finding import Level
from allowctl.model.report import Report
from allowctl.model.settings import Wallet
from allowctl.output.policy_file_draft import (
    Draft,
    DraftEntry,
    DraftRefusal,
    Sort,
    draft,
)
from allowctl.output.policy_file_settings import chains, policy
from allowctl.output.policy_file_toml import off, text, texts, words
from allowctl.output.policy_file_wallets import DraftWallet
from allowctl.output.prose import several

__all__ = ["Draft", "Sort", "draft", "render", "text_of"]

_HALF_A_YEAR = timedelta(days=180)
_LISTED = 20
_SAID = 300
_WHY_OFF = {
    Sort.HELD: "NOT PROPOSED, for its level, and so a violation: take it back, or "
    "write down why it is needed.",
    Sort.SPAM: "NOT PROPOSED: its token is taken for spam, which no policy judges.",
}


def render(
    report: Report, wallets: Sequence[Wallet], *, today: date, saved: bool = False
) -> str:
    """The file for what a report has; `wallets` are those that have a name already.

    `saved`: the report was made before, and kept.
    """
    return text_of(draft(report, wallets), today=today, saved=saved)


def text_of(of: Draft, *, today: date, saved: bool = False) -> str:
    """The same of a draft. It is ASCII, and only what the draft proposes may pass."""
    lines = [
        *_head(of, today, saved=saved),
        *_incomplete(of),
        "",
        "version = 1",
        *chains(of.chain_ids),
        *policy(),
        *_wallets(of.wallets),
        *_entries(of, today),
        *_refused(of, today),
        *_dormant(of),
    ]
    return "\n".join(lines) + "\n"


def _head(of: Draft, today: date, *, saved: bool) -> Iterator[str]:
    made = datetime.fromtimestamp(of.created_at, UTC).date()
    source = f"a report of {made} that was saved" if saved else "a scan"
    yield from words(
        "The approvals that these wallets may have, and no others: `allowctl check` "
        "fails for any",
        "that has no entry here.",
        "",
        f"Proposed by `allowctl policy init` on {today} from {source}. Nobody has "
        "looked at it yet:",
        "keep what is needed and write its reason; what you delete is a violation "
        "until it is taken back.",
        "A line with # and no space behind it is a setting that is turned off.",
        "",
        "docs/configuration.md of allowctl describes every key, docs/policy.md what "
        "is judged.",
        "An editor that knows TOML completes the keys, after `allowctl policy schema "
        "> allowctl.schema.json`,",
        "if the first line is `#:schema ./allowctl.schema.json`.",
    )


def _incomplete(of: Draft) -> Iterator[str]:
    if of.complete:
        return
    yield "#"
    yield from words(
        "INCOMPLETE: not everything was served. Approvals may be lacking here; run "
        "`allowctl policy init`",
        "again, or look at what `allowctl check` says of them:",
    )
    yield from words(*_listed([f"  {each}" for each in of.open_ends]))


def _wallets(wallets: Sequence[DraftWallet]) -> Iterator[str]:
    for each in wallets:
        yield ""
        yield "[[wallet]]"
        yield f"name = {text(each.name)}"
        yield f"address = {text(checksum(each.address))}"
        yield f"chains = {texts(each.chains)}"
        yield from _ens(each.ens)


def _ens(name: str | None) -> Iterator[str]:
    if name is None:
        return
    try:
        ens_name(name)
    except ValueError:
        said = quoted(name)
        yield from words(f"The ENS name {said} led here; none can be written so.")
        return
    yield from words("`allowctl check` fails if this name leads elsewhere.")
    yield f"ens = {text(name)}"


def _entries(of: Draft, today: date) -> Iterator[str]:
    yield ""
    yield from words(
        "Approvals that are there now, the worst of a wallet first. Each entry covers "
        "one up to its",
        "max_amount and max_level, and until it expires; what no entry covers is a "
        "violation.",
    )
    if not of.entries:
        yield from words("There are none.")
    for each in of.entries:
        yield ""
        yield from words(*each.words)
        if each.more:
            items = several(each.more, "further item")
            yield from words(f"It covers {items} of the same collection as well.")
        lines = ["[[allow]]", *_allow(each, today)]
        if each.sort is Sort.PROPOSED:
            yield from lines
        else:
            yield from words(_WHY_OFF[each.sort])
            yield from off(each for each in lines if not each.startswith("#"))
    for sort, said in (
        (Sort.PROPOSED, "more that could be proposed, violations without an entry"),
        (
            Sort.HELD,
            "more of level high or worse, or of a level that is not known, violations",
        ),
        (Sort.SPAM, "more whose tokens are taken for spam"),
    ):
        if of.left_out[sort]:
            yield ""
            yield from words(
                f"NOT HERE: {several(of.left_out[sort], 'approval')} {said}; "
                "`allowctl scan` shows them."
            )


def _allow(each: DraftEntry, today: date) -> Iterator[str]:
    yield f"wallet = {text(each.wallet)}"
    yield f"chain = {text(each.chain)}"
    yield f"kind = {text(each.kind.value)}"
    if each.contract != each.token:
        yield f"contract = {text(checksum(each.contract))}"
    yield f"token = {text(checksum(each.token))}"
    yield f"spender = {text(checksum(each.spender))}"
    most = "unlimited" if each.max_amount is None else str(each.max_amount)
    yield f"max_amount = {text(most)}"
    if each.level is not Level.UNKNOWN:
        # Getting stale raises a level by itself, and is nothing to look at again.
        yield f"max_level = {text(str(max(each.level, Level.MEDIUM)))}"
    yield f"reason = {text(_reason(today))}"
    yield '#owner = "who answers for it"'
    yield f"#expires = {today + _HALF_A_YEAR}"


def _reason(today: date) -> str:
    return f"proposed by allowctl policy init on {today}, looked at by nobody yet"


def _refused(of: Draft, today: date) -> Iterator[str]:
    if not of.refused:
        return
    yield ""
    yield from words(
        'Contracts that do not answer. They fail a check only with refused = "fail": '
        "then each",
        "needs an entry that says why it may be left.",
    )
    for each in of.refused:
        yield ""
        yield from words(each.words)
        yield from off(_acknowledge(each, today))
    if of.refused_left_out:
        yield ""
        yield from words(
            f"NOT HERE: {several(of.refused_left_out, 'further contract')}; "
            "`allowctl scan` shows them."
        )


def _acknowledge(each: DraftRefusal, today: date) -> Iterator[str]:
    yield "[[acknowledge]]"
    yield f"chain = {text(each.chain)}"
    yield f"token = {text(checksum(each.token))}"
    yield f"reason = {text(_reason(today))}"


def _dormant(of: Draft) -> Iterator[str]:
    if not of.dormant:
        return
    yield ""
    yield from words(
        "Dormant approvals, which wake when the token is approved for Permit2 again. "
        "They are not judged",
        "until then, and have no entry here; awake they are violations:",
        *_listed([f"  {each}" for each in of.dormant]),
    )


def _listed(lines: Sequence[str]) -> list[str]:
    """So many, and the number of the others."""
    shown = [printable(each, _SAID) for each in lines[:_LISTED]]
    rest = len(lines) - _LISTED
    return [*shown, f"  and {rest} more"] if rest > 0 else shown
