"""Errors: their messages, and the passwords they never show."""

import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron import errors
from airq_cron.errors import (
    AirqError,
    ConfigError,
    InvalidError,
    LeaseLostError,
    MalformedError,
    PermanentLocationError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
    ScheduleError,
    StoreError,
    TransientError,
    UnreachableError,
    without_password,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, Exception)
]
WORDS = st.text("abcxyzABC012.-", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:s3cret@h:6379/0", "redis://:***@h:6379/0"),
        ("postgresql://u:s3cret@h/d?x=1", "postgresql://u:***@h/d?x=1"),
        ("postgresql+psycopg://u:s3@cret@h/d", "postgresql+psycopg://u:***@h/d"),
        ("redis://:s3/cr#et?@h/0", "redis://:***@h/0"),
        ("redis://h:6379/0", "redis://h:6379/0"),
        ("redis://u@h/0", "redis://u@h/0"),
        ("unix:///run/valkey.sock?password=s3cret&db=1", None),
        ("postgresql://h/d?sslpassword=s3cret", None),
        ("sqlite:////srv/var/airq.db", "sqlite:////srv/var/airq.db"),
        ("sqlite:///var/airq.db", "sqlite:///var/airq.db"),
        ("redis://[::1", "redis://[::1"),
        ("nonsense", "nonsense"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str | None) -> None:
    """Even one that was written wrong."""
    found = without_password(url)

    assert "s3" not in found
    assert (shown or url.replace("s3cret", "***")) == found


@given(user=WORDS, password=st.text(min_size=8), host=WORDS)
def test_no_password_gets_through(user: str, password: str, host: str) -> None:
    """Whatever letters it has, encoded or not."""
    secret = f"§{password}§"

    shown = without_password(f"redis://{user}:{secret}@{host}/0")

    assert secret not in shown
    assert f"redis://{user}:***@{host}/0" == shown


def test_a_service_that_does_not_answer_is_named_with_its_setting() -> None:
    """And the address, fit to be logged."""
    error = UnreachableError("AIRQ_REDIS_URL", "redis://:s3cret@h/0", "refused")

    assert "AIRQ_REDIS_URL: cannot reach redis://:***@h/0: refused" == str(error)
    assert ("AIRQ_REDIS_URL", "redis://:***@h/0") == (error.setting, error.address)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_ours(kind: type[Exception]) -> None:
    """One class catches them all."""
    assert issubclass(kind, AirqError)
    assert kind.__name__.endswith("Error")


@pytest.mark.parametrize(
    "kind", [AirqError, LeaseLostError, StoreError, TransientError]
)
def test_the_docstring_is_the_message_when_none_is_given(
    kind: type[AirqError],
) -> None:
    """So an error is never empty."""
    assert (kind.__doc__ or "").strip().split("\n")[0] == str(kind())
    assert "another" == str(kind("another"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_tree_at_the_top_of_the_module_is_whole(kind: type[Exception]) -> None:
    """Whoever looks for an error finds it there."""
    assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize(
    ("error", "retryable", "counts", "outcome"),
    [
        (TransientError(), True, True, "transient"),
        (MalformedError(), True, True, "malformed"),
        (QuotaError("x", retry_at=AT, window="hour"), False, False, "quota"),
        (PermanentLocationError(), False, False, "permanent_location"),
        (PermanentProviderError(), False, False, "permanent_provider"),
    ],
)
def test_an_error_of_the_upstream_says_what_to_do_with_it(
    error: ProviderError, retryable: bool, counts: bool, outcome: str
) -> None:
    """Whether to try again, and whether the breaker counts it."""
    assert (retryable, counts, outcome) == (
        error.retryable, error.counts, error.outcome
    )  # fmt: skip


def test_an_error_of_a_field_names_it() -> None:
    """In the text, and apart from it."""
    error = ScheduleError("schedule", "never fires")

    assert isinstance(error, InvalidError)
    assert ("schedule: never fires", "schedule", "never fires") == (
        str(error), error.field, error.reason
    )  # fmt: skip


def test_an_error_of_a_setting_names_it() -> None:
    """The environment name that a person must change."""
    error = ConfigError("AIRQ_PORT", "must be a whole number")

    assert ("AIRQ_PORT: must be a whole number", "AIRQ_PORT") == (
        str(error), error.setting
    )  # fmt: skip


def test_a_quota_knows_when_it_ends() -> None:
    """And which window it was."""
    error = QuotaError("too often", retry_at=AT, window="day")

    assert (AT, "day") == (error.retry_at, error.window)


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("AIRQ_PORT", "must be a whole number"),
        UnreachableError("AIRQ_REDIS_URL", "redis://h/0", "refused"),
        QuotaError("too often", retry_at=AT, window="day"),
        AirqError("with a note"),
    ],
)
def test_an_error_crosses_to_another_process(error: AirqError) -> None:
    """With all that it knows, whatever it was made from."""
    error.add_note("kept")

    there = pickle.loads(pickle.dumps(error))

    assert (type(error), str(error), vars(error)) == (
        type(there), str(there), vars(there)
    )  # fmt: skip
