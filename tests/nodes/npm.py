"""Where npm put what this folder starts and reads."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""

INSTALL = "npm ci --ignore-scripts --no-audit --no-fund"


def npm_path(relative: str) -> Path:
    """A file or folder of an installed package. Never skips: it raises."""
    path = ROOT / "node_modules" / relative
    if not path.exists():
        raise FileNotFoundError(f"node_modules/{relative} is missing: run `{INSTALL}`")
    return path


def node_binary() -> str:
    """The Node.js that runs what is written in JavaScript."""
    found = shutil.which("node")
    if found is None:
        raise FileNotFoundError("Node.js 20 or newer is needed on the PATH")
    return found
