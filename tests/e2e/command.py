"""`python -m allowctl` as a person starts it: a process, its output, its exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import jsonschema

from tests.nodes.jsonrpc import Json
from tests.nodes.npm import ROOT
from tests.nodes.process import finish

_OURS = ("ALLOWCTL_", "ETH_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Json:
        """stdout, which must be one document that its published schema allows."""
        found = json.loads(self.out)
        name = found["schema"].replace("/", ".")
        schema = (ROOT / f"docs/schema/{name}.schema.json").read_text("utf-8")
        jsonschema.validate(found, json.loads(schema))
        return found

    @property
    def scan(self) -> Json:
        """The only scan of the report on stdout."""
        (only,) = self.document["scans"]
        return only


def command(*arguments: str | int) -> list[str]:
    """The program and its arguments."""
    return [sys.executable, "-m", "allowctl", *map(str, arguments)]


def environment(home: Path, **more: str) -> dict[str, str]:
    """The tests' own, without what would steer allowctl from outside.

    What it remembers and how it is configured lies in `home`. No list is fetched:
    tests reach nothing but loopback.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OURS) and name.lower() not in _PROXIES
    }
    folders = ("ALLOWCTL_CACHE_DIR", "ALLOWCTL_CONFIG_DIR", "ALLOWCTL_STATE_DIR")
    places = dict.fromkeys(folders, str(home))
    return kept | places | {"NO_COLOR": "1", "ALLOWCTL_OFFLINE": "1"} | more


def allowctl(
    *arguments: str | int,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    home: Path | None = None,
    seconds: float = 120,
) -> Done:
    """Run it to its end. Without a `home` it remembers nothing."""
    with TemporaryDirectory() as fresh:
        whole = environment(home or Path(fresh), **(env or {}))
        code, out, err = finish(
            command(*arguments), env=whole, cwd=cwd, seconds=seconds
        )
    return Done(code=code, out=out.decode(), err=err.decode())


def scan(
    url: str,
    owner: str,
    *options: str | int,
    home: Path | None = None,
    seconds: float = 120,
) -> Done:
    """`allowctl scan OWNER --json --rpc-url URL` and more options."""
    arguments = ("scan", owner, "--json", "--rpc-url", url, *options)
    return allowctl(*arguments, home=home, seconds=seconds)
