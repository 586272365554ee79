"""What every chart is drawn with: themes, numbers, and clean SVG."""

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from xml.etree.ElementTree import Comment, Element, tostring

import pygal
from pygal.graph.graph import Graph
from pygal.style import Style

# For maps we do not draw it leaves an import hook of the old kind, about which Python
# warns whenever anything later looks for a module that is not there.
sys.meta_path[:] = [
    hook for hook in sys.meta_path if not isinstance(hook, pygal.PluginImportFixer)
]

SVG = "http://www.w3.org/2000/svg"
WIDTH, HEIGHT = 720, 300
FONT = "system-ui, sans-serif"


class Theme(StrEnum):
    """On what a chart is looked at."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of a theme, each readable on its paper."""

    paper: str
    ink: str
    faint: str
    first: str
    second: str


PALETTES = {
    Theme.LIGHT: Palette("#ffffff", "#1b1f24", "#8a929c", "#0b57a4", "#a3470b"),
    Theme.DARK: Palette("#14171c", "#e8eaed", "#7d8590", "#7ab8ff", "#ffb27a"),
}


def options(theme: Theme) -> dict[str, Any]:
    """Return the options of a pygal chart."""
    palette = PALETTES[theme]
    return {
        "style": Style(
            background=palette.paper,
            plot_background=palette.paper,
            foreground=palette.ink,
            foreground_strong=palette.ink,
            foreground_subtle=palette.faint,
            guide_stroke_color=palette.faint,
            major_guide_stroke_color=palette.faint,
            colors=(palette.first, palette.second),
            font_family=FONT,
            label_font_size=12,
            major_label_font_size=12,
            legend_font_size=13,
            title_font_size=16,
            no_data_font_size=24,
            stroke_width="2",
            transition="0s",
        ),
        "width": WIDTH,
        "height": HEIGHT,
        "js": [],
        "allow_interruptions": True,
        "include_x_axis": True,
        "dots_size": 3,
        "margin": 12,
        "legend_at_bottom": True,
        "no_data_text": "No data",
    }


def finish(chart: Graph) -> bytes:
    """Return *chart* as SVG without its scripts, and without words on its maker."""
    # pygal would draw another identity each time, and the bytes would differ.
    chart.uuid = "air"
    root: Element = chart.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            # The tag of a comment is the function Comment.
            if child.tag in (Comment, "script", f"{{{SVG}}}script"):
                parent.remove(child)
    drawn: bytes = tostring(root, encoding="utf-8")
    return drawn
