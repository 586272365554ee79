"""Loading a file into a real database: counts, restarts, damage."""

import csv
import gc
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airq_cron.clock import SystemClock
from airq_cron.domain.measurement import Location, Measurement, Origin, Reading
from airq_cron.domain.pollutant import MICRO, Pollutant, Unit
from airq_cron.errors import ImportFileError, NotFoundError
from airq_cron.garbage import SELDOM
from airq_cron.ports import FileRow, UpsertCount
from airq_cron.providers.csv_forms import ReadingsFile
from airq_cron.services.load_file import (
    BATCH_SIZE,
    REPEATED,
    SHOWN_LINES,
    TOO_EARLY,
    TOO_LATE,
    LoadReport,
    Progress,
    load_file,
)
from airq_cron.store.store import SqlStore

AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
START = datetime(2020, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONG_AGO = datetime(1899, 12, 31, 23, tzinfo=UTC)
PARIS = Location(
    "paris", "Paris", Decimal("48.86"), Decimal("2.35"), "Europe/Paris", ("open-meteo",)
)
PARIS_FILE = "airparif-paris/paris_centre_2011-07-21_2017-08-13_hourly_utc.csv.gz"
NAMES = ("pm2_5", "pm10", "no2", "o3", "co")
HEAD = b"date;heure;PM25;PM10\n;;microg/m3;microg/m3\n"


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """Give one database for tests that do not mind what is in it."""
    path = tmp_path_factory.mktemp("load") / "shared.db"
    yield from make_store(path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """Give an empty database that knows Paris."""
    yield from make_store(tmp_path / "airq.db")


def make_store(path: Path) -> Iterator[SqlStore]:
    """Make a database, and close it afterwards."""
    store = SqlStore(f"sqlite:///{path}", SystemClock())
    store.migrate()
    store.write(lambda unit: unit.locations.add(PARIS))
    yield store
    store.dispose()


def row(line: int, value: str | None, at: datetime = START) -> FileRow:
    """Return a row with a value of PM2.5."""
    number = None if value is None else Decimal(value)
    return FileRow(line, Reading(Pollutant.PM2_5, at, number, Unit.UG_M3))


def load(
    store: SqlStore,
    rows: Iterator[FileRow] | list[FileRow],
    *,
    location: str = "paris",
    at: datetime = AT,
    progress: Progress | None = None,
) -> LoadReport:
    """Load rows as if they came from an Airparif file."""
    return load_file(
        store,
        rows,
        provider="airparif",
        origin=Origin.MEASURED,
        location=location,
        at=at,
        progress=progress,
    )


def load_path(store: SqlStore, path: Path) -> LoadReport:
    """Load a whole file."""
    with ReadingsFile(path) as file:
        return load(store, file.rows())


def stored(store: SqlStore) -> list[Measurement]:
    """Return everything that is stored for Paris."""
    with store.read() as unit:
        return unit.measurements.hours(
            "paris", "airparif", LONG_AGO - HOUR, AT + timedelta(days=365)
        )


def providers(store: SqlStore) -> tuple[str, ...]:
    """Return the providers of Paris, in order."""
    with store.read() as unit:
        return unit.locations.get("paris").providers


def counts(report: LoadReport) -> tuple[int, int, int, int, int]:
    """Return stored, revised, unchanged, missing and refused."""
    written = report.written
    return (
        written.stored,
        written.revised,
        written.unchanged,
        report.missing,
        report.refused_count,
    )


def test_values_are_stored_as_measured(store: SqlStore) -> None:
    """A value carries provider, origin, unit and the instant of the import."""
    report = load(store, [row(3, "7.25")])

    assert (1, 0, 0, 0, 0) == counts(report)
    assert [
        Measurement(
            provider="airparif",
            location="paris",
            pollutant=Pollutant.PM2_5,
            valid_from=START,
            micros=7_250_000,
            unit=Unit.UG_M3,
            origin=Origin.MEASURED,
            fetched_at=AT,
        )
    ] == stored(store)


def test_measured_provider_comes_before_modelled_ones(store: SqlStore) -> None:
    """The provider becomes the head of the list, once."""
    load(store, [row(3, "7")])
    load(store, [row(3, "7")])

    assert ("airparif", "open-meteo") == providers(store)


def test_order_that_a_person_chose_is_kept(store: SqlStore) -> None:
    """A provider that is in the list already stays where it is."""
    chosen = ("open-meteo", "airparif")
    place = replace(PARIS, providers=chosen)
    store.write(lambda unit: unit.locations.save(place))
    load(store, [row(3, "7")])

    assert chosen == providers(store)


def test_file_without_a_value_changes_no_location(store: SqlStore) -> None:
    """A provider that has nothing for a place is not put into its list."""
    report = load(store, [row(3, None), row(4, "-999"), FileRow(5, None, "broken")])

    assert (0, 0, 0, 1, 2) == counts(report)
    assert ("open-meteo",) == providers(store)


def test_same_file_twice_changes_nothing(store: SqlStore) -> None:
    """A later import of equal values counts them as unchanged."""
    rows = [row(3, "7"), row(4, "8", START + HOUR)]
    load(store, rows)
    figures = [one.micros for one in stored(store)]
    report = load(store, rows, at=AT + HOUR)

    assert (0, 0, 2, 0, 0) == counts(report)
    assert figures == [one.micros for one in stored(store)]


def test_corrected_value_is_a_revision(store: SqlStore) -> None:
    """A newer file replaces what an older one said."""
    load(store, [row(3, "7")])
    report = load(store, [row(3, "9")], at=AT + HOUR)

    assert (0, 1, 0, 0, 0) == counts(report)
    assert [9 * MICRO] == [one.micros for one in stored(store)]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row(3, "-1")], "sentinel"),
        ([row(3, "-9.999")], "sentinel"),
        ([row(3, "-10.5")], "below -10"),
        ([row(3, "1e12")], "above 1e9"),
        ([row(3, "7", AT + HOUR)], TOO_LATE),
        ([row(3, "7", LONG_AGO)], TOO_EARLY),
        ([FileRow(3, None, "wrong number of columns")], "wrong number of columns"),
    ],
)
def test_refused_value_is_counted_with_its_line(
    shared_store: SqlStore, rows: list[FileRow], reason: str
) -> None:
    """Each refusal names its reason and its line, and nothing is stored."""
    report = load(shared_store, rows)

    assert [(reason, 1, [3])] == [
        (name, one.count, one.lines) for name, one in report.refused.items()
    ]
    assert 0 == report.accepted


def test_extreme_of_a_smoke_episode_is_kept(store: SqlStore) -> None:
    """A value is never refused for its size."""
    load(store, [row(3, "1847")])

    assert [1847 * MICRO] == [one.micros for one in stored(store)]


def test_first_value_of_an_hour_counts(store: SqlStore) -> None:
    """A file that contradicts itself gives the same figures at each import."""
    rows = [row(3, None), row(4, "7"), row(5, "8"), row(6, "7")]
    reports = [load(store, rows), load(store, rows)]

    assert [(1, 0, 0, 1, 2), (0, 0, 1, 1, 2)] == [counts(one) for one in reports]
    assert [5, 6] == reports[0].refused[REPEATED].lines
    assert [7 * MICRO] == [one.micros for one in stored(store)]


def test_lines_and_values_are_counted_apart(store: SqlStore) -> None:
    """Several values stand on a line; lines of other stations hold none."""
    ozone = FileRow(3, Reading(Pollutant.O3, START, Decimal(60), Unit.UG_M3))
    report = load(store, [row(3, "7"), ozone, FileRow(4), FileRow(5, None, "broken")])

    assert (3, 3, 1) == (report.lines, report.values, report.other_stations)


def test_line_numbers_are_few_and_counts_exact(store: SqlStore) -> None:
    """A file of damage gives a short report."""
    report = load(store, [FileRow(line, None, "broken") for line in range(3, 1003)])

    assert 1000 == report.refused["broken"].count
    assert list(range(3, 3 + SHOWN_LINES)) == report.refused["broken"].lines


def test_unknown_location_is_refused_before_reading(store: SqlStore) -> None:
    """Nothing is read for a place that nobody knows."""
    rows = iter([row(3, "7")])
    with pytest.raises(NotFoundError, match="unknown location: lyon"):
        load(store, rows, location="lyon")

    assert 1 == len(list(rows))


def test_each_transaction_is_bounded(store: SqlStore) -> None:
    """No batch holds more than the lock allows; the collector comes seldom."""
    seen: list[int] = []
    rows = [row(3 + n, "7", START + n * HOUR) for n in range(2 * BATCH_SIZE + 1)]
    collector: set[tuple[int, int, int]] = set()

    def progress(report: LoadReport) -> None:
        seen.append(report.written.stored)
        collector.add(gc.get_threshold())

    load(store, rows, progress=progress)

    assert [BATCH_SIZE, 2 * BATCH_SIZE, 2 * BATCH_SIZE + 1] == seen
    assert {SELDOM} == collector


@pytest.mark.parametrize("at_row", [0, 1, BATCH_SIZE, BATCH_SIZE + 1, 2 * BATCH_SIZE])
def test_interrupted_import_is_finished_by_the_next(
    store: SqlStore, at_row: int
) -> None:
    """Wherever it stops, the same file again ends with the same figures."""
    rows = [row(3 + n, str(n % 90), START + n * HOUR) for n in range(2 * BATCH_SIZE)]

    def cut() -> Iterator[FileRow]:
        yield from rows[:at_row]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(store, cut())
    done = at_row // BATCH_SIZE * BATCH_SIZE
    report = load(store, rows, at=AT + HOUR)

    assert (len(rows) - done, 0, done, 0, 0) == counts(report)
    assert [n % 90 * MICRO for n in range(len(rows))] == [
        one.micros for one in stored(store)
    ]


def sums_by_hand(path: Path) -> dict[str, tuple[int, int]]:
    """Count and add the values of the Paris file without any code of ours."""
    found: dict[str, tuple[int, int]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for line in list(csv.reader(file, delimiter=";"))[2:]:
            for name, cell in zip(NAMES, line[2:], strict=True):
                if cell not in {"n/d", "-1"}:
                    count, total = found.get(name, (0, 0))
                    found[name] = (count + 1, total + int(Decimal(cell) * 10**6))
    return found


def test_real_file_is_stored_exactly(store: SqlStore, shared_data: Path) -> None:
    """Six years of Paris: every value, the one sentinel, and the golden days."""
    report = load_path(store, shared_data / PARIS_FILE)
    rows = stored(store)
    found = {
        pollutant.value: (
            len(micros := [one.micros for one in rows if one.pollutant is pollutant]),
            sum(micros),
        )
        for pollutant in {one.pollutant for one in rows}
    }

    assert (245_619, 0, 0, 20_300, 1) == counts(report)
    assert (53_184, 265_920) == (report.lines, report.values)
    assert [11_659] == report.refused["sentinel"].lines
    assert sums_by_hand(shared_data / PARIS_FILE) == found
    assert [(23, "40.4783"), (25, "7.2000"), (24, "96.5417")] == [
        local_day(rows, datetime(2013, 3, 30, 23, tzinfo=UTC), 23),
        local_day(rows, datetime(2013, 10, 26, 22, tzinfo=UTC), 25),
        local_day(rows, datetime(2014, 3, 13, 23, tzinfo=UTC), 24),
    ]


def local_day(rows: list[Measurement], start: datetime, hours: int) -> tuple[int, str]:
    """Return how many hours of PM2.5 a local day has, and their mean."""
    micros = [
        one.micros
        for one in rows
        if one.pollutant is Pollutant.PM2_5
        and start <= one.valid_from < start + hours * HOUR
    ]
    return len(micros), f"{Decimal(sum(micros)) / MICRO / len(micros):.4f}"


pieces = st.sampled_from(
    [
        b";", b";", b";", b"\n", b"\n", b'"', b"\0", b"\xff", b"21/07/2011",
        b"22/07/2011", b"31/02/2012", b"01/01/2999", b"1", b"2", b"24", b"n/d", b"-999",
        b"7,5", b"21/07/2011;1;3;4\n", b"21/07/2011;2;n/d;4.5\n",
    ]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.lists(pieces, max_size=40).map(b"".join))
def test_report_adds_up_whatever_the_file_holds(
    shared_store: SqlStore, body: bytes
) -> None:
    """Every value is stored, known, missing or refused; every line is counted."""
    report = LoadReport()
    lines: Counter[int] = Counter()

    def watched(file: ReadingsFile) -> Iterator[FileRow]:
        for one in file.rows():
            lines[one.line] += 1
            yield one

    with suppress(ImportFileError), ReadingsFile(io.BytesIO(HEAD + body)) as file:
        report = load(shared_store, watched(file))

    assert len(lines) == report.lines
    assert lines.total() == report.values
    assert report.values == report.accepted + report.missing + report.refused_count
    assert 0 == report.pending
    assert all(0 < len(one.lines) <= one.count for one in report.refused.values())


def test_empty_file_gives_an_empty_report(shared_store: SqlStore) -> None:
    """A header alone is a file without values."""
    with ReadingsFile(io.BytesIO(HEAD)) as file:
        report = load(shared_store, file.rows())

    assert LoadReport(written=UpsertCount()) == report
