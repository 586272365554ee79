"""What processes and the broker say of themselves, judged."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from airq_cron.domain.job import BUILT_IN, Queue
from airq_cron.ports import BrokerFacts, Heartbeat, ProviderState
from airq_cron.services.diagnose import (
    Finding,
    Severity,
    check_broker,
    check_clocks,
    check_hosts,
    check_keys,
    check_limits,
    check_message_keys,
    check_processes,
    check_providers,
    check_versions,
    check_zones,
    find_warnings,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)
EVERY_QUEUE = [queue.value for queue in Queue]
GOOD = BrokerFacts("8.1.0", "noeviction", appending=True, clock_offset_s=0.0)


def process(name: str = "beat-1", role: str = "beat", **detail: Any) -> Heartbeat:
    """Return the sign of life of a process on host-a."""
    usual = {"host": "host-a", "version": "1.0", "tzdata": "2026f"}
    return Heartbeat(name, role, AT, usual | {"clock_offset_s": 0.0} | detail)


def worker(**detail: Any) -> Heartbeat:
    """Return the sign of life of a worker for every queue."""
    return process("worker-1", "worker", queues=EVERY_QUEUE, **detail)


@pytest.mark.parametrize(
    ("offsets", "severity"),
    [
        ([0.0, 0.0], Severity.OK),
        ([0.5, -0.5], Severity.OK),
        ([1.0, 0.0], Severity.OK),
        ([1.001, 0.0], Severity.WARN),
        ([-1.2], Severity.WARN),
        ([0.7, -0.7], Severity.WARN),
        ([3.0, 3.0], Severity.WARN),
        ([None, 0.2], Severity.OK),
        ([None], Severity.UNKNOWN),
        ([], Severity.UNKNOWN),
    ],
)
def test_clocks_more_than_a_second_apart_are_a_warning(
    offsets: list[float | None], severity: Severity
) -> None:
    """Those of any two hosts, Redis' among them."""
    alive = [
        process(f"beat-{number}", clock_offset_s=offset)
        for number, offset in enumerate(offsets)
    ]

    assert severity is check_clocks(alive).severity


def test_the_warning_names_the_clocks_and_how_far_they_are_apart() -> None:
    """So that a person knows where to look."""
    alive = [
        process("beat-1", clock_offset_s=3.04, host="host-a"),
        process("beat-2", clock_offset_s=-0.2, host="host-b"),
    ]

    found = check_clocks(alive)

    assert (
        "clocks are 3.2 s apart: beat-1 on host-a is ahead of beat-2 on host-b"
        == found.text
    )
    assert "NTP" in (found.fix or "")


def test_further_clocks_are_compared_too() -> None:
    """That of the database, and of the host that asks."""
    found = check_clocks([process()], {"the database": -2.0, "this host": 0.1})

    assert "clocks are 2.1 s apart: this host is ahead of the database" == found.text


@pytest.mark.parametrize(
    ("check", "name", "versions"),
    [(check_zones, "tzdata", "2026a 2026f"), (check_versions, "version", "1.0 1.1")],
)
def test_different_versions_are_a_warning(check: Any, name: str, versions: str) -> None:
    """It names who has which."""
    old, new = versions.split()
    one, two = process("beat-1", **{name: old}), process("beat-2", **{name: new})

    found = check([two, one])

    assert Severity.WARN is found.severity
    assert f"differ: {old} (beat-1); {new} (beat-2)" in found.text
    assert Severity.OK is check([one, replace(one, name="beat-3")]).severity
    assert Severity.UNKNOWN is check([Heartbeat("old", "beat", AT)]).severity


@pytest.mark.parametrize(
    ("beat", "reader", "ours", "severity"),
    [
        ("", "", None, Severity.OK),
        ("old", "old", ["old"], Severity.OK),
        # The three steps of a change, half way through.
        ("old", "old new", None, Severity.WARN),
        ("old new", "new old", None, Severity.WARN),
        ("new old", "old new", ["old", "new"], Severity.WARN),
        ("new old", "new", None, Severity.WARN),
        # A beat that was forgotten opens nothing anyway.
        ("old", "new old", None, Severity.WARN),
        ("new", "old", None, Severity.FAIL),
        ("new old", "old", None, Severity.FAIL),
        ("old", "", None, Severity.FAIL),
        ("", "old", None, Severity.FAIL),
        ("old", "old", [], Severity.FAIL),
        ("old", "old", ["new", "old"], Severity.FAIL),
    ],
)
def test_a_worker_has_to_open_what_others_seal(
    beat: str, reader: str, ours: list[str] | None, severity: Severity
) -> None:
    """Whoever asks sends as well; a change that nobody suffers from is a warning."""
    alive = [process(message_keys=beat.split()), worker(message_keys=reader.split())]

    found = check_message_keys(alive, ours)

    assert severity is found.severity
    assert (found.fix is None) == (severity is Severity.OK)


def test_who_refuses_whom_is_named() -> None:
    """By fingerprints."""
    alive = [process(message_keys=["0a"]), worker(message_keys=["0b", "0c"])]

    found = check_message_keys(alive)

    text = "worker-1 (message keys 0b, 0c) refuses what beat-1 sends (message keys 0a)"
    assert text == found.text
    assert "AIRQ_MESSAGE_KEYS" in (found.fix or "")
    assert [found] == find_warnings(alive)
    assert Severity.UNKNOWN is check_message_keys([process()]).severity


def test_the_overview_is_told_of_warnings_alone() -> None:
    """Nothing is said where all agree, or nobody tells."""
    fine = [process(), worker()]

    assert [] == find_warnings(fine)
    assert [] == find_warnings([])
    assert [] == find_warnings([Heartbeat("old", "beat", AT)])
    assert ["clocks", "tzdata", "versions"] == [
        one.code
        for one in find_warnings(
            [*fine, process("b", clock_offset_s=9, tzdata="2020a", version="0.9")]
        )
    ]


UNCONSUMED = (
    f"No worker takes from queue {EVERY_QUEUE[0]}; 1 workers are alive. "
    "Start one that does: airq up runs them all"
)


@pytest.mark.parametrize(
    ("alive", "texts"),
    [
        ([], ["no worker is alive", "no beat is alive"]),
        ([worker()], ["no beat is alive"]),
        ([process()], ["no worker is alive"]),
        (
            [process(), process("w", "worker", queues=EVERY_QUEUE[1:])],
            [UNCONSUMED],
        ),
    ],
)
def test_a_role_or_queue_that_nobody_fills_is_a_failure(
    alive: list[Heartbeat], texts: list[str]
) -> None:
    """One for each."""
    found = check_processes(alive)

    assert texts == [one.text for one in found]
    assert {Severity.FAIL} == {one.severity for one in found}


@pytest.mark.parametrize(
    ("beats", "words"), [(1, "1 beat"), (2, "2 beats"), (3, "3 beats")]
)
def test_any_number_of_beats_is_fine(beats: int, words: str) -> None:
    """They are all active."""
    alive = [worker(), *(process(f"beat-{number}") for number in range(beats))]

    (found,) = check_processes(alive)

    assert Severity.OK is found.severity
    assert found.text.endswith(f"; {words}")


def test_sqlite_on_two_hosts_is_a_failure() -> None:
    """Its locks do not reach over the network."""
    found = check_hosts([process(), process("beat-2", host="host-b")])

    assert (Severity.FAIL, True) == (found.severity, "host-a, host-b" in found.text)
    assert Severity.OK is check_hosts([process(), worker()]).severity


@pytest.mark.parametrize(
    ("facts", "severities"),
    [
        (GOOD, "ok ok"),
        (replace(GOOD, eviction="allkeys-lru"), "fail ok"),
        (replace(GOOD, eviction=None, appending=None), "unknown unknown"),
        (replace(GOOD, appending=False), "ok warn"),
    ],
)
def test_what_redis_may_drop_is_judged(facts: BrokerFacts, severities: str) -> None:
    """Evicting whole queues is worse than filling them anew after a restart."""
    assert severities.split() == [one.severity.value for one in check_broker(facts)]


def test_keys_that_never_end_are_a_warning() -> None:
    """With how many, the first names, and what to do."""
    names = [f"airq:x:{number}" for number in range(5)]
    found = check_keys(names)

    assert "ok" == check_keys([]).severity
    assert ("keys", "warn") == (found.code, found.severity)
    assert "5 keys never end: airq:x:0, airq:x:1, airq:x:2, ..." == found.text
    assert "EXPIRE" in (found.fix or "")


def test_a_time_limit_has_to_lie_below_half_the_visibility_timeout() -> None:
    """Celery delivers again what it takes for lost."""
    longest = max(job.time_limit_s for job in BUILT_IN)

    fine = check_limits(BUILT_IN, 2 * longest + 1)
    found = check_limits(BUILT_IN, 2 * longest)

    assert (Severity.OK, Severity.FAIL) == (fine.severity, found.severity)
    assert "daily-statistics, hourly-aggregations, weekly-cleanup" in found.text


@pytest.mark.parametrize(
    "found",
    [
        *find_warnings([process(), process("b", clock_offset_s=9, version="0")]),
        *check_processes([]),
        *check_broker(replace(GOOD, eviction="volatile-ttl", appending=False)),
        check_keys(["airq:x"]),
        check_limits(BUILT_IN, 1),
        check_hosts([process(), process(host="host-b")]),
    ],
)
def test_whatever_is_wrong_comes_with_what_to_do(found: Finding) -> None:
    """A sentence that only complains helps nobody."""
    assert found.fix


def test_a_provider_that_refused_us_is_a_failure() -> None:
    """With what it said, and the command for when that is mended."""
    banned = ProviderState("openaq", AT, "HTTP 403: banned")

    (found,) = check_providers([ProviderState("open-meteo"), banned])
    (well,) = check_providers([ProviderState("open-meteo")])

    assert (Severity.FAIL, Severity.OK) == (found.severity, well.severity)
    assert "openaq refused us for good and is not asked: HTTP 403" in found.text
    assert found.fix is not None
    assert found.fix.endswith("airq providers enable openaq")
