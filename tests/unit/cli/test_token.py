"""`airq token`: made once, shown once, revoked."""

import re
from datetime import datetime, timedelta

import pytest

from airq_cron.clock import SystemClock
from airq_cron.services.check_token import check_token
from airq_cron.store.store import SqlStore
from tests.unit.cli.conftest import Person

CREATE = "token create --name ci --role operator"


def test_the_token_stands_alone_on_standard_output(
    person: Person, store: SqlStore
) -> None:
    """So that a script can catch it; what it may is told beside."""
    result = person.types(CREATE)

    assert 0 == result.exit_code
    assert re.fullmatch(r"airq_[\w-]{43}\n", result.stdout)
    assert "ci may act as operator until it is revoked.\n" == result.stderr
    found = check_token(store, result.stdout.strip(), SystemClock().now())
    assert found is not None
    assert ("ci", "operator") == (found.name, found.role)


def test_a_token_may_end_by_itself(person: Person, store: SqlStore) -> None:
    """After the days that were asked for."""
    made = person.reads(CREATE, "--expires-in-days", "30")
    now = SystemClock().now()

    length = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(
        made["created_at"]
    )
    assert timedelta(days=30) == length
    assert check_token(store, made["token"], now) is not None
    assert check_token(store, made["token"], now + timedelta(days=31)) is None


def test_a_secret_is_never_shown_again(person: Person) -> None:
    """Neither to people nor as JSON, nor in the database file."""
    secret = person.types(CREATE).stdout.strip()

    listed = person.types("token list").stdout
    found = person.reads("token list")

    assert secret not in listed
    assert secret not in str(found)
    assert secret.encode() not in (person.var / "airq.db").read_bytes()
    assert [("ci", "operator", None)] == [
        (one["name"], one["role"], one["revoked_at"]) for one in found["items"]
    ]


def test_a_revoked_token_opens_nothing(person: Person, store: SqlStore) -> None:
    """And stays on the list, with when."""
    secret = person.types(CREATE).stdout.strip()

    result = person.types("token revoke ci")

    assert (0, "ci is revoked.\n") == (result.exit_code, result.stdout)
    assert check_token(store, secret, SystemClock().now()) is None
    assert person.reads("token list")["items"][0]["revoked_at"] is not None


@pytest.mark.parametrize(
    ("line", "code", "phrase"),
    [
        ("token revoke nobody", 3, "airq token list"),
        ("token create --name x --role king", 2, "--role"),
        ("token create --role admin", 2, "--name"),
        ("token create --name x", 2, "--role"),
        ("token create --name x --role viewer --expires-in-days 0", 2, "--expires"),
    ],
)
def test_a_wrong_call_makes_no_token(
    line: str, code: int, phrase: str, person: Person
) -> None:
    """It is told what is missing."""
    result = person.types(line)

    assert (code, "") == (result.exit_code, result.stdout)
    assert phrase in result.stderr
    assert [] == person.reads("token list")["items"]


def test_a_name_that_is_taken_is_exit_code_4(person: Person) -> None:
    """One name, one token in force."""
    person.types(CREATE)

    assert 4 == person.types(CREATE).exit_code


def test_an_empty_name_is_exit_code_2(person: Person) -> None:
    """Nobody could revoke it."""
    result = person.types("token create --role viewer --name", "")

    assert 2 == result.exit_code
    assert "name:" in result.stderr
