"""Answers that are kept: never too old, made by one thread, outdated by changes."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.system import System
from airq_cron.testing import FakeClock, MemoryHeartbeats, MemoryQueues
from api.change_mark import ChangeMark
from api.kept import OLDEST_S, RENEWED_S, KeptBriefly
from tests.conftest import WaitUntil
from tests.unit.api.caller import Caller

STATS = "/cron/jobs/stats"
PATHS = (STATS, "/cron/health/queues", "/cron/status/overview")


class Kitchen:
    """Makes bodies: `1`, `2`, ...; a held one waits until it is let go."""

    def __init__(self) -> None:
        self.made = 0
        self.fails: Exception | None = None
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()
        self.go.set()

    def make(self) -> bytes:
        self.made += 1
        body = str(self.made).encode()
        self.begun.release()
        assert self.go.wait(10)
        if self.fails is not None:
            raise self.fails
        return body


@pytest.fixture
def kitchen() -> Kitchen:
    """Give who makes the answers."""
    return Kitchen()


@pytest.fixture
def mark() -> ChangeMark:
    """Give a mark of the test's own."""
    return ChangeMark()


@pytest.fixture
def kept(clock: FakeClock, mark: ChangeMark) -> KeptBriefly[bytes]:
    """Give what keeps two answers."""
    return KeptBriefly[bytes](clock, mark.read, most=2)


@pytest.fixture
def begin(
    kept: KeptBriefly[bytes], kitchen: Kitchen
) -> Iterator[Callable[[], Future[bytes]]]:
    """Give what begins to ask in a thread of its own."""
    with ThreadPoolExecutor(8) as pool:
        yield lambda: pool.submit(kept.get, "key", kitchen.make)
        kitchen.go.set()


def waiting(kept: KeptBriefly[bytes]) -> int:
    """Return how many wait for the answer that is being made."""
    flights: Any = kept._flights.values()
    return sum(len(one.made._condition._waiters) for one in flights)


def test_an_answer_is_kept_until_it_is_half_old(
    kept: KeptBriefly[bytes], kitchen: Kitchen, clock: FakeClock
):
    """From then on it is made anew; each key for itself."""
    clock_step = timedelta(seconds=RENEWED_S / 2)
    first = kept.get("key", kitchen.make)
    clock.advance(clock_step)
    second = kept.get("key", kitchen.make)
    clock.advance(clock_step)
    third = kept.get("key", kitchen.make)

    assert (b"1", b"1", b"2") == (first, second, third)
    assert b"3" == kept.get("another", kitchen.make)


def test_who_asks_meanwhile_gets_the_old_answer(
    kept: KeptBriefly[bytes],
    kitchen: Kitchen,
    clock: FakeClock,
    begin: Callable[[], Future[bytes]],
    wait_until: WaitUntil,
):
    """As long as it is not too old; then he waits for the new one."""
    kept.get("key", kitchen.make)
    assert kitchen.begun.acquire(timeout=10)
    clock.advance(timedelta(seconds=RENEWED_S))
    kitchen.go.clear()
    maker = begin()
    assert kitchen.begun.acquire(timeout=10)
    meanwhile = kept.get("key", kitchen.make)
    clock.advance(timedelta(seconds=OLDEST_S - RENEWED_S))
    late = begin()
    wait_until(lambda: waiting(kept) == 1, "the late one waits")
    kitchen.go.set()

    assert (b"1", b"2", b"2") == (meanwhile, maker.result(10), late.result(10))
    assert 2 == kitchen.made


def test_one_thread_makes_what_many_ask_for(
    kept: KeptBriefly[bytes],
    kitchen: Kitchen,
    begin: Callable[[], Future[bytes]],
    wait_until: WaitUntil,
):
    """The others wait for it, and get its error as well; nothing is kept then."""
    kitchen.go.clear()
    kitchen.fails = OSError("away")
    asked = [begin()]
    assert kitchen.begun.acquire(timeout=10)
    asked += [begin() for _ in range(5)]
    wait_until(lambda: waiting(kept) == 5, "all others wait")
    kitchen.go.set()
    errors = [one.exception(10) for one in asked]

    assert [OSError] * 6 == list(map(type, errors))
    assert 1 == kitchen.made
    kitchen.fails = None
    assert b"2" == kept.get("key", kitchen.make)


def test_a_change_outdates_what_is_kept(
    kept: KeptBriefly[bytes], kitchen: Kitchen, mark: ChangeMark
):
    """However young it is."""
    kept.get("key", kitchen.make)
    mark.renew()

    assert b"2" == kept.get("key", kitchen.make)
    assert b"2" == kept.get("key", kitchen.make)


def test_what_was_begun_before_a_change_is_not_kept(
    kept: KeptBriefly[bytes],
    kitchen: Kitchen,
    mark: ChangeMark,
    begin: Callable[[], Future[bytes]],
):
    """Who asked before gets it; who asks after the change does not wait for it."""
    kitchen.go.clear()
    before = begin()
    assert kitchen.begun.acquire(timeout=10)
    mark.renew()
    after = begin()
    assert kitchen.begun.acquire(timeout=10)
    kitchen.go.set()

    assert (b"1", b"2") == (before.result(10), after.result(10))
    assert b"2" == kept.get("key", kitchen.make)


def test_so_many_are_kept(kept: KeptBriefly[bytes], kitchen: Kitchen):
    """What was asked for longest ago goes first."""
    for key in ("a", "b", "a", "c"):
        kept.get(key, kitchen.make)

    assert b"1" == kept.get("a", kitchen.make)
    assert b"4" == kept.get("b", kitchen.make)


def test_a_mark_differs_after_each_change():
    """Also from those before the last."""
    mark = ChangeMark()
    seen = {mark.read()}
    for _ in range(9):
        mark.renew()
        seen.add(mark.read())

    assert 10 == len(seen)


@pytest.mark.parametrize("path", PATHS)
def test_answers_are_kept_for_a_second(
    path: str, viewer: Caller, clock: FakeClock
) -> None:
    """Byte for byte, and `as_of` says from when they are."""
    first = viewer.get(path)
    clock.advance(timedelta(seconds=0.4))
    second = viewer.get(path)
    clock.advance(timedelta(seconds=0.6))
    third = viewer.get(path)

    assert first.data == second.data
    assert "application/json" == second.mimetype
    assert ("2026-03-01T12:00:30Z", "2026-03-01T12:00:31Z") == (
        second.json["as_of"],
        third.json["as_of"],
    )


@pytest.mark.parametrize("path", PATHS)
def test_kept_answers_are_for_those_who_may_see_them(
    path: str, viewer: Caller, stranger: Caller, admin: Caller
) -> None:
    """Who has no token is refused, and so is who just lost it."""
    assert 200 == viewer.get(path).status_code
    assert 401 == stranger.get(path).status_code
    tokens = admin.get("/cron/tokens").json["items"]
    mine = next(one["id"] for one in tokens if one["name"] == "viewer")
    assert 204 == admin.ask("DELETE", f"/cron/tokens/{mine}").status_code
    assert 401 == viewer.get(path).status_code


def test_a_change_by_the_api_is_seen_at_once(viewer: Caller, operator: Caller):
    """Toggled, the next to ask sees it."""

    def enabled() -> Any:
        jobs = viewer.get(STATS).json["jobs"]
        return next(one["enabled"] for one in jobs if one["name"] == "weekly-cleanup")

    before = enabled()
    operator.post("/cron/jobs/weekly-cleanup/toggle", json={"enabled": False})

    assert (True, False) == (before, enabled())


def test_a_refused_change_outdates_nothing(
    viewer: Caller, clock: FakeClock, system: System
):
    """Otherwise anybody could have everything made anew at every call."""
    before = viewer.get(STATS).data
    system.store.write(lambda unit: unit.jobs.remove("weekly-cleanup"))
    assert 403 == viewer.post("/cron/maintenance/cleanup", json={}).status_code

    assert before == viewer.get(STATS).data


def test_trends_are_kept_for_each_window(viewer: Caller, clock: FakeClock):
    """And one that is wrong is refused, whatever is kept."""
    path = "/cron/health/trends/analytics"
    first = viewer.get(f"{path}?window=1h")
    clock.advance(timedelta(seconds=0.4))
    second, other = viewer.get(f"{path}?window=1h"), viewer.get(f"{path}?window=2h")

    assert first.data == second.data != other.data
    assert "2026-03-01T12:00:30Z" == second.json["as_of"]
    assert 422 == viewer.get(f"{path}?window=1y").status_code


def test_an_outage_is_not_kept(viewer: Caller, system: System, clock: FakeClock):
    """As soon as the database is back, the answer is there."""
    system.store.dispose()
    path = system.settings.sqlite_path
    first = viewer.get(STATS).status_code
    path.rename(hidden := path.with_suffix(".away"))
    clock.advance(timedelta(seconds=1))
    system.store.dispose()
    during = viewer.get(STATS).status_code
    system.store.dispose()
    hidden.replace(path)

    assert (200, 503) == (first, during)
    assert 200 == viewer.get(STATS).status_code


def test_a_broker_that_comes_back_is_seen_within_a_second(
    viewer: Caller, system: System, clock: FakeClock
):
    """What was kept says `down` no longer than that."""
    queues, beats = system.queues, system.heartbeats
    assert isinstance(queues, MemoryQueues)
    assert isinstance(beats, MemoryHeartbeats)
    queues.broken = beats.broken = True
    (first,) = {one["waiting"] for one in viewer.get(PATHS[2]).json["queues"]}
    queues.broken = beats.broken = False
    clock.advance(timedelta(seconds=1))
    reasons = viewer.get(PATHS[2]).json["reasons"]

    assert first is None
    assert not any("AIRQ_REDIS_URL" in one for one in reasons)
