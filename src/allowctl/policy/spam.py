"""`spam`: approvals that are taken for spam, each named, since that may be wrong."""

from __future__ import annotations

from allowctl.model.facts import Sender
from allowctl.model.place import Place
from allowctl.model.policy import Action, Policy
from allowctl.policy.judged import Fault, Judged

SPAM_CHECK = "spam"


def suspected(of: Judged, policy: Policy) -> Fault:
    """That nothing else is held against it.

    What a phished signature allows is sent by a stranger, just as what he makes up:
    who owns it alone can tell these apart.
    """
    return Fault(
        check=SPAM_CHECK,
        action=Action.WARN,
        message=f"it is taken for spam and not judged: {_why(of)}; whoever sees that "
        "it is none judges it by a rule that names spam-token",
        place=Place.by_default(policy.file, "rule"),
    )


def _why(of: Judged) -> str:
    """By the facts, not by the finding's evidence: that may name other tokens."""
    if of.record.token.grants_strangers:
        return "its token tells of rights between addresses that nobody has a key to"
    if of.record.sent is Sender.OTHER:
        return "the owner did not send the transaction that logged it"
    return "its token looks like spam, or a list says so"
