"""The pages say what the code does, and their links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airq_cron.broker import make_celery
from airq_cron.cli.docs import PAGES
from airq_cron.domain.job import BUILT_IN, Overlap
from airq_cron.domain.measurement import Origin
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.run import Outcome, State
from tests.structure.sources import ROOT, lines_of

LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PACKAGE = re.compile(r"^[A-Za-z0-9-]+")
REQUIREMENTS = (ROOT / "requirements.in").read_text().splitlines()
# An address, and a note of Celery's own.
DERIVED = {"broker_url", "deprecated_settings"}


def pages() -> list[Path]:
    """Return every page of prose."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def links(page: Path) -> Iterator[tuple[str, str]]:
    """Yield file and anchor of each link within the project."""
    yield from LINK.findall(page.read_text())


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in HEADING.findall(page.read_text())
    }


def named_in(page: str) -> set[str]:
    """Return what stands as code in the first column of a page's tables."""
    rows = re.findall(r"^\| (.+?) \|", (ROOT / page).read_text(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    """`make reference` writes them anew."""
    assert PAGES[name]() == (ROOT / "docs" / "reference" / name).read_text()


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.name))
def test_every_link_leads_somewhere(page: Path) -> None:
    """A file that is there, and a heading in it."""
    for name, anchor in links(page):
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{name} is not there"
        if anchor:
            assert anchor in anchors(target), f"{name} has no heading {anchor}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    """A page that nothing leads to is not read."""
    reached, todo = set[Path](), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        reached.add(page)
        found = {(page.parent / name).resolve() for name, _ in links(page) if name}
        todo += [one for one in found - reached if one.suffix == ".md"]

    assert set() == set(pages()) - reached


def test_every_setting_of_celery_has_its_reason() -> None:
    """Whoever changes one must know what it is there for."""
    conf = make_celery("redis://127.0.0.1:1").conf
    options: dict[str, Any] = conf.broker_transport_options
    # The first map holds what was set, the others what Celery would take.
    maps: list[Any] = conf.maps or []
    ours = set(maps[0]) - {"broker_transport_options"}
    explained = named_in("docs/explanation/celery.md")

    assert set() == (ours | set(options)) - explained - DERIVED


def test_every_dependency_has_its_reason() -> None:
    """In the same three places: requirements, metadata, and the page."""
    required = {line for line in REQUIREMENTS if line and not line.startswith("#")}
    rows = re.findall(
        r"^\| ([A-Za-z0-9-]+) \|",
        (ROOT / "docs/dependencies.md").read_text(),
        re.MULTILINE,
    )
    names = {found[0] for line in required if (found := PACKAGE.match(line))}

    assert required == set(lines_of("options", "install_requires"))
    assert names == set(rows) - {"package", "---"}


@pytest.mark.parametrize(
    "words",
    [State, Outcome, Origin, Pollutant, Overlap],
    ids=lambda words: str(words.__name__),
)
def test_the_glossary_has_every_word_of_the_interface(words: Any) -> None:
    """Whoever meets one in an answer finds it explained."""
    text = (ROOT / "docs/glossary.md").read_text()

    assert [] == [word.value for word in words if f"`{word.value}`" not in text]


def test_the_readme_names_the_built_in_jobs() -> None:
    """They are what happens after the first command."""
    assert {job.name for job in BUILT_IN} <= named_in("README.md")
