"""Groups of options of `revoke`, `limit` and `resume`, as values."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allowctl.cli import given, parse, take_shown, wiring
from allowctl.cli.means import means
from allowctl.cli.report_options import LevelName, PriceName
from allowctl.cli.signing_key import Key
from allowctl.cli.take_options import UrgencyName, duration
from allowctl.cli.take_terms import Terms
from allowctl.model.approval import Kind

if TYPE_CHECKING:
    from allowctl.model.chain import Chain
    from allowctl.revoke.prepare import Offer
    from allowctl.revoke.select import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Whose approvals, and where."""

    owner: str | None
    sender: str | None
    chains: Sequence[str]
    from_report: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Who is asked."""

    urls: Sequence[str] | None
    headers: Sequence[str] | None
    timeout: float
    concurrency: int | None
    public: bool
    config: Path | None
    no_cache: bool
    prices: PriceName | None
    offline: bool
    quiet: bool

    def world(self) -> given.World:
        """The configuration, without a file that is merely found: anybody's, maybe."""
        return given.world(self.config, signs=True)

    def means(self, world: given.World) -> wiring.Means:
        """What a run works with."""
        return means(
            world,
            given.network(
                self.urls,
                self.headers,
                self.timeout,
                self.concurrency,
                public=self.public,
            ),
            no_cache=self.no_cache,
            prices=self.prices,
            offline=self.offline,
            quiet=self.quiet,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which of the approvals."""

    all_risky: bool
    everything: bool
    ids: Sequence[str]
    tokens: Sequence[str]
    spenders: Sequence[str]
    kinds: Sequence[str]
    min_level: LevelName | None
    older_than: str | None
    include_spam: bool

    def selection(self, named: frozenset[str] | None) -> Selection:
        """The same as a value. UsageError for what is malformed, or says nothing."""
        from allowctl.chains.owners import parse_address
        from allowctl.cli.view import level
        from allowctl.revoke.select import Selection, digits, resolved

        # What cannot be an id is told before anything is read.
        for each in split(self.ids):
            digits(each)
        kinds = parse.kinds(self.kinds)
        found = Selection(
            all_risky=self.all_risky,
            everything=self.everything,
            fingerprints=split(self.ids),
            tokens=frozenset(
                parse_address(each, what="token") for each in split(self.tokens)
            ),
            spenders=frozenset(
                parse_address(each, what="spender") for each in split(self.spenders)
            ),
            kinds=frozenset() if kinds == frozenset(Kind) else kinds,
            min_level=level(self.min_level),
            older_than=None if self.older_than is None else duration(self.older_than),
            include_spam=self.include_spam,
            named=named,
        )
        if not found.given:
            # It has the words for it.
            resolved(found, ())
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Whose key signs."""

    keystore: Path | None
    account: str | None
    password_file: Path | None
    password_fd: int | None
    password_credential: str | None
    password_keyring: bool
    insecure_permissions: bool

    def key(self) -> Key:
        """The same as a value; no file is opened. UsageError."""
        from allowctl.revoke.keysource import key_source, variables
        from allowctl.revoke.passwords import password_source

        said = variables(os.environ)
        return Key(
            source=key_source(keystore=self.keystore, account=self.account, given=said),
            password=password_source(
                file=self.password_file,
                credential=self.password_credential,
                descriptor=self.password_fd,
                keyring=self.password_keyring,
                given=said,
            ),
            insecure_permissions=self.insecure_permissions,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """What is paid at most."""

    urgency: UrgencyName
    max_gwei: str | None
    max_tx_cost: str | None
    max_cost: str | None
    gas_cap: int | None

    def offer(self) -> Offer:
        """The same as a value. UsageError."""
        from allowctl.revoke.fees import Urgency, parse_gwei, parse_native
        from allowctl.revoke.prepare import Offer

        return Offer(
            urgency=Urgency(self.urgency.value),
            fee_per_gas=None if self.max_gwei is None else parse_gwei(self.max_gwei),
            gas=self.gas_cap,
            per_transaction=(
                None if self.max_tx_cost is None else parse_native(self.max_tx_cost)
            ),
            per_run=None if self.max_cost is None else parse_native(self.max_cost),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How far it goes by itself."""

    dry_run: bool
    yes: bool
    plan_out: Path | None
    plan: Path | None
    replace_pending: bool
    confirmations: int | None
    allow_incomplete: Sequence[str]
    json: bool
    output: Sequence[str]
    quiet: bool

    def terms(self, key: Key, known: Sequence[Chain]) -> Terms:
        """The same as a value. UsageError."""
        from allowctl.chains.registry import select
        from allowctl.store.paths import state_folder

        return Terms(
            key=key,
            dry_run=self.dry_run,
            yes=self.yes,
            replace_pending=self.replace_pending,
            confirmations=self.confirmations,
            plan_out=self.plan_out,
            allowed=frozenset(
                chain.id for chain in select(self.allow_incomplete, known)
            ),
            places=take_shown.destinations(self.output, json=self.json),
            quiet=self.quiet,
            state=state_folder(),
        )


def split(texts: Sequence[str]) -> tuple[str, ...]:
    """What stands between commas, in any of some texts."""
    parts = (each.strip() for text in texts for each in text.split(","))
    return tuple(each for each in parts if each)
