"""How results are shown to people."""

from datetime import UTC, datetime, timedelta

import pytest

from airq_cron.cli.tables import cell, duration, length, moment, show_fields, show_table

NOON = datetime(2026, 3, 1, 12, 0, 30, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ("", "-"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (NOON, "2026-03-01 12:00:30Z"),
        ("two\nlines\tand  blanks", "two lines and blanks"),
        ("[red]no markup[/]", "[red]no markup[/]"),
    ],
)
def test_a_value_stands_on_one_line(value: object, text: str) -> None:
    """Unknown is a hyphen, and 0 is a number."""
    assert text == cell(value).plain


def test_a_row_of_a_pipe_is_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """However long an error is."""
    long = "x" * 1500

    show_table(("Id", "Error"), [("1", long), ("2", None)])

    assert ["Id  Error", f"1   {long}", "2   -"] == capsys.readouterr().out.splitlines()


def test_a_terminal_gets_colours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state can be told from afar."""
    monkeypatch.setenv("FORCE_COLOR", "1")

    show_table(("State",), [("failed",)])

    assert "\x1b[1;31mfailed" in capsys.readouterr().out


def test_a_row_of_a_narrow_terminal_is_never_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An id that is cut off cannot be copied."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    run_id = "9249320a-2704-5e58-8ead-d8774616afbe"

    show_table(("Error", "Id"), [("x" * 70, run_id)])

    assert f"{'x' * 70}  {run_id}" in capsys.readouterr().out


def test_fields_stand_below_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    """Names first, values aligned."""
    show_fields({"name": "x", "longer": None})

    assert "name    x\nlonger  -\n" == capsys.readouterr().out


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.00 s"),
        (0.4321, "0.43 s"),
        (59.99, "59.99 s"),
        (60, "1 min"),
        (720, "12 min"),
        (3600, "1.0 h"),
        (86_400, "24.0 h"),
        (172_800, "2.0 d"),
        (2_592_000, "30.0 d"),
    ],
)
def test_a_length_has_the_unit_that_fits(seconds: float, text: str) -> None:
    """Nobody wants to read 2592000 seconds."""
    assert text == length(seconds)


def test_a_time_that_is_not_known_has_no_length() -> None:
    """A run that has not ended took nothing yet."""
    assert "1.50 s" == duration(NOON, NOON + timedelta(seconds=1.5))
    assert duration(NOON, None) is None
    assert duration(None, NOON) is None


def test_an_instant_is_shown_to_the_second() -> None:
    """With the Z that says UTC."""
    assert "2026-03-01 12:00:30Z" == moment(NOON)
