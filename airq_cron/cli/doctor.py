"""`airq doctor`: check an installation, and say what to do about what is wrong."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import click

from airq_cron.broker import VISIBILITY_TIMEOUT_S
from airq_cron.cli.documents import finding_document
from airq_cron.cli.paging import JSON
from airq_cron.cli.session import explain, print_json, settings_here
from airq_cron.cli.tables import show_table
from airq_cron.domain.job import Job
from airq_cron.errors import AirqError, ConfigError, StoreError, UnreachableError
from airq_cron.ports import BrokerFacts, Heartbeat
from airq_cron.services import diagnose
from airq_cron.services.check_directory import check_directory
from airq_cron.services.check_encryption import (
    check_database_link,
    check_redis_link,
    database_link,
    redis_link,
)
from airq_cron.services.check_foundations import (
    LEAST_VERSIONS,
    check_backlog,
    check_celery,
    check_database_settings,
    check_libraries,
    check_planning,
)
from airq_cron.services.describe_process import fingerprint
from airq_cron.services.diagnose import Finding, Severity
from airq_cron.system import System, build

START = "start everything with: airq up"


@click.command()
@JSON
def doctor(*, as_json: bool) -> None:
    """
    Check this installation, and say what to do about what is wrong.

    It changes nothing. Exit code 1 when a check fails; a warning is none.
    """
    system = build(settings_here())
    findings = list(examine(system))
    system.store.dispose()
    if as_json:
        print_json({"checks": [finding_document(one) for one in findings]})
    else:
        show_table(
            ("Result", "Check", "What was found", "What to do"),
            ((one.severity.value, one.code, one.text, one.fix) for one in findings),
        )
    if any(one.severity is Severity.FAIL for one in findings):
        raise SystemExit(1)


def examine(system: System) -> Iterator[Finding]:
    """Yield what each check of *system* came to; none needs another's success."""
    yield check_directory(system.settings.var_dir)
    yield _check_listening(system)
    yield check_libraries(_installed())
    database = _check_database(system)
    yield database
    reached = database.severity is Severity.OK
    if reached:
        yield _check_database_link(system)
        yield _check_database_settings(system)
    jobs = _read_jobs(system) if reached else None
    if jobs is not None:
        yield diagnose.check_limits(jobs, VISIBILITY_TIMEOUT_S)
        yield _check_planning(system, jobs)
        yield from _check_providers(system)
    try:
        facts, alive = system.broker_facts(), system.heartbeats.alive()
    except AirqError as error:
        fix = START if isinstance(error, ConfigError) else "start it; see: airq up"
        yield Finding("redis", Severity.FAIL, explain(error), fix)
        return
    yield Finding("redis", Severity.OK, f"Redis or Valkey {facts.version} answers")
    yield check_redis_link(redis_link(system.settings.redis_address))
    yield from diagnose.check_broker(facts)
    # Without an address of Redis there is no Celery to look at.
    yield check_celery(system.celery.conf)
    yield _check_keys(system)
    yield _check_backlog(system, alive)
    yield from _check_processes(system, alive)
    yield diagnose.check_clocks(alive, _clocks(system, facts, reached=reached))


def _check_listening(system: System) -> Finding:
    settings = system.settings
    try:
        settings.check_listening()
    except ConfigError as error:
        fix = "AIRQ_HOST=127.0.0.1; or: docs/how-to/put-tls-before-it.md"
        return Finding("listening", Severity.FAIL, str(error), fix)
    before = ", TLS before it" if settings.behind_tls else ""
    text = f"the API is for {settings.host}{before}"
    return Finding("listening", Severity.OK, text)


def _installed() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in LEAST_VERSIONS:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _check_planning(system: System, jobs: Sequence[Job]) -> Finding:
    try:
        with system.store.read() as unit:
            return check_planning(jobs, unit.runs.now())
    except StoreError as error:
        return Finding("planning", Severity.UNKNOWN, str(error), "try again")


def _check_backlog(system: System, alive: Sequence[Heartbeat]) -> Finding:
    consumed = {
        str(queue) for beat in alive for queue in beat.detail.get("queues") or ()
    }
    try:
        return check_backlog(system.queues.states(system.clock.now()), consumed)
    except UnreachableError as error:
        return Finding("backlog", Severity.UNKNOWN, str(error), "try again")


def _check_database(system: System) -> Finding:
    settings = system.settings
    if settings.database_url is None and not settings.sqlite_path.exists():
        # To look into a file that is not there would make it.
        text = f"there is no database {settings.sqlite_path}"
        return Finding("database", Severity.FAIL, text, START)
    try:
        system.store.check_schema()
    except ConfigError as error:
        return Finding(
            "database", Severity.FAIL, str(error), "airq db upgrade; or a newer airq"
        )
    except UnreachableError as error:
        fix = "start it, or correct AIRQ_DATABASE_URL"
        return Finding("database", Severity.FAIL, str(error), fix)
    text = f"{system.store.address} answers and is migrated"
    return Finding("database", Severity.OK, text)


def _check_database_link(system: System) -> Finding:
    address = system.settings.database_address
    try:
        encrypted = system.store.is_encrypted()
    except UnreachableError as error:
        return Finding("database_tls", Severity.UNKNOWN, str(error), "try again")
    return check_database_link(database_link(address, encrypted=encrypted))


def _check_database_settings(system: System) -> Finding:
    try:
        return check_database_settings(system.store.settings_in_force())
    except UnreachableError as error:
        return Finding("database_settings", Severity.UNKNOWN, str(error), "try again")


def _read_jobs(system: System) -> list[Job] | None:
    try:
        with system.store.read() as unit:
            return unit.jobs.all()
    except StoreError:
        return None


def _check_providers(system: System) -> list[Finding]:
    try:
        names = list(system.upstreams)
        with system.store.read() as unit:
            return diagnose.check_providers([unit.upstreams.state(n) for n in names])
    except ConfigError as error:
        fix = "correct that setting"
        return [Finding("providers", Severity.FAIL, str(error), fix)]
    except StoreError as error:
        return [Finding("providers", Severity.UNKNOWN, str(error), "try again")]


def _check_processes(system: System, alive: Sequence[Heartbeat]) -> Iterator[Finding]:
    yield from diagnose.check_processes(alive)
    yield diagnose.check_versions(alive)
    yield diagnose.check_zones(alive)
    ring = system.settings.message_ring
    yield diagnose.check_message_keys(alive, [fingerprint(key) for key in ring])
    if _uses_sqlite(system):
        yield diagnose.check_hosts(alive)


def _clocks(system: System, facts: BrokerFacts, *, reached: bool) -> dict[str, float]:
    """Return how far this host's and the database's clock are ahead of Redis'."""
    ours = facts.clock_offset_s
    if ours is None:
        return {}
    found = {"this host": ours}
    if reached and not _uses_sqlite(system):
        began = system.clock.now()
        with system.store.read() as unit:
            told = unit.runs.now()
        halfway = began + (system.clock.now() - began) / 2
        found["the database"] = ours + (told - halfway).total_seconds()
    return found


def _check_keys(system: System) -> Finding:
    try:
        return diagnose.check_keys(system.leftovers.endless_keys())
    except UnreachableError as error:
        return Finding("keys", Severity.UNKNOWN, str(error), "try again")


def _uses_sqlite(system: System) -> bool:
    return system.settings.database_address.startswith("sqlite")
