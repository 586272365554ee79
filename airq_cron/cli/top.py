"""`airq top`: queues, processes and runs on one screen, again and again."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from airq_cron.cli.documents import run_document
from airq_cron.cli.paging import JSON
from airq_cron.cli.queue_documents import queues_document
from airq_cron.cli.session import console, explain, open_system, print_json
from airq_cron.cli.tables import duration, length, make_table, moment
from airq_cron.domain.run import Run, State, instant_text
from airq_cron.errors import AirqError
from airq_cron.ports import Heartbeat, RunFilter
from airq_cron.services.read_queue_health import QueuesHealth
from airq_cron.services.read_runs import find_runs
from airq_cron.system import System

ROWS = 10
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Scene:
    """
    What is to be seen at one moment.

    Attributes:
        running: runs that a child works on, at most `ROWS`.
        newest: runs with the newest fire times, whatever became of them.
    """

    at: datetime
    queues: QueuesHealth
    processes: Sequence[Heartbeat]
    running: Sequence[Run]
    newest: Sequence[Run]


@click.command()
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(0.5, 60),
    default=2.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--once", is_flag=True, help="Look once and end; a pipe gets that too.")
@JSON
def top(every_s: float, *, once: bool, as_json: bool) -> None:
    """
    Watch queues, processes and runs, anew every two seconds.

    Ctrl-C ends it. What does not answer is said, and looked for again.
    """
    system = open_system()
    if as_json:
        print_json(document(look(system)))
        return
    out = console()
    if once or not out.is_terminal:
        out.print(draw(look(system)))
        return
    screen = Live(console=out, screen=True, auto_refresh=False)
    with suppress(KeyboardInterrupt), screen as live:
        while True:
            live.update(_scene(system), refresh=True)
            system.clock.wait(every_s)


def look(system: System) -> Scene:
    """
    Return what is to be seen now.

    Raises:
        UnreachableError: the broker does not answer.
        StoreError: the database does not.
    """
    store = system.store
    busy = RunFilter(state=State.RUNNING)
    return Scene(
        at=system.clock.now(),
        queues=system.health_desk.every(),
        processes=sorted(system.heartbeats.alive(), key=lambda one: one.name),
        running=find_runs(store, busy, limit=ROWS, after=None).items,
        newest=find_runs(store, RunFilter(), limit=ROWS, after=None).items,
    )


def document(scene: Scene) -> dict[str, Any]:
    """Return what is to be seen as JSON has it."""
    return {
        "queues": queues_document(scene.queues)["queues"],
        "processes": [
            {"name": one.name, "role": one.role, "at": instant_text(one.at)}
            | one.detail
            for one in scene.processes
        ],
        "running": [run_document(one) for one in scene.running],
        "newest": [run_document(one) for one in scene.newest],
        "as_of": instant_text(scene.at),
    }


def draw(scene: Scene) -> RenderableType:
    """Return the screen, for as wide a terminal as there is."""
    sections = (
        ("Queues", QUEUE_TITLES, _queues(scene.queues)),
        ("Processes", PROCESS_TITLES, _processes(scene.processes)),
        ("Running", RUN_TITLES, _runs(scene.running, scene.at)),
        ("Newest", RUN_TITLES, _runs(scene.newest, scene.at)),
    )
    parts: list[RenderableType] = [Text(f"airq top at {moment(scene.at)}")]
    for title, titles, rows in sections:
        found = list(rows)
        shown = make_table(titles, found) if found else Text("none")
        parts += [Text(f"\n{title}", "bold"), shown]
    return Group(*parts)


def _scene(system: System) -> RenderableType:
    try:
        return draw(look(system))
    except AirqError as error:
        return Text(f"{moment(system.clock.now())}: {explain(error)}", "bold red")


QUEUE_TITLES = ("Name", "Score", "Waiting", "Oldest", "Running", "Failing", "Worst")
PROCESS_TITLES = ("Name", "Role", "Busy", "CPU", "Memory", "Load", "Takes from")
RUN_TITLES = ("Job", "Due", "State", "Attempt", "Took", "Worker", "Why")


def _queues(found: QueuesHealth) -> Iterator[Sequence[object]]:
    for line in found.queues:
        score, age, rate = line.health.score, line.oldest_age_s, line.failure_rate
        worst = line.bottlenecks[0] if line.bottlenecks else None
        yield (
            line.name,
            None if score is None else f"{score:.2f}",
            line.waiting,
            None if age is None else length(age),
            line.in_flight,
            None if rate is None else f"{rate:.1%}",
            worst and f"{worst.severity.value}: {worst.kind.value}",
        )


def _processes(found: Sequence[Heartbeat]) -> Iterator[Sequence[object]]:
    for one in found:
        children, rss = one.detail.get("children"), one.detail.get("rss_bytes")
        cpu, machine = one.detail.get("cpu_percent"), one.detail.get("machine", {})
        yield (
            one.name,
            one.role,
            None if children is None else f"{one.detail.get('busy', 0)} of {children}",
            None if cpu is None else f"{cpu:.0f} %",
            None if rss is None else f"{rss / MIB:.0f} MiB",
            machine.get("load_1m"),
            ", ".join(one.detail.get("queues", ())),
        )


def _runs(found: Sequence[Run], at: datetime) -> Iterator[Sequence[object]]:
    for run in found:
        yield (
            run.job,
            f"{length((at - run.scheduled_for).total_seconds())} ago",
            run.state.value,
            run.attempt,
            duration(run.started_at, run.finished_at or at),
            run.owner,
            run.error or run.reason,
        )
