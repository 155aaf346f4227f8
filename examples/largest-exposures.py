"""Each spender once, with the tokens it may take: reads a report on stdin.

allowctl scan 0x… --json | python examples/largest-exposures.py
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict


def main() -> None:
    """Print spenders by the number of tokens they reach, and how bad the worst is."""
    report = json.load(sys.stdin)
    if not report.get("complete"):
        print("this report is incomplete: there may be more", file=sys.stderr)
    tokens: dict[str, set[str]] = defaultdict(set)
    points: dict[str, int] = defaultdict(int)
    for scan in report["scans"]:
        for row in scan["allowances"]:
            spender = row["spender"]["address"]
            tokens[spender].add(row["token"]["address"])
            points[spender] = max(points[spender], row["points"])
    worst_first = sorted(tokens, key=lambda each: (-points[each], -len(tokens[each])))
    for spender in worst_first:
        print(
            f"{points[spender]:>3} points  {len(tokens[spender]):>3} tokens  {spender}"
        )


if __name__ == "__main__":
    main()
