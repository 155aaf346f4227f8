"""House rules that no linter knows: sizes, and what must not be in the tree."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_MODULE = 300
MEDIAN_MODULE = 120
_REGISTRY = "|".join(
    ("pypi" + r"\.org", "python" + r"hosted\.org", "registry" + r"\.npmjs")
)
FORBIDDEN = {
    re.compile(_REGISTRY): "an address of a package registry",
    re.compile("/" + r"(work|root|home)/\w"): "a path of somebody's machine",
}


def tracked() -> list[Path]:
    """The files git tracks, and those it would."""
    listed = subprocess.run(
        ("git", "ls-files", "-co", "--exclude-standard"),  # noqa: S607 - git on PATH
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def complaints() -> list[str]:
    """Everything wrong with the tree, one sentence each."""
    found = []
    lengths = []
    for path in tracked():
        name = path.relative_to(ROOT)
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for pattern, what in FORBIDDEN.items():
            found += [f"{name}: {what}: {m[0]}" for m in pattern.finditer(text)]
        if name.parts[0] == "src" and path.suffix == ".py":
            lines = text.count("\n")
            lengths.append(lines)
            if lines > LONGEST_MODULE:
                found.append(f"{name}: {lines} lines, {LONGEST_MODULE} at the most")
    if lengths and statistics.median(lengths) > MEDIAN_MODULE:
        found.append(f"the median module has more than {MEDIAN_MODULE} lines")
    lock = ROOT / "package-lock.json"
    if '"resolved"' in lock.read_text("utf-8"):
        found.append("package-lock.json: holds `resolved` addresses")
    return found


if __name__ == "__main__":
    sys.exit("\n".join(complaints()) or None)
