"""upgradeable-spender: what it does tomorrow is for somebody to decide."""

from __future__ import annotations

from types import MappingProxyType

from allowctl.codec.words import checksum
from allowctl.model.facts import (
    Authority,
    AuthorityKind,
    Proxy,
    ProxyKind,
    SpenderKind,
)
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record
from allowctl.risk.keys import CODE_UNSERVED
from allowctl.risk.rule import DAY, Context, RuleCard

_LONGEST_DELAY = 60 * DAY
"""Seconds: nobody has to believe that an honest timelock waits longer."""
_PROXIES = {
    ProxyKind.MINIMAL: "a minimal proxy",
    ProxyKind.EIP1967: "an EIP-1967 proxy",
    ProxyKind.BEACON: "a beacon's proxy",
    ProxyKind.EIP1822: "an EIP-1822 proxy",
    ProxyKind.ZEPPELINOS: "a ZeppelinOS proxy",
}


class UpgradeableSpender:
    """The spender is a proxy, and somebody can change the code that it runs."""

    card = RuleCard(
        id="upgradeable-spender",
        title="spender can be changed",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        points=35,
        cases=MappingProxyType({"eoa": 35, "unknown": 20, "safe": 15, "timelock": 10}),
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found by who can upgrade it. That nobody can is only ever said: no proof.

        Not evaluated where it may run code that nothing known leads to.
        """
        match record.spender.proxy:
            case None if record.spender.kind is SpenderKind.UNKNOWN:
                return self.card.unknown(CODE_UNSERVED)
            case (Missing() as missing) | Proxy(
                kind=ProxyKind.MINIMAL, authority=Missing() as missing
            ):
                return self.card.unknown(missing)
            case None | Proxy(kind=ProxyKind.MINIMAL):
                return None
            case Proxy(authority=Missing(lack=Lack.FAILED | Lack.NOT_ASKED) as missing):
                return self.card.unknown(missing)
            case Proxy(authority=authority) as proxy:
                return self.card.finding(
                    f"{_who(authority)} can change the code that the spender runs: "
                    f"it is {_what(proxy)} at block {context.as_of.number}",
                    case=_case(authority),
                )


def _case(authority: Authority | Missing | None) -> str:
    """A Safe that one key signs for is no more than a key."""
    match authority:
        case (
            Authority(kind=AuthorityKind.EOA)
            | Authority(kind=AuthorityKind.SAFE, threshold=1)
        ):
            return "eoa"
        case Authority(kind=AuthorityKind.SAFE, threshold=int(keys)) if keys > 1:
            return "safe"
        case Authority(kind=AuthorityKind.TIMELOCK, delay=int(delay)) if (
            0 < delay <= _LONGEST_DELAY
        ):
            return "timelock"
        case _:
            return "unknown"


def _who(authority: Authority | Missing | None) -> str:
    match authority:
        case Authority(kind=AuthorityKind.NOBODY):
            (says,) = (*map(checksum, authority.path[-1:]),) or ("it",)
            return f"nobody, if {says} tells the truth,"
        case Authority(kind=AuthorityKind.EOA):
            who = "the key"
        case Authority(
            kind=AuthorityKind.SAFE, threshold=int(keys), owners=int(owners)
        ):
            who = f"{keys} of {owners} keys of the Safe"
        case Authority(kind=AuthorityKind.TIMELOCK, delay=int(delay)):
            who = f"after {delay} seconds, the timelock"
        case Authority():
            who = "the contract"
        case _:
            return "somebody who is not known"
    last = authority.path[-1:]
    return " ".join((who, *map(checksum, last)))


def _what(proxy: Proxy) -> str:
    of = proxy.implementation and f" of {checksum(proxy.implementation)}"
    by = proxy.beacon and f", named by {checksum(proxy.beacon)},"
    return _PROXIES[proxy.kind] + (of or "") + (by or "")
