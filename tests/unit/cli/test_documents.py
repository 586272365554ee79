"""`--json` prints what the API answers, key by key."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from marshmallow import Schema

from airq_cron.cli import documents, explanation
from airq_cron.domain.page import Page
from airq_cron.domain.run import Run, State
from airq_cron.ports import (
    FetchState,
    Heartbeat,
    LetterFilter,
    QueueState,
    RunFilter,
    Token,
)
from airq_cron.services.dead_letters import find_dead_letters
from airq_cron.services.explain import explain_run
from airq_cron.services.manage_jobs import describe_job
from airq_cron.services.manage_locations import describe_location
from airq_cron.services.preview import PreviewQuery, preview_job
from airq_cron.services.read_backfills import find_backfills
from airq_cron.services.read_stats import read_stats
from airq_cron.system import System
from airq_cron.testing import MemoryHeartbeats, MemoryQueues
from api.air_schema import LocationPageSchema, LocationSchema
from api.backfill_schema import BackfillPageSchema, BackfillSchema
from api.dead_letter_schema import LetterPageSchema
from api.explain_schema import ExplanationSchema
from api.job_definition_schema import JobDocumentSchema
from api.job_schema import JobReportSchema, JobStatsSchema
from api.preview_schema import PreviewSchema
from api.run_schema import RunPageSchema, SingleRunSchema
from api.status_schema import OverviewSchema
from tests import entries
from tests.unit.air import Air

HOUR = timedelta(hours=1)


@pytest.fixture
def busy(system: System) -> System:
    """Give a system in which something has happened."""
    store = system.store
    for minute, state in enumerate((State.SUCCEEDED, State.FAILED, State.SKIPPED)):
        entries.end(store, minute, state, of="health-check", reason="because")
    entries.begin(store, 9, of="health-check")
    entries.enter(store, entries.run(10, of="fetch-paris-data"))
    Air().store(store, system.clock.now() - 5 * HOUR, [10])
    fetched = FetchState("open-meteo", "paris", system.clock.now(), "ok")
    store.write(lambda unit: unit.locations.note_fetch([fetched]))
    beat = Heartbeat("w", "worker", system.clock.now(), {"queues": ["monitoring"]})
    system.heartbeats.beat(beat, HOUR)
    return system


def runs_of(system: System) -> list[Run]:
    with system.store.read() as unit:
        found = unit.runs.find(RunFilter(), limit=100, after=None)
        return [unit.runs.get(run.id) for run in found]


def dump(schema: type[Schema], value: Any) -> Any:
    """Return what the API answers."""
    return schema().dump(value)


def test_the_figures_of_all_jobs_are_those_of_the_api(busy: System) -> None:
    """`airq jobs list --json` is `GET /cron/jobs/stats`."""
    stats = read_stats(busy.store)

    assert dump(JobStatsSchema, stats) == documents.stats_document(stats)


def test_one_job_is_its_element_of_all(busy: System) -> None:
    """`airq jobs show` and `toggle` print what the API tells of a job."""
    for report in read_stats(busy.store).jobs:
        off = replace(report.job, enabled=False, next_due_at=None)

        assert dump(JobReportSchema, report) == documents.report_document(report)
        assert dump(JobDocumentSchema, describe_job(off)) == documents.job_document(off)
        assert documents.single_job_document(report) == {
            **documents.job_document(report.job),
            **documents.report_document(report),
        }


def test_a_preview_is_that_of_the_api(busy: System) -> None:
    """As it is, and with a change; cut into pages."""
    for query in (
        PreviewQuery(limit=7),
        PreviewQuery(limit=7, schedule="30 * * * *", zone="Europe/Paris"),
    ):
        found = preview_job(busy.store, "health-check", query, shortest=HOUR)

        assert dump(PreviewSchema, found) == documents.preview_document(found)
        assert 7 == len(found.page.items)


def test_a_page_of_runs_is_that_of_the_api(busy: System) -> None:
    """With the same cursor."""
    page = Page(tuple(runs_of(busy)), ("2026-03-01T00:00:00+00:00", "id"))
    mine = documents.page_document(page, documents.run_document)

    assert dump(RunPageSchema, page) == mine
    assert 5 == len(mine["items"])


def test_one_run_is_that_of_the_api(busy: System) -> None:
    """With its attempts, and the worker of the last one."""
    for run in runs_of(busy):
        assert dump(SingleRunSchema, run) == documents.single_run_document(run)


@pytest.mark.parametrize("limits", [{}, {"concurrency": None}])
def test_backfills_are_those_of_the_api(busy: System, limits: dict[str, Any]) -> None:
    """One, and a page of them."""
    started = entries.open_backfill(busy.store, **limits)
    origin = started.origin
    entries.enter(busy.store, entries.run(1, origin=origin), entries.waiting(2))
    page = find_backfills(busy.store, job=None, limit=9, after=None)

    assert dump(BackfillPageSchema, page) == documents.page_document(
        page, documents.backfill_document
    )
    assert dump(BackfillSchema, page.items[0]) == documents.backfill_document(
        page.items[0]
    )


def test_dead_letters_are_those_of_the_api(busy: System) -> None:
    """With their last errors."""
    page = find_dead_letters(busy.store, LetterFilter(), limit=9, after=None)
    mine = documents.page_document(page, explanation.letter_document)

    assert dump(LetterPageSchema, page) == mine
    assert 1 == len(mine["items"])


def test_an_explanation_is_that_of_the_api(busy: System) -> None:
    """With runs, and without."""
    for when in ("2026-03-01T00:00:00Z", "2026-03-01T00:00:30Z", "last"):
        found = explain_run(busy.store, "health-check", when)

        assert dump(ExplanationSchema, found) == explanation.explanation_document(found)


def test_locations_are_those_of_the_api(busy: System) -> None:
    """One, and a page of them."""
    with busy.store.read() as unit:
        page = Page(tuple(unit.locations.all()))

    assert dump(LocationPageSchema, page) == documents.page_document(
        page, describe_location
    )
    assert dump(LocationSchema, page.items[0]) == describe_location(page.items[0])


def set_nothing(system: System) -> None:
    """Leave the queues empty."""
    del system


def set_waiting(system: System) -> None:
    """Let one queue have a message."""
    assert isinstance(system.queues, MemoryQueues)
    system.queues.known = [QueueState("monitoring", 3, 1.23456)]


def set_broken(system: System) -> None:
    """Take the broker away."""
    assert isinstance(system.queues, MemoryQueues)
    assert isinstance(system.heartbeats, MemoryHeartbeats)
    system.queues.broken = system.heartbeats.broken = True


def set_ahead(system: System) -> None:
    """Let the clock of one host be wrong."""
    now = system.clock.now()
    detail = {"host": "h", "clock_offset_s": 3.0}
    system.heartbeats.beat(Heartbeat("b", "beat", now, detail), HOUR)


@pytest.mark.parametrize("change", [set_nothing, set_waiting, set_ahead, set_broken])
def test_the_status_is_the_overview_of_the_api(
    change: Callable[[System], None], busy: System
) -> None:
    """Key by key, whatever the broker says."""
    change(busy)
    overview = busy.overview_desk.sum_up()
    versions = {"airq_cron": "1", "python": "3"}
    members = {name: getattr(overview, name) for name in overview.__slots__}

    assert dump(
        OverviewSchema, members | {"versions": versions, "uptime_s": 7}
    ) == documents.overview_document(overview, versions, 7)


def test_a_token_shows_everything_but_its_secret(busy: System) -> None:
    """There is nothing to show: only the hash is stored."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    token = Token("1", "ci", "viewer", at, None, None, at + HOUR)

    assert {
        "id": "1",
        "name": "ci",
        "role": "viewer",
        "created_at": "2026-03-01T00:00:00Z",
        "expires_at": None,
        "last_used_at": None,
        "revoked_at": "2026-03-01T01:00:00Z",
    } == documents.token_document(token)
