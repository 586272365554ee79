"""What holds for every page of the dashboard in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from airq_cron.clock import SystemClock
from airq_cron.domain.page import encode_cursor
from airq_cron.domain.role import Role
from airq_cron.domain.run import run_id
from tests.browser.conftest import Open
from tests.browser.scene import JOB, LAST_PLACE, PLACE
from tests.entries import DAWN

FAILED = run_id(JOB, DAWN, "schedule")
TODAY = SystemClock().now().date()
PAGES = (
    *("/", "/jobs", f"/jobs/{JOB}", f"/jobs/{JOB}/edit", f"/jobs/{JOB}/why?at=last"),
    *("/new-job", "/runs", f"/runs/{FAILED}", "/dead-letters", "/queues"),
    *("/queues/monitoring", "/breakers", "/alerts", "/locations", "/new-location"),
    *(f"/locations/{PLACE}", f"/locations/{PLACE}/edit", "/locations/paris"),
    f"/air/reports/{TODAY}?format=html",
    f"/air/locations/{PLACE}/reports/{TODAY}?format=html",
    f"/air/locations/paris/reports/{TODAY}?format=html",
    *("/audit", "/tokens", "/docs", "/login", "/logout", "/nothing-here"),
)
# Where something stands that people wrote.
WRITTEN = (
    *("/jobs", f"/jobs/{JOB}", f"/jobs/{JOB}/edit", "/runs", f"/runs/{FAILED}"),
    *("/dead-letters", "/alerts", "/locations", f"/locations/{PLACE}"),
    *(
        f"/locations/{PLACE}/edit",
        "/audit",
        "/tokens",
        f"/air/reports/{TODAY}?format=html",
    ),
)
# Swagger UI has links inside of buttons.
NOT_OURS = {("/docs", "nested-interactive")}
# Who looks at which: an admin at all but one, others where they see something else.
LOOKS = (
    *((Role.ADMIN, path) for path in PAGES if path != "/login"),
    *((None, "/login"), (None, "/nothing-here"), (Role.VIEWER, "/tokens")),
)
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
AXE = """(only) => axe.run(document, {resultTypes: ["violations"], runOnly: only})"""
EVERY_RULE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What depends on colours and sizes; all else is the same however a page is drawn.
OF_LOOKS = [
    *("color-contrast", "link-in-text-block"),
    *("scrollable-region-focusable", "target-size"),
]
# Rows are alike, and axe looks at each for some 20 ms.
SHORTEN = """() => document.querySelectorAll(
  "tbody tr:nth-child(n+6), span:nth-child(n+4) > .opblock-tag-section",
).forEach((row) => row.remove())"""
WHOLE = "(rows) => rows.map((row) => row.outerHTML)"
LATE = "2099-12-31T00:00:00Z"
# The row of a list, an address with none, one with one, and one with many.
LISTS: tuple[tuple[str, str | None, str | None, str], ...] = (
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
    (
        "tr[data-place]",
        f"/locations?cursor={encode_cursor(('z',))}",
        f"/locations?cursor={encode_cursor((LAST_PLACE,))}",
        "/locations",
    ),
    (
        "tr[data-token]",
        None,
        f"/tokens?cursor={encode_cursor(('browser-operator', LATE, ''))}",
        "/tokens",
    ),
)


@pytest.mark.parametrize(("role", "path"), LOOKS)
def test_axe_finds_nothing(open_page: Open, axe: str, role: Role | None, path: str):
    """WCAG 2.2 AA in light and dark, on a desktop and on a phone."""
    page = open_page(role)
    page.emulate_media(reduced_motion="reduce")
    page.goto(path)
    if path == "/docs":
        page.locator(".opblock").first.wait_for()
    page.evaluate(SHORTEN)
    page.evaluate(axe)
    rules = EVERY_RULE
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = [
                _told(one)
                for one in page.evaluate(AXE, rules)["violations"]
                if (path, one["id"]) not in NOT_OURS
            ]
            assert [] == found, f"{size['width']} {scheme}"
            rules = OF_LOOKS
        assert not _overflows(page), size


def _told(violation: dict[str, Any]) -> list[str]:
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for node in violation["nodes"]
    ]


def _overflows(page: Page) -> bool:
    return bool(
        page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    )


@pytest.mark.parametrize("path", WRITTEN)
def test_what_people_wrote_is_shown_as_text(open_page: Open, path: str):
    """It is there to run; that it does not is looked at wherever a page is opened."""
    assert "&lt;img src=x" in open_page().request.get(path).text()


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
