"""The tables of the schemes: complete, without gaps, and those of the agencies."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from airq_cron.domain.convert import Reference
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.scales import SCHEMES, find_scheme
from airq_cron.domain.scales.scheme import Averaging, Scheme, Table
from airq_cron.errors import InvalidError

EUROPEAN = {
    "eaqi-2024": "eaqi_2024.json",
    "eaqi-2019": "eaqi_legacy_2019_2024.json",
    "eaqi-2017": "eaqi_2017_first.json",
}
EVERY = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)


def key(table: Table) -> str:
    """Give the name that the collected tables use: `PM25_24H`."""
    return f"{code(table)}_{table.averaging}".upper()


def code(table: Table) -> str:
    """Give the pollutant's name there: `PM25`."""
    return table.pollutant.replace("_", "").upper()


def read(path: Path) -> Any:
    """Give a collected file."""
    return json.loads(path.read_text())


@EVERY
def test_a_scheme_says_where_it_comes_from(scheme: Scheme) -> None:
    """Source, date and temperature stand with the numbers."""
    assert scheme.source
    assert re.fullmatch(r"20\d\d(-\d\d){0,2}", scheme.effective)
    european = scheme.id.startswith("eaqi")
    assert (Reference.T20 if european else Reference.T25) is scheme.reference
    assert european is scheme.counts_levels


@EVERY
def test_every_band_has_word_colour_and_one_sentence_of_advice(scheme: Scheme) -> None:
    """Levels count from one, and indices leave none out."""
    assert list(range(1, len(scheme.bands) + 1)) == [one.level for one in scheme.bands]
    for band in scheme.bands:
        assert band.category
        assert re.fullmatch("#[0-9A-F]{6}", band.color)
        assert re.fullmatch(r"[A-Z][^.]*\.", band.advice)
    for band, following in zip(scheme.bands, scheme.bands[1:], strict=False):
        assert (band.high or 0) + 1 == following.low


@EVERY
def test_the_lines_of_a_table_join(scheme: Scheme) -> None:
    """One step apart where values are cut, and without a gap where they are not."""
    for table in scheme.tables:
        for one, following in zip(table.segments, table.segments[1:], strict=False):
            assert one.high + (table.step or 0) == following.low
            assert one.level + 1 == following.level
            assert one.index_high + (1 if table.step else 0) == following.index_low
            assert one.low < one.high


@EVERY
def test_a_pair_has_one_table(scheme: Scheme) -> None:
    """Pollutant and averaging time decide."""
    pairs = [(table.pollutant, table.averaging) for table in scheme.tables]

    assert len(set(pairs)) == len(pairs)
    for table in scheme.tables:
        assert table is scheme.table(table.pollutant, table.averaging)


def test_the_american_tables_are_the_collected_ones(shared_data: Path) -> None:
    """Bound by bound, band by band."""
    collected = read(shared_data / "aqi-tables" / "us_epa_2024.json")
    scheme = SCHEMES["us-epa-2024"]

    assert set(collected["pollutants"]) == {key(table) for table in scheme.tables}
    for table in scheme.tables:
        one = collected["pollutants"][key(table)]
        rows = [
            (level, *map(Decimal, row["c"]), *row["aqi"])
            for level, row in enumerate(one["rows"], 1)
            if row is not None
        ]
        assert (one["unit"], Decimal(one["step"])) == (table.unit.value, table.step)
        assert rows == [
            (row.level, row.low, row.high, row.index_low, row.index_high)
            for row in table.segments
        ]
    bands = [(one["name"], one["rgb"], *one["aqi"]) for one in collected["categories"]]
    assert bands == [
        (one.category, one.color, one.low, one.high) for one in scheme.bands
    ]
    assert collected["effective"] == scheme.effective


@pytest.mark.parametrize(("name", "file"), EUROPEAN.items())
def test_the_european_tables_are_the_collected_ones(
    name: str, file: str, shared_data: Path
) -> None:
    """All three generations."""
    collected = read(shared_data / "aqi-tables" / file)
    scheme = SCHEMES[name]

    assert collected["levels"] == [one.category for one in scheme.bands]
    assert collected["upper_bounds"] == {
        code(table): [int(row.high) for row in table.segments]
        for table in scheme.tables
    }
    colors = collected.get("colors", [one.color for one in scheme.bands])
    assert colors == [one.color for one in scheme.bands]


def test_an_unknown_scheme_is_refused_with_those_there_are() -> None:
    """Whoever mistypes learns the right names."""
    with pytest.raises(InvalidError, match="eaqi-2017") as caught:
        find_scheme("eaqi-2031")

    assert "scheme" == caught.value.field


def test_a_pair_without_a_table_is_refused_with_those_there_are() -> None:
    """The wrong word is named: the pollutant, or the averaging time."""
    scheme = SCHEMES["us-epa-2024"]

    with pytest.raises(InvalidError, match="1h or 24h"):
        scheme.table(Pollutant.SO2, Averaging.H8)
    with pytest.raises(InvalidError, match="no index of co"):
        SCHEMES["eaqi-2024"].table(Pollutant.CO, Averaging.H8)
