"""How results are shown to people: tables on a terminal, plain lines in a pipe."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from rich.table import Table
from rich.text import Text

from airq_cron.cli.printing import console

# No line of ours is longer, so every row stands on one line. A narrow terminal
# wraps it: a run's id that is cut off cannot be copied.
ROW_WIDTH = 4000
LENGTHS = ((60, 1, "{:.2f} s"), (3600, 60, "{:.0f} min"), (172_800, 3600, "{:.1f} h"))
STATE_STYLES = {
    "ok": "green",
    "succeeded": "green",
    "running": "cyan",
    "degraded": "yellow",
    "warn": "yellow",
    "unknown": "yellow",
    "fail": "bold red",
    "skipped": "yellow",
    "missed": "yellow",
    "down": "bold red",
    "failed": "bold red",
    "dead": "bold red",
}


def show_table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print *rows* under *titles*; None is shown as a hyphen."""
    _print(make_table(titles, rows), wrapped=False)


def make_table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return *rows* under *titles*; each on one line, of which the end is cut first."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, title in enumerate(titles, start=1):
        # Rich takes from columns that may wrap before it takes from the others.
        table.add_column(title, no_wrap=number < len(titles))
    for row in rows:
        *cells, last = (cell(value) for value in row)
        last.no_wrap, last.overflow = True, "ellipsis"
        table.add_row(*cells, last)
    return table


def show_fields(fields: Mapping[str, object]) -> None:
    """Print names and values, one a line."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in fields.items():
        table.add_row(name, cell(value))
    _print(table, wrapped=True)


def _print(table: Table, *, wrapped: bool) -> None:
    out = console()
    if not (wrapped and out.is_terminal):
        out.width = ROW_WIDTH
    if out.is_terminal:
        out.print(table)
        return
    with out.capture() as captured:
        out.print(table)
    # Cells are padded to their column; a pipe needs no blanks at line ends.
    for line in captured.get().splitlines():
        out.print(line.rstrip(), markup=False)


def cell(value: object) -> Text:
    """Return *value* as it stands in a table; what it contains is never markup."""
    if value is None or value == "":
        return Text("-")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, datetime):
        return Text(moment(value))
    text = " ".join(str(value).split())
    return Text(text, STATE_STYLES.get(text, ""))


def moment(at: datetime) -> str:
    """Return the UTC instant *at* to the second: `2026-10-25 00:30:00Z`."""
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


def duration(since: datetime | None, until: datetime | None) -> str | None:
    """Return the time between two instants, or None while one is unknown."""
    if since is None or until is None:
        return None
    return length((until - since) / timedelta(seconds=1))


def length(seconds: float) -> str:
    """Return a length of time with its unit: `0.43 s`, `12 min`, `5.0 h`, `3.2 d`."""
    for limit, size, form in LENGTHS:
        if seconds < limit:
            return form.format(seconds / size)
    return f"{seconds / 86_400:.1f} d"
