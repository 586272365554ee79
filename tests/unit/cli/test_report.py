"""`airq report`: a day in a terminal."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from airq_cron.cli.report import sparkline
from airq_cron.domain.hourly import aggregate_hours
from airq_cron.domain.pollutant import Pollutant
from airq_cron.services.read_report import read_report
from airq_cron.store.store import SqlStore
from tests.day_rows import DAY, gas, statistic
from tests.unit.air import Air
from tests.unit.cli.conftest import Person

# Rich keeps a style in the colours it was first shown in: one terminal for all.
TERMINAL = {"FORCE_COLOR": "1", "COLORTERM": "truecolor", "TERM": "xterm-256color"}
BEGIN = datetime(2026, 2, 9, 23, tzinfo=UTC)


def put(store: SqlStore, *values: float | None) -> None:
    """Store the statistics of a dirty day, and these hours of it."""
    air = Air(provider="airparif")
    rows = air.rows(BEGIN, values)
    air.store(store, BEGIN, values)
    store.write(lambda unit: unit.aggregates.put_hours(aggregate_hours(rows)))
    days = [
        statistic("96.541666", largest="131"),
        statistic("82.666667", day=DAY - timedelta(days=1)),
        gas(Pollutant.NO2, "76", valid=3),
    ]
    store.write(lambda unit: unit.aggregates.put_days(days))


def test_a_report_can_be_read_in_a_pipe(person: Person, store: SqlStore):
    """Sentence, indices, figures, limits, source; and not a colour."""
    put(store, 80.0, 131.0)
    result = person.types(f"report paris {DAY}")
    text = result.stdout

    assert 0 == result.exit_code
    assert text.startswith(
        "The air in Paris on Tuesday 10 February 2026 was unhealthy: US index 180, "
        "because of PM2.5.\n"
    )
    for words in (
        "US Air Quality Index, 2024:  180  Unhealthy  PM2.5",
        "24/24",
        "3/24 insufficient",
        "+13.9",
        "3 limits exceeded, 0 met, 6 not judged.",
        "WHO 2021",
        "15 µg/m³",
        "Airparif - www.airparif.fr, ODbL (measured)",
    ):
        assert words in text
    assert "\x1b" not in text
    assert [] == [line for line in text.splitlines() if line != line.rstrip()]


def test_a_report_fits_a_terminal_of_80_columns(person: Person, store: SqlStore):
    """What a terminal breaks in the middle of a table cannot be read."""
    put(store, 80.0, 131.0)
    result = person.types(f"report paris {DAY}", env=TERMINAL | {"COLUMNS": "80"})
    lines = re.sub(r"\x1b\[[0-9;]*m", "", result.stdout).splitlines()

    assert [] == [line for line in lines if cell_len(line) > 80]
    for title in ("Max 8 h", "Hours", "By the hour"):
        assert 1 == sum(title in line for line in lines)


def test_a_report_has_colours_where_they_are_wanted(person: Person, store: SqlStore):
    """The band stands in the colour of its agency."""
    put(store)
    result = person.types(f"report paris {DAY}", color=True, env=TERMINAL)

    assert "48;2;255;0;0m" in result.stdout


def test_a_report_can_be_read_by_programs(person: Person, store: SqlStore):
    """It is the document of the API."""
    put(store)
    found = person.reads(f"report paris {DAY}")

    assert (180, 96.5417, "final") == (
        found["indices"]["us-epa-2024"]["index"],
        found["pollutants"]["pm2_5"]["mean"],
        found["status"],
    )


def test_a_day_without_data_says_so(person: Person):
    """And shows no empty tables."""
    text = person.types(f"report paris {DAY}").stdout

    assert text.startswith("There is no data of the air in Paris on Tuesday")
    assert "insufficient data" in text
    assert "Pollutant" not in text


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("report rome 2026-02-10", 3, "unknown location: rome"),
        ("report paris 2026-02-30", 2, "is not a day such as"),
        ("report paris 20260210", 2, "is not a day such as"),
        ("report paris 2026-W07-2", 2, "is not a day such as"),
        ("report paris 2099-01-01", 2, "lies ahead"),
        ("report paris", 2, "DATE"),
    ],
)
def test_what_cannot_be_reported_has_its_exit_code(
    person: Person, line: str, code: int, words: str
):
    """3 for an unknown place, 2 for an impossible day."""
    result = person.types(line)

    assert code == result.exit_code
    assert words in result.stderr


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([0.0, 10.0, 40.0, 80.0], "▁▂▅█"),
        ([80.0, None, 0.0], "█·▁"),
        ([0.0, 0.0], "▁▁"),
        ([-3.0, 80.0], "▁█"),
    ],
)
def test_each_hour_has_a_bar(store: SqlStore, values: list[float | None], bars: str):
    """From zero up to the largest; a missing hour is a dot and no bar."""
    put(store, *values)
    report = read_report(store, "paris", DAY, attributions={})
    part = report.part(Pollutant.PM2_5)

    assert part is not None
    assert bars.ljust(24, "·") == sparkline(part, report)
