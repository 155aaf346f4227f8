"""The lab's own contracts, compiled by npm's solc when a source has changed."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import tempfile
from pathlib import Path

from tests.lab.abi import Value
from tests.lab.artifacts import Artifact, constructor
from tests.nodes.npm import ROOT, node_binary, npm_path
from tests.nodes.process import run

SOURCES = Path(__file__).parent / "contracts"
_CACHE = ROOT / ".pytest_cache" / "lab"
# Not solc's own command: it exits before a pipe has taken more than 64 KB.
_SCRIPT = """
const question = require("fs").readFileSync(0, "utf8");
process.stdout.write(require(process.argv[1]).compile(question));
"""
_SETTINGS = {
    "optimizer": {"enabled": True, "runs": 200},
    # The oldest fork among the lab's nodes.
    "evmVersion": "shanghai",
    "metadata": {"bytecodeHash": "none"},
    "outputSelection": {
        "*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}
    },
}


class SolidityError(RuntimeError):
    """The compiler's errors."""


def contract(name: str) -> Artifact:
    """Give one of the contracts in `tests/lab/contracts`, by its name."""
    found = _compiled()[name]
    return Artifact(
        name=name,
        creation=bytes.fromhex(found["evm"]["bytecode"]["object"]),
        runtime=bytes.fromhex(found["evm"]["deployedBytecode"]["object"]),
        parameters=constructor(found["abi"]),
    )


@functools.cache
def _compiled() -> Value:
    sources = {
        path.name: {"content": path.read_text(encoding="utf-8")}
        for path in sorted(SOURCES.glob("*.sol"))
    }
    wanted = {"language": "Solidity", "sources": sources, "settings": _SETTINGS}
    question = json.dumps(wanted, sort_keys=True).encode()
    compiler = npm_path("solc/package.json").read_bytes()
    kept = _CACHE / f"{hashlib.sha256(compiler + question).hexdigest()}.json"
    if kept.exists():
        return json.loads(kept.read_bytes())
    made = _compile(question)
    # Two workers may compile at once: each writes its own file, the last one stays.
    _CACHE.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=_CACHE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(made, file)
    Path(draft).replace(kept)
    return made


def _compile(question: bytes) -> dict[str, Value]:
    script: list[str | Path] = [node_binary(), "-e", _SCRIPT, npm_path("solc")]
    answer = json.loads(run(script, question))
    errors = [
        found["formattedMessage"]
        for found in answer.get("errors", ())
        if found["severity"] == "error"
    ]
    if errors:
        raise SolidityError("\n".join(errors))
    return {
        name: found
        for file in answer["contracts"].values()
        for name, found in file.items()
    }
