"""`airq nowcast`: for people, for scripts, and line by line."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from airq_cron.cli.main import main

EPA = "13 16 10 21 74 64 53 82 90 75 80 50"


def types(line: str, **options: Any) -> Result:
    """Run `airq nowcast` with the words of *line*."""
    return CliRunner().invoke(main, ["nowcast", *line.split()], **options)


def batch(*questions: object) -> tuple[int, list[Any]]:
    """Give exit code and lines of `airq nowcast --batch`."""
    text = "\n".join(json.dumps(one) for one in questions)
    result = types("--batch", input=text)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "heading", "face"),
    [
        (f"pm2_5 {EPA}", "NowCast of pm2_5: 17.4139 ug/m3", " 66  Moderate"),
        ("pm2_5 13 16 - 21", "NowCast of pm2_5:", " 62  Moderate"),
        ("pm10 -1 -2", "NowCast of pm10: 0.0000 ug/m3", " 0  Good"),
        ("o3 40", "surrogate of o3: 38.5000 ppb, for the 8h mean", " 35  Good"),
    ],
)
def test_people_see_the_value_and_its_index(line: str, heading: str, face: str) -> None:
    """What is no NowCast is not called one."""
    result = types(line)

    assert 0 == result.exit_code, result.output
    assert heading in result.stdout
    assert face in result.stdout


@pytest.mark.parametrize("line", ["pm2_5", "pm2_5 - - 10", "o3 - - - 4"])
def test_too_few_hours_have_none(line: str) -> None:
    """That is an answer, not an error."""
    result = types(line)

    assert 0 == result.exit_code
    assert "There is none" in result.stdout


def test_scripts_get_json() -> None:
    """Hours as numbers, newest first."""
    found = json.loads(types("pm2_5 71 - 0 --json").stdout)

    assert [71.0, None, 0.0] == found["hours"]
    assert (56.8, 56.8, 152, "Unhealthy") == (
        found["nowcast"],
        found["truncated"],
        found["index"],
        found["category"],
    )
    assert json.loads(types("pm2_5 71 --json").stdout)["nowcast"] is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "a pollutant is needed"),
        ("--batch pm2_5 1 2", "no arguments"),
        ("co 1 2", "pollutant: NowCast is made for pm2_5 and pm10 only"),
        ("pm2_5 1 x", "hours: is not a finite number"),
        (f"pm2_5 {EPA} 1", "hours: at most 12"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(line: str, words: str) -> None:
    """Exit code 2, and the word that was wrong."""
    result = types(line)

    assert 2 == result.exit_code
    assert words in result.stderr


def test_each_line_comes_back_with_its_nowcast() -> None:
    """Null where there is none; text and numbers alike."""
    hours = [float(word) for word in EPA.split()]
    code, lines = batch(
        {"pollutant": "pm2_5", "hours": hours, "id": 7},
        {"pollutant": "pm2_5", "hours": [None, None, 10, 5]},
        {"pollutant": "pm10", "hours": ["54.9", "54.9"]},
        {"pollutant": "o3", "hours": [40]},
    )

    assert 0 == code
    answers = [
        (one["nowcast"], one["truncated"], one["index"], one.get("surrogate"))
        for one in lines
    ]
    assert [
        (17.4139, 17.4, 66, None),
        (None, None, None, None),
        (54.9, 54, 50, None),
        (None, None, 35, 38.5),
    ] == answers
    assert 7 == lines[0]["id"]


@pytest.mark.parametrize(
    ("question", "error"),
    [
        ({"pollutant": "pm2_5"}, "hours: is not a list"),
        ({"pollutant": "pm2_5", "hours": "1 2"}, "hours: is not a list"),
        ({"pollutant": "pm2_5", "hours": [1, "NaN"]}, "hours: is not a finite number"),
        ({"pollutant": "pm2_5", "hours": [1, [2]]}, "hours: is not a finite number"),
        ({"pollutant": "pm2_5", "hours": [1] * 13}, "hours: at most 12"),
        ({"pollutant": "pm2_5", "hours": ["1e400"]}, "hours: lies beyond 1e9"),
        ({"pollutant": "no2", "hours": [1]}, "pollutant: NowCast is made for"),
        ({"hours": [1]}, "pollutant: is missing"),
        (7, "line 1: is not a JSON object"),
    ],
)
def test_a_line_that_cannot_be_computed_says_why(question: object, error: str) -> None:
    """In the line; all others are answered, and the exit code is 1."""
    code, lines = batch(question, {"pollutant": "pm2_5", "hours": [10, 10]})

    assert 1 == code
    assert lines[0]["error"].startswith(error)
    assert (None, None, None) == (
        lines[0]["nowcast"],
        lines[0]["truncated"],
        lines[0]["index"],
    )
    assert 53 == lines[1]["index"]
