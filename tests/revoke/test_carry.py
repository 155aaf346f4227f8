"""A plan under its journal: what is refused, what is written, who has the key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from allowctl.errors import (
    AllowctlError,
    JournalError,
    PlanError,
    SignerError,
    UnservedError,
)
from allowctl.model.outcome import Outcome, Result, Transacted, Verdict
from allowctl.revoke import document
from allowctl.revoke.carry import coins, concluded
from allowctl.revoke.nonces import refuse_foreign
from allowctl.revoke.ports import Answer, Entry, Event, Signer
from tests.revoke.making_journals import keep
from tests.revoke.making_keys import caught
from tests.revoke.making_plans import GWEI
from tests.revoke.making_runs import (
    TOKEN,
    KilledError,
    Rig,
    chain_of,
    limiting,
    only,
    plan_of,
    revoking,
    rig,
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def _down(*whats: str) -> Callable[[str], None]:
    def gate(asked: str) -> None:
        if asked in whats:
            raise UnservedError("nobody answers")

    return gate


def _refused(at: Rig, kind: type[AllowctlError]) -> AllowctlError:
    """It is refused, and as good as nothing has happened."""
    before = at.entries
    error = caught(at.carry)
    assert isinstance(error, kind)
    assert at.entries == before
    assert at.key.unlocked == 0
    assert at.chain.sent == []
    return error


def test_a_run_is_written_from_its_plan_to_its_end(state: Path) -> None:
    """All of it can be read again: the plan, what was signed, the verdicts."""
    at = rig(state, revoking(2))
    result = at.carry()
    assert result.good
    assert [each.what for each in at.entries] == [
        *(Event.PLANNED, Event.SIGNED, Event.SENT, Event.SIGNED, Event.SENT),
        *(Event.MINED, Event.MINED, Event.ENDED),
    ]
    (run,) = at.runs
    assert document.read_one(run.plan_text) == at.plan
    assert run.ended is not None
    assert run.ended.count("revoked") == 2
    assert not run.open


def test_at_most_six_requests_for_each_and_polling(state: Path) -> None:
    """Of ten revocations, those that wait for blocks not counted."""
    at = rig(state, revoking(10))
    at.carry()
    polling = {"receipts", "head", "sleep"}
    asked = [each for each in at.chain.heard if each not in polling]
    assert len(asked) <= 2 * len(at.plan.steps)


def test_an_earlier_run_that_is_not_finished_is_in_the_way(state: Path) -> None:
    """Its transactions may still be mined: one after the other."""
    at = rig(state, revoking())
    at.chain.floor = 10**12
    at.carry("first")
    assert at.runs[0].open
    at.chain.sent.clear()
    at.key = type(at.key)()
    error = _refused(at, JournalError)
    assert error.message.endswith("is not finished")
    assert error.hint == "finish it first: allowctl resume"
    at.chain.floor = 0
    assert at.resume().good
    at.plan = plan_of(*[step.changes[0].allowance for step in at.plan.steps])
    assert at.carry("second").transacted == ()


def test_a_run_that_signed_nothing_is_in_nobodys_way(state: Path) -> None:
    """It was killed before its first signature."""
    at = rig(state, revoking())
    keep(at.place, [Entry(run="old", what=Event.PLANNED, text=document.one(at.plan))])
    assert at.carry("new").good


def test_foreign_transactions_are_not_replaced_unasked(state: Path) -> None:
    """Somebody else uses this account: they are waited for."""
    at = rig(state, revoking())
    at.chain.foreign(0)
    at.chain.foreign(1)
    error = _refused(at, PlanError)
    assert "2 other transactions under way" in error.message
    assert "--replace-pending" in (error.hint or "")


def test_foreign_transactions_are_replaced_when_asked_for(state: Path) -> None:
    """From the first nonce that is not mined, at whatever price it takes."""
    at = rig(state, revoking(), replace_pending=True)
    at.chain.foreign(0)
    at.chain.pool[0] = replace(at.chain.pool[0], tip=2 * GWEI, max_fee=25 * GWEI)
    assert at.carry().good
    assert {each.nonce for each in at.of(Event.SIGNED)} == {0}
    assert len(at.of(Event.SIGNED)) > 1


def test_pending_transactions_of_our_own_are_no_strangers() -> None:
    """Counted by the journal, however many somebody says there are."""
    plan = revoking()
    refuse_foreign(plan, 5, 5, ())
    refuse_foreign(plan, 5, 7, (5, 6))
    refuse_foreign(plan, 5, 7, (3, 4, 5, 6, 7))
    with pytest.raises(PlanError, match="has 1 other"):
        refuse_foreign(plan, 5, 7, (5,))
    with pytest.raises(PlanError, match=f"has {2**63 - 6} other"):
        refuse_foreign(plan, 5, 2**63, (5,))


def test_what_cannot_be_paid_is_not_begun(state: Path) -> None:
    """The worst case of all steps, exactly; one wei less is too little."""
    at = rig(state, revoking(3))
    at.chain.money = at.plan.worst_cost - 1
    error = _refused(at, PlanError)
    assert "0.0036 ETH" in error.message
    assert "0.003599999999999999 ETH" in error.message
    at.chain.money += 1
    assert at.carry().good


def test_endpoints_that_are_behind_are_not_believed(state: Path) -> None:
    """They would have a nonce used again that was mined already."""
    at = rig(state, revoking())
    at.carry()
    at.chain = chain_of(at.plan)
    at.key = type(at.key)()
    error = _refused(at, UnservedError)
    assert "nonce 0 was mined" in error.message
    at.chain.state.nonce = 1
    assert at.carry("second").good


def test_endpoints_that_are_behind_resume_nothing(state: Path) -> None:
    """A step that is open would be signed under a nonce that is used."""
    at = rig(state, revoking())
    at.carry("first")
    keep(at.place, [Entry(run="old", what=Event.PLANNED, text=document.one(at.plan))])
    at.chain = chain_of(at.plan)
    with pytest.raises(UnservedError, match="behind"):
        at.resume()
    assert at.chain.sent == []


def test_a_block_that_is_gone_does_not_stop_its_own_run(state: Path) -> None:
    """It was mined, broken off, and its block undone: resume sends it again."""
    at = rig(state, revoking())
    at.on_entry = _kills_at(Event.ENDED)
    assert isinstance(caught(at.carry), KilledError)
    at.on_entry = lambda _entry: None
    at.chain = chain_of(at.plan)
    assert at.runs[0].mined
    assert at.resume().good
    assert len(at.of(Event.SIGNED)) == 1


def _kills_at(what: Event) -> Callable[[Entry], None]:
    def look(entry: Entry) -> None:
        if entry.what is what:
            raise KilledError

    return look


@pytest.mark.parametrize("what", ["nonces", "balance"])
def test_what_is_not_served_before_the_plan_is_written(state: Path, what: str) -> None:
    """Nothing is begun."""
    at = rig(state, revoking())
    at.chain.gate = _down(what)
    _refused(at, UnservedError)


@pytest.mark.parametrize("what", ["head", "read", "items"])
def test_what_is_not_served_before_the_first_signature_ends_it(
    state: Path, what: str
) -> None:
    """The run is closed, for nothing was signed; a new one may begin."""
    at = rig(state, revoking())
    at.chain.gate = _down(what)
    with pytest.raises(UnservedError):
        at.carry()
    assert at.key.unlocked == 0
    assert at.runs[0].ended == "nothing was signed"
    at.chain.gate = lambda _what: None
    assert at.carry("again").good


def test_a_wrong_password_leaves_no_open_run(state: Path) -> None:
    """Nor anything that was signed or sent."""
    at = rig(state, revoking())

    def wrong() -> Signer:
        raise SignerError("the password is wrong")

    at.unlock = wrong
    with pytest.raises(SignerError):
        at.carry()
    assert [each.what for each in at.entries] == [Event.PLANNED, Event.ENDED]
    assert at.runs[0].ended == "nothing was signed"
    assert at.chain.sent == []
    at.unlock = None
    assert at.carry("again").good


def test_a_wrong_password_of_a_resumed_run_leaves_it_open(state: Path) -> None:
    """What was signed before is still under way."""
    at = rig(state, limiting())
    at.on_entry = _kills_at(Event.MINED)
    assert isinstance(caught(at.carry), KilledError)
    at.on_entry = lambda _entry: None

    def wrong() -> Signer:
        raise SignerError("the password is wrong")

    at.unlock = wrong
    with pytest.raises(SignerError):
        at.resume()
    assert at.runs[0].open
    at.unlock = None
    assert only(at.resume()).verdict is Verdict.LOWERED


def test_without_a_key_a_resumed_run_gives_up_what_was_not_signed(state: Path) -> None:
    """What was is followed to its end; the limit is said to be missing."""
    at = rig(state, limiting())
    at.on_entry = _kills_at(Event.MINED)
    assert isinstance(caught(at.carry), KilledError)
    at.on_entry = lambda _entry: None
    at.key = type(at.key)()
    at.signs = False
    found = at.resume()
    assert (only(found).verdict, only(found).whole) == (Verdict.REVOKED, False)
    assert not found.good
    assert only(found).note == "not sent: no keystore was named"
    assert at.key.unlocked == 0
    assert not at.runs[0].open


def test_a_key_that_is_gone_when_one_is_stuck_ends_nothing(state: Path) -> None:
    """It is sent again as it is: it may be mined all the same."""
    at = rig(state, revoking())
    at.on_entry = _kills_at(Event.MINED)
    assert isinstance(caught(at.carry), KilledError)
    at.on_entry = lambda _entry: None
    at.chain.reorganise(9)
    at.chain.floor = 10**12
    at.chain.on(at.chain.ticks + 9, lambda: setattr(at.chain, "floor", 0))

    def wrong() -> Signer:
        raise SignerError("the password is wrong")

    at.unlock = wrong
    assert at.resume().good
    assert len(at.of(Event.SIGNED)) == 1


def test_what_was_signed_a_moment_ago_is_not_nothing(state: Path) -> None:
    """Ctrl-C between the journal's line and anything else: the run stays open."""
    at = rig(state, revoking())
    seen = []

    def unlock() -> Signer:
        signer = at.key.unlock()
        seen.append(signer)
        return signer

    at.unlock = unlock

    class _Stopped(dict[str, bytes]):
        def __setitem__(self, name: str, raw: bytes) -> None:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("allowctl.revoke.execute.Dispatch", _with_raws(_Stopped))
        with pytest.raises(KeyboardInterrupt):
            at.carry()
    assert [each.what for each in at.entries] == [Event.PLANNED, Event.SIGNED]
    assert not at.key.held
    assert at.resume().good
    assert {each.nonce for each in at.of(Event.SIGNED)} == {0}


def _with_raws(kind: type[dict[str, bytes]]) -> Callable[..., object]:
    from allowctl.revoke.dispatch import Dispatch  # noqa: PLC0415 - the real one

    def make(**parts: object) -> object:
        return Dispatch(**parts, raws=kind())  # type: ignore[arg-type] # by name

    return make


def test_a_full_disk_sends_nothing(state: Path) -> None:
    """JournalError at once; the key is dropped."""
    at = rig(state, revoking())

    def full(entry: Entry) -> None:
        if entry.what is not Event.PLANNED:
            raise JournalError("no space left")

    at.on_entry = full
    with pytest.raises(JournalError):
        at.carry()
    assert at.chain.sent == []
    assert not at.key.held
    assert at.key.signed


@pytest.mark.parametrize(
    "stop", [KilledError(), KeyboardInterrupt(), RuntimeError("a bug")], ids=repr
)
@pytest.mark.parametrize("at_call", range(0, 34, 3))
def test_the_key_is_forgotten_on_every_path(
    state: Path, at_call: int, stop: BaseException
) -> None:
    """Wherever it stops; and where something was signed it is not ended."""
    at = rig(state, revoking(2))
    left = [at_call]

    def gate(_what: str) -> None:
        left[0] -= 1
        if left[0] == -1:
            raise stop

    at.chain.gate = gate
    assert caught(at.carry) is stop
    assert not at.key.held
    signed = at.of(Event.SIGNED)
    assert not (signed and at.of(Event.ENDED))
    at.chain.gate = lambda _what: None
    if signed:
        assert at.resume().good
    else:
        assert at.carry("again").good
    assert not at.key.held
    nonces = [each.nonce for each in at.of(Event.SIGNED)]
    assert sorted(nonces) == [0, 1]


def test_what_is_not_concluded_is_left_open(state: Path) -> None:
    """Not final yet, though mined: to be looked at again."""
    at = rig(state, revoking())
    at.terms = replace(at.terms, finality=12)
    assert only(at.carry()).verdict is Verdict.UNVERIFIED
    assert at.runs[0].open
    at.terms = replace(at.terms, finality=1_200)
    assert only(at.resume()).verdict is Verdict.REVOKED
    assert not at.runs[0].open


def test_a_bad_end_is_an_end_too(state: Path) -> None:
    """A contract that lies will not tell the truth by being asked again."""
    at = rig(state, revoking(2))
    at.chain.lying.add(TOKEN)
    at.chain.failing.add(at.plan.steps[1].call.to)
    found = at.carry().outcomes
    assert [each.verdict for each in found] == [Verdict.STILL_LIVE, Verdict.REVERTED]
    (run,) = at.runs
    assert run.ended is not None
    assert "still live" in run.ended
    assert "reverted" in run.ended


def test_a_nonce_that_went_to_another_ends_once_that_is_final(state: Path) -> None:
    """Nothing of it can be mined any more, so a new run may begin."""
    at = rig(state, revoking())
    at.chain.replies.append("dropped")
    at.chain.on(1, lambda: at.chain.foreign(0))
    found = only(at.carry())
    assert found.verdict is Verdict.NOT_MINED
    assert "another transaction has taken its nonce" in found.note
    assert not at.runs[0].open
    assert len(at.of(Event.SIGNED)) == 1
    assert at.carry("second").good
    assert [each.nonce for each in at.of(Event.SIGNED)] == [0, 1]


def test_a_nonce_that_is_used_already_is_not_replaced(state: Path) -> None:
    """Another program was quicker by a moment: nothing new is signed for the step."""
    at = rig(state, revoking(2))

    def quicker(what: str) -> None:
        if what == "items":
            at.chain.foreign(0)
            at.chain.mine()

    at.chain.gate = quicker
    found = at.carry().outcomes
    assert [each.verdict for each in found] == [Verdict.NOT_MINED] * 2
    assert found[1].note == "not sent: a transaction before it was not taken"
    (signed,) = at.of(Event.SIGNED)
    assert (signed.step, signed.nonce) == (1, 0)
    assert Answer.NONCE_USED in at.told.lines[0]
    assert not at.runs[0].open


def _result(*outcomes: tuple[Verdict, int], signed: tuple[int, ...] = ()) -> Result:
    plan = revoking(3)
    return Result(
        plan=plan,
        outcomes=tuple(
            Outcome(change=plan.goals[0], verdict=verdict, steps=(step,))
            for verdict, step in outcomes
        ),
        transacted=tuple(
            Transacted(number=each, nonce=each, hashes=("0x",)) for each in signed
        ),
    )


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_what_may_yet_change_is_not_concluded(verdict: Verdict) -> None:
    """What was signed and not mined, unless it never can be; what is not verified."""
    again = verdict is Verdict.UNVERIFIED
    assert concluded(_result((verdict, 1)), ()) is not again
    open_one = verdict is Verdict.NOT_MINED
    found = _result((Verdict.REVOKED, 2), (verdict, 1), signed=(1,))
    assert concluded(found, ()) is not (again or open_one)
    assert concluded(found, (1,)) is not again
    assert concluded(found, (2,)) is not (again or open_one)


def test_money_is_written_as_people_write_it() -> None:
    """Exactly, without zeros at its end."""
    assert coins(0) == "0"
    assert coins(10**18) == "1"
    assert coins(123 * 10**16) == "1.23"
    assert coins(1) == "0.000000000000000001"
    assert coins(100 * 10**18) == "100"


def test_a_run_that_went_on_meanwhile_is_not_resumed(state: Path) -> None:
    """Somebody else finished it meanwhile: no second limit."""
    at = rig(state, limiting())
    at.on_entry = _kills_at(Event.MINED)
    assert isinstance(caught(at.carry), KilledError)
    at.on_entry = lambda _entry: None
    (shown,) = at.runs
    assert only(at.resume()).verdict is Verdict.LOWERED
    nonces = [each.nonce for each in at.of(Event.SIGNED)]

    error = caught(lambda: at.resume(run=shown))
    assert isinstance(error, JournalError)
    assert "went on meanwhile" in error.message
    assert [each.nonce for each in at.of(Event.SIGNED)] == nonces


def test_an_open_run_without_a_signature_is_over_when_another_begins(
    state: Path,
) -> None:
    """Its plan is of long ago: resume must not carry it out on top of a newer one."""
    at = rig(state, limiting())
    old = Entry(run="old", what=Event.PLANNED, text=document.one(at.plan))
    keep(at.place, [old])
    assert [run.id for run in at.runs if run.open] == ["old"]

    assert only(at.carry("new")).verdict is Verdict.LOWERED
    assert not any(run.open for run in at.runs)
