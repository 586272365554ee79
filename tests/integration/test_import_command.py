"""`airq import` as a person calls it: output, exit codes, kill -9."""

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from airq_cron.cli.main import main
from airq_cron.cli.session import open_system
from airq_cron.ports import Store
from tests.conftest import WaitUntil

PARIS_FILE = "airparif-paris/paris_centre_2011-07-21_2017-08-13_hourly_utc.csv.gz"
HEAD = "date;heure;PM25;PM10\n;;microg/m3;microg/m3\n"
GOOD = HEAD + "21/07/2011;1;3;4\n21/07/2011;2;n/d;4.5\n"
OPENAQ = (
    "city,country,date.utc,location,parameter,value,unit\n"
    "Paris,FR,2019-06-21 00:00:00+00:00,FR04014,no2,20.0,µg/m³\n"
    "Antwerpen,BE,2019-06-21 00:00:00+00:00,[red]B,no2,30.0,µg/m³\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a directory of our own for data, and let commands use it."""
    monkeypatch.setenv("AIRQ_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("AIRQ_PROVIDER", "open-meteo")
    return tmp_path


def airq(*words: str, given: bytes | None = None) -> Result:
    """Call `airq import`."""
    return CliRunner().invoke(main, ["import", *words], input=given)


def write(folder: Path, text: str) -> str:
    """Write a file and return its name."""
    path = folder / "values.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def fields(output: str) -> dict[str, str]:
    """Read the names and values that a person is shown."""
    return {
        line[: line.index("  ", 2)].strip(): line[line.index("  ", 2) :].strip()
        for line in output.splitlines()
    }


def test_counts_are_shown(folder: Path) -> None:
    """A person sees what became of each value, and the name of the source."""
    result = airq(write(folder, GOOD + "x\n"), "--location", "paris")
    shown = fields(result.output)

    assert 0 == result.exit_code
    assert "airparif, hours 1 to 24, hour ending, UTC" == shown["form"]
    assert ("3", "5", "3", "0", "0", "1", "1") == tuple(
        shown[name]
        for name in (
            "lines",
            "values",
            "stored",
            "revised",
            "unchanged",
            "missing",
            "refused",
        )
    )
    assert "1 (line 5)" == shown["wrong number of columns"]
    assert "Airparif - www.airparif.fr, ODbL" == shown["source"]


def test_counts_are_printed_as_json(folder: Path) -> None:
    """Standard output holds one object and nothing else."""
    path = write(folder, GOOD + "22/07/2011;1;-999;7,5\n")
    found = json.loads(airq(path, "--location", "paris", "--json").stdout)

    assert found.pop("seconds") >= 0
    assert {
        "file": path,
        "location": "paris",
        "provider": "airparif",
        "station": None,
        "attribution": "Airparif - www.airparif.fr, ODbL",
        "lines": 3,
        "other_stations": 0,
        "values": 6,
        "stored": 3,
        "revised": 0,
        "unchanged": 0,
        "missing": 1,
        "refused": 2,
        "refusals": [
            {"reason": "not a number", "count": 1, "lines": [5]},
            {"reason": "sentinel", "count": 1, "lines": [5]},
        ],
    } == found


def test_values_are_read_back(folder: Path) -> None:
    """What was imported stands in the store, before the modelled provider."""
    airq(write(folder, GOOD), "--location", "paris")
    with open_system().store.read() as unit:
        at = datetime(2011, 7, 21, tzinfo=UTC)
        rows = unit.measurements.hours("paris", "airparif", at, at.replace(hour=5))

        assert 3 == len(rows)
        assert ("airparif", "open-meteo") == unit.locations.get("paris").providers


def test_same_file_twice_is_unchanged(folder: Path) -> None:
    """The second import stores nothing and succeeds."""
    path = write(folder, GOOD)
    airq(path, "--location", "paris")
    result = airq(path, "--location", "paris")

    assert 0 == result.exit_code
    assert ("0", "3") == (
        fields(result.output)["stored"],
        fields(result.output)["unchanged"],
    )


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input_is_read(folder: Path, *, packed: bool) -> None:
    """A hyphen stands for standard input, compressed or not."""
    given = gzip.compress(GOOD.encode()) if packed else GOOD.encode()
    result = airq("-", "--location", "paris", given=given)

    assert (0, "3") == (result.exit_code, fields(result.output)["stored"])


def test_station_is_chosen(folder: Path) -> None:
    """A file of several stations needs --station, and shows it as it is written."""
    path = write(folder, OPENAQ)
    refused = airq(path, "--location", "paris")
    result = airq(path, "--location", "paris", "--station", "[red]B")

    assert 2 == refused.exit_code
    assert "choose one with --station: 'FR04014' (1 lines)" in refused.stderr
    assert 0 == result.exit_code
    assert "'[red]B'" == fields(result.output)["station"]
    assert "1" == fields(result.output)["of other stations"]


def test_unknown_location_shows_the_command_that_adds_it(folder: Path) -> None:
    """Exit code 3, and the next thing to type."""
    result = airq(write(folder, GOOD), "--location", "lyon")

    assert 3 == result.exit_code
    assert "unknown location: lyon; add it with: airq locations add" in result.stderr


@pytest.mark.parametrize(
    "text", [HEAD + "31/02/2011;1;3;4\n", HEAD + "21/07/2011;1;n/d;n/d\n"]
)
def test_nothing_that_could_be_stored_is_a_failure(folder: Path, text: str) -> None:
    """A file without any good value ends with exit code 1, and its counts."""
    result = airq(write(folder, text), "--location", "paris")

    assert 1 == result.exit_code
    assert "0" == fields(result.stdout)["stored"]
    assert "nothing could be stored" in result.stderr


def test_file_of_a_header_alone_is_no_failure(folder: Path) -> None:
    """There was nothing to store."""

    assert 0 == airq(write(folder, HEAD), "--location", "paris").exit_code


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("a,b\n1,2\n", []),
        (GOOD, ["--format", "openaq"]),
        (GOOD, ["--format", "excel"]),
        (GOOD, ["--station", "X"]),
    ],
)
def test_wrong_call_or_form_is_refused(
    folder: Path, text: str, words: list[str]
) -> None:
    """Exit code 2, a message, and no trace."""
    result = airq(write(folder, text), "--location", "paris", *words)

    assert 2 == result.exit_code
    assert "Traceback" not in result.output
    assert result.stderr.strip()


def test_file_that_is_not_there_is_refused(folder: Path) -> None:
    """The message names what could not be read."""
    result = airq(str(folder / "missing.csv"), "--location", "paris")

    assert 2 == result.exit_code
    assert "missing.csv" in result.stderr


def test_killed_import_is_finished_by_the_next(
    folder: Path, shared_data: Path, wait_until: WaitUntil
) -> None:
    """After kill -9 in the middle, the same command ends with all values, once."""
    with gzip.open(shared_data / PARIS_FILE, "rt", encoding="utf-8") as file:
        lines = list(islice(file, 15_002))
    cells = [cell for line in lines[2:] for cell in line.strip().split(";")[2:]]
    total = sum(cell not in {"n/d", "-1"} for cell in cells)
    command = [write(folder, "".join(lines)), "--location", "paris", "--json"]
    store = open_system().store
    argv = [sys.executable, "-m", "airq_cron", "import", *command]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
        wait_until(lambda: has_values(store), "a batch is stored", timeout_s=30)
        process.kill()
    found = json.loads(airq(*command).stdout)

    assert -9 == process.returncode
    assert 0 < found["unchanged"] < total
    assert total == found["stored"] + found["unchanged"]
    assert (0, len(cells)) == (found["revised"], found["values"])


def has_values(store: Store) -> bool:
    """Say whether the first batch has been committed."""
    with store.read() as unit:
        return unit.measurements.newest("paris", "airparif") is not None
