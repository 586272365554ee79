"""What is installed with us may be used as we use it."""

import re

from tests.conftest import ROOT
from tests.licences import locked, page

# Each was read; a new one is read before it is added here.
ACCEPTED = {
    *("Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "PSF-2.0"),
    # The MIT licence without the duty to repeat it.
    "MIT-0",
    *("MPL-2.0", "LGPL-3.0-only", "LGPL-3.0-or-later"),
    # Supervisor's own: BSD, and whoever changes a file says so in it.
    "BSD-derived (http://www.repoze.org/LICENSE.txt)",
}
ROW = re.compile(r"^\| ([a-z][^ ]*) \| ([^ ]+) \| (.+) \|$", re.MULTILINE)
PAGE = ROOT / "docs" / "reference" / "licences.md"


def test_the_page_of_licences_is_current() -> None:
    """`make reference` writes it anew; `make lock` changes what it tells."""
    assert page() == PAGE.read_text()


def test_every_package_is_on_it() -> None:
    """Each that the lock file has, with its version."""
    rows = [(name, version) for name, version, _ in ROW.findall(PAGE.read_text())]

    assert sorted(locked()) == [row for row in rows if row[0] != "package"]


def test_every_licence_is_one_that_was_read() -> None:
    """Whether all of several or one of several is asked for."""
    for name, _, licence in ROW.findall(PAGE.read_text()):
        if name != "package":
            parts = set(re.split(r" (?:AND|OR) ", licence))
            assert parts <= ACCEPTED, f"{name}: {licence}"
