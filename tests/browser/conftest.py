"""One `airq up` on the sandbox, one browser, and people who use both."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from airq_cron.config import load
from airq_cron.domain.role import Role
from airq_cron.services.issue_token import create_token
from airq_cron.services.log_in import log_in_by_token
from airq_cron.system import System, build
from tests.browser.scene import fill
from tests.conftest import WaitUntil
from tests.e2e.airq_up import AirqUp

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_MS = 30_000
USUAL_SIZE: ViewportSize = {"width": 1280, "height": 720}

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the browser of this machine."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: {CHROMIUM} comes with: apt install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def up(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, wait_until: WaitUntil
) -> Iterator[AirqUp]:
    """Start everything, and fill it."""
    with AirqUp(tmp_path_factory.mktemp("browser") / "var") as started:
        started.start("--provider", "sandbox")
        started.wait_until_running(wait_until)
        yield started


@pytest.fixture(scope="session")
def system(up: AirqUp) -> Iterator[System]:
    """Give the system on the same database, filled with many rows."""
    system = build(load({}, var_dir=Path(up.record["data_dir"])))
    fill(system)
    yield system
    system.store.dispose()


@pytest.fixture(scope="session")
def sessions(system: System) -> dict[Role, str]:
    """Log one person of each role in."""
    found = {}
    for role in Role:
        at = system.clock.now()
        issued = create_token(system.store, name=f"browser-{role}", role=role, at=at)
        opened = log_in_by_token(system.store, issued.secret, at)
        assert opened is not None
        found[role] = opened.secret
    return found


def make_context(
    browser: Browser, up: AirqUp, secret: str | None, **options: Any
) -> BrowserContext:
    """Return a new window, of who has this session."""
    base = str(up.record["api"])
    context = browser.new_context(base_url=base, **options)
    context.set_default_timeout(PATIENCE_MS)
    if secret is not None:
        cookie = {"name": "airq_session", "value": secret, "url": base}
        context.add_cookies([cookie])  # type: ignore[list-item]
    return context


@pytest.fixture(scope="session")
def windows(
    browser: Browser, up: AirqUp, sessions: dict[Role, str]
) -> dict[Role, Page]:
    """Give each role one window: to open one takes as long as to look at a page."""
    return {
        role: make_context(browser, up, secret).new_page()
        for role, secret in sessions.items()
    }


@pytest.fixture
def open_page(
    browser: Browser,
    up: AirqUp,
    sessions: dict[Role, str],
    windows: dict[Role, Page],
) -> Iterator[Open]:
    """
    Give a function that opens a page for a person; in a new window with options.

    What fails every test: an error of a script, a request to another host, and
    anything that people wrote and that runs.
    """
    pages: list[Page] = []
    errors: list[str] = []
    hosts: set[str] = set()

    def note_error(error: Error) -> None:
        errors.append(str(error))

    def note_host(request: Request) -> None:
        hosts.add(urlsplit(request.url).netloc)

    def open_as(role: Role | None = Role.ADMIN, **options: Any) -> Page:
        if role is None or options or windows[role] in pages:
            secret = sessions[role] if role else None
            page = make_context(browser, up, secret, **options).new_page()
        else:
            page = windows[role]
            page.set_viewport_size(USUAL_SIZE)
            page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        page.on("pageerror", note_error)
        page.on("request", note_host)
        pages.append(page)
        return page

    yield open_as
    taken = [page.url for page in pages if page.title() == "taken"]
    images = sum(page.locator("img[src=x]").count() for page in pages)
    for page in pages:
        page.remove_listener("pageerror", note_error)
        page.remove_listener("request", note_host)
        if page in windows.values():
            page.goto("about:blank")
        else:
            page.context.close()
    assert ([], [], 0) == (errors, taken, images)
    assert hosts <= {urlsplit(str(up.record["api"])).netloc}


@pytest.fixture(scope="session")
def axe() -> str:
    """Give the script of axe-core, which comes with its package."""
    return str(AXE_SCRIPT)
