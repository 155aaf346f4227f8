"""What a node's words to eth_sendRawTransaction mean.

The texts of geth, reth, nethermind, erigon, besu and anvil, in whatever case, behind
whatever a gateway puts before them. Never the code alone: -32000 is all of them.
What it comes to is advice: the receipt and the state decide.
"""

from __future__ import annotations

import re

from allowctl.revoke.ports import Answer

_LONGEST = 1_000
"""Characters that are looked at: no client says more before it says what is wrong."""


def _says(answer: Answer, pattern: str) -> tuple[re.Pattern[str], Answer]:
    return re.compile(pattern), answer


_MEANS = (
    # First: geth says "invalid sender: invalid chain id for signer: have 1 want 2".
    _says(
        Answer.WRONG_CHAIN,
        r"\b(invalid|wrong|incorrect|unexpected|bad|mismatched) chain ?id\b"
        r"|\bchain ?id (mismatch|does not match)|\binvalid sender\b",
    ),
    _says(
        Answer.KNOWN,
        r"\balready (known|imported)\b|\bsame hash\b|\bknown transaction\b"
        r"|\balready in (the )?(mem|tx ?)?pool\b",
    ),
    # Before the limits of delegated accounts: this one is a nonce's.
    _says(
        Answer.GAP,
        r"\bnonce (is )?too (high|far)\b|\bgapped[- ]nonce\b|\bnonce gap\b",
    ),
    _says(
        Answer.LIMITED,
        r"\bin-?flight transaction limit\b|\bdelegated accounts?\b"
        r"|\bauthority already (reserved|in use)\b|\bdelegation ?nonce ?gap\b",
    ),
    _says(Answer.NONCE_USED, r"\bnonce (is )?too low\b|\bold ?nonce\b"),
    _says(
        Answer.UNDERPRICED,
        r"\breplacement (transaction|tx) (is )?underpriced\b"
        r"|\b(insufficient gas price|could not|cannot|not enough) (to )?replace\b",
    ),
    _says(
        Answer.TOO_CHEAP,
        r"\bunderpriced\b|\bfee too low\b|\bfeetoolow\b"
        r"|\bgas ?price (is )?(too low|below)\b"
        r"|\bmax fee per gas (is )?(less|lower) than\b"
        r"|\b(tip|priority fee|max priority fee per gas)( is)? (too low|below)\b",
    ),
    _says(
        Answer.NO_MONEY,
        r"\binsufficient (funds|balance)\b|\btransaction overdraws\b"
        r"|\bupfront cost exceeds\b",
    ),
)


def classify(text: str) -> Answer:
    """What an endpoint's refusal of a transaction means; UNCLEAR where in doubt.

    `text` may be anything, of any length. The first meaning found decides, so that
    "replacement transaction underpriced" is not "transaction underpriced".
    """
    words = " ".join(text[:_LONGEST].casefold().replace("_", " ").split())
    return next(
        (answer for says, answer in _MEANS if says.search(words)), Answer.UNCLEAR
    )
