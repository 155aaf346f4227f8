"""spam-token: a token that was sent to be seen, not to be worth anything."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from allowctl.codec.shown import inert
from allowctl.model.approval import Kind
from allowctl.model.facts import Sender, TokenFacts
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.lists import Charge
from allowctl.model.report import SPAM, Record
from allowctl.model.value import Unpriced, Worth
from allowctl.risk import listed
from allowctl.risk.looks import Bait, alike, baits, disguised
from allowctl.risk.rule import Context, RuleCard
from allowctl.risk.wording import missing

Held = tuple[Bait, ...]

_NO_PRICE: Mapping[Unpriced, str] = MappingProxyType(
    {
        Unpriced.NOT_ASKED: "no price was asked for",
        Unpriced.NO_PRICE: "no price is known",
        Unpriced.THIN: "no price with liquidity is known",
        Unpriced.BEYOND: "its pools hold less than it would be worth",
        Unpriced.NO_BALANCE: "its balance is not known",
        Unpriced.FURTHER: "its value is not known",
        Unpriced.ITEMS: "items have no price here",
        Unpriced.UNSERVED: "no price was served",
    }
)
_UNHEARD = frozenset({Unpriced.NOT_ASKED, Unpriced.UNSERVED})
"""A price might still speak for the token."""


class SpamToken:
    """Nothing speaks for the token, and something against it.

    With high confidence the row is ranked last and fails no check: that takes
    evidence, or looks that no token of any value has.
    """

    card = RuleCard(
        id=SPAM,
        title="spam token",
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        points=0,
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Never found for a known token, nor for one with a price."""
        del context
        token = record.token
        if token.known or isinstance(record.value, Worth):
            return None
        symbol, name = baits(token.symbol or ""), baits(token.name or "")
        planted = _planted(record, record.value)
        proofs, signs = (*_proofs(token), *planted), _signs(token, symbol, name)
        remarks = (*_blocked(token), *(() if planted else _relayed(record)))
        if proofs or signs or remarks:
            sure = proofs or (
                not _own(record) and _looks(record, record.value, symbol, name)
            )
            said = "; ".join((_NO_PRICE[record.value], *proofs, *signs, *remarks))
            return self.card.finding(
                said, confidence=Confidence.HIGH if sure else Confidence.LOW
            )
        if token.unserved and token.symbol is None and token.name is None:
            return self.card.unknown(missing(token, "name"))
        return None


def _looks(record: Record, value: Unpriced, symbol: Held, name: Held) -> bool:
    """Whether a list, or what the token looks like, is enough."""
    idle = bool(_blocked(record.token)) and record.effective == 0
    return idle or _telling(record, value, symbol, name)


def _own(record: Record) -> bool:
    """Whether the owner gave the right himself: then nobody has planted it."""
    return record.sent is Sender.OWNER


def _proofs(token: TokenFacts) -> tuple[str, ...]:
    """What does not hang on a name, nor on a stranger's list."""
    if token.grants_strangers:
        return ("it tells of rights between addresses that nobody has a key to",)
    return ()


def _blocked(token: TokenFacts) -> tuple[str, ...]:
    """A list's word: it may err, so it takes no row away that can lose anything."""
    blocked = [each for each in token.listed if each.charge is Charge.BLOCKED]
    return (f"it is {listed.evidence(blocked)}",) if blocked else ()


def _planted(record: Record, value: Unpriced) -> tuple[str, ...]:
    """What nobody can deny who made an approval up: he cannot send for its owner.

    A permit sent by somebody else counts up the token's own nonces(owner). A token
    may lie about these: where prices were asked in vain, nobody has to believe it.
    """
    token = record.token
    theirs = record.sent is Sender.OTHER and record.plain_owner is True
    if not theirs or token.unserved or _kept_by_permit2(record):
        return ()
    said = "logged in a transaction that the owner did not send"
    if record.allowance.candidate.kind is not Kind.ERC20:
        return (said,)
    if not token.permits:
        return (f"{said}, and no permit was ever used",)
    # What keeps balances to itself is no honest token, whatever it tells of permits.
    lies = value is Unpriced.NO_BALANCE
    return (said,) if lies or _in_vain(record, value) else ()


def _relayed(record: Record) -> tuple[str, ...]:
    """The same of a contract, or of a key that runs code: others send for these."""
    theirs = record.sent is Sender.OTHER and record.plain_owner is False
    if not theirs or _kept_by_permit2(record):
        return ()
    return ("logged in a transaction that the owner, which has code, did not send",)


def _kept_by_permit2(record: Record) -> bool:
    """Permit2 logs what the owner did or signed alone, whoever sends it."""
    return record.allowance.candidate.kind is Kind.PERMIT2


def _signs(token: TokenFacts, symbol: Held, name: Held) -> tuple[str, ...]:
    """What symbol and name look like."""
    found = [
        f"its {what} holds {_listed(held)}"
        for what, held in (("symbol", symbol), ("name", name))
        if held
    ]
    if token.imitates is not None:
        other = inert(token.imitates)
        how = "is made to look like" if _disguised(token) else "reads like"
        found.append(f"it {how} {other}, which is another contract")
    return tuple(found)


def _telling(record: Record, value: Unpriced, symbol: Held, name: Held) -> bool:
    """Whether looks alone are enough.

    Where prices were asked in vain, more kinds of looks are; a receipt of a pool may
    name a web site, and a thing may be called a reward: none of these is, alone.
    """
    token, other = record.token, record.token.imitates
    if token.unserved or (record.effective != 0 and value in _UNHEARD):
        return False
    both = {each.leads for each in (*symbol, *name)} == {True, False}
    if both or _disguised(token):
        return True
    leads = Bait.LINK in name or any(each.leads for each in symbol)
    same = other is not None and alike(token.symbol, other)
    return _in_vain(record, value) and (leads or same)


def _in_vain(record: Record, value: Unpriced) -> bool:
    """Whether prices were asked for, and none with liquidity was there."""
    # Of what cannot move now no spot price is asked, and none would matter.
    movable = record.effective != 0
    return value is Unpriced.THIN or (movable and value is Unpriced.NO_PRICE)


def _disguised(token: TokenFacts) -> bool:
    other = token.imitates
    return other is not None and any(
        disguised(text, other) for text in (token.symbol, token.name)
    )


def _listed(held: Held) -> str:
    *first, last = held
    return f"{', '.join(first)} and {last}" if first else str(last)
