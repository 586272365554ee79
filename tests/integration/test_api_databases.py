"""The API over both databases and a real broker."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airq_cron.config import Secret, load
from airq_cron.domain.role import Role
from airq_cron.services.seed import seed
from airq_cron.system import System, build
from api.app import create_app
from tests.databases import (  # noqa: F401 - fixtures
    Database,
    database,
    postgres_database,
    postgres_server,
    postgres_tables,
    sqlite_database,
    sqlite_template,
)
from tests.unit.api.caller import Caller, make_caller

FETCH = "/cron/jobs/fetch-paris-data"
CALLERS = 8
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


@pytest.fixture
def system(
    database: Database,  # noqa: F811 - the fixture
    redis_url: str,
    tmp_path: Path,
) -> System:
    """Give a system with nothing fake, as a new installation."""
    system = build(
        load(
            {},
            var_dir=tmp_path,
            database_url=Secret(database.url),
            redis_url=Secret(redis_url),
            provider="open-meteo",
        ),
        patience_s=10.0,
    )
    # With it, every store on this database is closed when the test ends.
    vars(system)["store"] = database.open()
    seed(
        system.store,
        default_provider="open-meteo",
        locations=None,
    )
    return system


@pytest.fixture
def app(system: System) -> Flask:
    """Give the application over the system of the test."""
    return create_app(system)


@pytest.fixture
def operator(app: Flask, system: System) -> Caller:
    """Give an operator."""
    return make_caller(app, system, Role.OPERATOR)


def at_once(ask: Callable[[int], Any]) -> list[Any]:
    """Let some threads ask at the same moment; return their answers."""
    answers: list[Any] = []
    gate = threading.Barrier(CALLERS)

    def call(number: int) -> None:
        gate.wait()
        answers.append(ask(number))

    threads = [
        threading.Thread(target=call, args=(number,)) for number in range(CALLERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_new_installation_is_ready(app: Flask):
    """Database, ledger and Valkey answer."""
    answer = Caller(app, None).get("/readyz")

    assert 200 == answer.status_code
    assert ["database", "ledger", "redis"] == answer.json["parts"]


def test_a_run_by_hand_is_in_its_queue(operator: Caller, redis_url: str):
    """The message lies in the job's queue, and the overview counts it."""
    run = operator.post(f"{FETCH}/execute").json
    client = redis.Redis.from_url(redis_url)
    lengths = sum(int(client.llen(key)) for key in client.keys("data-fetch*"))
    client.close()
    queues = operator.get("/cron/status/overview").json["queues"]
    (line,) = (queue for queue in queues if queue["name"] == "data-fetch")

    assert ("queued", 1, 1) == (run["state"], lengths, line["waiting"])
    assert 0 <= line["oldest_age_s"] < 60


def test_of_many_runs_by_hand_at_once_one_is_made(operator: Caller):
    """Under `skip` one call succeeds, all others name its run."""
    answers = at_once(lambda _: operator.post(f"{FETCH}/execute"))
    made = [answer.json["id"] for answer in answers if answer.status_code == 202]

    assert 1 == len(made)
    assert [409] * (CALLERS - 1) == sorted(
        answer.status_code for answer in answers if answer.status_code != 202
    )
    assert set(made) == {
        answer.json["run_id"] for answer in answers if answer.status_code == 409
    }


def test_one_key_at_once_is_one_run(operator: Caller):
    """Every call with the same Idempotency-Key gives the same run."""
    headers = {"Idempotency-Key": "k-1"}
    answers = at_once(lambda _: operator.post(f"{FETCH}/execute", headers=headers))

    assert {202} == {answer.status_code for answer in answers}
    assert 1 == len({answer.json["id"] for answer in answers})


def test_switching_at_once_ends_in_a_clear_state(operator: Caller):
    """Nobody gets an error, and the job is on or off."""
    answers = at_once(
        lambda number: operator.post(
            f"{FETCH}/toggle", json={"enabled": number % 2 == 0}
        )
    )

    assert {200} == {answer.status_code for answer in answers}
    for answer in answers:
        assert answer.json["enabled"] is (answer.json["next_run_at"] is not None)


def test_adding_one_location_at_once_adds_it_once(operator: Caller):
    """One call creates the place, the others are conflicts."""
    place = {"id": "lyon", "name": "Lyon", "lat": 45.7, "lon": 4.8, "zone": "UTC"}
    answers = at_once(lambda _: operator.post("/air/locations", json=place))

    assert [201] + [409] * (CALLERS - 1) == sorted(
        answer.status_code for answer in answers
    )


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(job=TEXTS, origin=TEXTS, provider=TEXTS, name=TEXTS)
def test_no_text_is_too_much_for_a_database(
    operator: Caller, job: str, origin: str, provider: str, name: str
):
    """Whatever passes our checks, both databases can hold and compare."""
    runs = operator.get("/cron/runs", query_string={"job": job, "origin": origin})
    air = operator.get(
        "/air/locations/paris/daily", query_string={"provider": provider}
    )
    place = operator.ask("PATCH", "/air/locations/paris", json={"name": name})

    assert {200, 422} >= {runs.status_code, air.status_code, place.status_code}
    if place.status_code == 200:
        assert name == operator.get("/air/locations/paris").json["name"]
