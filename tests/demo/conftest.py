"""A running demo for the tests: one that is only read, and fresh ones to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
import requests
from web3 import HTTPProvider, Web3

from allowctl import demo
from allowctl.demo.artifacts import artifacts
from allowctl.model.chain import Address

BASE = 1_790_000_000


class Reader(Protocol):
    """Calls a demo contract's function at the last block."""

    def __call__(
        self, contract: str, at: Address, function: str, *arguments: object
    ) -> Any: ...  # noqa: ANN401 - each function answers its own


@pytest.fixture(scope="session")
def running() -> Iterator[demo.RunningDemo]:
    with demo.start(clock_base=BASE) as found:
        yield found


@pytest.fixture
def changeable() -> Iterator[demo.RunningDemo]:
    with demo.start(clock_base=BASE) as found:
        yield found


@pytest.fixture
def connect() -> Iterator[Callable[[demo.RunningDemo], Web3]]:
    """Make web3 talk to a demo; its connections are closed in the end."""
    with requests.Session() as session:
        yield lambda found: Web3(HTTPProvider(found.url, session=session))


@pytest.fixture
def web3(
    running: demo.RunningDemo, connect: Callable[[demo.RunningDemo], Web3]
) -> Web3:
    return connect(running)


@pytest.fixture
def read(web3: Web3) -> Reader:
    def call(contract: str, at: Address, function: str, *arguments: object) -> Any:  # noqa: ANN401 - each function answers its own
        abi = [dict(it) for it in artifacts()[contract].abi]
        found = web3.eth.contract(Web3.to_checksum_address(at), abi=abi)
        given = [
            Web3.to_checksum_address(it)
            if isinstance(it, str) and len(it) == 42
            else it
            for it in arguments
        ]
        return found.functions[function](*given).call()

    return call
