"""No output of any part shows a secret: swept for a unique text in each of them."""

import io
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from flask import Flask

from airq_cron.cli.main import main
from airq_cron.clock import SystemClock
from airq_cron.config import describe, load
from airq_cron.domain.notification_words import say_test
from airq_cron.domain.role import Role
from airq_cron.errors import (
    AirqError,
    MalformedError,
    UnreachableError,
    without_password,
)
from airq_cron.log import ConsoleFormatter, JsonFormatter
from airq_cron.ports import Message
from airq_cron.services.deliver import deliver
from airq_cron.services.execute import execute_run
from airq_cron.services.issue_token import create_token
from airq_cron.services.log_in import make_link
from airq_cron.services.refusals import keep_samples, make_sample
from airq_cron.services.trigger import trigger_job
from airq_cron.system import System, build
from api.app import attach, make_routes
from api.docs import document_of
from tests.canaries import Canaries, Echo, secret_settings
from tests.unit.api.caller import Caller

LOG = logging.getLogger("airq.canaries")
OWN = {"Origin": "http://localhost", "Accept": "text/html"}
Output = tuple[str, str | bytes]
MESSAGE = Message("r", "fetch", "data-fetch", "normal")
DAY = timedelta(days=1)
ASKED = ("openaq", "iqair")
NOWHERE = "http://127.0.0.1:1"
# They run on, or print a secret because that is what they are for.
SPOKEN = {"up", "sandbox", "login", "keys new", "token create"}
# Beside those of the document.
MORE = ("/cron/providers/openaq/samples", "/openapi.json", "/docs", "/")
OUTPUTS = ("config --json", "doctor --json", "status --json", "alerts channels --json")


class Scene:
    """An instance in trouble: Redis is away, and who is asked answers with all."""

    def __init__(self, var: Path, alerts: Echo, upstream: str) -> None:
        """Set every secret; the database is the one in *var*."""
        self.alerts = alerts
        canaries = self.canaries = Canaries(alerts.url)
        self.environment = canaries.environment | {
            "AIRQ_VAR_DIR": str(var),
            "AIRQ_DATABASE_URL": "",
            "AIRQ_OPEN_METEO_URL": upstream,
            "AIRQ_OPENAQ_URL": upstream,
            "AIRQ_IQAIR_URL": upstream,
            "AIRQ_ALERT_ALLOW_PRIVATE": "true",
        }
        self.system = self.build()
        self.app: Flask = attach(make_routes(), self.system)
        self.logs = {"json": io.StringIO(), "console": io.StringIO()}
        self.admin = self._enter()

    def build(self, **more: str) -> System:
        """Return a system with further environment names."""
        return build(load(self.environment | more), SystemClock(), patience_s=0.1)

    def _enter(self) -> Caller:
        """Make a token, a link and a session, all of them secret."""
        store, at = self.system.store, self.system.clock.now()
        token = create_token(store, name="ops", role=Role.ADMIN, at=at).secret
        link = make_link(store, "ops", at, by="cli:me")
        browser = self.app.test_client()
        answer = browser.post("/login", data={"token": token}, headers=OWN)
        cookie = answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
        self.canaries.watch("token", token)
        self.canaries.watch("link", link)
        self.canaries.watch("session", cookie)
        return Caller(self.app, token)

    def keep_logs(self) -> list[logging.Handler]:
        """Log into memory in both formats; return the handlers."""
        root = logging.getLogger()
        handlers: list[logging.Handler] = []
        root.setLevel(logging.INFO)
        for name, formatter in (("json", JsonFormatter), ("console", ConsoleFormatter)):
            handler = logging.StreamHandler(self.logs[name])
            handler.setFormatter(formatter())
            root.addHandler(handler)
            handlers.append(handler)
        return handlers

    def get_into_trouble(self) -> None:
        """Let everything fail that goes out, and be logged with its traceback."""
        canary = self.canaries.texts["AIRQ_ALERT_WEBHOOK_URL"]
        away = self.build(
            AIRQ_OPENAQ_URL=NOWHERE,
            AIRQ_IQAIR_URL=NOWHERE,
            AIRQ_ALERT_WEBHOOK_URL=f"{NOWHERE}/hook/{canary}",
        )
        lost = self.build(
            AIRQ_DATABASE_URL=self.canaries.environment["AIRQ_DATABASE_URL"]
        )
        message = say_test(id="m", at=self.system.clock.now(), base_url="https://x")
        calls: list[Callable[[], Any]] = [
            self.system.check_redis,
            self.system.heartbeats.alive,
            self.system.ping,
            lambda: self.system.dispatcher.publish([MESSAGE]),
            lost.store.check,
            lambda: lost.store.write(lambda unit: unit.jobs.all()),
            lambda: lost.store.read().__enter__(),
        ]
        calls += [partial(c.send, message) for c in self.system.channels.values()]
        calls += [partial(_ask, s, n) for s in (self.system, away) for n in ASKED]
        calls += [partial(away.channels["webhook"].send, message)]
        for number, call in enumerate(calls):
            self._try(call, number)
        lost.store.dispose()

    def _try(self, call: Callable[[], Any], number: int) -> None:
        try:
            call()
        except MalformedError as error:
            sample = make_sample("openaq", self.system.clock.now(), error)
            self.system.store.write(lambda unit: keep_samples(unit, [sample]))
            LOG.exception("failed")
        except AirqError:
            LOG.exception("failed")
        else:
            pytest.fail(f"nothing went wrong with call {number}")

    def tell_of_it(self) -> None:
        """Have a test message sent to every channel by a run, in vain."""
        system = self.system
        run = trigger_job(system.store, system.dispatcher, "notify", key="once")
        execute_run(
            system.store,
            system.dispatcher,
            run.id,
            owner="worker:1",
            body=lambda claim: deliver(system.post, claim),
            chance=lambda: 0.5,
        )

    def leaks(self, outputs: Iterable[Output]) -> dict[str, list[str]]:
        """Return who shows whose secrets, of *outputs* and what is logged by now."""
        logs = [(name, text.getvalue()) for name, text in self.logs.items()]
        return self.canaries.leaks([*outputs, *logs])

    def types(self, line: str, **environment: str) -> str:
        """Return all that a command prints, and what it ends with."""
        result = CliRunner().invoke(
            main, line.split(), env=self.environment | environment
        )
        return f"{result.output}{result.exception!r}"


def _ask(system: System, name: str) -> Any:
    with system.store.read() as unit:
        paris = replace(unit.locations.get("paris"), providers=(name,))
        now = unit.runs.now()
    provider: Any = system.upstreams[name]
    if name == "iqair":
        return provider.report(paris)
    return provider.fetch([paris], since=now - DAY, until=now)


@pytest.fixture(scope="module")
def scene(
    tmp_path_factory: pytest.TempPathFactory, seeded_file: Path
) -> Iterator[Scene]:
    """Give an instance to which everything has happened."""
    var = tmp_path_factory.mktemp("canaries")
    shutil.copy(seeded_file, var)
    root = logging.getLogger()
    level = root.level
    with ExitStack() as ends:
        alerts = ends.enter_context(Echo(status=500))
        upstream = ends.enter_context(Echo())
        made = Scene(var, alerts, upstream.url)
        ends.callback(made.system.store.dispose)
        ends.callback(root.setLevel, level)
        for handler in made.keep_logs():
            ends.callback(root.removeHandler, handler)
        made.get_into_trouble()
        made.tell_of_it()
        yield made


def addresses(app: Flask) -> dict[str, set[str]]:
    """Return each address, filled with examples, and its methods."""
    found = {}
    for path, item in document_of(app)["paths"].items():
        filled = path
        for one in item.get("parameters", ()):
            (example,) = one["schema"]["examples"]
            filled = filled.replace("{" + one["name"] + "}", example)
        found[filled] = {name.upper() for name in item if name != "parameters"}
    return found


def leaves(command: click.Command, words: str = "") -> Iterator[str]:
    """Yield every command that can be typed without more, up from *command*."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from leaves(child, f"{words} {name}".strip())
    elif words not in SPOKEN and not any(one.required for one in command.params):
        yield words


def test_every_secret_setting_has_its_canary(scene: Scene) -> None:
    """Found by type, so that a new one is swept for as well; none is lost."""
    settings = load(scene.canaries.environment)

    values = {
        line.name: line.value
        for line in describe(settings, scene.canaries.environment)
        if line.name in secret_settings()
    }
    assert 10 <= len(values)
    assert {"***"} == set(values.values())
    # What the search is worth: it finds each where it is meant to be.
    for name, text in scene.canaries.environment.items():
        assert [name] == scene.canaries.shown_by(text)


def test_no_representation_shows_one(scene: Scene) -> None:
    """Of settings, of the system, of Celery, of errors."""
    settings = load(scene.canaries.environment)
    outputs = [
        ("settings", repr(settings)),
        ("text", str(settings)),
        ("lines", repr(describe(settings))),
        ("system", repr(scene.system)),
        ("store", f"{scene.system.store!r} {build(settings).store.address}"),
        ("redis", without_password(settings.redis_address)),
        ("celery", repr(scene.system.celery)),
        ("channels", " ".join(one.shown for one in scene.system.channels.values())),
    ]

    assert {} == scene.leaks(outputs)


def test_no_answer_shows_one(scene: Scene) -> None:
    """Of every address read by an admin: config, metrics, OpenAPI, audit, samples."""
    paths = [path for path, methods in addresses(scene.app).items() if "GET" in methods]
    answers = {path: scene.admin.get(path) for path in [*paths, *MORE]}

    assert {} == scene.leaks(
        (path, f"{one.headers}{one.text}") for path, one in answers.items()
    )
    read = {path for path, one in answers.items() if one.status_code == 200}
    assert {"/cron/config", "/metrics", "/openapi.json", "/cron/audit"} <= read
    assert "<html>" in answers[MORE[0]].text


def test_no_problem_shows_one(scene: Scene) -> None:
    """Nor while the database is away, nor to those who are not let in."""
    lost = scene.build(
        AIRQ_DATABASE_URL=scene.canaries.environment["AIRQ_DATABASE_URL"]
    )
    secret = scene.canaries.texts["token"]
    outputs: list[Output] = []
    for name, app, token in (
        ("unknown", scene.app, secret + "x"),
        ("nobody", scene.app, None),
        ("lost", attach(make_routes(), lost), secret),
    ):
        caller = Caller(app, token)
        for path, methods in addresses(app).items():
            for method in methods if name != "lost" else methods & {"GET"}:
                answer = caller.ask(method, path)
                outputs.append(
                    (f"{name} {method} {path}", f"{answer.headers}{answer.text}")
                )
    lost.store.dispose()

    assert {} == scene.leaks(outputs)


def test_no_command_prints_one(scene: Scene) -> None:
    """Each that can be typed without more, those for programs among them."""
    lines = [*leaves(main), *OUTPUTS]

    assert {"config", "doctor", "status", "audit list"} <= set(lines)
    assert {} == scene.leaks((line, scene.types(line)) for line in lines)


def test_no_command_prints_one_while_the_database_is_away(scene: Scene) -> None:
    """The address of what cannot be reached is shown without its password."""
    url = scene.canaries.environment["AIRQ_DATABASE_URL"]
    outputs = [
        (line, scene.types(line, AIRQ_DATABASE_URL=url))
        for line in ("doctor", "status", "config", "jobs list")
    ]

    assert {} == scene.leaks(outputs)
    assert "user:***@127.0.0.1" in outputs[0][1]


@pytest.mark.parametrize(
    "form",
    [
        "{canary} é",
        "ftp://{canary}",
        "redis://:{canary}/x@127.0.0.1:1/0",
        "redis://:{canary}#x@127.0.0.1:1/0",
        "postgresql://user:{canary}/x@127.0.0.1/airq",
        "postgresql://user:a@b:{canary}/airq",
        "https://user:{canary}/x@[host",
        "{canary}=slack://x",
        "phone={canary}://x",
        "{canary},{canary}",
        "whsec_{canary}",
    ],
)
def test_no_refused_start_shows_one(scene: Scene, form: str) -> None:
    """A value that cannot be used, in any setting, is not repeated."""
    outputs: list[Output] = []
    for name in secret_settings():
        wrong = form.format(canary=scene.canaries.texts[name])
        outputs += [
            (f"{name} {line}", scene.types(line, **{name: wrong}))
            for line in ("doctor", "alerts channels")
        ]

    assert {} == scene.leaks(outputs)


def test_no_alert_tells_one(scene: Scene) -> None:
    """What receivers are sent names no other secret than the address itself."""
    outputs = [(f"{n}", body) for n, body in enumerate(scene.alerts.received) if body]

    assert len(outputs) >= 2 * len(scene.system.channels)
    assert {} == scene.leaks(outputs)


def test_the_password_of_bull_is_one_too(scene: Scene) -> None:
    """It becomes part of an address, whatever characters it has."""
    password = scene.canaries.texts["AIRQ_REDIS_URL"] + "/?#@:"
    where = {"BULL_REDIS_HOST": "127.0.0.1", "BULL_REDIS_PORT": "1"}
    settings = load({**where, "BULL_REDIS_PASSWORD": password})

    with pytest.raises(UnreachableError) as caught:
        build(settings).check_redis()

    outputs = [("error", str(caught.value)), ("settings", repr(settings))]
    assert {} == scene.leaks(outputs)


def test_the_database_holds_none(scene: Scene) -> None:
    """Jobs' parameters, samples, audit, errors of deliveries: bytes are bytes."""
    scene.system.store.dispose()
    files = [scene.system.settings.sqlite_path]
    files += scene.system.settings.var_dir.glob("airq.db-*")
    outputs = [(path.name, path.read_bytes()) for path in files]

    assert b"<html>" in b"".join(content for _, content in outputs)
    assert b"DeliveryError" in b"".join(content for _, content in outputs)
    assert {} == scene.leaks(outputs)


def test_no_log_shows_one(scene: Scene) -> None:
    """In both formats, tracebacks with all their causes; nor of a call's query."""
    token = scene.canaries.texts["token"]
    scene.admin.get(f"/cron/jobs?token={token}&cursor={token}")

    for text in scene.logs.values():
        assert "Traceback" in text.getvalue()
        assert "/cron/jobs" in text.getvalue()
    assert {} == scene.leaks([])
