"""Libraries, Celery's settings, beat and queues: each on a good and a spoiled one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airq_cron.broker import make_celery
from airq_cron.domain.job import BUILT_IN, Job
from airq_cron.ports import QueueState
from airq_cron.services.check_foundations import (
    NEEDED,
    NEEDED_OF_TRANSPORT,
    UNSAFE,
    check_backlog,
    check_celery,
    check_database_settings,
    check_libraries,
    check_planning,
)
from airq_cron.services.diagnose import Severity

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def due(after_s: float, **more: Any) -> Job:
    """Return a job whose next fire time lies *after_s* after the present."""
    when = AT + timedelta(seconds=after_s)
    return replace(BUILT_IN[0], next_due_at=when, **more)


@pytest.mark.parametrize(
    ("versions", "severity"),
    [
        ({"celery": "5.7.0", "kombu": "5.7.0"}, Severity.OK),
        ({"celery": "5.10.1", "kombu": "6.0"}, Severity.OK),
        ({"celery": "5.7.0rc1", "kombu": "5.8.0"}, Severity.OK),
        ({"celery": "5.6.3", "kombu": "5.7.0"}, Severity.FAIL),
        ({"celery": "5.7.0", "kombu": "4.9"}, Severity.FAIL),
        ({"celery": "5.7.0"}, Severity.FAIL),
    ],
)
def test_libraries_that_hang_after_an_outage_are_a_failure(
    versions: Mapping[str, str], severity: Severity
) -> None:
    """Celery and kombu from 5.7 on; 5.10 is newer than 5.7."""
    found = check_libraries(versions)

    assert severity is found.severity
    assert (severity is Severity.OK) == (found.fix is None)


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in UNSAFE.items() for value in sorted(values)],
)
def test_a_database_that_drops_a_setting_is_a_failure(name: str, value: str) -> None:
    """As a pooler does with those of PostgreSQL, and a network disk with WAL."""
    found = check_database_settings({name: value, "timezone": "UTC"})

    assert Severity.FAIL is found.severity
    assert f"{name} {value}" in found.text


def test_celery_as_we_set_it_up_is_well() -> None:
    """What every process uses passes."""
    app = make_celery("redis://127.0.0.1:1/0")

    assert Severity.OK is check_celery(app.conf).severity


@pytest.mark.parametrize("name", [*NEEDED, *NEEDED_OF_TRANSPORT])
def test_each_setting_of_celery_that_is_spoiled_is_named(name: str) -> None:
    """Whatever has changed it."""
    transport: dict[str, Any] = dict.fromkeys(NEEDED_OF_TRANSPORT, 5)
    settings: dict[str, Any] = {**NEEDED, "broker_transport_options": transport}
    (transport if name in transport else settings)[name] = None

    found = check_celery(settings)

    assert Severity.FAIL is found.severity
    assert found.text.endswith(f": {name}")
    assert found.fix is not None


@pytest.mark.parametrize(
    ("job", "severity"),
    [
        (due(30), Severity.OK),
        (due(-60), Severity.OK),
        (due(-61), Severity.FAIL),
        (due(-61, enabled=False), Severity.OK),
        (replace(due(0), next_due_at=None), Severity.OK),
    ],
)
def test_a_beat_that_is_silent_is_a_failure(job: Job, severity: Severity) -> None:
    """Alive or not: what was due a minute ago has not been decided."""
    found = check_planning([job], AT)

    assert severity is found.severity
    assert (job.name in found.text) == (severity is Severity.FAIL)


def test_of_many_late_jobs_some_are_named() -> None:
    """A thousand names are no help."""
    jobs = [replace(due(-90), name=f"job-{number}") for number in range(5)]

    assert check_planning(jobs, AT).text.endswith("job-0, job-1, job-2, ...")


@pytest.mark.parametrize(
    ("age_s", "consumed", "severity"),
    [
        (None, {"analytics"}, Severity.OK),
        (300.0, {"analytics"}, Severity.OK),
        (301.0, {"analytics"}, Severity.WARN),
        (301.0, {"data-fetch"}, Severity.OK),
    ],
)
def test_workers_that_take_nothing_are_a_warning(
    age_s: float | None, consumed: set[str], severity: Severity
) -> None:
    """A queue without a worker is told of by another check."""
    state = QueueState("analytics", waiting=7, oldest_age_s=age_s)

    found = check_backlog([state], consumed)

    assert severity is found.severity
    assert ("analytics (7, 301 s)" in found.text) == (severity is Severity.WARN)
