"""Starting and stopping the demo."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from allowctl import demo
from allowctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from web3 import Web3


def test_import_is_cheap() -> None:
    """Importing the package loads neither py-evm nor anything of Ethereum's."""
    code = (
        "import sys, allowctl.demo;"
        "print([it for it in ('eth', 'eth_account', 'eth_abi', 'web3', 'rlp',"
        " 'eth_utils') if it in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without py-evm the answer is a sentence and the command that helps."""
    monkeypatch.setattr(demo, "find_spec", lambda name: None if name == "eth" else 1)

    with pytest.raises(UsageError, match="needs the extra 'demo'") as caught:
        demo.start()
    assert "pip install '.[demo]'" in (caught.value.hint or "")


def test_port_taken(running: demo.RunningDemo) -> None:
    """A port that somebody else has is a usage error."""
    port = urlsplit(running.url).port
    assert port is not None

    with pytest.raises(UsageError, match=f"port {port}"):
        demo.start(port=port, clock_base=running.world.last_block_time)


def test_close(connect: Callable[[demo.RunningDemo], Web3]) -> None:
    """Once closed nothing listens; closing again does no harm. The story ends now."""
    before = int(time.time())
    with demo.start() as found:
        web3 = connect(found)
        assert web3.is_connected()
        assert before <= web3.eth.get_block("latest")["timestamp"] <= time.time()
    found.close()

    assert not web3.is_connected()
    parts = urlsplit(found.url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((parts.hostname, parts.port or 0), timeout=5)


def test_nothing_secret_in_repr(running: demo.RunningDemo) -> None:
    """Keys have no printable form, not even these."""
    from allowctl.demo.actors import owner  # noqa: PLC0415 - needs the extra

    assert owner().key.to_hex()[2:] not in repr(owner()) + repr(running)
