"""What holds for every page of the dashboard in a real browser."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from airq_cron.domain.role import Role
from airq_cron.domain.run import run_id
from tests.browser.conftest import Open
from tests.browser.scene import JOB, PLACE
from tests.entries import DAWN

FAILED = run_id(JOB, DAWN, "schedule")
PAGES = (
    *("/", "/jobs", f"/jobs/{JOB}", f"/jobs/{JOB}/edit", f"/jobs/{JOB}/why?at=last"),
    *("/runs", f"/runs/{FAILED}", "/dead-letters", "/queues", "/queues/monitoring"),
    *("/breakers", "/alerts", "/locations", f"/locations/{PLACE}"),
    *("/locations/paris", "/audit", "/tokens", "/login", "/logout", "/nothing-here"),
)
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
AXE = """() => axe.run(document, {
  resultTypes: ["violations"],
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
})"""
SHORTEN = """() => document.querySelectorAll("tbody tr:nth-child(n+6)")
  .forEach((row) => row.remove())"""
WHOLE = "(rows) => rows.map((row) => row.outerHTML)"
# The row of a list, an address with none, one with one, and one with many.
LISTS = (
    ("tr[data-job]", "/jobs?q=nobody", f"/jobs?q={JOB}", "/jobs"),
    ("tr[data-run]", "/runs?job=nobody", None, f"/runs?job={JOB}"),
    ("tr[data-run]", "/dead-letters?job=nobody", None, f"/dead-letters?job={JOB}"),
    (
        "tr[data-alert]",
        "/alerts?location=nowhere",
        None,
        "/alerts?state=cleared&kind=stale_data",
    ),
    ("tr[data-entry]", "/audit?subject=nobody", None, "/audit?subject=job:x"),
    ("tr[data-place]", None, None, "/locations"),
    ("tr[data-token]", None, None, "/tokens"),
)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(open_page: Open, axe: str, path: str):
    """WCAG 2.2 AA in light and dark, on a desktop and on a phone."""
    role = None if path == "/login" else Role.ADMIN
    page = open_page(role, color_scheme="light", reduced_motion="reduce")
    page.goto(path)
    # Rows are alike, and axe looks at each for some 20 ms.
    page.evaluate(SHORTEN)
    page.evaluate(axe)
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = [
                f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
                for one in page.evaluate(AXE)["violations"]
                for node in one["nodes"]
            ]
            assert [] == found, f"{size['width']} {scheme}"
        assert not _overflows(page), size


def _overflows(page: Page) -> bool:
    return bool(
        page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    )


def test_what_people_wrote_is_text_and_no_other_host_is_asked(open_page: Open):
    """Nothing stored runs on any page, and every request goes to the server."""
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    shown = 0
    for path in PAGES:
        page.goto(path)
        expect(page.locator("img[src=x]")).to_have_count(0)
        assert page.title() != "taken"
        shown += page.content().count("&lt;img src=x")
    host = urlsplit(page.url).netloc

    assert shown > 10 * len(PAGES)
    assert len(asked) > 3 * len(PAGES)
    assert {host} == {urlsplit(url).netloc for url in asked}


@pytest.mark.parametrize(
    ("row", "none", "one", "many"), LISTS, ids=[many for *_, many in LISTS]
)
def test_lists_have_no_one_or_many_rows(
    open_page: Open, row: str, none: str | None, one: str | None, many: str
):
    """None says so; many come in pages, each row once."""
    page = open_page()
    if none:
        page.goto(none)
        expect(page.locator(row)).to_have_count(0)
        expect(page.locator("main .empty")).to_be_visible()
    if one:
        page.goto(one)
        expect(page.locator(row)).to_have_count(1)
        expect(page.locator("main a[rel=next]")).to_have_count(0)
    page.goto(many)
    expect(page.locator(row)).to_have_count(100 if many == "/tokens" else 50)
    first = page.locator(row).evaluate_all(WHOLE)
    page.locator("main a[rel=next]").click()
    page.wait_for_url("**cursor=*")
    rest = page.locator(row).evaluate_all(WHOLE)
    assert rest
    assert not {*first} & {*rest}
