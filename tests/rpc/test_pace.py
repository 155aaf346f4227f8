"""An endpoint is sent as much as it takes, and little more."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allowctl.rpc.pace import Pace
from tests.fakes.traffic import Anything, Bucket, Limiter, Traffic, Window, drive
from tests.fakes.virtual import StuckError, simulate

MINUTE = 60.0


class Clock:
    """A clock that moves when somebody sleeps, or when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def paced(most: int = 64, *, first: int = 4) -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace(most, first=first, sleep=clock.sleep, clock=clock), clock


def serve(pace: Pace, clock: Clock, latency: float, count: int | None = None) -> None:
    """A window of requests at once, or so many, are all served."""
    sent_at = clock.now
    clock.now += latency
    for _ in range(pace.window if count is None else count):
        pace.served(sent_at, alike=True)


def sent(pace: Pace, count: int = 1, *, weight: int = 1) -> None:
    """So many requests are let out, one after another."""

    async def send() -> None:
        for _ in range(count):
            async with pace.slot(weight=weight):
                pass

    asyncio.run(send())


# the window


def test_window_doubles_while_all_is_well() -> None:
    """Four, eight, sixteen, … as long as nothing is refused and nothing slower."""
    pace, clock = paced(40)
    found = [pace.window]
    for _ in range(5):
        serve(pace, clock, 0.05)
        found.append(pace.window)
    assert found == [4, 8, 16, 32, 40, 40]


def test_a_window_is_whole_before_it_counts() -> None:
    """One reply less than a window changes nothing."""
    pace, clock = paced()
    serve(pace, clock, 0.05, count=3)
    assert pace.window == 4
    serve(pace, clock, 0.05, count=1)
    assert pace.window == 8


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_window_is_bounded_from_the_start(most: int) -> None:
    """What the user allows is less than where it would begin."""
    pace, clock = paced(most)
    for _ in range(3):
        assert pace.window == most
        serve(pace, clock, 0.05)


def test_twice_the_base_latency_ends_the_doubling() -> None:
    """More at once brings nothing there; it is tried gently from then on."""
    pace, clock = paced()
    serve(pace, clock, 0.05)
    serve(pace, clock, 0.15)
    assert pace.window == 8
    for expected in (9, 10, 11):
        serve(pace, clock, 0.05)
        assert pace.window == expected


def test_just_below_twice_the_base_latency_is_well() -> None:
    """The latency may grow some: many at once always cost a little."""
    pace, clock = paced()
    serve(pace, clock, 0.05)
    serve(pace, clock, 0.09)
    assert pace.window == 16


def test_other_requests_do_not_tell_of_the_latency() -> None:
    """A slow answer of another sort says nothing about the window."""
    pace, clock = paced()
    for _ in range(50):
        clock.now += 1
        pace.served(clock.now - 1, alike=False)
    assert pace.window == 4


def test_rebase_forgets_the_base_latency() -> None:
    """Larger ranges take longer: that is no sign of too many at once."""
    pace, clock = paced()
    serve(pace, clock, 0.05)
    pace.rebase()
    serve(pace, clock, 2.0)
    serve(pace, clock, 2.0)
    assert pace.window == 32


def test_refusal_halves_once_per_lesson() -> None:
    """Those under way when it was refused do not halve again; the next do."""
    pace, clock = paced()
    for _ in range(3):
        serve(pace, clock, 0.05)
    assert pace.window == 32
    sent_at = clock.now
    clock.now += 0.05
    for _ in range(20):
        pace.refused(sent_at, None)
    assert pace.window == 16
    sent_at = clock.now
    clock.now += 0.05
    for _ in range(20):
        pace.refused(sent_at, None)
    assert pace.window == 8


def test_window_never_closes() -> None:
    """One request at a time is always allowed."""
    pace, clock = paced()
    for _ in range(20):
        clock.now += 1
        pace.refused(clock.now, None)
    assert pace.window == 1
    for expected in (2, 3, 4):
        serve(pace, clock, 0.05)
        assert pace.window == expected


def test_a_window_with_a_refusal_is_not_clean() -> None:
    """What was served before the refusal does not count towards the next step."""
    pace, clock = paced(8)
    serve(pace, clock, 0.05)
    serve(pace, clock, 0.05, count=7)
    pace.refused(clock.now, None)
    assert pace.window == 4
    serve(pace, clock, 0.05, count=3)
    assert pace.window == 4


# rests


@pytest.mark.parametrize(
    ("wait", "rest"), [(None, 0.35), (0.0, 0.0), (1.0, 1.0), (7.5, 7.5), (3600.0, 30.0)]
)
def test_rest_after_a_refusal(wait: float | None, rest: float) -> None:
    """As long as it asks for, within reason; else a moment."""
    pace, clock = paced()
    pace.served(clock.now, alike=False)
    pace.refused(clock.now, wait)
    assert pace.resting == pytest.approx(rest)
    sent(pace)
    assert clock.now == pytest.approx(rest)


@pytest.mark.parametrize("wait", [None, 0.0])
def test_rests_double_while_nothing_is_served(wait: float | None) -> None:
    """Whatever it asks for: some ask for nothing, again and again."""
    pace, clock = paced()
    pace.served(clock.now, alike=False)
    rests = []
    for _ in range(10):
        pace.refused(clock.now, wait)
        rests.append(pace.resting)
        clock.now += pace.resting
    first = 0.35 if wait is None else 0.0
    assert rests == pytest.approx([first, 0.7, 1.4, 2.8, 5.6, 11.2, 22.4, 30, 30, 30])
    pace.served(clock.now, alike=True)
    pace.refused(clock.now + 1, wait)
    assert pace.resting == pytest.approx(first)


@pytest.mark.parametrize("wait", [None, 0.0, 30.0, 1e9])
def test_rests_are_short_where_nothing_was_ever_served(wait: float | None) -> None:
    """Whether it serves at all is soon known, whatever it asks for."""
    pace, clock = paced()
    rests = []
    for _ in range(8):
        pace.refused(clock.now, wait)
        rests.append(pace.resting)
        clock.now += pace.resting
    pace.pause(30)
    assert max(*rests, pace.resting) <= 5
    assert rests[-1] == pytest.approx(5)
    pace.served(clock.now, alike=False)
    pace.pause(30)
    assert pace.resting == 30


def test_many_refusals_of_one_moment_are_one() -> None:
    """Sixty refused at once are no reason to rest for half a minute."""
    pace, clock = paced()
    sent_at = clock.now
    clock.now += 0.05
    for _ in range(60):
        pace.refused(sent_at, None)
    assert pace.resting == pytest.approx(0.35)
    assert pace.in_vain == 1


def test_pause() -> None:
    """Nothing goes out while it lasts; a shorter one does not end a longer one."""
    pace, clock = paced()
    pace.pause(5)
    pace.pause(2)
    assert pace.resting == 5
    sent(pace, 3)
    assert clock.now == 5


# the rate


def test_rate_is_free_until_refused() -> None:
    """Nothing is held back where nothing was refused."""
    pace, clock = paced()
    sent(pace, 1000)
    assert clock.now == 0
    assert pace.per_second is None


def test_rate_is_what_was_served_in_the_second_before() -> None:
    """Not what was served earlier, and with what was under way then."""
    pace, clock = paced()
    for _ in range(30):
        pace.served(clock.now, alike=False)
    clock.now = 5.0
    for _ in range(10):
        pace.served(clock.now, alike=False)
    pace.refused(5.0, None)
    assert pace.per_second == 10
    for _ in range(4):
        pace.served(4.9, alike=False)
    assert pace.per_second == 14


def test_known_rate_is_sent_evenly() -> None:
    """One request every so often, from the first on."""
    pace, clock = paced()
    pace.per_second = 20
    sent(pace, 41)
    assert clock.now == pytest.approx(2.0, abs=0.06)
    assert max(clock.slept) <= 1 / 20 + 1e-9


def test_heavy_requests_wait_for_their_weight() -> None:
    """A batch of ten, where the requests in it are counted, counts as ten."""
    pace, clock = paced()
    pace.per_second = 20
    sent(pace, 5, weight=10)
    assert clock.now == pytest.approx(2.0, abs=0.06)


def test_rate_that_is_not_used_stays() -> None:
    """What is never reached cannot be said to be too low."""
    pace, clock = paced()
    pace.per_second = 100
    for _ in range(1000):
        clock.now += 0.1
        pace.served(clock.now, alike=True)
    assert pace.per_second == 100


LIMITERS = {"bucket": Bucket, "window": Window}


def limiter(kind: str, per_second: float, seed: int) -> Limiter:
    phase = random.Random(seed).uniform(0.05, 1)  # noqa: S311 - no secret hangs on it
    return Bucket(per_second) if kind == "bucket" else Window(per_second, phase)


def minute(kind: str, per_second: float, *, told: bool, seed: int) -> Traffic:
    pace = Pace(64 if seed % 2 else 16)
    at_work = limiter(kind, per_second, seed)
    return drive(pace, at_work, seconds=MINUTE, told=told, seed=seed)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("told", [False, True], ids=["untold", "told"])
@pytest.mark.parametrize("per_second", [5, 25, 100])
@pytest.mark.parametrize("kind", LIMITERS)
def test_allowed_rate_is_used(
    kind: str,
    per_second: float,
    told: bool,  # noqa: FBT001 - a parameter of the test
    seed: int,
) -> None:
    """Nine tenths of it at least, and fewer than 2 % refused once it is learned."""
    found = minute(kind, per_second, told=told, seed=seed)
    assert len(found.served) >= 0.9 * per_second * MINUTE
    assert found.refused_share(after=2) < 0.02


def test_without_a_limit_the_window_is_full() -> None:
    """Where nothing is refused, as many are under way as are allowed."""
    found = drive(Pace(32), Anything(), seconds=10)
    assert found.most == 32
    assert len(found.served) > 0.95 * 32 * 10 / 0.05


def test_a_limit_that_is_lifted_is_noticed() -> None:
    """A rate learned in a bad hour does not last: it is tried higher."""
    bucket = Bucket(5)
    pace = Pace(16)
    drive(pace, bucket, seconds=10)
    low = pace.per_second
    bucket.per_second = 50
    pace_later = Pace(16, per_second=low)
    drive(pace_later, bucket, seconds=600)
    assert low is not None
    assert (pace_later.per_second or 0) > 1.3 * low


def test_a_burst_much_larger_than_the_rate() -> None:
    """Ten seconds' worth at once: the burst is not taken for the rate for long."""
    found = drive(Pace(64), Deep(10, left=100), seconds=MINUTE)
    assert found.refused_share(after=10) < 0.05
    assert len(found.served) >= 0.9 * 10 * MINUTE


class Deep(Bucket):
    """A bucket that holds ten seconds' worth at the start."""

    def take(self, now: float) -> float | None:
        self.left += (now - self.at) * self.per_second
        self.at = now
        if self.left < 1:
            return (1 - self.left) / self.per_second
        self.left -= 1
        return None


def test_slower_than_one_per_second() -> None:
    """One request in four seconds is a rate too."""
    found = drive(Pace(16), Slow(), seconds=400)
    assert len(found.served) > 60
    assert found.refused_share(after=60) < 0.2


class Slow:
    """One in four seconds."""

    def __init__(self) -> None:
        self.free_at = 0.0

    def take(self, now: float) -> float | None:
        if now < self.free_at:
            return self.free_at - now
        self.free_at = now + 4
        return None


# nobody is forgotten


def test_first_come_first_served() -> None:
    """Those who wait longest are let in first."""
    order: list[int] = []

    async def client(pace: Pace, number: int) -> None:
        async with pace.slot():
            await asyncio.sleep(1)
            order.append(number)

    async def run() -> None:
        pace = Pace(2, first=2)
        await asyncio.gather(*(client(pace, n) for n in range(10)))

    simulate(run())
    assert order == list(range(10))


def test_window_is_kept() -> None:
    """Never more under way than allowed, whoever comes when."""
    found = drive(Pace(7), Anything(), seconds=5, clients=50)
    assert found.most == 7


@settings(deadline=None, max_examples=60)
@given(
    fates=st.lists(
        st.tuples(
            st.sampled_from(["serve", "refuse", "fail"]),
            st.floats(0, 0.3),
            st.none() | st.floats(0, 0.6),
        ),
        min_size=1,
        max_size=40,
    ),
    most=st.integers(1, 6),
    per_second=st.none() | st.floats(5, 200),
)
def test_cancelled_clients_block_nobody(
    fates: list[tuple[str, float, float | None]], most: int, per_second: float | None
) -> None:
    """Whoever goes away, waiting or at work, the others are all served in the end."""
    done: list[int] = []

    async def client(pace: Pace, number: int, fate: str, takes: float) -> None:
        async with pace.slot() as sent_at:
            await asyncio.sleep(takes)
            if fate == "fail":
                raise ConnectionError
            if fate == "refuse":
                pace.refused(sent_at, None)
            else:
                pace.served(sent_at, alike=True)
        done.append(number)

    async def run() -> None:
        pace = Pace(most, per_second=per_second)
        tasks = []
        for number, (fate, takes, leaves) in enumerate(fates):
            task = asyncio.create_task(client(pace, number, fate, takes))
            tasks.append(task)
            if leaves is not None:
                asyncio.get_running_loop().call_later(leaves, task.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
        # Afterwards all places are free again.
        async with asyncio.timeout(1000):
            await asyncio.gather(*(client(pace, -1, "serve", 0.1) for _ in range(20)))

    simulate(run())
    stayed = {
        number
        for number, (fate, _, leaves) in enumerate(fates)
        if leaves is None and fate != "fail"
    }
    assert stayed <= set(done)
    assert done.count(-1) == 20


def test_cancelled_at_the_moment_of_its_turn() -> None:
    """A place given to one who is just leaving goes to the next."""

    async def run() -> str:
        pace = Pace(1)
        inside = asyncio.Event()

        async def hold() -> None:
            async with pace.slot():
                inside.set()
                await asyncio.sleep(1)
            leaving.cancel()

        async def wait() -> str:
            async with pace.slot():
                return "served"

        holder = asyncio.create_task(hold())
        await inside.wait()
        leaving, next_one = asyncio.create_task(wait()), asyncio.create_task(wait())
        found = await asyncio.gather(leaving, next_one, holder, return_exceptions=True)
        assert isinstance(found[0], asyncio.CancelledError)
        return str(found[1])

    assert simulate(run()) == "served"


def test_on_a_real_loop() -> None:
    """The same without simulated time: a storm of clients, half of them cancelled."""

    async def run() -> int:
        pace = Pace(5)
        served = 0

        async def client(number: int) -> None:
            nonlocal served
            async with pace.slot() as sent_at:
                await asyncio.sleep(0.0005 * (number % 3))
                pace.served(sent_at, alike=True)
                served += 1

        tasks = [asyncio.create_task(client(n)) for n in range(300)]
        for number, task in enumerate(tasks):
            if number % 2:
                await asyncio.sleep(0)
                task.cancel()
        async with asyncio.timeout(20):
            await asyncio.gather(*tasks, return_exceptions=True)
            await client(0)
        return served

    assert asyncio.run(run()) >= 151


def test_the_simulation_knows_a_deadlock() -> None:
    """A wait that nobody ends is told, not sat out: what is above could fail."""

    async def run() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(StuckError):
        simulate(run())
