"""The checks of a policy: what each is called, how bad it is, what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from allowctl.model.finding import Severity

RULE_PREFIX = "rule."
"""Before the id of a `[[rule]]`, where that is a check's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCard:
    """One check. Its section is docs/policy.md#ID."""

    id: str
    """Kebab-case, permanent."""
    title: str
    """What is wrong where it is not met: a short sentence without a full stop."""
    help: str
    """What to do about it: sentences."""
    severity: Severity
    """How bad it is; of `fail-on` the approval's own level says that."""


_CARDS = (
    CheckCard(
        id="fail-on",
        title="Approval of a level that the policy does not let pass",
        help="Take it back with `allowctl revoke`, or write down in an [[allow]] "
        "entry why it is needed.",
        severity=Severity.HIGH,
    ),
    CheckCard(
        id="unlimited",
        title="Unlimited approval",
        help="Lower it with `allowctl limit`, take it back with `allowctl revoke`, or "
        'write an [[allow]] entry with max_amount = "unlimited".',
        severity=Severity.MEDIUM,
    ),
    CheckCard(
        id="kind",
        title="Approval of a kind that the policy does not let pass",
        help="Take it back with `allowctl revoke`, or write an [[allow]] entry.",
        severity=Severity.HIGH,
    ),
    CheckCard(
        id="max-age",
        title="Approval older than the policy lets it get",
        help="Take it back with `allowctl revoke`, or write an [[allow]] entry with "
        "the day on which it expires.",
        severity=Severity.MEDIUM,
    ),
    CheckCard(
        id="max-unused",
        title="Approval that nobody has used for longer than the policy lets it",
        help="Take it back with `allowctl revoke`: nothing was moved by it.",
        severity=Severity.MEDIUM,
    ),
    CheckCard(
        id="unpriced",
        title="Approval whose value at risk is unknown",
        help="Give the token a price under [prices.fixed], write an [[allow]] entry, "
        "or take the approval back.",
        severity=Severity.LOW,
    ),
    CheckCard(
        id="refused",
        title="Contract that does not answer",
        help="Look at it by hand; then write an [[acknowledge]] entry that says why "
        "it may be left.",
        severity=Severity.MEDIUM,
    ),
    CheckCard(
        id="spam",
        title="Approval that is taken for spam, and not judged",
        help="Look whether it is: what a phished signature allows looks the same. If "
        "it is none, take it back with `allowctl revoke`; a [[rule]] that names "
        "spam-token judges such approvals. If it is, leave it alone: an [[allow]] "
        "entry, the baseline, or such a rule that ignores it lets it pass.",
        severity=Severity.LOW,
    ),
    CheckCard(
        id="max-value-at-risk",
        title="Wallet with more value at risk than the policy lets it have",
        help="Lower or take back what puts the most at risk: `allowctl scan --sort "
        "value` shows it first.",
        severity=Severity.HIGH,
    ),
    CheckCard(
        id="max-total-value-at-risk",
        title="Wallets with more value at risk together than the policy lets them have",
        help="Lower or take back what puts the most at risk: `allowctl scan --sort "
        "value` shows it first.",
        severity=Severity.HIGH,
    ),
    CheckCard(
        id="wallet-ens",
        title="ENS name that does not lead to its wallet",
        help="Find out who changed the name. If it is right, change the wallet's "
        "address or its ens.",
        severity=Severity.HIGH,
    ),
    CheckCard(
        id="allow-expired",
        title="Allow entry that has expired",
        help="Take back what it allowed and delete it, or look at it again and give "
        "it another day.",
        severity=Severity.MEDIUM,
    ),
    CheckCard(
        id="allow-unused",
        title="Allow entry that allows nothing",
        help="Delete it: there is no such approval any more.",
        severity=Severity.LOW,
    ),
    CheckCard(
        id="acknowledge-expired",
        title="Acknowledge entry that has expired",
        help="Look at the contract again, and give the entry another day or delete it.",
        severity=Severity.MEDIUM,
    ),
    CheckCard(
        id="acknowledge-unused",
        title="Acknowledge entry of a contract that refuses nothing",
        help="Delete it.",
        severity=Severity.LOW,
    ),
    CheckCard(
        id="probe-no-code",
        title="Probe of a token at whose address no contract is",
        help="Look whether its chain and its token are right, and mend or delete it.",
        severity=Severity.MEDIUM,
    ),
)

CHECKS: Mapping[str, CheckCard] = MappingProxyType({each.id: each for each in _CARDS})
"""Every check but the `[[rule]]`s, by id."""
