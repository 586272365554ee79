"""Opening files: form, compression, stations, damage, and any bytes at all."""

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.pollutant import Pollutant
from airq_cron.errors import ImportFileError
from airq_cron.ports import FileRow
from airq_cron.providers.csv_forms import DAMAGED, FORMS, ReadingsFile
from airq_cron.providers.csv_line import (
    BAD_CSV,
    BAD_NUMBER,
    BAD_UTF8,
    LONGEST_LINE,
    NUL_BYTE,
    TOO_LONG,
    WRONG_COLUMNS,
)

AIRPARIF = b"date;heure;PM25;PM10\n;;microg/m3;microg/m3\n"
BEIJING = b'"No","year","month","day","hour","PM2.5","station"\n'
OPENAQ = b"city,country,date.utc,location,parameter,value,unit\n"
PARIS_FILE = "airparif-paris/paris_centre_2011-07-21_2017-08-13_hourly_utc.csv.gz"
BEIJING_FILE = "beijing-uci/PRSA_Data_Dongsi_20130301-20170228.csv.gz"


def rows_of(data: bytes, **choice: Any) -> list[FileRow]:
    """Read all rows of a file with these bytes."""
    with ReadingsFile(io.BytesIO(data), **choice) as file:
        return list(file.rows())


def reasons_of(rows: list[FileRow]) -> list[tuple[int, str]]:
    """Keep what was refused, with its line."""
    return [(row.line, row.reason) for row in rows if row.reason is not None]


def openaq_line(station: str, value: str, hour: int = 3) -> bytes:
    """Write one line of an OpenAQ file."""
    time = f"2019-06-21 {hour:02}:00:00+00:00"
    return f"Paris,FR,{time},{station},no2,{value},µg/m³\n".encode()


@pytest.mark.parametrize(
    ("head", "form"),
    [(AIRPARIF, "airparif"), (BEIJING, "uci-beijing"), (OPENAQ, "openaq")],
)
def test_header_decides_the_form(head: bytes, form: str) -> None:
    """Each form is known by its header, with a byte-order mark too."""
    with ReadingsFile(io.BytesIO(b"\xef\xbb\xbf" + head)) as file:
        assert form == file.provider
    with ReadingsFile(io.BytesIO(head.replace(b"\n", b"\r\n")), form=form) as file:
        assert form == file.provider


def test_every_form_is_registered_under_its_id() -> None:
    """The ids are those that outsiders rely on."""

    assert ["airparif", "uci-beijing", "openaq"] == list(FORMS)


def test_wanted_form_must_be_that_of_the_header() -> None:
    """A form that was named is never guessed over."""
    with pytest.raises(ImportFileError, match="airparif, not of openaq"):
        ReadingsFile(io.BytesIO(AIRPARIF), form="openaq")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\0\0\0\0",
        b"PK\x03\x04zip",
        b"\x1f\x8b",
        b"\x1f\x8b\x08\x00broken",
        AIRPARIF.decode().encode("utf-16"),
        b"date;heure\n",
        b"a" * (LONGEST_LINE * 3),
        b"<!DOCTYPE html><html>",
    ],
)
def test_other_files_are_not_a_known_form(data: bytes) -> None:
    """What is no CSV of ours is refused as a whole."""
    with pytest.raises(ImportFileError):
        ReadingsFile(io.BytesIO(data))


def test_refusal_names_the_header_and_the_known_forms() -> None:
    """The message shows what was found and what would do."""
    with pytest.raises(ImportFileError) as caught:
        ReadingsFile(io.BytesIO(b"when,what\n"))

    assert "'when,what'" in str(caught.value)
    assert all(form in str(caught.value) for form in FORMS)


def test_path_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A directory and a missing file are messages, not traces."""
    for path in (tmp_path, tmp_path / "missing.csv"):
        with pytest.raises(ImportFileError, match="cannot read"):
            ReadingsFile(path)


def test_compression_is_told_by_content(tmp_path: Path) -> None:
    """The name of a file says nothing about its compression."""
    path = tmp_path / "paris.csv"
    path.write_bytes(gzip.compress(AIRPARIF + b"21/07/2011;1;3;4\n"))
    with ReadingsFile(path) as file:
        rows = list(file.rows())

        assert 2 == len(rows)
        assert path.stat().st_size == file.size
        assert file.size == file.position


def test_rows_are_read_lazily_and_again() -> None:
    """The position grows with the lines; a second walk gives the same rows."""
    data = AIRPARIF + b"21/07/2011;1;3;4\n" * 1000
    with ReadingsFile(io.BytesIO(data)) as file:
        rows = file.rows()
        next(rows)
        early = file.position
        rest = list(rows)

        assert early < len(data) == file.position
        assert 1999 == len(rest)
        assert 2000 == len(list(file.rows()))


def test_line_numbers_are_those_of_an_editor() -> None:
    """The header is line 1; blank lines count but give no row."""
    rows = rows_of(AIRPARIF + b"21/07/2011;1;3;4\n\n\r\n21/07/2011;2;5;6\n")

    assert [3, 3, 6, 6] == [row.line for row in rows]


def test_damaged_lines_are_reported_and_the_others_kept() -> None:
    """Each kind of damage costs its own line only."""
    good = b"21/07/2011;2;5;6\n"
    damage = [
        (b"21/07/2011;1;3\n", WRONG_COLUMNS),
        (b'21/07/2011;1;"3;4\n', BAD_CSV),
        (b"21/07/2011;1;\0;4\n", NUL_BYTE),
        (b"21/07/2011;1;\xff;4\n", BAD_UTF8),
        (b"x" * (LONGEST_LINE * 2) + b"\n", TOO_LONG),
        (b"21/07/2011;1;3,5;\n", BAD_NUMBER),
    ]
    rows = rows_of(AIRPARIF + b"".join(bad + good for bad, _ in damage))

    assert [(3 + 2 * i, reason) for i, (_, reason) in enumerate(damage)] == reasons_of(
        rows
    )
    assert 2 * len(damage) == sum(
        row.reading is not None and row.reading.value is not None for row in rows
    )


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_cut_off_file_gives_what_it_holds(shared_data: Path, kept: float) -> None:
    """A truncated gzip ends with a reason; no line before the cut is lost."""
    lines = gzip.decompress((shared_data / PARIS_FILE).read_bytes())[:200_000]
    whole = gzip.compress(lines)
    cut = whole[: int(len(whole) * kept)]
    plain = zlib.decompressobj(wbits=31).decompress(cut)
    plain = plain[: plain.rindex(b"\n") + 1]

    assert [
        *rows_of(plain),
        FileRow(plain.count(b"\n") + 1, None, DAMAGED),
    ] == rows_of(cut)


def test_damaged_checksum_is_reported_after_the_last_line() -> None:
    """All lines are there, but the file is not what its writer wrote."""
    data = bytearray(gzip.compress(AIRPARIF + b"21/07/2011;1;3;4\n"))
    data[-8] ^= 0xFF
    rows = rows_of(bytes(data))

    assert [(4, DAMAGED)] == reasons_of(rows)
    assert 3 == len(rows)


def test_several_stations_need_a_choice() -> None:
    """Without a choice the file is refused and its stations are listed."""
    lines = openaq_line("FR04014", "20") + openaq_line("BETR801", "30") * 2
    with pytest.raises(ImportFileError) as caught:
        ReadingsFile(io.BytesIO(OPENAQ + lines))

    assert "holds 2 stations" in str(caught.value)
    assert "'BETR801' (2 lines), 'FR04014' (1 lines)" in str(caught.value)


def test_list_of_stations_is_bounded() -> None:
    """A file of thousands of stations still gives a readable message."""
    lines = b"".join(openaq_line(f"S{number}", "1") for number in range(500))
    with pytest.raises(ImportFileError, match="and 480 more") as caught:
        ReadingsFile(io.BytesIO(OPENAQ + lines))

    assert len(str(caught.value)) < 1000


def test_chosen_station_is_read_and_the_others_passed_over() -> None:
    """Lines of other stations give rows without reading and without reason."""
    lines = openaq_line("FR04014", "20") + openaq_line("BETR801", "30")
    rows = rows_of(OPENAQ + lines, station="BETR801")

    assert FileRow(2) == rows[0]
    assert rows[1].reading is not None
    assert "30" == str(rows[1].reading.value)


@pytest.mark.parametrize(
    "data",
    [AIRPARIF, OPENAQ, OPENAQ + openaq_line("FR04014", "20")],
)
def test_station_that_is_not_there_is_refused(data: bytes) -> None:
    """A misspelt station is a wrong call, not an empty import."""
    with pytest.raises(ImportFileError, match="no station 'fr04014'"):
        ReadingsFile(io.BytesIO(data), station="fr04014")


def test_damaged_line_is_no_station() -> None:
    """A line that cannot be read does not make its file one of two stations."""
    broken = b"x,x,x,x,x,x,x\n"
    rows = rows_of(OPENAQ + openaq_line("FR04014", "20") + broken)

    assert [3] == [line for line, _ in reasons_of(rows)]


def test_local_times_without_zone_are_refused(shared_data: Path) -> None:
    """The file whose stations each use their own clock is no known form."""
    path = shared_data / "pandas-openaq/air_quality_no2.csv"
    with pytest.raises(ImportFileError, match="times without a zone"):
        ReadingsFile(path)


def count_by_hand(
    path: Path, separator: str, columns: dict[str, int], skipped: int
) -> tuple[Counter[str], Counter[str]]:
    """Count values and missing values by column, without any code of ours."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, delimiter=separator))[skipped:]
    cells = [(name, line[at]) for line in lines for name, at in columns.items()]
    missing = Counter(name for name, cell in cells if cell in {"n/d", "NA"})
    return Counter(name for name, _ in cells) - missing, missing


@pytest.mark.parametrize(
    ("name", "separator", "columns", "skipped", "first", "last"),
    [
        (
            PARIS_FILE,
            ";",
            {"pm2_5": 2, "pm10": 3, "no2": 4, "o3": 5, "co": 6},
            2,
            datetime(2011, 7, 21, 0, tzinfo=UTC),
            datetime(2017, 8, 13, 23, tzinfo=UTC),
        ),
        (
            BEIJING_FILE,
            ",",
            {"pm2_5": 5, "pm10": 6, "so2": 7, "no2": 8, "co": 9, "o3": 10},
            1,
            datetime(2013, 2, 28, 16, tzinfo=UTC),
            datetime(2017, 2, 28, 15, tzinfo=UTC),
        ),
    ],
)
def test_real_file_is_read_completely(
    shared_data: Path,
    name: str,
    separator: str,
    columns: dict[str, int],
    skipped: int,
    first: datetime,
    last: datetime,
) -> None:
    """Values and missing values by pollutant equal a plain reading of the file."""
    values, missing = count_by_hand(shared_data / name, separator, columns, skipped)
    with ReadingsFile(shared_data / name) as file:
        readings = [row.reading for row in file.rows() if row.reading is not None]
    given = Counter(str(one.pollutant) for one in readings if one.value is not None)
    without = Counter(str(one.pollutant) for one in readings if one.value is None)

    assert values == given
    assert missing == without
    assert (first, last) == (readings[0].valid_from, readings[-1].valid_from)


def test_real_openaq_file_gives_each_station(shared_data: Path) -> None:
    """The counts are those that the publisher's page names."""
    path = shared_data / "pandas-openaq/air_quality_long.csv"
    found: dict[str, Counter[Pollutant]] = {}
    for station in ("FR04014", "London Westminster", "BETR801"):
        with ReadingsFile(path, station=station) as file:
            found[station] = Counter(
                row.reading.pollutant for row in file.rows() if row.reading is not None
            )

    assert {
        "FR04014": {Pollutant.NO2: 1676},
        "London Westminster": {Pollutant.NO2: 1608, Pollutant.PM2_5: 1648},
        "BETR801": {Pollutant.NO2: 163, Pollutant.PM2_5: 177},
    } == found


def walk(data: bytes) -> Iterator[FileRow]:
    """Read what can be read; a file that is no known form has no rows."""
    with suppress(ImportFileError), ReadingsFile(io.BytesIO(data)) as file:
        yield from file.rows()


pieces = st.sampled_from(
    [
        b";",
        b",",
        b"\n",
        b'"',
        b"\r",
        b"\0",
        b"\xff",
        b"21/07/2011",
        b"1",
        b"-999",
        b"7,5",
    ]
) | st.binary(max_size=12)
bodies = st.lists(pieces, max_size=60).map(b"".join) | st.binary(max_size=400)
heads = st.sampled_from([b"", AIRPARIF, BEIJING, OPENAQ])


@given(
    head=heads,
    body=bodies,
    packed=st.booleans(),
    cut=st.integers(0, 40),
    flip=st.integers(0, 100),
)
def test_any_bytes_give_rows_or_a_refusal(
    head: bytes, body: bytes, *, packed: bool, cut: int, flip: int
) -> None:
    """Whatever the file holds, every row is one thing and lines only grow."""
    data = bytearray(gzip.compress(head + body) if packed else head + body)
    if flip < len(data):
        data[-flip] ^= 0x55
    rows = list(walk(bytes(data[: len(data) - cut])))

    assert all(row.reading is None or row.reason is None for row in rows)
    assert [row.line for row in rows] == sorted(row.line for row in rows)


def test_largest_station_can_be_taken() -> None:
    """Without a choice, the station with the most lines is read when asked for."""
    line = b"Paris,FR,2019-06-21 0%d:00:00+00:00,%s,no2,20.0,\xc2\xb5g/m\xc2\xb3\n"
    data = OPENAQ + b"".join(
        line % (hour, name) for hour, name in enumerate([b"A", b"B", b"B"])
    )

    with ReadingsFile(io.BytesIO(data), largest=True) as file:
        assert "B" == file.station
    with ReadingsFile(io.BytesIO(data), largest=True, station="A") as file:
        assert "A" == file.station
