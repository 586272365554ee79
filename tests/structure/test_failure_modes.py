"""Every known failure of an upstream has a test, and the page names it."""

import re

from tests.structure.sources import ROOT, definitions, files

PAGE = "docs/reference/failure-modes.md"
KNOWN = range(1, 28)
# WAQI's alone; its terms forbid to store what it says.
NOT_OURS = {9, 10, 18}
ROW = re.compile(r"^\| (\d+) \|.*\| ([^|]*) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows() -> dict[int, list[tuple[str, str]]]:
    """Return the tests that the page names for each failure."""
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    return {int(number): TEST.findall(cell) for number, cell in ROW.findall(text)}


def test_every_failure_is_told() -> None:
    """None is forgotten, and none is told twice."""
    assert [*KNOWN] == sorted(rows())


def test_every_failure_of_ours_has_a_test() -> None:
    """All but those of a source that we do not use."""
    assert {*KNOWN} - NOT_OURS == {number for number, named in rows().items() if named}


def test_every_test_that_is_named_is_there() -> None:
    """Under the very name, in the very file."""
    there = {
        (str(path), name) for path in files("tests") for name, _ in definitions(path)
    }
    named = {one for tests in rows().values() for one in tests}

    assert set() == named - there
