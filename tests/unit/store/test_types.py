"""Instants and texts go through both databases' types unharmed."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from airq_cron.store.types import Instant, Prose, from_epoch_micros, to_epoch_micros

SQLITE: Dialect = sqlite.dialect()
POSTGRESQL: Dialect = postgresql.dialect()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.datetimes(timezones=st.just(UTC))


@given(instants)
def test_micros_are_exact(at: datetime) -> None:
    """To the microsecond, from the year 1 to 9999."""
    assert at == from_epoch_micros(to_epoch_micros(at))


@given(instants, instants)
def test_micros_keep_the_order(one: datetime, other: datetime) -> None:
    """Comparing in SQL compares instants."""
    assert (one < other) == (to_epoch_micros(one) < to_epoch_micros(other))


@pytest.mark.parametrize(
    ("at", "micros"),
    [
        (EPOCH, 0),
        (EPOCH - timedelta(microseconds=1), -1),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 1_792_888_200_000_000),
        (datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), 0),
        (
            datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Paris")),
            1_792_891_800_000_000,
        ),
    ],
)
def test_micros_count_from_the_epoch(at: datetime, micros: int) -> None:
    """In whatever zone the instant is told, and in either pass of an hour."""
    assert micros == to_epoch_micros(at)
    assert micros == Instant().process_bind_param(at, SQLITE)


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL])
def test_a_naive_instant_is_refused(dialect: Dialect) -> None:
    """Nobody knows which instant it is."""
    with pytest.raises(ValueError, match="naive"):
        Instant().process_bind_param(EPOCH.replace(tzinfo=None), dialect)


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL])
def test_no_instant_stays_none(dialect: Dialect) -> None:
    """NULL is None, both ways."""
    assert Instant().process_bind_param(None, dialect) is None
    assert Instant().process_result_value(None, dialect) is None


def test_instants_are_read_in_utc() -> None:
    """Whatever the zone of the server's session."""
    paris = datetime(2026, 7, 1, 2, tzinfo=ZoneInfo("Europe/Paris"))
    found = Instant().process_result_value(paris, POSTGRESQL)

    assert found is not None
    assert (datetime(2026, 7, 1, tzinfo=UTC), UTC) == (found, found.tzinfo)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain", "plain"),
        ("", ""),
        (None, None),
        ("a\x00b", "a\ufffdb"),
        ("\ud800 \udfff", "\ufffd \ufffd"),
        ("µg/m³ 💨\n\x1b", "µg/m³ 💨\n\x1b"),
    ],
)
def test_prose_loses_only_what_cannot_be_stored(
    text: str | None, stored: str | None
) -> None:
    """NUL and halves of surrogate pairs are replaced, nothing else."""
    assert stored == Prose().process_bind_param(text, POSTGRESQL)
