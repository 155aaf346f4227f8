"""What the rules about spenders without a contract's rules share."""

from __future__ import annotations

from allowctl.model.chain import ZERO_ADDRESS
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record

CODE_UNSERVED = Missing(Lack.FAILED, "nobody served the spender's code")


def harmless(record: Record) -> bool:
    """Whether the spender's key, if there is one, gains nothing by the approval.

    The owner's own key can do all that already; to the zero address nobody has
    a key, and no contract can be deployed there.
    """
    return record.allowance.spender in (record.allowance.candidate.owner, ZERO_ADDRESS)
