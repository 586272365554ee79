"""pybreaker over a storage of our own: what a fleet needs otherwise."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pybreaker
import pytest

from airq_cron.breaker.fallback import FallbackStorage
from airq_cron.breaker.fleet import ChangeListener, FleetBreaker
from airq_cron.breaker.guard import GuardedIndexProvider, GuardedProvider
from airq_cron.breaker.memory import MemoryBreakerStorage
from airq_cron.domain.breaker import (
    BreakerChange,
    BreakerRules,
    BreakerState,
    Hold,
)
from airq_cron.errors import (
    BreakerOpenError,
    MalformedError,
    PermanentLocationError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
    StoreError,
    TransientError,
    UnreachableError,
)
from airq_cron.services.seed import PARIS
from airq_cron.telemetry.breakers import RedisBreakerStorage
from airq_cron.testing import FakeClock, FakeIndexProvider, FakeProvider

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RULES = BreakerRules(threshold=3)


@dataclass
class Given:
    """What the database would say."""

    known: BreakerRules = RULES
    held: Hold | None = None

    def rules(self, name: str) -> BreakerRules:
        """Return the rules of the test."""
        del name
        return self.known

    def hold(self, name: str) -> Hold | None:
        """Return what a person set in the test."""
        del name
        return self.held


@dataclass
class Scene:
    """A breaker, its time, and the changes it told of."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    standing: Given = field(default_factory=Given)
    changes: list[BreakerChange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.storage = MemoryBreakerStorage(self.clock)
        self.breaker = self.another()

    def another(self) -> FleetBreaker:
        """Give the breaker of another process."""
        listener = ChangeListener(self.changes.append)
        return FleetBreaker(
            "open-meteo", self.storage, self.standing, self.clock, [listener]
        )

    def fail(self, error: Exception | None = None, times: int = 3) -> None:
        for _ in range(times):
            with pytest.raises(type(error or TransientError())):
                self.breaker.call(raising(error or TransientError("503")))

    def state(self) -> BreakerState:
        return self.storage.look("open-meteo").state


@pytest.fixture
def scene() -> Scene:
    """Give a closed breaker that opens after three failures."""
    return Scene()


def raising(error: BaseException) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


def test_a_call_that_passes_gives_its_answer(scene: Scene) -> None:
    """With its arguments."""
    assert 7 == scene.breaker.call(lambda a, b: a + b, 3, b=4)


def test_an_open_breaker_asks_nobody(scene: Scene) -> None:
    """And says until when, and why."""
    scene.fail()
    asked: list[int] = []
    with pytest.raises(BreakerOpenError, match="503") as caught:
        scene.breaker.call(asked.append, 1)

    assert [] == asked
    assert NOW + timedelta(minutes=5) == caught.value.until
    assert not caught.value.counts


def test_what_trips_it_is_the_error_of_the_call(scene: Scene) -> None:
    """Pybreaker would replace it by its own."""
    scene.fail(MalformedError("half a body"))

    assert BreakerState.OPEN is scene.state()


@pytest.mark.parametrize(
    "error",
    [
        QuotaError("too often", retry_at=NOW, window="minute"),
        PermanentLocationError("not covered"),
        PermanentProviderError("key refused"),
        ValueError("a bug of ours"),
    ],
)
def test_an_excluded_exception_is_no_success(scene: Scene, error: Exception) -> None:
    """Pybreaker takes it for one, and would forget two failures."""
    scene.fail(times=2)
    scene.fail(error, times=5)
    assert (BreakerState.CLOSED, 2) == (scene.state(), scene.breaker.fail_counter)
    scene.fail(times=1)

    assert BreakerState.OPEN is scene.state()


@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_the_end_of_a_process_is_no_failure(
    scene: Scene, end: type[BaseException]
) -> None:
    """Pybreaker counts BaseException."""
    for _ in range(5):
        with pytest.raises(end):
            scene.breaker.call(raising(end()))

    assert (BreakerState.CLOSED, 0) == (scene.state(), scene.breaker.fail_counter)


def test_a_neutral_end_gives_the_probe_back(scene: Scene) -> None:
    """Without closing; the next call probes at once."""
    scene.fail()
    scene.clock.advance(timedelta(minutes=5))
    scene.fail(QuotaError("too often", retry_at=NOW, window="minute"), times=1)
    assert BreakerState.HALF_OPEN is scene.state()
    scene.breaker.call(lambda: None)

    assert BreakerState.CLOSED is scene.state()


def test_threads_do_not_wait_for_each_other(scene: Scene) -> None:
    """Pybreaker holds one lock during the guarded call."""
    together = threading.Barrier(3, timeout=10)
    threads = [
        threading.Thread(target=scene.breaker.call, args=(together.wait,))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    together.wait()
    for thread in threads:
        thread.join()

    assert not together.broken


def test_there_is_no_asynchronous_call(scene: Scene) -> None:
    """Pybreaker's needs Tornado, and fails with a NameError without it."""
    with pytest.raises(TypeError):
        scene.breaker.call_async(print)


@pytest.mark.parametrize("deed", ["open", "half_open"])
def test_nobody_turns_it_without_a_reason(scene: Scene, deed: str) -> None:
    """Pybreaker would turn the object, not the fleet."""
    with pytest.raises(TypeError):
        getattr(scene.breaker, deed)()


@dataclass
class Diary(pybreaker.CircuitBreakerListener):
    """A listener as pybreaker's own documentation has it."""

    lines: list[str] = field(default_factory=list)

    def before_call(self, cb: object, func: object, *args: object, **kw: object):
        del cb, func, kw
        self.lines.append(f"before {args}")

    def success(self, cb: pybreaker.CircuitBreaker) -> None:
        self.lines.append(f"success of {cb.name}")

    def failure(self, cb: object, exc: BaseException) -> None:
        del cb
        self.lines.append(f"failure {exc}")

    def state_change(self, cb: object, old: object, new: object) -> None:
        del cb
        self.lines.append(f"{getattr(old, 'name', '')} -> {getattr(new, 'name', '')}")


def test_any_listener_of_pybreaker_is_told(scene: Scene) -> None:
    """Of calls, results and changes; a neutral end is neither result."""
    scene.standing.known = replace(RULES, threshold=1)
    diary = Diary()
    scene.breaker.add_listener(diary)
    scene.breaker.call(lambda _: None, 1)
    scene.fail(ValueError("a bug of ours"), times=1)
    scene.fail(times=1)

    assert [
        *("before (1,)", "success of open-meteo"),
        "before ()",
        *("before ()", "closed -> open", "failure 503"),
    ] == diary.lines


def test_a_block_is_guarded_like_a_function(scene: Scene) -> None:
    """Its error comes out as it is, and counts."""
    for _ in range(3):
        with pytest.raises(MalformedError), scene.breaker.calling():
            raise MalformedError("half a body")

    with pytest.raises(BreakerOpenError), scene.breaker.calling():
        raise AssertionError("it was let through")


def test_changes_are_told_once_by_who_made_them(scene: Scene) -> None:
    """Another process that notices tells nothing."""
    other = scene.another()
    scene.fail()
    assert "open" == other.current_state == other.state.name
    assert isinstance(other.state, pybreaker.CircuitOpenState)
    scene.clock.advance(timedelta(minutes=5))
    other.call(lambda: None)

    assert [
        ("CLOSED", "OPEN", "503", 3),
        ("OPEN", "HALF_OPEN", "its timeout is over", 3),
        ("HALF_OPEN", "CLOSED", "a probe was answered", 0),
    ] == [(one.before, one.after, one.reason, one.failures) for one in scene.changes]


def test_a_reset_closes_it(scene: Scene) -> None:
    """And is told."""
    scene.fail()
    scene.breaker.close()

    assert (BreakerState.CLOSED, "reset") == (scene.state(), scene.changes[-1].reason)


def test_a_change_that_cannot_be_kept_spoils_no_call(scene: Scene) -> None:
    """The database may be away just then."""

    def away(change: BreakerChange) -> None:
        raise StoreError(f"cannot keep {change.after}")

    breaker = FleetBreaker(
        "open-meteo", scene.storage, scene.standing, scene.clock, [ChangeListener(away)]
    )
    for _ in range(3):
        with pytest.raises(TransientError):
            breaker.call(raising(TransientError()))

    assert BreakerState.OPEN is scene.state()


def test_what_a_person_opened_stays_open(scene: Scene) -> None:
    """Its reason is given, whatever the fleet thinks."""
    scene.standing.held = Hold("open-meteo", "their maintenance", "cli:me", NOW)
    with pytest.raises(BreakerOpenError, match="their maintenance"):
        scene.breaker.call(print)

    assert BreakerState.CLOSED is scene.state()


def test_after_closing_a_call_waits_for_its_turn(scene: Scene) -> None:
    """One after the other, and not for ever."""
    scene.fail()
    scene.clock.advance(timedelta(minutes=5))
    scene.breaker.call(lambda: None)
    with (
        scene.breaker.calling(),
        pytest.raises(BreakerOpenError, match="another call"),
    ):
        scene.breaker.call(print)
    assert scene.clock.monotonic() > 300 + 39
    scene.breaker.call(lambda: None)


def test_a_longer_wish_of_the_upstream_is_respected(scene: Scene) -> None:
    """Retry-After."""
    scene.fail(TransientError("503", retry_at=NOW + timedelta(hours=1)), times=1)
    scene.clock.advance(timedelta(minutes=59))

    with pytest.raises(BreakerOpenError):
        scene.breaker.call(print)


def test_a_provider_is_guarded_and_otherwise_itself(scene: Scene) -> None:
    """Its attributes are those of who is behind the breaker."""
    inner = FakeProvider(errors=[TransientError("503")] * 3)
    guarded = GuardedProvider(inner, scene.another)
    hours = {"since": NOW, "until": NOW + 3600 * SECOND}
    for expected in [TransientError] * 3 + [BreakerOpenError] * 2:
        with pytest.raises(expected):
            guarded.fetch([PARIS], **hours)

    assert 3 == len(inner.asked)
    assert ("open-meteo", 100) == (guarded.id, guarded.batch_size)


def test_a_provider_of_indices_is_guarded(scene: Scene) -> None:
    """In the same way."""
    inner = FakeIndexProvider(scene.clock, errors=[TransientError("503")] * 3)
    guarded = GuardedIndexProvider(inner, scene.another)
    for expected in [TransientError] * 3 + [BreakerOpenError]:
        with pytest.raises(expected):
            guarded.report(PARIS)

    assert 3 == len(inner.asked)


def test_who_only_looks_at_a_provider_needs_no_redis() -> None:
    """The breaker is made at the first call."""

    def make() -> FleetBreaker:
        raise AssertionError("nobody called")

    assert "open-meteo" == GuardedProvider(FakeProvider(), make).id


def test_without_redis_a_process_has_a_breaker_of_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Said once in the log; never a crash."""
    clock = FakeClock(NOW)
    storage = FallbackStorage(
        RedisBreakerStorage("redis://127.0.0.1:1/0"), MemoryBreakerStorage(clock)
    )
    breaker = FleetBreaker("open-meteo", storage, Given(), clock)
    for expected in [TransientError] * 3 + [BreakerOpenError]:
        with pytest.raises(expected):
            breaker.call(raising(TransientError("503")))

    assert storage.is_local
    assert BreakerState.OPEN is storage.look("open-meteo").state
    assert 1 == sum("local breaker" in one.message for one in caplog.records)


def test_a_reset_that_cannot_reach_the_fleet_says_so(scene: Scene) -> None:
    """Nothing must look closed that is open for all others."""
    scene.fail()
    storage = FallbackStorage(
        RedisBreakerStorage("redis://127.0.0.1:1/0"), scene.storage
    )
    with pytest.raises(UnreachableError):
        storage.reset("open-meteo")

    assert BreakerState.OPEN is scene.state()


def test_an_error_that_counts_is_one_of_the_upstream() -> None:
    """Only transient and malformed are."""
    kinds = [TransientError, MalformedError]

    assert kinds == [kind for kind in ProviderError.__subclasses__() if kind.counts]


def test_rules_may_change_while_it_works(scene: Scene) -> None:
    """They are asked for at each call."""
    scene.standing.known = replace(RULES, threshold=1)
    scene.fail(times=1)

    assert BreakerState.OPEN is scene.state()
