"""The place that the configuration's tests are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(
        folder=tmp_path.resolve(),
        environment={
            "ETH_RPC_URL": "https://rpc.example/SECRET1",
            "MINE": "SECRET3",
            "EMPTY": "",
            "URL": "https://rpc.example/SECRET4",
            "NESTED": "${MINE}",
            "LINE": "SECRET5\n",
        },
    )
    (found.repo / ".git").mkdir(parents=True)
    found.deep.mkdir(parents=True)
    found.home.mkdir()
    return found
