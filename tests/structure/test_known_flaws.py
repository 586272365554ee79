"""Every known flaw of others has a test here, and the page names it."""

import re

from tests.structure.sources import ROOT, definitions, files

PAGE = ROOT / "docs/reference/known-flaws.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the flaws with the tests that the page names for them."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ")][2:]
    return [(line.split(" | ")[0], TEST.findall(line)) for line in table]


def test_every_flaw_has_a_test() -> None:
    """A row without one is a promise."""
    assert len(rows()) >= 16
    assert [] == [flaw for flaw, tests in rows() if not tests]


def test_every_test_that_is_named_is_there() -> None:
    """Under the very name, in the very file."""
    there = {
        (str(path), name) for path in files("tests") for name, _ in definitions(path)
    }
    named = {one for _, tests in rows() for one in tests}

    assert set() == named - there
