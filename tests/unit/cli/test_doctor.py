"""`airq doctor` without a broker: what it says, and that it changes nothing."""

import json
from pathlib import Path
from typing import Any

from airq_cron.services.diagnose import Severity
from tests.unit.cli.conftest import Person

NOBODY = {"AIRQ_REDIS_URL": "redis://127.0.0.1:1"}


def checks(person: Person, **options: Any) -> tuple[int, dict[str, dict[str, Any]]]:
    """Return the exit code and what each check came to, by its code."""
    result = person.types("doctor --json", **options)
    found = json.loads(result.stdout)["checks"]
    return result.exit_code, {one["code"]: one for one in found}


def test_every_check_stands_on_one_line(person: Person) -> None:
    """With its result first, and what to do last."""
    result = person.types("doctor", env=NOBODY)

    lines = result.stdout.splitlines()
    assert 1 == result.exit_code
    assert lines[0].split()[0] == "Result"
    assert {line.split()[0] for line in lines[1:]} <= {one.value for one in Severity}
    (redis,) = [line for line in lines if " redis " in line]
    assert redis.startswith("fail")
    assert "airq up" in redis


def test_without_a_broker_the_rest_is_checked_all_the_same(person: Person) -> None:
    """Database, limits, directory; and that no beat has planned anything."""
    person.var.chmod(0o700)

    code, found = checks(person, env=NOBODY)

    assert 1 == code
    assert {
        "directory": "ok",
        "listening": "ok",
        "libraries": "ok",
        "database": "ok",
        "database_tls": "ok",
        "database_settings": "ok",
        "limits": "ok",
        "planning": "fail",
        "providers": "ok",
        "redis": "fail",
    } == {name: one["severity"] for name, one in found.items()}


def test_without_an_address_it_says_how_to_start(person: Person) -> None:
    """No instance is running here, and none was named."""
    _, found = checks(person)

    assert "airq up" in found["redis"]["fix"]


def test_an_empty_place_stays_empty(person: Person, tmp_path: Path) -> None:
    """A look makes neither directory nor database."""
    elsewhere = tmp_path / "elsewhere"

    code, found = checks(person, env={"AIRQ_VAR_DIR": str(elsewhere), **NOBODY})

    assert 1 == code
    failed = {name for name, one in found.items() if one["severity"] == "fail"}
    assert {"directory", "database", "redis"} == failed
    assert {"listening", "libraries"} == set(found) - failed
    assert not elsewhere.exists()


def test_a_database_that_is_not_migrated_is_a_failure(person: Person) -> None:
    """With the command that does it."""
    (person.var / "airq.db").write_bytes(b"")

    _, found = checks(person, env=NOBODY)

    assert "fail" == found["database"]["severity"]
    assert "airq db upgrade" in found["database"]["fix"]
    assert "limits" not in found


def test_an_unsafe_address_of_a_provider_is_a_finding(person: Person) -> None:
    """With its setting; the other checks are made all the same."""
    env = {"AIRQ_OPEN_METEO_URL": "http://air.example", **NOBODY}

    _, found = checks(person, env=env)

    assert "fail" == found["providers"]["severity"]
    assert "AIRQ_OPEN_METEO_URL" in found["providers"]["text"]
    assert "redis" in found


def test_an_api_that_is_open_to_the_network_is_a_failure(person: Person) -> None:
    """Unless TLS is said to stand before it."""
    open_ones = {"AIRQ_HOST": "0.0.0.0", **NOBODY}

    _, found = checks(person, env=open_ones)
    assert "fail" == found["listening"]["severity"]
    assert "AIRQ_BEHIND_TLS" in found["listening"]["text"]

    _, found = checks(person, env={**open_ones, "AIRQ_BEHIND_TLS": "true"})
    assert "ok" == found["listening"]["severity"]


def test_whatever_is_wrong_comes_with_what_to_do(person: Person) -> None:
    """A sentence that only complains helps nobody."""
    person.var.chmod(0o755)

    _, found = checks(person, env=NOBODY)

    assert "warn" == found["directory"]["severity"]
    assert all(one["fix"] for one in found.values() if one["severity"] != "ok")
