"""What the demo's tokens are worth, as a configuration to scan them with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allowctl.codec.words import checksum
from allowctl.demo.keystore import replace_whole
from allowctl.errors import OutputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from allowctl.demo.truth import World

_HEAD = "# What the tokens of `allowctl demo` are worth: made up, as all of it is.\n"


def write(folder: Path, world: World) -> Path:
    """Write `demo.toml`, in place of one of an earlier demo; its path.

    UsageError for any other of that name; OutputError if it cannot be written.
    """
    path = folder / "demo.toml"
    lines = [
        f'"{world.chain_id}:{checksum(token)}" = "{usd}"'
        for token, usd in world.prices.items()
    ]
    try:
        if path.exists() and not path.read_bytes().startswith(_HEAD.encode()):
            raise UsageError(
                f"{path} is not a demo's file and stays as it is",
                hint="choose another folder, or move that file away",
            )
        replace_whole(path, _HEAD + "\n".join(["[prices.fixed]", *lines, ""]))
    except OSError as error:
        raise OutputError(
            f"the demo's prices cannot be written: {error.strerror}",
            hint=f"choose another folder than {folder}",
        ) from error
    return path
