"""The page of figures says what the results say that are kept; `make performance`."""

from tests.bench.record import IMAGES, PAGE, PREFIX, draw_curves, kept, write_page

MEASURED = {
    "bench": "start",
    "commit": "abc",
    "measured_at": "2026-01-01T00:00:00Z",
    "machine": {"cores": 2, "load_1m": 0.1},
}


def test_the_page_of_figures_is_current() -> None:
    """Nobody changes a figure by hand."""
    text = PAGE.read_text()

    assert write_page(text, kept()) == text


def test_the_curves_are_those_of_the_results() -> None:
    """Each is drawn from a result, and none is left of one that went."""
    found = {one.name: one.read_bytes() for one in IMAGES.glob(f"{PREFIX}*.svg")}

    assert draw_curves(kept()) == found


def test_a_result_becomes_a_row_a_table_and_a_curve() -> None:
    """Whatever form its pairs have: a figure each, or several with a label."""
    result = {
        **MEASURED,
        "pairs": [{"size": 5, "ours": {"x": n}, "peer": {"x": 2 * n}} for n in (1, 3)],
        "ratio": {"median": 0.5, "min": 0.5, "max": 0.5},
        "bar": {"x": 0.6},
        "met": {"x": True},
        "curves": [
            {
                "title": "T",
                "x_title": "",
                "y_title": "",
                "logarithmic": False,
                "x": [1, 10],
                "lines": {"ours": [1, 2]},
            }
        ],
    }
    page = write_page(
        "<!-- written by make performance --><!-- until here -->", [result]
    )

    assert "| [start](#start) | 0.5 | x: 0.6 | yes |" in page
    assert "| ours, 5 | 2 (1 to 3) |" in page
    assert "![T](../images/performance-start-1.svg)" in page
    assert ["performance-start-1.svg"] == list(draw_curves([result]))


def test_of_many_ratios_the_page_shows_the_highest() -> None:
    """A row with forty of them nobody reads; the section has them all."""
    found = {
        f"way {number}": {"median": number, "min": number, "max": number}
        for number in range(9)
    }
    result = MEASURED | {"ratio": found, "bar": 1.2, "met": False, "pairs": []}

    page = write_page(
        "<!-- written by make performance --><!-- until here -->", [result]
    )

    assert "| highest of 9, way 8: 8 | 1.20 | **no** |" in page
