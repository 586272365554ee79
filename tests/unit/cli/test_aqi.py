"""`airq aqi`: for people, for scripts, and line by line."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airq_cron.cli.main import main

LINE = {
    "scheme": "us-epa-2024",
    "pollutant": "pm2_5",
    "averaging": "24h",
    "value": 35.9,
    "unit": "ug/m3",
}
WRONG = {"index": None, "category": None, "scaled": None}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner)
    ),
    max_leaves=5,
)


def types(line: str, **options: Any) -> Result:
    """Run `airq aqi` with the words of *line*."""
    return CliRunner().invoke(main, ["aqi", *line.split()], **options)


def batch(text: str | bytes) -> tuple[int, list[Any]]:
    """Give exit code and lines of `airq aqi --batch`."""
    result = types("--batch", input=text)
    lines = [
        json.loads(line, parse_float=Decimal) for line in result.stdout.splitlines()
    ]
    return result.exit_code, lines


def test_people_see_number_word_advice_and_source() -> None:
    """Their band is marked among all, with the concentrations it stands for."""
    result = types("us-epa-2024 pm2_5 24h 35.9 ug/m3")

    assert 0 == result.exit_code, result.output
    assert " 102  Unhealthy for Sensitive Groups" in result.stdout
    assert "▸    101-150     35.5 - 55.4 ug/m3" in result.stdout
    assert "EPA-454/B-24-002" in result.stdout
    assert 1 == result.stdout.count("▸")


def test_people_see_colours_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the agency, with letters that can be read on them."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")

    yellow = types("us-epa-2024 pm2_5 24h 9.1 ug/m3").stdout
    maroon = types("us-epa-2024 pm2_5 24h 400 ug/m3").stdout

    assert "\x1b[1;30;48;2;255;255;0m 51  Moderate" in yellow
    assert "\x1b[1;37;48;2;126;0;35m 649  Hazardous" in maroon


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("us-epa-2024 o3 8h 0.3 ppm", "no index"),
        ("us-epa-2024 o3 8h 0.3 ppm", "0.106 - 0.200 ppm  Very Unhealthy"),
        ("us-epa-2024 so2 1h 305 ppb", "186 and more ppb  Unhealthy"),
        ("eaqi-2024 no2 1h 175 µg/m³", "110 on Open-Meteo's scale"),
        ("eaqi-2024 no2 1h 175 µg/m³", "above 150 ug/m3  Extremely poor"),
        ("us-epa-2024 pm2_5 24h -4.9 ug/m3", " 0  Good"),
    ],
)
def test_the_ends_of_a_table_are_told(line: str, words: str) -> None:
    """Where a table has no value, nothing is made up."""
    result = types(line)

    assert 0 == result.exit_code, result.output
    assert words in result.stdout


def test_scripts_get_json() -> None:
    """With colour and advice beside the number."""
    found = json.loads(types("eaqi-2024 pm2_5 1h 72.9 µg/m³ --json").stdout)

    assert ("ug/m3", 72.9) == (found["unit"], found["value"])
    assert (4, "Poor", 71, "#FF5050") == (
        found["index"],
        found["category"],
        found["scaled"],
        found["color"],
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "five arguments"),
        ("us-epa-2024 pm2_5 24h 1", "five arguments"),
        ("--batch us-epa-2024 pm2_5 24h 1 ug/m3", "no arguments"),
        ("us-epa-2012 pm2_5 24h 1 ug/m3", "scheme: is none of us-epa-2024"),
        ("us-epa-2024 pm25 24h 1 ug/m3", "pollutant: is none of pm2_5"),
        ("us-epa-2024 pm2_5 8h 1 ug/m3", "averaging: us-epa-2024 takes pm2_5 over 24h"),
        ("us-epa-2024 pm2_5 24h one ug/m3", "value: is not a finite number"),
        ("us-epa-2024 pm2_5 24h NaN ug/m3", "value: is not a finite number"),
        ("us-epa-2024 pm2_5 24h 1 grains", "unit: is none of ug/m3"),
        ("us-epa-2024 pm2_5 24h 1 ppb", "unit: pm2_5 is given in ug/m3"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(line: str, words: str) -> None:
    """Exit code 2, and the word that was wrong."""
    result = types(line)

    assert 2 == result.exit_code
    assert words in result.stderr


def test_each_line_comes_back_with_its_index() -> None:
    """As it was, digits included, whatever else it holds."""
    code, lines = batch(
        '{"scheme":"us-epa-2024","pollutant":"pm2_5","averaging":"24h",'
        '"value":9.10,"unit":"µg/m³","station":{"id":[7,"a"]}}\n'
        "\n"
        '{"scheme":"eaqi-2024","pollutant":"no2","averaging":"1h",'
        '"value":"17.5","unit":"ug/m3"}'
    )

    assert 0 == code
    first, second = lines
    assert {"index": 51, "category": "Moderate"} == {
        key: first[key] for key in ("index", "category")
    }
    assert "9.10" == str(first["value"])
    assert {"id": [7, "a"]} == first["station"]
    assert (2, "Fair", 30) == (second["index"], second["category"], second["scaled"])
    assert "17.5" == second["value"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"value": "NaN"}, "value: is not a finite number"),
        ({"value": float("nan")}, "value: is not a finite number"),
        ({"value": float("-inf")}, "value: is not a finite number"),
        ({"value": "1e999999"}, "value: lies beyond 1e9"),
        ({"value": "1e-999999"}, "value: has more than 200 digits"),
        ({"value": "1_000"}, "value: is not a finite number"),
        ({"value": "٣"}, "value: is not a finite number"),
        ({"value": True}, "value: is not a finite number"),
        ({"value": None}, "value: is missing"),
        ({"value": [1]}, "value: is not a finite number"),
        ({"scheme": []}, "scheme: must be a text"),
        ({"scheme": "none"}, "scheme: is none of us-epa-2024"),
        ({"unit": 3}, "unit: must be a text"),
    ],
)
def test_a_line_that_cannot_be_computed_says_why(
    change: dict[str, Any], error: str
) -> None:
    """In the line; all others are answered, and the exit code is 1."""
    code, lines = batch(f"{json.dumps(LINE | change)}\n{json.dumps(LINE)}\n")

    assert 1 == code
    assert lines[0]["error"].startswith(error)
    assert lines[0].items() >= WRONG.items()
    assert "pm2_5" == lines[0]["pollutant"]
    assert 102 == lines[1]["index"]


@pytest.mark.parametrize("number", ["1e999999999", "1e9999999999999999999999", "1E400"])
def test_a_number_that_others_cannot_read_comes_back_as_text(number: str) -> None:
    """The answer is JSON for every reader."""
    code, (line,) = batch(json.dumps(LINE).replace("35.9", number))

    assert (1, number) == (code, line["value"])


@pytest.mark.parametrize(
    "text",
    [
        b"nope",
        b"[]",
        b"12",
        b'{"scheme":',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
    ],
)
def test_what_is_no_object_is_named_by_its_line(text: bytes) -> None:
    """One answer a line, whatever the line is."""
    code, lines = batch(b"\n" + text + b"\n" + json.dumps(LINE).encode())

    assert (1, 2) == (code, len(lines))
    assert lines[0].items() >= WRONG.items()
    assert 102 == lines[1]["index"]


def test_an_answer_can_be_asked_again() -> None:
    """What it held is replaced, and never stands twice."""
    again = LINE | {"index": 3, "category": "Bad", "error": "old"}
    code, (line,) = batch(json.dumps(again))

    assert (0, 102) == (code, line["index"])
    assert "error" not in line


# The machine may be busy with other tests: slow to draw is no fault of the line.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*LINE, "more"]), JSON))
def test_no_line_is_too_strange(change: dict[str, Any]) -> None:
    """Whatever stands in it: one line of JSON comes back, and no crash."""
    code, lines = batch(json.dumps(LINE | change))

    assert 1 == len(lines)
    assert code == ("error" in lines[0])
    assert "index" in lines[0]


def test_ten_thousand_lines_leave_nothing_behind(tmp_path: Path) -> None:
    """Neither a directory nor a database is made for them."""
    lines = [LINE | {"value": i / 10} for i in range(10_000)]
    text = "\n".join(json.dumps(line) for line in lines)

    result = subprocess.run(
        [sys.executable, "-m", "airq_cron", "aqi", "--batch"],
        input=text,
        capture_output=True,
        check=True,
        text=True,
        env={"AIRQ_VAR_DIR": str(tmp_path / "var")},
    )

    assert 10_000 == len(result.stdout.splitlines())
    assert not (tmp_path / "var").exists()


def test_indices_are_computed_without_database_and_broker() -> None:
    """Loading those would take longer than ten thousand lines."""
    modules = "airq_cron.cli.aqi, airq_cron.cli.nowcast"
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    ).stdout.split()

    assert set() == {"sqlalchemy", "celery", "redis", "requests"} & set(loaded)
