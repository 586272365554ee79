"""`airq status`: what is known, what is wrong, and what to do about it."""

import platform
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import click

from airq_cron import __version__
from airq_cron.cli import instance
from airq_cron.cli.breaker import show_breakers
from airq_cron.cli.documents import overview_document
from airq_cron.cli.instance import Instance
from airq_cron.cli.paging import JSON
from airq_cron.cli.session import console, open_system, print_json
from airq_cron.cli.tables import cell, length, moment, show_table
from airq_cron.config import load
from airq_cron.domain.period import Period
from airq_cron.errors import ConfigError, UnreachableError
from airq_cron.ports import Sighting
from airq_cron.services.overview import Overall, Overview
from airq_cron.services.sum_up import OverviewDesk
from airq_cron.system import System

VERSIONS = {"airq_cron": __version__, "python": platform.python_version()}
# The first pattern that is found in a reason tells what to do about it.
ADVICE: tuple[tuple[str, str], ...] = (
    (r"^AIRQ_REDIS_URL: ", "start everything with: airq up"),
    (r"^no (?:worker|beat) is alive", "start everything with: airq up"),
    (r"^No worker takes from queue (\S+);", "start a worker with: --queues {}"),
    (r"^Queue (\S+) has", "airq runs list --queue {} --state queued"),
    (r"^job (\S+) was due", "look into the log of beat; is it alive?"),
    (r"^the last run of (\S+) ended", "airq runs list --job {} --limit 5"),
    (r"^provider (\S+) is disabled", "airq providers show {}"),
    (r"^provider (\S+) refuses", "airq providers show {}"),
    (r"^the breaker of (\S+) is", "airq breaker show {}"),
    (r" has no data (?:yet|since)", "airq runs list --queue data-fetch --limit 5"),
)


class NoBroker:
    """Stands in for Redis where no address is known."""

    def __init__(self, setting: str) -> None:
        reason = "it is not set, and no instance is running"
        self._error = UnreachableError(setting, "Redis", reason)

    def look(
        self, at: datetime, *, breakers: Iterable[str] = (), counted: Period | None
    ) -> Sighting:
        """Raise UnreachableError."""
        del at, breakers, counted
        raise self._error


@click.command()
@JSON
def status(*, as_json: bool) -> None:
    """
    Sum up jobs, queues, processes and data; say what is wrong.

    Exit code 1 when the instance is down, 0 when it is ok or degraded.
    """
    system = open_system()
    found = _desk(system).sum_up()
    running = instance.running(load().var_dir)
    if as_json:
        print_json(overview_document(found, VERSIONS, _uptime_s(running, found.as_of)))
    else:
        _show(found, running)
    if found.state is Overall.DOWN:
        raise SystemExit(1)


def _desk(system: System) -> OverviewDesk:
    try:
        return system.overview_desk
    except ConfigError as error:
        nobody = NoBroker(error.setting)
        store, upstreams, guards = system.store, system.upstreams, system.breaker_desk
        return OverviewDesk(store, nobody, system.clock, upstreams, guards, None)


def _uptime_s(running: Instance | None, at: datetime) -> int | None:
    if running is None:
        return None
    return int((at - datetime.fromisoformat(running.started_at)).total_seconds())


def _show(found: Overview, running: Instance | None) -> None:
    out = console()
    out.print(cell(found.state.value), "at", moment(found.as_of))
    up_s = _uptime_s(running, found.as_of)
    if running is not None and up_s is not None:
        out.print(f"{running.api}, upstream {running.provider}, up {length(up_s)}")
    if found.reasons:
        _head("Problems")
        show_table(
            ("Problem", "What to do"),
            ((reason, advice(reason)) for reason in found.reasons),
        )
    if found.warnings:
        _head("Warnings")
        show_table(
            ("Warning", "What to do"), ((one.text, one.fix) for one in found.warnings)
        )
    _head("Jobs")
    show_table(("Name", "On", "Last run", "Ended", "Next run"), _jobs(found))
    _head("Queues")
    titles = ("Name", "Score", "Waiting", "Oldest", "Running", "Workers")
    show_table((*titles, "Worst bottleneck"), _queues(found))
    _head("Breakers")
    show_breakers(found.breakers)
    _head("Locations")
    show_table(("Id", "On", "Newest hour", "Age", "Last fetch"), _places(found))


def _head(title: str) -> None:
    click.echo()
    click.secho(title, bold=True)


def _jobs(found: Overview) -> Iterator[Sequence[object]]:
    for line in found.jobs:
        last = line.last_run
        yield (
            line.job.name,
            line.job.enabled,
            last and last.state.value,
            last and last.finished_at,
            line.next_run_at,
        )


def _queues(found: Overview) -> Iterator[Sequence[object]]:
    for line in found.queues:
        age = line.oldest_age_s
        worst = line.bottlenecks[0] if line.bottlenecks else None
        yield (
            line.name,
            None if line.score is None else f"{line.score:.2f}",
            line.waiting,
            None if age is None else length(age),
            line.in_flight,
            len(line.consumers),
            worst and f"{worst.severity.value}: {worst.kind.value}",
        )


def _places(found: Overview) -> Iterator[Sequence[object]]:
    for line in found.locations:
        last = line.last_fetch
        yield (
            line.location.id,
            line.location.enabled,
            line.newest_at,
            None if line.age_s is None else length(line.age_s),
            last and f"{last.outcome} ({last.provider})",
        )


def advice(reason: str) -> str | None:
    """Return what a person can do about *reason*, or None when nothing is known."""
    for pattern, action in ADVICE:
        if found := re.search(pattern, reason):
            return action.format(*found.groups())
    return None
