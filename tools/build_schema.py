"""Writes docs/schema/allowctl.schema.json, for editors, from the models of the file."""

from __future__ import annotations

from pathlib import Path

from allowctl.config.json_schema import text

ROOT = Path(__file__).resolve().parent.parent
PATH = ROOT / "docs" / "schema" / "allowctl.schema.json"


if __name__ == "__main__":
    PATH.write_text(text(), "utf-8")
    print(f"{PATH.relative_to(ROOT)} is current")
