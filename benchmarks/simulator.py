"""A simulated node in a process of its own: the yardstick all clients run against."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from tests.fakes.provider import Provider
from tests.fakes.provider_build import build, owner_of
from tests.fakes.provider_profile import Profile, Refusal, Span
from tests.fakes.provider_profiles import PROFILES
from tests.fakes.provider_world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A chain and how its node treats those who ask."""

    profile: str = "plain"
    span: int | None = None
    """Blocks that one log request may cover; None for any number."""
    latency: float = 0.0
    """Seconds before each reply."""
    blocks: int = 24_000_000
    owners: int = 1
    approvals: int = 200
    """Of each owner."""
    logs: int = 0
    """At least so many in all."""
    kinds: tuple[str, ...] = ("erc20", "erc20", "operator", "permit2", "erc721")
    revoked: float = 0.3
    """Share of the logs that take an approval back."""
    spent: float = 0.1

    @property
    def addresses(self) -> tuple[str, ...]:
        """The owners."""
        return tuple(owner_of(each) for each in range(self.owners))

    def of_node(self) -> Profile:
        """The profile with this setting's own limits."""
        profile = replace(PROFILES[self.profile], latency=self.latency)
        if self.span is None:
            return profile
        refusal = Refusal(text="logs limited to a {cap:,} range", code=-32614)
        return replace(profile, span=Span(cap=self.span, refusal=refusal))

    def world(self) -> World:
        """The chain: the same for the same setting."""
        return build(
            owners=self.owners,
            approvals=self.approvals,
            logs=self.logs,
            blocks=self.blocks,
            kinds=self.kinds,
            revoked=self.revoked,
            spent=self.spent,
        )


class Simulator:
    """A running node. `url` is where it listens."""

    def __init__(self, setting: Setting, process: subprocess.Popen[str]) -> None:
        self.setting = setting
        self._process = process
        if process.stdout is None or not (said := process.stdout.readline()):
            raise RuntimeError("the simulator did not start")
        self.url = said.split()[-1]

    def stats(self) -> dict[str, Any]:
        """What it has been asked since it started."""
        with urllib.request.urlopen(self.url) as reply:  # noqa: S310 - loopback
            found: dict[str, Any] = json.load(reply)
        return found

    def advance(self, blocks: int) -> None:
        """Let its chain grow."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the simulator has no pipes")
        self._process.stdin.write(f"{blocks}\n")
        self._process.stdin.flush()
        self._process.stdout.readline()


@contextmanager
def simulated(setting: Setting) -> Iterator[Simulator]:
    """A node as `setting` says, until the block ends."""
    command = (sys.executable, "-m", __spec__.name, json.dumps(asdict(setting)))
    with subprocess.Popen(  # noqa: S603 - our own interpreter and files
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Simulator(setting, process)
        finally:
            process.kill()


def main(given: str) -> None:
    """Serve; each line of standard input is a number of blocks to advance by."""
    setting = Setting(**json.loads(given))
    world = setting.world()
    with Provider(world, setting.of_node()) as provider:
        print(f"listening on {provider.url}", flush=True)
        for line in sys.stdin:
            world.advance(int(line))
            print("advanced", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
