"""What people do on the pages: log in, press buttons, and see what came of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from airq_cron.domain.role import Role
from airq_cron.services.log_in import make_link
from airq_cron.services.manage_jobs import delete_job, read_job
from airq_cron.services.toggle import toggle_job
from airq_cron.system import System
from tests.browser.conftest import PATIENCE_MS, Open
from tests.browser.scene import HOSTILE

JOB = "weekly-cleanup"
SWITCH = f"form[action='/jobs/{JOB}/toggle'] button"
SEND = """(action) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  document.body.append(form);
  form.submit();
}"""


@pytest.fixture
def switched_on(system: System) -> Iterator[None]:
    """Leave the job on, as it was."""
    yield
    toggle_job(system.store, JOB, enabled=True, by="cli:me")


def is_on(system: System) -> bool:
    """Say whether the job is on, by the ledger."""
    return read_job(system.store, JOB).enabled


def look_again(page: Page) -> None:
    """Let the script fetch the page now, as when its tab is shown again."""
    with page.expect_response(page.url):
        page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


def boxes(parts: Locator) -> list[object]:
    """Return where each part stands."""
    return [part.bounding_box() for part in parts.all()]


def test_a_link_logs_one_browser_in_once(open_page: Open, system: System):
    """By its button; a second browser is told that it was used."""
    secret = make_link(system.store, "browser-viewer", system.clock.now(), by="cli:me")
    first, second = open_page(None), open_page(None)
    for page in (first, second):
        page.goto(f"/login?key={secret}")
        page.get_by_role("button", name="Log in").click()

    expect(first.locator("#me")).to_contain_text("browser-viewer")
    expect(second.get_by_role("alert")).to_contain_text("was used")


def test_a_job_is_switched_off_and_on(
    open_page: Open, system: System, switched_on: None
):
    """From the list, by its switch."""
    page = open_page(Role.OPERATOR)
    page.goto(f"/jobs?q={JOB}")
    for wanted in (False, True):
        page.locator(SWITCH).click()
        row = page.locator(f"tr[data-job={JOB}][data-enabled={str(wanted).lower()}]")
        expect(row).to_be_visible()
        assert is_on(system) is wanted


def test_a_run_by_hand_is_seen_to_finish_without_a_reload(open_page: Open):
    """The page that a worker's end reaches is the one that was opened."""
    page = open_page(Role.OPERATOR)
    # The cleanup would take away what other tests look at.
    page.goto("/jobs/health-check")
    page.locator("#run-overlap").select_option("allow")
    page.locator("#run-form button").click()
    page.wait_for_url("**/runs/*")
    page.evaluate("() => { document.body.dataset.seen = 'this page' }")

    expect(page.locator("#run[data-state=succeeded]")).to_be_visible(
        timeout=PATIENCE_MS
    )
    expect(page.locator("body[data-seen='this page']")).to_have_count(1)


def test_a_breaker_is_opened_with_a_reason_and_reset(open_page: Open):
    """The reason is text, and the reset closes it."""
    page = open_page(Role.OPERATOR)
    page.goto("/breakers")
    card = page.locator("#breaker-sandbox")
    card.locator("summary").click()
    card.get_by_label("Reason").fill(HOSTILE)
    card.locator("details button").click()
    expect(page.locator("#breaker-sandbox[data-state=OPEN]")).to_contain_text(HOSTILE)
    expect(page.locator("img[src=x]")).to_have_count(0)

    card.get_by_role("button", name="Close it").click()
    expect(page.locator("#breaker-sandbox[data-state=CLOSED]")).to_be_visible()


def test_a_gap_is_filled_by_a_button(open_page: Open):
    """The backfill is shown, and ends, on the same page."""
    page = open_page(Role.OPERATOR)
    page.goto("/locations/paris")
    page.locator("#gaps form button").click()

    expect(page.locator("tr[data-backfill]").first).to_be_visible()


def test_a_job_is_made_once_its_fire_times_were_seen(open_page: Open, system: System):
    """What is wrong stands at its field until it is put right."""
    page = open_page()
    page.goto("/jobs")
    page.get_by_role("link", name="New job").click()
    page.get_by_label("Name", exact=True).fill("yearly")
    page.get_by_label("What its runs do").select_option("health")
    page.get_by_label("Schedule").fill("0 4 31 2 *")
    page.get_by_label("Description").fill(HOSTILE)
    page.get_by_role("button", name="Show when it would fire").click()
    expect(page.locator("#new-schedule[aria-invalid]")).to_have_value("0 4 31 2 *")

    page.get_by_label("Schedule").fill("0 4 1 1 *")
    page.get_by_role("button", name="Show when it would fire").click()
    expect(page.locator("#preview")).to_contain_text("-01-01 04:00:00+00:00")
    page.get_by_role("button", name="Make it").click()

    expect(page.locator("#job h1")).to_have_text("yearly")
    expect(page.locator("img[src=x]")).to_have_count(0)
    delete_job(system.store, "yearly", by="cli:me")


def test_a_place_comes_changes_and_goes_without_script(open_page: Open):
    """By its forms; it goes when its id is typed."""
    page = open_page(Role.OPERATOR, java_script_enabled=False)
    page.goto("/locations")
    page.get_by_role("link", name="New place").click()
    fields = {"id": "lyon", "name": HOSTILE, "lat": "45.764", "lon": "4.8357"}
    for name, text in (fields | {"zone": "Europe/Pariss"}).items():
        page.locator(f"#new-{name}").fill(text)
    page.get_by_role("button", name="Add it").click()
    expect(page.locator("#new-zone[aria-invalid]")).to_have_value("Europe/Pariss")
    expect(page.locator("#new-lat")).to_have_value("45.764")
    page.locator("#new-zone").fill("Europe/Paris")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator("#place[data-place=lyon] h1")).to_have_text(HOSTILE)

    page.get_by_role("link", name="Change").click()
    page.locator("#edit-name").fill("Lyon")
    page.locator("#edit-enabled").select_option("false")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#place h1")).to_have_text("Lyon")

    page.get_by_role("link", name="Change").click()
    for typed in ("Lyon", "lyon"):
        page.locator("#remove-confirm").fill(typed)
        page.get_by_role("button", name="Remove for good").click()
    page.wait_for_url("**/locations?done=removed")
    expect(page.locator("tr[data-place=lyon]")).to_have_count(0)


def test_a_viewer_has_no_buttons_and_is_refused(open_page: Open, system: System):
    """Also when the form is sent all the same."""
    page = open_page(Role.VIEWER)
    for path in (
        "/",
        "/jobs",
        f"/jobs/{JOB}",
        "/breakers",
        "/locations",
        "/locations/paris",
    ):
        page.goto(path)
        expect(page.locator("main form[method=post]")).to_have_count(0)
        expect(page.locator("main a[href*=new-], main a[href$=edit]")).to_have_count(0)
    with page.expect_response("**/toggle") as answered:
        page.evaluate(SEND, f"/jobs/{JOB}/toggle")

    assert 403 == answered.value.status
    expect(page.get_by_role("alert")).to_contain_text("needs the role operator")
    assert is_on(system)


def test_a_job_is_paused_without_script(
    open_page: Open, system: System, switched_on: None
):
    """From logging in on."""
    secret = make_link(system.store, "browser-operator", system.clock.now(), by="me")
    page = open_page(None, java_script_enabled=False)
    page.goto(f"/login?key={secret}")
    page.get_by_role("button", name="Log in").click()
    page.goto(f"/jobs/{JOB}")
    page.locator("#pause-note").fill(HOSTILE)
    page.locator("#pause-form button").click()

    expect(page.locator("#job[data-enabled=false]")).to_contain_text(HOSTILE)
    assert not is_on(system)


def test_the_keyboard_suffices(open_page: Open, system: System, switched_on: None):
    """The first stop skips the navigation; Enter presses the switch that is reached."""
    page = open_page(Role.OPERATOR)
    page.goto(f"/jobs?q={JOB}")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.locator(f"{SWITCH}:focus").count():
            break
    page.keyboard.press("Enter")

    expect(page.locator(f"tr[data-job={JOB}][data-enabled=false]")).to_be_visible()
    assert not is_on(system)


def test_a_refresh_leaves_the_focus_where_it_was(
    open_page: Open, system: System, switched_on: None
):
    """Also on a button of a part that has changed."""
    page = open_page(Role.OPERATOR)
    page.goto(f"/jobs?q={JOB}")
    page.locator(SWITCH).focus()
    toggle_job(system.store, JOB, enabled=False, by="cli:me")
    look_again(page)

    expect(page.locator(f"tr[data-job={JOB}][data-enabled=false]")).to_be_visible()
    expect(page.locator(SWITCH)).to_be_focused()


@pytest.mark.parametrize("path", ["/tokens", "/jobs/a-000"])
def test_nothing_jumps_when_a_page_is_fresh_again(open_page: Open, path: str):
    """Every part stands where it stood."""
    page = open_page()
    page.goto(path)
    parts = page.locator("main section, main h1, main h2, main table")
    before = boxes(parts)
    look_again(page)

    assert len(before) > 2
    assert before == boxes(parts)
