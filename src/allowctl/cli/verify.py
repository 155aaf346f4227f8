"""What --verify comes to where there is nobody to ask a second time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from allowctl.model.coverage import Checked
from allowctl.model.question import Question
from allowctl.model.report import Scan, Unscanned

if TYPE_CHECKING:
    from allowctl.rpc.pool import Pool


@dataclass(slots=True, kw_only=True)
class Verify:
    """One chain's, said to the person once and told in each of its scans."""

    percent: float
    pool: Pool
    say: Callable[[str], None] | None
    _said: bool = field(default=False, init=False)

    def before(self, questions: Sequence[Question]) -> None:
        """Say at once what is clear before the work."""
        if len(self.pool.usable) == 1 and not all(each.named for each in questions):
            self._say()

    def after(self, scans: Sequence[Scan | Unscanned]) -> list[Scan | Unscanned]:
        """The same, and what was to be verified and is not, among what is unseen."""
        return [self._judged(each) for each in scans]

    def _judged(self, scan: Scan | Unscanned) -> Scan | Unscanned:
        if isinstance(scan, Unscanned) or not self.percent:
            return scan
        coverage = scan.coverage
        if coverage.blocks is None or coverage.checked is not Checked.UNCHECKED:
            return scan
        self._say()
        spot = f"what --verify was to show: {self._reason()}"
        return replace(scan, blind_spots=(spot, *scan.blind_spots))

    def _reason(self) -> str:
        name = self.pool.chain.name
        if len(self.pool.usable) > 1:
            return f"no range of logs on {name} was read at a second endpoint"
        return f"nothing can be verified on {name}: one endpoint alone serves it"

    def _say(self) -> None:
        if self.percent and not self._said and self.say is not None:
            self.say(self._reason())
        self._said = True
