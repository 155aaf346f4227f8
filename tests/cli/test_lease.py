"""One key for several chains: who has it, and when it is dropped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.cli.lease import SharedKey
from allowctl.errors import SignerError
from allowctl.model.chain import Address
from allowctl.revoke.ports import Signer
from tests.revoke.making_keys import OWNER


class _Spy:
    """A signer that tells what was done with it."""

    def __init__(self) -> None:
        self.forgotten = 0

    @property
    def address(self) -> Address:
        return OWNER

    def sign(self, payload: bytes) -> bytes:
        assert not self.forgotten, "it signs nothing any more"
        return b"signed " + payload

    def forget(self) -> None:
        self.forgotten += 1


class _Locked:
    """A keystore that is opened as often as it is asked."""

    def __init__(self) -> None:
        self.given: list[_Spy] = []

    def unlock(self) -> Signer:
        self.given.append(_Spy())
        return self.given[-1]


@pytest.fixture
def interrupting() -> Iterator[None]:
    """Whatever handler there was is there again afterwards."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def test_several_chains_ask_for_the_password_once() -> None:
    """It is unlocked for the first, dropped only when the last gives it back."""
    locked = _Locked()
    key = SharedKey(unlock=locked.unlock)
    first, second = key.lease(), key.lease()
    assert len(locked.given) == 1
    assert second.address == OWNER
    assert second.sign(b"it") == b"signed it"
    first.forget()
    assert second.sign(b"it") == b"signed it"
    second.forget()
    assert locked.given[0].forgotten == 1


@given(st.lists(st.integers(-4, 3), max_size=30))
def test_it_is_held_exactly_while_somebody_has_it(acts: list[int]) -> None:
    """Whatever is leased and given back, in any order, however often.

    A number from 0 on gives a lease back, once more perhaps; below 0 takes one.
    """
    locked = _Locked()
    key = SharedKey(unlock=locked.unlock)
    leases: list[tuple[Signer, list[bool]]] = []
    for act in acts:
        if act < 0:
            leases.append((key.lease(), [True]))
        elif act < len(leases):
            leases[act][0].forget()
            leases[act][1][0] = False
        held = sum(not each.forgotten for each in locked.given)
        assert held == any(has for _, (has,) in leases)
        assert all(each.forgotten <= 1 for each in locked.given)


def test_one_that_was_given_back_signs_nothing() -> None:
    """Even while another chain still has the key; and nobody prints it."""
    key = SharedKey(unlock=_Locked().unlock)
    mine, other = key.lease(), key.lease()
    mine.forget()
    mine.forget()
    with pytest.raises(SignerError, match="given back"):
        mine.sign(b"it")
    assert other.sign(b"it")
    assert mine.address == OWNER
    assert "_Spy" not in repr(key)


def test_a_wrong_password_leaves_nothing_behind() -> None:
    """The next that asks is asked again, and counts for one."""
    locked = _Locked()
    wrong = [True]

    def unlock() -> Signer:
        if wrong.pop() if wrong else False:
            raise SignerError("the password is wrong")
        return locked.unlock()

    key = SharedKey(unlock=unlock)
    with pytest.raises(SignerError):
        key.lease()
    key.lease().forget()
    assert [each.forgotten for each in locked.given] == [1]


@pytest.mark.usefixtures("interrupting")
@pytest.mark.parametrize("fails", [False, True])
def test_ctrl_c_ends_the_prompt_and_is_as_it_was_after_it(*, fails: bool) -> None:
    """Within `unlock` it is Python's own handler; afterwards the one from before."""

    def mine(_number: int, _frame: object) -> None:
        """Only take notice, as asyncio does."""

    seen = []

    def unlock() -> Signer:
        seen.append(signal.getsignal(signal.SIGINT))
        if fails:
            signal.raise_signal(signal.SIGINT)
        return _Spy()

    signal.signal(signal.SIGINT, mine)
    key = SharedKey(unlock=unlock)
    if fails:
        with pytest.raises(KeyboardInterrupt):
            key.lease()
    else:
        key.lease()
    assert seen == [signal.default_int_handler]
    assert signal.getsignal(signal.SIGINT) is mine


@pytest.mark.usefixtures("interrupting")
def test_who_ignores_ctrl_c_goes_on_ignoring_it() -> None:
    """Under nohup nobody sends one on purpose."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    seen = []

    def unlock() -> Signer:
        seen.append(signal.getsignal(signal.SIGINT))
        return _Spy()

    SharedKey(unlock=unlock).lease()
    assert seen == [signal.SIG_IGN] == [signal.getsignal(signal.SIGINT)]


def test_another_thread_leaves_signals_alone() -> None:
    """Only the main one may set handlers."""
    locked = _Locked()
    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=SharedKey(unlock=locked.unlock).lease)
    thread.start()
    thread.join()
    assert len(locked.given) == 1
    assert signal.getsignal(signal.SIGINT) is before
