"""How vcr records and replays JSON-RPC in this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from tests.cassettes.replay import (
    Cassette,
    same_question,
    to_whoever_asks,
    without_address,
    without_headers,
)


class Recorder(Protocol):
    """What of vcr itself is used here."""

    def register_matcher(self, name: str, matcher: object) -> None:
        """Give a matcher a name."""


def pytest_recording_configure(config: pytest.Config, vcr: Recorder) -> None:
    """Teach vcr what a question is."""
    del config
    vcr.register_matcher("question", same_question)


@pytest.fixture
def vcr_config() -> dict[str, object]:
    return {
        "match_on": ["method", "question"],
        "before_record_request": without_address,
        "before_record_response": without_headers,
        "decode_compressed_response": True,
    }


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    return str(Path(__file__).parent)


@pytest.fixture
def cassette(vcr: Cassette, monkeypatch: pytest.MonkeyPatch) -> Cassette:
    """The test's cassette; its replies carry the ids of who asks."""
    monkeypatch.setattr(vcr, "play_response", to_whoever_asks(vcr))
    return vcr
