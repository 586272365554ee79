"""Signs of life and the broker's own facts, with a real Valkey."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner, Result

from airq_cron.cli.main import main
from airq_cron.clock import SystemClock
from airq_cron.domain.job import Queue
from airq_cron.ports import Heartbeat
from airq_cron.services.describe_process import describe_process
from airq_cron.telemetry.clock_watch import ClockWatch
from airq_cron.telemetry.facts import read_facts
from airq_cron.telemetry.heartbeats import RedisHeartbeats
from airq_cron.testing import FakeClock

MINUTE = timedelta(minutes=1)
EVERYTHING = {"queues": [queue.value for queue in Queue]}


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """Give a client of our own."""
    with redis.Redis.from_url(redis_url) as opened:
        yield opened


def ahead(seconds: float) -> FakeClock:
    """Return a clock that is so far ahead of this host's, and stands still."""
    return FakeClock(SystemClock().now() + timedelta(seconds=seconds))


def beat_once(url: str, clock: FakeClock | SystemClock, **detail: Any) -> None:
    """Let a process say that it is alive."""
    heartbeat = Heartbeat("beat-1", "beat", SystemClock().now(), detail)
    RedisHeartbeats(url, clock).beat(heartbeat, MINUTE)


@pytest.mark.parametrize("seconds", [-3, 0, 3, 86_400])
def test_a_sign_of_life_tells_how_far_the_clock_is_ahead(
    redis_url: str, seconds: int
) -> None:
    """From the first one on."""
    beat_once(redis_url, ahead(seconds), host="host-a")

    (found,) = RedisHeartbeats(redis_url, SystemClock()).alive()

    assert "host-a" == found.detail["host"]
    assert abs(found.detail["clock_offset_s"] - seconds) < 1


def test_a_clock_that_is_set_right_is_told_by_the_next_sign(redis_url: str) -> None:
    """Each sign of life measures for the one after it."""
    clock = ahead(3)
    heartbeats = RedisHeartbeats(redis_url, clock)
    told = []
    for _ in range(3):
        heartbeats.beat(Heartbeat("beat-1", "beat", SystemClock().now()), MINUTE)
        told.append(round(heartbeats.alive()[0].detail["clock_offset_s"]))
        clock.set_to(SystemClock().now())

    assert [3, 3, 0] == told


def test_an_answer_that_took_long_says_nothing(client: redis.Redis) -> None:
    """It may have been given at its begin or at its end."""
    clock = ahead(0)
    watch = ClockWatch(clock)
    began = watch.now_s()
    told = client.time()

    clock.advance(timedelta(seconds=0.6))
    late = watch.compare(began, told)
    back = watch.compare(watch.now_s() + 1, told)

    assert (None, None) == (late, back)
    assert watch.measure(client) is not None


def test_redis_tells_what_it_keeps(redis_url: str, client: redis.Redis) -> None:
    """Its settings as they are now."""
    client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        found = read_facts(redis_url, SystemClock())
    finally:
        client.config_set("maxmemory-policy", "noeviction")

    assert "allkeys-lru" == found.eviction
    assert found.appending is False
    assert abs(found.clock_offset_s or 0) < 1
    assert found.version[0].isdigit()
    assert "noeviction" == read_facts(redis_url, SystemClock()).eviction


def test_settings_that_redis_refuses_to_tell_are_unknown(
    redis_url: str, client: redis.Redis
) -> None:
    """Services that rent it out forbid the question."""
    client.execute_command(
        "ACL", "SETUSER", "guest", "on", ">pw", "~*", "+@all", "-config"
    )
    try:
        found = read_facts(redis_url.replace("://", "://guest:pw@"), SystemClock())
    finally:
        client.execute_command("ACL", "DELUSER", "guest")

    assert (None, None) == (found.eviction, found.appending)


def doctor(var: Path, redis_url: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code of `airq doctor` and its checks by code."""
    environment = {"AIRQ_VAR_DIR": str(var), "AIRQ_REDIS_URL": redis_url}
    assert 0 == CliRunner().invoke(main, ["db", "upgrade"], env=environment).exit_code
    result = CliRunner().invoke(main, ["doctor", "--json"], env=environment)
    found = json.loads(result.stdout)["checks"]
    return result.exit_code, {one["code"]: one for one in found}


def test_a_whole_instance_fails_no_check(tmp_path: Path, redis_url: str) -> None:
    """A broker that keeps nothing on disk is a warning only."""
    var = tmp_path / "var"
    var.mkdir(mode=0o700)
    clock = SystemClock()
    heartbeats = RedisHeartbeats(redis_url, clock)
    for name, role, more in (("b", "beat", {}), ("w", "worker", EVERYTHING)):
        detail = describe_process() | more
        heartbeats.beat(Heartbeat(name, role, clock.now(), detail), MINUTE)

    code, found = doctor(var, redis_url)

    assert 0 == code
    assert {"appendonly"} == {
        name for name, one in found.items() if one["severity"] != "ok"
    }
    assert [
        *("directory", "listening", "libraries", "database", "database_tls"),
        "database_settings",
        *("limits", "planning", "providers", "redis", "redis_tls", "eviction"),
        *("appendonly", "celery", "keys", "backlog", "processes", "versions"),
        *("tzdata", "message_keys", "hosts", "clocks"),
    ] == list(found)


def test_alive_asks_for_one_role_of_one_host(redis_url: str, tmp_path: Path) -> None:
    """What a container runs as its health check."""
    detail = describe_process() | {"host": "here"}
    RedisHeartbeats(redis_url, SystemClock()).beat(
        Heartbeat("b", "beat", SystemClock().now(), detail), MINUTE
    )
    environment = {"AIRQ_VAR_DIR": str(tmp_path), "AIRQ_REDIS_URL": redis_url}

    def ask(*words: str) -> Result:
        return CliRunner().invoke(main, ["alive", *words], env=environment)

    found = ask("beat", "--host", "here")
    assert (0, "b\n") == (found.exit_code, found.stdout)
    for role, host in (("worker", "here"), ("beat", "elsewhere")):
        asked = ask(role, "--host", host)
        assert (1, f"no {role} of {host} gives signs of life\n") == (
            asked.exit_code,
            asked.stderr,
        )


def test_a_beat_with_another_clock_and_other_zones_is_told_of(
    tmp_path: Path, redis_url: str
) -> None:
    """Two hosts must agree about when a job is due."""
    beat_once(redis_url, ahead(3), **(describe_process() | {"tzdata": "2020a"}))
    clock = SystemClock()
    detail = describe_process() | EVERYTHING
    RedisHeartbeats(redis_url, clock).beat(
        Heartbeat("w", "worker", clock.now(), detail), MINUTE
    )

    code, found = doctor(tmp_path, redis_url)

    assert 0 == code
    assert ("warn", "warn") == (
        found["clocks"]["severity"], found["tzdata"]["severity"]
    )  # fmt: skip
    assert "beat-1" in found["clocks"]["text"]
