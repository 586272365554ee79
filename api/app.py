"""The application that a WSGI server runs: `gunicorn "api.app:create_app()"`."""

from flask import Flask

from airq_cron.config import Settings, load
from airq_cron.log import set_up_logging
from airq_cron.system import System, build

from . import (
    air_gaps,
    air_locations,
    air_readings,
    air_reported,
    air_schemes,
    alert_rules,
    alerts,
    audit,
    backfills,
    breakers,
    channels,
    chart_views,
    config,
    dashboard,
    dead_letters,
    docs,
    explain,
    health,
    job_definitions,
    jobs,
    login,
    maintenance,
    metrics,
    providers,
    queue_health,
    reports,
    runs,
    status,
    tokens,
)
from .access_log import register_access_log
from .answers import attach_reports
from .auth import register_guard
from .call_origin import register_origins
from .call_watch import attach_call_watch, register_call_watch
from .context import attach_system
from .edges import settle_edges
from .errors import register_errors
from .kept import attach_kept, register_changes
from .openapi import make_api
from .parsing import LARGEST_BODY
from .paths import register_paths
from .request_id import name_log_lines, register_request_ids
from .security import register_headers
from .timing import attach_stopwatch, register_timing

# A person waits for the answer; 503 says soon that the database is away.
PATIENCE_S = 1.2
AREAS = (
    jobs.area,
    job_definitions.area,
    runs.area,
    dead_letters.area,
    explain.area,
    backfills.area,
    breakers.area,
    status.area,
    queue_health.area,
    maintenance.area,
    providers.area,
    air_locations.area,
    air_gaps.area,
    air_readings.area,
    air_reported.area,
    reports.area,
    chart_views.area,
    air_schemes.area,
    alerts.area,
    audit.area,
    alert_rules.area,
    config.area,
    channels.area,
    tokens.area,
    health.area,
    metrics.area,
    docs.area,
    login.area,
    dashboard.area,
)


def _settings() -> Settings:
    settings = load()
    # Missing, it would be an error of every request; now it is one of the start.
    _ = settings.redis_address
    return settings


def create_app(system: System | None = None) -> Flask:
    """
    Return the application.

    Nothing is connected before the first request, so it may be made before a
    fork. Without *system* the process is our own: it reads the environment and
    sets up the log.
    """
    is_own = system is None
    if system is None:
        system = build(_settings(), patience_s=PATIENCE_S)
        set_up_logging(system.settings.log_format)
        name_log_lines()
        system.settings.check_listening()
    return attach(make_routes(), system, writes=is_own)


def make_routes() -> Flask:
    """Return the application without a system: the same whatever the settings."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.merge_slashes = False
    # What is begun first is ended last: the line tells of the whole answer.
    register_access_log(app)
    register_request_ids(app)
    register_origins(app)
    register_timing(app)
    register_call_watch(app)
    register_guard(app)
    register_changes(app)
    register_headers(app)
    api = make_api(app)
    register_paths(app, api)
    register_errors(app)
    for area in AREAS:
        area.join(app, api)
    docs.keep_document(app, api)
    return app


def attach(app: Flask, system: System, *, writes: bool = False) -> Flask:
    """
    Return *app*, whose requests now work with *system* and with no other.

    Args:
        writes: whether threads write how long answers took, and who called.
    """
    settle_edges(app, system.settings)
    attach_system(app, system)
    attach_stopwatch(app, system, writes=writes)
    attach_call_watch(app, system, writes=writes)
    attach_reports(app, system.clock)
    attach_kept(app, system.clock)
    return app
