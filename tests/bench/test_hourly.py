"""One hour of 1,000 places at minute resolution, beside one statement that does it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import bindparam, delete, insert, literal, select, text

from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.run import Claim
from airq_cron.services.aggregate import aggregate_all
from airq_cron.store.air_tables import dirty_days, dirty_hours, hours, locations
from airq_cron.store.store import SqlStore
from airq_cron.store.types import Instant
from tests import entries
from tests.bench.result import spread, write_result
from tests.bench.rounds import alternate, size
from tests.bench.tables import (
    PROVIDER,
    add_places,
    analyse,
    fill,
    fill_hours,
    fill_series,
    timed,
    writing,
)
from tests.databases import Database
from tests.integration.postgres import PostgresServer

PLACES = size("PLACES", 1000)
DAYS = size("DAYS", 90)
NAMES = ("day", "past")
MOST, MOST_WITH_PAST = 1.3, 1.15
MEASURED = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# The figures of HourlyAggregate: whole numbers, rounded half up, none below zero here.
STATEMENT = text("""
    WITH ranked AS (
        SELECT location, provider, pollutant, unit, origin, valid_from, micros,
            count(*) OVER (PARTITION BY location, provider, pollutant) AS n,
            row_number() OVER (PARTITION BY location, provider, pollutant
                ORDER BY micros, valid_from DESC) - 1 AS nth
        FROM measurements WHERE valid_from >= :since AND valid_from < :until
    ), figures AS (
        SELECT location, provider, pollutant, min(unit) AS unit, min(origin) AS origin,
            n, CAST(sum(micros) AS BIGINT) AS total,
            min(micros) AS lowest, max(micros) AS highest,
            max(CASE WHEN nth = n - 1 THEN valid_from END) AS max_at,
            max(CASE WHEN nth = (n - 1) / 2 THEN micros END) AS half_below,
            max(CASE WHEN nth = n / 2 THEN micros END) AS half_above,
            max(CASE WHEN nth = (n - 1) * 95 / 100 THEN micros END) AS below,
            max(CASE WHEN nth = ((n - 1) * 95 + 99) / 100 THEN micros END) AS above
        FROM ranked GROUP BY location, provider, pollutant, n
    )
    SELECT location, provider, pollutant, unit, origin, n,
        (2 * total + n) / (2 * n) AS mean_micros,
        lowest AS min_micros, highest AS max_micros, max_at,
        (half_below + half_above + 1) / 2 AS p50_micros,
        (100 * below + (n - 1) * 95 % 100 * (above - below) + 50) / 100 AS p95_micros
    FROM figures ORDER BY location, provider, pollutant
""").bindparams(
    bindparam("since", MEASURED, Instant()),
    bindparam("until", MEASURED + HOUR, Instant()),
)
FIGURES = (
    *("location", "provider", "pollutant", "unit", "origin", "n", "mean_micros"),
    *("min_micros", "max_micros", "max_at", "p50_micros", "p95_micros"),
)


@dataclass(frozen=True)
class Past:
    """A database with so many days of hourly rows, and a run that may work on it."""

    store: SqlStore
    claim: Claim
    rows: int


def make_past(store: SqlStore, days: int) -> Past:
    """Store hourly rows of so many days, and one hour of a row a minute."""
    add_places(store, PLACES)
    first = MEASURED - days * DAY
    for number in range(days):
        since = first + number * DAY
        fill(store, since, HOUR, 24)
        fill_hours(store, since, since + DAY)
    fill(store, MEASURED, MINUTE, 60)
    fill_series(store, first, MEASURED + 59 * MINUTE)
    analyse(store)
    claim = entries.begin(store, of="hourly-aggregations", kind="aggregate")
    return Past(store, claim, days * 24 * PLACES * len(Pollutant))


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def databases(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Database, Database]]:
    """Give two databases of one kind with the tables, empty."""
    urls = [f"sqlite:///{tmp_path / name}" for name in ("day.db", "past.db")]
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        urls = [server.create(name) for name in ("hourly_day", "hourly_past")]
    one, other = (Database(request.param, url) for url in urls)
    yield one, other
    one.close()
    other.close()


def ours(past: Past) -> float:
    """Aggregate the hour from its marks, as a run does; return the seconds."""
    place, at = locations.c.id, literal(MEASURED, Instant())
    marks = select(at, place, literal(PROVIDER), at)
    with writing(past.store) as connection:
        connection.execute(delete(dirty_days))
        connection.execute(delete(hours).where(hours.c.hour == MEASURED))
        names = [column.name for column in dirty_hours.c]
        connection.execute(insert(dirty_hours).from_select(names, marks))
    seconds, result = timed(partial(aggregate_all, past.store, past.claim))
    assert PLACES * len(Pollutant) == result["changed"]
    return seconds


def statement(past: Past) -> float:
    """Compute the same by one statement; return the seconds."""
    query = STATEMENT.columns(max_at=Instant())
    with past.store._current().connect() as connection:
        seconds, found = timed(lambda: connection.execute(query).all())
        stored = connection.execute(
            select(*(hours.c[name] for name in FIGURES))
            .where(hours.c.hour == MEASURED)
            .order_by(*hours.primary_key)
        ).all()
    assert [tuple(row) for row in found] == [tuple(row) for row in stored]
    return seconds


def _measure(past: Past) -> dict[str, float]:
    return {"ours": ours(past), "peer": statement(past)}


def test_hourly(databases: tuple[Database, Database]) -> None:
    """Alternate ours with a day and with a long past stored, and the statement."""
    known = {}
    for name, database, days in zip(NAMES, databases, (1, DAYS), strict=True):
        store = database.open()
        store.migrate()
        known[name] = make_past(store, days)
    pairs = alternate({name: partial(_measure, one) for name, one in known.items()}, 7)
    kind = databases[0].kind
    ratio = spread([one["day"]["ours"] / one["day"]["peer"] for one in pairs])
    growth = spread([one["past"]["ours"] / one["day"]["ours"] for one in pairs])
    met = {
        "statement": ratio["median"] <= MOST,
        "past": growth["median"] <= MOST_WITH_PAST,
    }
    write_result(
        f"hourly-{kind}",
        {
            "database": kind,
            "rows_of_the_hour": PLACES * len(Pollutant) * 60,
            "rows_of_the_past": {name: one.rows for name, one in known.items()},
            "pairs": pairs,
            "ratio": {"statement": ratio, "past": growth},
            "growth_of_the_statement": spread(
                [one["past"]["peer"] / one["day"]["peer"] for one in pairs]
            ),
            "bar": {"statement": MOST, "past": MOST_WITH_PAST},
            "met": met,
        },
    )

    assert all(met.values()), (ratio, growth)
