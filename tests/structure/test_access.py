"""Who gets where: every address, by every role and way of proving it, and by nobody."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from airq_cron.config import load
from airq_cron.domain.role import Role
from airq_cron.services.issue_token import create_token
from airq_cron.services.log_in import log_in_by_token
from airq_cron.services.seed import seed
from airq_cron.system import System, build
from airq_cron.testing import (
    FakeClock,
    FakeProvider,
    MemoryCounters,
    MemoryHeartbeats,
    MemoryLookout,
    MemoryQueues,
    MemorySnapshots,
    RecordingDispatcher,
)
from api.app import attach, create_app, make_routes
from api.auth import PUBLIC, needed_role
from api.paths import SAMPLES
from tests.structure.sources import files, imported_names, used_names
from tests.unit.api.caller import Caller

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
READING = {"GET", "HEAD", "OPTIONS"}
# Whoever adds one says here that anybody may see it.
OPEN_TO_ALL = {
    *("health.alive", "health.ready"),
    *("login.form", "login.enter", "login.style"),
}
OTHER_SITES = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)
# Whoever can write what they read has their code run.
CODE_FROM_DATA = {"pickle", "shelve", "marshal", "dill", "jsonpickle", "yaml"}

PART = re.compile(r"<(?:(?P<kind>\w+)(?:\('(?P<first>[^']+)'.*?\))?:)?\w+>")


def requests_to(app: Flask) -> list[tuple[str, str, str]]:
    """Return endpoint, method and a concrete address for every rule."""
    return [
        (rule.endpoint, method, PART.sub(_sample, rule.rule))
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods or ())
    ]


def _sample(match: re.Match[str]) -> str:
    return match["first"] or {"path": "docs.js", **SAMPLES}[match["kind"]]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> System:
    """Give a new installation without a broker."""
    var: Path = tmp_path_factory.mktemp("access")
    clock = FakeClock(NOW)
    system = build(load({}, var_dir=var), clock, patience_s=0.2)
    queues, heartbeats = MemoryQueues(), MemoryHeartbeats(clock)
    counters = MemoryCounters()
    vars(system).update(
        dispatcher=RecordingDispatcher(),
        queues=queues,
        heartbeats=heartbeats,
        counters=counters,
        lookout=MemoryLookout(queues, heartbeats, counters),
        snapshots=MemorySnapshots(),
        providers={"open-meteo": FakeProvider()},
    )
    system.store.migrate()
    seed(system.store, default_provider="open-meteo", locations=None)
    return system


@pytest.fixture(scope="module")
def app(system: System) -> Flask:
    """Give the application over it."""
    return create_app(system)


def by_token(app: Flask, system: System, role: Role) -> Callable[[], Caller]:
    """Return a maker of programs that send a token."""
    name = f"program-{role}"
    secret = create_token(system.store, name=name, role=role, at=NOW).secret
    return lambda: Caller(app, secret)


def by_session(app: Flask, system: System, role: Role) -> Callable[[], Caller]:
    """Return a maker of browsers that are logged in; each has its own session."""
    name = f"person-{role}"
    secret = create_token(system.store, name=name, role=role, at=NOW).secret

    def make() -> Caller:
        opened = log_in_by_token(system.store, secret, NOW)
        assert opened is not None
        return Caller(app, None, f"airq_session={opened.secret}")

    return make


@pytest.fixture(params=[by_token, by_session], ids=["token", "session"], scope="module")
def callers(
    request: pytest.FixtureRequest, app: Flask, system: System
) -> dict[Role, Callable[[], Caller]]:
    """Give a maker of callers of each role, by each way of proving who they are."""
    return {role: request.param(app, system, role) for role in Role}


def test_the_list_of_open_addresses_is_this_one() -> None:
    """A further one is decided here, not by an oversight."""
    assert OPEN_TO_ALL == PUBLIC


@pytest.mark.parametrize("role", Role)
def test_every_rule_opens_for_its_roles_only(
    app: Flask, callers: dict[Role, Callable[[], Caller]], role: Role
) -> None:
    """Each address and method is 403 or the real thing, by the table of roles."""
    own = {"Origin": "http://localhost"}
    for endpoint, method, path in requests_to(app):
        answer = callers[role]().ask(method, path, headers=own)
        needed = needed_role(app, endpoint)
        name = f"{method} {path} as {role}: {answer.status_code}"
        allowed = method == "OPTIONS" or (needed and role.covers(needed))
        if endpoint in PUBLIC or allowed:
            assert answer.status_code not in (401, 403), name
            assert answer.status_code < 500 or answer.status_code == 503, name
        else:
            assert 403 == answer.status_code, name
        assert "Access-Control-Allow-Origin" not in answer.headers, name


def test_nobody_gets_further_than_the_open_addresses(app: Flask) -> None:
    """Without credentials, by any method: 401, and nothing else is told."""
    for endpoint, method, path in requests_to(app):
        answer = Caller(app, None).ask(method, path)
        name = f"{method} {path}: {answer.status_code}"
        if endpoint in PUBLIC:
            assert answer.status_code not in (401, 403), name
        else:
            assert 401 == answer.status_code, name


@pytest.mark.parametrize("sent", OTHER_SITES, ids=str)
def test_no_change_is_taken_from_another_site(
    app: Flask, callers: dict[Role, Callable[[], Caller]], sent: dict[str, str]
) -> None:
    """Of an admin, by every method that changes something, at every address."""
    for _, method, path in requests_to(app):
        if method not in READING:
            for caller in (callers[Role.ADMIN](), Caller(app, None)):
                answer = caller.ask(method, path, headers=sent)
                assert 403 == answer.status_code, f"{method} {path}"


@pytest.mark.parametrize(("role", "status"), [(None, 401), *((r, 403) for r in Role)])
def test_an_address_nobody_thought_of_is_closed(
    system: System, role: Role | None, status: int
) -> None:
    """A route beside all our decorators: default deny, for an admin as well."""
    app = make_routes()
    app.add_url_rule("/forgotten", view_func=lambda: "open")
    attach(app, system)
    secret = None
    if role is not None:
        issued = create_token(system.store, name=f"late-{role}", role=role, at=NOW)
        secret = issued.secret

    assert status == Caller(app, secret).get("/forgotten").status_code


def test_nothing_that_is_read_becomes_code() -> None:
    """No pickle and the like, anywhere."""
    found = [
        f"{path}:{line} {name}"
        for path in files("airq_cron", "workers", "api")
        for line, name in imported_names(path)
        if name.split(".")[0] in CODE_FROM_DATA
    ]

    assert [] == found


def test_no_certificate_is_left_unchecked() -> None:
    """Neither by a name of `ssl`, nor by an option of a client."""
    named = [
        f"{path}:{line} {name}"
        for path in files("airq_cron", "workers", "api")
        for line, name in used_names(path)
        if name.endswith(("CERT_NONE", "_create_unverified_context"))
    ]
    written = [
        str(path)
        for path in files("airq_cron", "workers", "api")
        if "verify=False" in path.read_text("utf-8").replace(" ", "")
    ]

    assert ([], []) == (named, written)
