"""How an index is shown to people: its number in its colour, among all bands."""

from collections.abc import Iterator

from rich.style import Style
from rich.text import Text

from airq_cron.cli.printing import console
from airq_cron.domain.aqi import Index
from airq_cron.domain.scales.scheme import Band, Beyond, Scheme, Table

# Above this brightness, black letters are read more easily than white ones.
BRIGHT = 140
MARK = "▸"


def show_index(index: Index, scheme: Scheme, table: Table, heading: str) -> None:
    """Print *heading*, the index, the bands of its *table*, and the advice."""
    out = console()
    out.print(Text(heading, "bold"))
    out.print()
    out.print(Text("  ").append_text(_face(index)))
    if index.scaled is not None:
        out.print(f"  {index.scaled} on Open-Meteo's scale")
    out.print()
    for line in _bands(index, scheme, table):
        out.print(line)
    out.print()
    if index.advice is not None:
        out.print(Text(index.advice))
    out.print(Text(f"{scheme.title}. Source: {scheme.source}", "dim"))


def _face(index: Index) -> Text:
    if index.index is None or index.color is None:
        return Text("no index: the scheme has none for this value", "bold")
    return Text(f" {index.index}  {index.category} ", on_color(index.color))


def on_color(color: str) -> Style:
    """Return a style with this background, `#RRGGBB`, and letters one can read."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    bright = 0.299 * red + 0.587 * green + 0.114 * blue > BRIGHT
    return Style(color="black" if bright else "white", bgcolor=color, bold=True)


def _bands(index: Index, scheme: Scheme, table: Table) -> Iterator[Text]:
    rows = [(_numbers(band), _span(band, table)) for band in scheme.bands]
    left = max(len(numbers) for numbers, _ in rows)
    right = max(len(span) for _, span in rows)
    for band, (numbers, span) in zip(scheme.bands, rows, strict=True):
        chosen = "bold" if band.category == index.category else ""
        line = Text(f"{MARK if chosen else ' '} ")
        line.append("  ", Style(bgcolor=band.color))
        line.append(f" {numbers:>{left}}  {span:>{right}}  {band.category}", chosen)
        yield line


def _numbers(band: Band) -> str:
    if band.high is None:
        return f"{band.low}+"
    return str(band.low) if band.low == band.high else f"{band.low}-{band.high}"


def _span(band: Band, table: Table) -> str:
    """Return the concentrations of *band*, or a hyphen where it has none."""
    last = table.segments[-1]
    above = table.top == band.level and table.beyond is not Beyond.NONE
    for one in table.segments:
        if one.level == band.level:
            end = "and more" if above and one is last else f"- {one.high}"
            return f"{one.low} {end} {table.unit}"
    return f"above {last.high} {table.unit}" if above else "-"
