"""What a report knows wholly: only of that one can say that an entry is unused."""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.model.report import Report, Scan, Unscanned
from allowctl.model.settings import Wallet
from allowctl.policy.whose import asked_on, means


class Seen:
    """What was scanned wholly, by wallet and chain."""

    def __init__(
        self, report: Report, wallets: Sequence[Wallet], *, narrowed: bool
    ) -> None:
        self._wallets = wallets
        self._narrowed = narrowed
        told = (each.chain for each in report.unscanned if each.chain is not None)
        chains = (*told, *(each.chain for each in report.scans))
        self._chains = {str(each.id): each for each in chains}
        broken = {_key(each) for each in report.scans if not _whole(each)}
        scanned = {_key(each) for each in report.scans}
        self._whole = {
            key
            for key in scanned - broken
            if not any(_touches(each, key) for each in report.unscanned)
        }
        self._everywhere = {
            wallet.name: self._on_all(wallet, scanned, report) for wallet in wallets
        }

    def wholly(self, wallet: str | None, chain: str | None) -> bool:
        """Whether all that an entry speaks of was scanned; None is for any.

        False, too, where that cannot be told.
        """
        if self._narrowed and None in (wallet, chain):
            return False
        asked = [each for each in self._wallets if wallet in (None, each.name)]
        if chain is None:
            return bool(asked) and all(self._everywhere[each.name] for each in asked)
        known = self._chains.get(chain)
        if known is None:
            return False
        there = [each for each in asked if asked_on(each, known)]
        return bool(there) and all(
            (each.address, known.id) in self._whole for each in there
        )

    def _on_all(
        self, wallet: Wallet, scanned: set[tuple[str, int]], report: Report
    ) -> bool:
        """Whether a wallet was scanned wholly on every chain that it is asked on."""
        here = {key for key in scanned if key[0] == wallet.address}
        on = [self._chains[str(chain_id)] for _, chain_id in here]
        found = all(any(means(text, each) for each in on) for text in wallet.chains)
        untold = any(each.owner in (None, wallet.address) for each in report.unscanned)
        return bool(here) and found and not untold and here <= self._whole


def _key(scan: Scan) -> tuple[str, int]:
    return scan.owner, scan.chain.id


def _whole(scan: Scan) -> bool:
    """Whether it asked for all there is, and had it."""
    return scan.complete and not scan.restricted


def _touches(unscanned: Unscanned, key: tuple[str, int]) -> bool:
    """Whether what was not scanned may be a part of this."""
    owner, chain_id = key
    return unscanned.owner in (None, owner) and (
        unscanned.chain is None or unscanned.chain.id == chain_id
    )
