"""`allowctl revoke`, `limit` and `resume` as a person starts them."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired
from typing import TypeAlias

from tests.e2e.command import Done, allowctl, command, environment
from tests.fakes.recording_proxy import RecordingProxy, Sent
from tests.lab.revoking import Wallet
from tests.nodes.jsonrpc import Json
from tests.nodes.process import started
from tests.output.schemas import validator

Option: TypeAlias = str | int | Path
"""An option's name or value."""
GOOD = {"revoked", "lowered"}
PATIENCE = 180
"""Seconds after which a run that hangs is a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """How a run ended: what it says of each grant, by the wallet's names."""

    wallet: Wallet
    done: Done

    @property
    def document(self) -> Json:
        """stdout, which must be one document that its published schema allows."""
        found = json.loads(self.done.out)
        name = found["schema"].removeprefix("allowctl.").removesuffix("/v1")
        validator(name).validate(found)
        return found

    @property
    def told(self) -> bool:
        """Whether it says what became of anything: not an error, not nothing."""
        return "allowctl.outcome/v1" in self.done.out

    @property
    def result(self) -> Json:
        """The only result of the document on stdout."""
        (only,) = self.document["results"]
        return only

    @property
    def outcomes(self) -> dict[str, Json]:
        return self._named(self.result["outcomes"])

    @property
    def left_out(self) -> dict[str, str]:
        """Why it was not tried."""
        rows = self._named(self.result["left_out"])
        return {name: row["reason"] for name, row in rows.items()}

    @property
    def verdicts(self) -> dict[str, str]:
        return {name: row["verdict"] for name, row in self.outcomes.items()}

    @property
    def good(self) -> set[str]:
        """What it claims to have taken back or lowered."""
        return {name for name, said in self.verdicts.items() if said in GOOD}

    @property
    def hashes(self) -> set[str]:
        """Of every transaction that it tells of."""
        return {each for row in self.result["transactions"] for each in row["hashes"]}

    def _named(self, rows: Sequence[Json]) -> dict[str, Json]:
        names = self.wallet.names
        found = {names.get(r["fingerprint"], r["fingerprint"]): r for r in rows}
        assert len(found) == len(rows)
        return found


def arguments(
    what: str, wallet: Wallet, urls: Sequence[str], *options: Option
) -> list[str]:
    """The usual ones of a test: no question is asked, one confirmation is enough."""
    places = [part for url in urls for part in ("--rpc-url", url)]
    usual = ["--json", "--yes"]
    if "--confirmations" not in options:
        usual += ["--confirmations", "1"]
    if what != "resume" and "--plan" not in options:
        usual += ["--include-spam"]
    # A plan says whose it is.
    owner = [] if "--plan" in options else [wallet.owner]
    more = map(str, options)
    return [what, *owner, *places, *wallet.unlock, *usual, *more]


def take(
    what: str,
    wallet: Wallet,
    urls: str | Sequence[str],
    *options: Option,
    home: Path | None = None,
) -> Took:
    """Run it to its end."""
    urls = [urls] if isinstance(urls, str) else urls
    whole = arguments(what, wallet, urls, *options)
    done = allowctl(*whole, home=home, seconds=PATIENCE)
    return Took(wallet=wallet, done=done)


def killed(
    what: str, wallet: Wallet, proxy: RecordingProxy, *options: Option, home: Path
) -> int:
    """Run it until the proxy kills it, if it does: its exit code."""
    whole = arguments(what, wallet, [proxy.url], *options)
    with started(command(*whole), env=environment(home)) as process:
        proxy.victim = process.pid
        process.communicate(timeout=PATIENCE)
        return process.returncode


def interrupted(
    what: str,
    wallet: Wallet,
    urls: Sequence[str],
    *options: Option,
    home: Path,
    when: Callable[[], bool],
) -> Done:
    """Run it until something is so, then press Ctrl-C; or to its end."""
    whole = arguments(what, wallet, urls, *options)
    until = time.monotonic() + PATIENCE
    with started(command(*whole), env=environment(home)) as process:
        while process.poll() is None and not when() and time.monotonic() < until:
            with suppress(TimeoutExpired):
                process.wait(0.05)
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    return Done(code=process.returncode, out=out.decode(), err=err.decode())


def truthful(took: Took) -> None:
    """Whatever is said to be done is so, by the node itself."""
    for name in took.good:
        row = took.outcomes[name]
        assert took.wallet.left(name) == int(row["left"]) <= int(row["after"]), name
        assert (row["verdict"] == "revoked") is (int(row["left"]) == 0), name


def one_each(wallet: Wallet, *sent: Sequence[Sent]) -> list[Sent]:
    """Only good transactions were sent, one for each nonce: those, in order."""
    every = {each.hash: each for some in sent for each in some}
    for each in every.values():
        assert each.sender == wallet.owner
        assert each.chain_id == wallet.anvil.chain_id
        assert (each.kind, each.value, each.access_list) == (2, 0, ())
    found = sorted(every.values(), key=lambda each: each.nonce)
    nonces = [each.nonce for each in found]
    assert nonces == sorted(set(nonces)), "a nonce was signed twice"
    return found
