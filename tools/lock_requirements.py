"""Write requirements/*.txt: every package pinned, with hashes, for any platform."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "runtime": ("pyproject.toml",),
    "build": ("--group=build",),
    "demo": ("pyproject.toml", "--extra=demo", "--group=build"),
    "dev": ("pyproject.toml", "--extra=demo", "--group=dev"),
}
"""What each is made of: the package's own needs are those of pyproject.toml."""


def main() -> None:
    """Resolve each set anew with uv; no index address gets into the files."""
    for name, options in LOCKS.items():
        target = ROOT / "requirements" / f"{name}.txt"
        target.unlink(missing_ok=True)
        command = (
            sys.executable,
            *("-m", "uv", "pip", "compile", "--quiet", "--universal"),
            *("--python-version=3.11", "--generate-hashes", "--no-header"),
            *(*options, f"--output-file={target}"),
        )
        subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603 - fixed words only
        print(f"wrote {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
