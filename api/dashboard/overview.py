"""The first page: whether all is well, and what it rests on."""

from typing import Any

from flask import Response, jsonify, request, url_for

from airq_cron import __version__
from airq_cron.domain.rating import AMERICAN
from airq_cron.domain.role import Role
from airq_cron.domain.run import State
from airq_cron.services.overview import Overall, Overview, PlaceLine
from airq_cron.services.read_latest import read_latest_of
from airq_cron.services.read_marks import read_marks
from airq_cron.services.read_stats import JobReport

from ..context import the_system
from ..docs import links
from . import words
from .bands import band_of
from .forms import go_to, origin
from .frame import area, show
from .theme import keep_theme

MOST_JOBS = 25
MOST_PLACES = 24
MOST_ALERTS = 8
MOST_REASONS = 5
LOOK_OF = {Overall.OK: "good", Overall.DEGRADED: "warn", Overall.DOWN: "bad"}


@area.page("/", role=Role.VIEWER)
def overview() -> Response:
    """Show people the overview, and programs where things are."""
    kinds = ["application/json", "text/html"]
    if request.accept_mimetypes.best_match(kinds) != "text/html":
        return jsonify({"name": "airq-cron", "version": __version__, "links": links()})
    return _page()


@area.page("/theme", role=Role.VIEWER, methods=("POST",))
def set_theme() -> Response:
    """Keep how the pages are coloured in this browser."""
    to = origin(url_for("pages.overview"))
    return keep_theme(request.form.get("theme", ""), go_to(to, "theme").location)


def _page() -> Response:
    system = the_system()
    found = system.overview_desk.sum_up(with_figures=False)
    jobs = sorted(found.jobs, key=_job_rank)[:MOST_JOBS]
    places = sorted(found.locations, key=_place_rank)[:MOST_PLACES]
    indices = read_latest_of(system.store, [line.location for line in places])
    return show(
        "overview.html",
        at="pages.overview",
        title=words.OVERVIEW.title,
        found=found,
        sentence=sentence(found),
        state_look=LOOK_OF[found.state],
        reasons=[linked(text, found) for text in found.reasons[:MOST_REASONS]],
        more=max(0, len(found.reasons) - MOST_REASONS),
        jobs=jobs,
        marks=read_marks(system.store, [line.job.name for line in jobs]),
        places=[
            (line, band_of(AMERICAN, indices.get(line.location.id, {}).get(AMERICAN)))
            for line in places
        ],
        alerts=found.alerts[:MOST_ALERTS],
    )


def sentence(found: Overview) -> str:
    """Return in one sentence whether all is well, and if not, why not."""
    if found.state is Overall.OK:
        return str(words.OVERVIEW.well)
    said = words.OVERVIEW.down if found.state is Overall.DOWN else None
    first, *rest = found.reasons
    if rest:
        first += f", {words.OVERVIEW.more.format(len(rest))}"
    return str((said or words.OVERVIEW.degraded).format(first))


def linked(reason: str, found: Overview) -> tuple[str, str | None]:
    """Return a reason with the page of what it is about, if that can be told."""
    names = {word.strip(":,") for word in reason.split()}
    pages = (
        ("pages.job", "name", [line.job.name for line in found.jobs]),
        ("pages.location", "id", [line.location.id for line in found.locations]),
        ("pages.queue", "name", [line.name for line in found.queues]),
    )
    for endpoint, key, known in pages:
        for name in names.intersection(known):
            values: dict[str, Any] = {key: name}
            return reason, url_for(endpoint, **values)
    if names.intersection(line.name for line in found.breakers):
        return reason, url_for("pages.breakers")
    return reason, None


def _job_rank(line: JobReport) -> tuple[int, str]:
    """Put first what wants to be seen: what failed last, then what is off."""
    run = line.last_run
    if run is not None and run.state in {State.FAILED, State.DEAD}:
        return 0, line.job.name
    if not line.job.enabled and line.job.note:
        return 1, line.job.name
    return (2 if line.job.enabled else 3), line.job.name


def _place_rank(line: PlaceLine) -> tuple[int, str]:
    """Put first what has no fresh data though it is watched."""
    if not line.location.enabled:
        return 2, line.location.id
    return (1 if line.fresh else 0), line.location.id
