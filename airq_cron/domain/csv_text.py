"""Write CSV (RFC 4180) that no spreadsheet takes for formulae."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return *rows* as lines that end in CRLF; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def comment_line(name: str, value: str) -> str:
    """Return a line of the head, `# name: value`; it never holds a second line."""
    return f"# {name}: {' '.join(value.split())}\r\n"


def _cell(value: Any) -> Any:
    # A spreadsheet would run what begins like this.
    return (
        f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
    )
