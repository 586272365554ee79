"""A year as a calendar: one cell a day, its band as colour, letter and title."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask import render_template

from airq_cron.domain.aqi import Index
from airq_cron.domain.scales.scheme import Scheme
from airq_cron.domain.scales.us_epa_2024 import US_EPA_2024

from .drawing import PALETTES, Theme

CELL = 17
LEFT, TOP = 34, 52
LETTERS = {
    "Good": "g",
    "Moderate": "m",
    "Unhealthy for Sensitive Groups": "s",
    "Unhealthy": "U",
    "Very Unhealthy": "V",
    "Hazardous": "H",
}
# Above this luminance black has more contrast than white (WCAG 2.1).
BRIGHT = 0.179


@dataclass(frozen=True, slots=True)
class Cell:
    """One day, or one entry of the key, as it is drawn."""

    x: int
    y: int
    title: str
    fill: str | None
    ink: str
    letter: str


def draw_year(
    title: str, year: int, days: Mapping[date, Index | None], theme: Theme
) -> bytes:
    """
    Draw the bands of a year, weeks from left to right and Monday on top.

    Args:
        days: the US index of the days that have figures, None where they are
            insufficient; other days are drawn as empty.
    """
    first = date(year, 1, 1)
    count = (date(year + 1, 1, 1) - first).days
    cells = [_cell(first + timedelta(days=step), days, theme) for step in range(count)]
    months = [
        (LEFT + _column(date(year, month, 1)) * CELL, f"{date(year, month, 1):%b}")
        for month in range(1, 13)
    ]
    text = render_template(
        "year.svg",
        title=title,
        cells=cells,
        months=months,
        weekdays=[
            (TOP + row * CELL + 12, name)
            for row, name in enumerate(("Mon", "", "Wed", "", "Fri", "", "Sun"))
        ],
        key=_key(US_EPA_2024, theme),
        cell=CELL - 2,
        width=LEFT + 54 * CELL + 4,
        height=TOP + 7 * CELL + 64,
        palette=PALETTES[theme],
    )
    return text.encode()


def _column(day: date) -> int:
    first = date(day.year, 1, 1)
    return ((day - first).days + first.weekday()) // 7


def _cell(day: date, days: Mapping[date, Index | None], theme: Theme) -> Cell:
    x, y = LEFT + _column(day) * CELL, TOP + day.weekday() * CELL
    palette = PALETTES[theme]
    if day not in days:
        return Cell(x, y, f"{day}: no data", None, palette.faint, "")
    index = days[day]
    if index is None or index.color is None or index.category is None:
        return Cell(x, y, f"{day}: insufficient", None, palette.faint, "-")
    title = f"{day}: {index.index}, {index.category}"
    letter = LETTERS[index.category]
    return Cell(x, y, title, index.color, ink_on(index.color), letter)


def _key(scheme: Scheme, theme: Theme) -> list[tuple[Cell, str]]:
    palette = PALETTES[theme]
    x, y, entries = LEFT, TOP + 7 * CELL + 14, []
    words = [(one.category, one.color, LETTERS[one.category]) for one in scheme.bands]
    for number, (word, color, letter) in enumerate(
        [*words, ("insufficient", None, "-"), ("no data", None, "")]
    ):
        column, row = number % 4, number // 4
        ink = ink_on(color) if color else palette.faint
        cell = Cell(x + column * 230, y + row * 22, word, color, ink, letter)
        entries.append((cell, word))
    return entries


def ink_on(color: str) -> str:
    """Return black or white, whichever has more contrast to *color*."""
    parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4
        for one in parts
    )
    bright = 0.2126 * red + 0.7152 * green + 0.0722 * blue > BRIGHT
    return "#000000" if bright else "#ffffff"
