"""
The page of figures, written from the results that are kept: `make performance`.

It takes over whatever lies in `bench/results`, so only what was measured quietly
should lie there; what is kept is in `bench/record`, and is committed.
"""

import ast
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pygal

from api.charts.drawing import Theme, finish, options
from tests.bench.result import RESULTS, spread
from tests.conftest import ROOT

RECORD = ROOT / "bench" / "record"
PAGE = ROOT / "docs" / "explanation" / "performance.md"
IMAGES = ROOT / "docs" / "images"
PREFIX = "performance-"
BEGIN, END = "<!-- written by make performance -->", "<!-- until here -->"
GENERATED = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)
COLOURS = ("#0b57a4", "#a3470b", "#2d7a46", "#7a3b8f", "#5c6670", "#b3261e")
# More in one row nobody reads.
MOST_RATIOS = 8
Result = Mapping[str, Any]
Figures = dict[str, list[float]]
Spread = Mapping[str, float]


def kept() -> list[Result]:
    """Return the results that are kept, by name."""
    return [json.loads(path.read_text()) for path in sorted(RECORD.glob("*.json"))]


def write_page(text: str, results: Sequence[Result]) -> str:
    """Return the page *text* with its generated part made anew."""
    summary = [
        "| bench | ratio: median (min to max) | bar | met |\n| --- | --- | --- | --- |",
        *(_summary_row(one) for one in results),
    ]
    parts = ["\n".join(summary), *(_section(one) for one in results)] if results else []
    return GENERATED.sub(lambda _: "\n\n".join([BEGIN, *parts, END]), text)


def draw_curves(results: Sequence[Result]) -> dict[str, bytes]:
    """Return each curve of the results by the name of its file."""
    return {
        _file_name(one, number): _draw(curve)
        for one in results
        for number, curve in enumerate(one.get("curves", ()))
    }


def _summary_row(one: Result) -> str:
    name = f"[{one['bench']}](#{one['bench']})"
    cells = (name, _ratios(one), _bars(one.get("bar")), _met(one.get("met")))
    return f"| {' | '.join(cells)} |"


def _ratios(one: Result) -> str:
    ratio = one.get("ratio")
    if not ratio:
        return ""
    if "median" in ratio:
        return _spread(ratio)
    if len(ratio) > MOST_RATIOS:
        ratio = dict(_highest(ratio, one["bar"]))
    return "<br>".join(f"{name}: {_spread(found)}" for name, found in ratio.items())


def _highest(ratio: Mapping[str, Spread], bars: Any) -> Iterator[tuple[str, Spread]]:
    """Yield the highest of the ratios that each bar is for, by their last word."""
    for bar in bars if isinstance(bars, Mapping) else [""]:
        held = {name: found for name, found in ratio.items() if name.endswith(bar)}
        name, found = max(held.items(), key=lambda pair: pair[1]["median"])
        yield f"highest of {len(held)}, {name}", found


def _bars(bar: Any) -> str:
    if isinstance(bar, Mapping):
        return "<br>".join(f"{name}: {_bars(one)}" for name, one in bar.items())
    return "none" if bar is None else _number(bar)


def _met(met: Any) -> str:
    missed = (
        [name for name, one in met.items() if not one]
        if isinstance(met, Mapping)
        else []
    )
    if missed:
        return f"**not**: {', '.join(missed)}"
    return "yes" if met else "**no**"


def _section(one: Result) -> str:
    machine = one["machine"]
    about = (
        f"{_about(one['bench'])}\n\n"
        f"Measured on {one['measured_at'][:10]} at commit `{one['commit']}` on "
        f"{machine['cores']} cores, load {machine['load_1m']} at the end."
    )
    pictures = [
        f"![{curve['title']}](../images/{_file_name(one, number)})"
        for number, curve in enumerate(one.get("curves", ()))
    ]
    parts = [f"## {one['bench']}", about, _table(one.get("pairs", ())), *pictures]
    return "\n\n".join(part for part in parts if part)


def _about(bench: str) -> str:
    """Return what the bench says of itself."""
    words = bench.split("-")
    while words:
        path = ROOT / "tests" / "bench" / f"test_{'_'.join(words)}.py"
        if path.exists():
            return ast.get_docstring(ast.parse(path.read_text())) or ""
        words.pop()
    return ""


def _table(pairs: Sequence[Mapping[str, Any]]) -> str:
    """Return who took what, as medians over the pairs."""
    found: defaultdict[str, Figures] = defaultdict(lambda: defaultdict(list))
    for pair in pairs:
        for who, figure, value in _values(pair):
            found[who][figure].append(value)
    heads = list(dict.fromkeys(name for one in found.values() for name in one))
    if not heads:
        return ""
    rows = [["", *heads], ["---"] * (len(heads) + 1)]
    rows += [
        [who, *(_spread(spread(one[name])) if name in one else "" for name in heads)]
        for who, one in found.items()
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _values(pair: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    """Yield who, what and how much of one pair, however deep it was written."""
    nested = {name: one for name, one in pair.items() if isinstance(one, Mapping)}
    if not nested:
        yield from ((who, "value", one) for who, one in pair.items() if _is_figure(one))
        return
    labels = [str(one) for name, one in pair.items() if name not in nested]
    for who, figures in nested.items():
        for name, one in figures.items():
            if _is_figure(one):
                yield ", ".join([who, *labels]), name, one


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _spread(found: Mapping[str, float]) -> str:
    middle, least, most = (_number(found[name]) for name in ("median", "min", "max"))
    return middle if least == most else f"{middle} ({least} to {most})"


def _number(value: float) -> str:
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if size >= 1 else f"{value:.3g}"


def _file_name(one: Result, number: int) -> str:
    return f"{PREFIX}{one['bench']}-{number + 1}.svg"


def _draw(curve: Mapping[str, Any]) -> bytes:
    is_line = not isinstance(curve["x"][0], str)
    style = options(Theme.LIGHT)
    style["style"].colors = COLOURS
    chart = (pygal.Line if is_line else pygal.Bar)(
        **style,
        title=curve["title"],
        x_title=curve["x_title"],
        y_title=curve["y_title"],
        logarithmic=curve["logarithmic"],
        truncate_legend=-1,
    )
    chart.x_labels = [one if isinstance(one, str) else f"{one:,}" for one in curve["x"]]
    for name, values in curve["lines"].items():
        chart.add(name, values)
    return finish(chart)


def main() -> None:
    """Keep what was measured, and write page and curves anew."""
    RECORD.mkdir(parents=True, exist_ok=True)
    for path in RESULTS.glob("*.json"):
        shutil.copy(path, RECORD)
    results = kept()
    PAGE.write_text(write_page(PAGE.read_text(), results))
    for old in IMAGES.glob(f"{PREFIX}*.svg"):
        old.unlink()
    for name, drawn in draw_curves(results).items():
        Path(IMAGES, name).write_bytes(drawn)


if __name__ == "__main__":
    main()
