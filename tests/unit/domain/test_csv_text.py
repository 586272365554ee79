"""CSV that every reader understands and no spreadsheet runs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.csv_text import FORMULA, comment_line, csv_text

CELLS = st.none() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=4))
def test_what_is_written_is_read_again(rows: list[list[object]]):
    """But for what would be a formula, which gets an apostrophe."""
    text = csv_text(rows)
    read = list(csv.reader(io.StringIO(text, newline=""), strict=True))

    assert len(rows) == len([row for row in read if row]) or [None] in rows
    for row, cells in zip(rows, read, strict=False):
        for value, cell in zip(row, cells, strict=False):
            plain = "" if value is None else str(value)
            escaped = isinstance(value, str) and value.startswith(FORMULA)
            assert (f"'{plain}" if escaped else plain) == cell


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_text_is_a_formula(value: str):
    """A negative number is none."""
    assert csv_text([[value]]).lstrip('"').startswith("'")
    assert "-4.9\r\n" == csv_text([[-4.9]])


def test_a_comment_stays_on_its_line():
    """Whatever a licence says."""
    assert "# a: b c\r\n" == comment_line("a", "b\r\nc\n")
