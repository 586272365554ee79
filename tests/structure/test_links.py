"""Every link between the pages leads somewhere, to its heading too."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.structure.sources import ROOT

PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
CODE = re.compile(r"^```.*?^```|``.+?``|`[^`\n]+`", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
HEADING = re.compile(r"^#{1,6} (.+?)\s*$", re.MULTILINE)
ELSEWHERE = ("http://", "https://", "mailto:")


def links(text: str) -> Iterator[str]:
    """Yield where the links of a page lead, those outside left out."""
    for target in LINK.findall(CODE.sub("", text)):
        if not target.startswith(ELSEWHERE):
            yield target


def anchors(text: str) -> set[str]:
    """Return the anchors that the headings of a page make."""
    words = (re.sub(r"[^\w\- ]", "", one) for one in HEADING.findall(no_code(text)))
    return {one.strip().lower().replace(" ", "-") for one in words}


def no_code(text: str) -> str:
    """Return a page without its blocks of code, whose comments look like headings."""
    return FENCE.sub("", text)


def wrong_links(page: Path) -> Iterator[str]:
    """Yield each link of *page* whose file or heading is not there."""
    for link in links(page.read_text()):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (
            anchor and anchor not in anchors(target.read_text())
        ):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Pages and headings that were renamed leave no reader behind."""
    assert [] == list(wrong_links(page))


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("b.md#two-words-one", False),
        ("#here", False),
        ("b.md", False),
        ("https://nowhere.example/x", False),
        ("b.md#not-this", True),
        ("c.md", True),
        ("b.md#in-code", True),
    ],
)
def test_a_wrong_link_is_noticed(tmp_path: Path, link: str, wrong: bool) -> None:
    """A missing file, a missing heading, a heading that is code."""
    page = tmp_path / "a.md"
    page.write_text(f"# Here\n\n[text]({link}) and `[no](link)`\n")
    (tmp_path / "b.md").write_text("# Two words, one\n\n```\n# In code\n```\n")

    assert [link] * wrong == list(wrong_links(page))


def test_every_page_is_reached_from_the_home_page() -> None:
    """The first page of the site names all others."""
    home = ROOT / "docs" / "index.md"
    named = {(home.parent / link).resolve() for link in links(home.read_text())}
    pages = {page for page in PAGES if page.is_relative_to(home.parent)}

    assert pages - named == {home}


def test_the_site_is_built_strictly() -> None:
    """mkdocs forgives every warning that `--quiet` keeps it from showing."""
    recipe = (ROOT / "Makefile").read_text()
    (build,) = re.findall(r"^\t\$\(BIN\)/mkdocs build.*$", recipe, re.MULTILINE)

    assert "--strict" in build
    assert not re.search(r"\s-(q|-quiet)\b", build)


def test_pictures_are_small_and_shown() -> None:
    """A clone stays light; what nobody shows is removed."""
    pictures = sorted((ROOT / "docs" / "images").glob("*.png"))
    readme = (ROOT / "README.md").read_text()

    assert 1 <= len(pictures) <= 6
    assert [one.name for one in pictures if one.stat().st_size >= 150_000] == []
    assert [one.name for one in pictures if f"images/{one.name}" not in readme] == []
    # The fourth of a PNG's header fields says 3 where it has a palette.
    assert {3} == {one.read_bytes()[25] for one in pictures}
