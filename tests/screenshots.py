"""
Pictures of the dashboard: `make screenshots`, or of every page with `TO=DIRECTORY`.

An instance on the sandbox is started on a directory of its own, filled with a few
places and days, photographed, and removed. The README has a few pictures; every
page, whole, as desktop and phone, light and dark, is for who changes its looks.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from airq_cron.cli.addresses import free_port
from airq_cron.clock import SystemClock
from airq_cron.errors import ConfigError
from tests.conftest import ROOT
from tests.e2e.airq_up import AirqUp
from tests.e2e.caller import Caller

IMAGES = ROOT / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
COLOURS = 128
LARGEST_B = 150_000
DAYS = 6
START_S = 120.0
NOT_A_NAME = re.compile(r"\W+")
Paths = Callable[[str], str]
WIDE, NARROW = (1280, 860), (390, 844)
PLACES = (
    ("lyon", "Lyon", "45.764", "4.8357", "Europe/Paris"),
    ("lima", "Lima", "-12.0464", "-77.0428", "America/Lima"),
)
FIRST = ("osaka", "Osaka", "34.6937", "135.5023", "Asia/Tokyo")


@dataclass(frozen=True)
class Shot:
    """
    One picture.

    Attributes:
        path: of the page; `{run}` in it is a run that failed.
        dark: in dark colours.
    """

    name: str
    path: str
    size: tuple[int, int] = WIDE
    dark: bool = False


SHOTS = (
    Shot("overview", "/"),
    Shot("overview-phone-dark", "/", NARROW, dark=True),
    Shot("job", "/jobs/hourly-aggregations"),
    Shot("run", "/runs/{run}"),
    Shot("queue", "/queues/analytics"),
    Shot("location", "/locations/lima", dark=True),
)
EVERY = (
    *("/", "/jobs", "/jobs/fetch-osaka", "/jobs/fetch-osaka/edit", "/new-job"),
    *("/runs", "/runs/{run}", "/dead-letters", "/queues", "/queues/analytics"),
    *("/breakers", "/alerts", "/locations", "/locations/lima", "/locations/lima/edit"),
    *("/new-location", "/audit", "/tokens", "/docs", "/nothing-here"),
    "/air/locations/lima/reports/{day}?format=html",
)


@contextmanager
def instance() -> Iterator[AirqUp]:
    """Run a fresh instance on the sandbox; nothing of it stays."""
    directory = Path(tempfile.mkdtemp(prefix="airq-screenshots-"))
    clock = SystemClock()
    try:
        with AirqUp(directory / "var", AIRQ_AIR_ALERTS="eaqi-2024:3") as up:
            up.start("--provider", "sandbox", port=free_port())
            deadline = clock.monotonic() + START_S
            while "is running" not in up.said:
                if up.has_ended() or clock.monotonic() > deadline:
                    raise RuntimeError(f"airq up does not start: {up.said}")
                clock.wait(0.2)
            yield up
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def fill(caller: Caller) -> str:
    """Give it places, days and history; return the id of a run that failed."""
    failed = _fail(caller)
    for place in PLACES:
        _add(caller, *place)
    today = SystemClock().now().date()
    span = ("--from", f"{today - timedelta(days=DAYS)}", "--to", f"{today}")
    for job in ("fetch-paris-data", "fetch-other-locations"):
        caller.airq("jobs", "run", job, "--overlap", "queue_one", "--wait")
    caller.airq("backfill", "hourly-aggregations", *span, "--wait")
    caller.airq("backfill", "daily-statistics", *span, "--wait")
    caller.airq("jobs", "run", "health-check", "--overlap", "queue_one", "--wait")
    return failed


def _add(caller: Caller, place: str, name: str, lat: str, lon: str, zone: str) -> None:
    where = ("--lat", lat, "--lon", lon, "--zone", zone)
    caller.airq("locations", "add", place, "--name", name, *where)


def _fail(caller: Caller) -> str:
    """Let the first fetch of a place find a broken upstream; return its run."""
    # What has just been fetched would not be asked for, and so could not fail.
    caller.spoil(kind="502")
    _add(caller, *FIRST)
    caller.airq(
        *("jobs", "create", "fetch-osaka", "--kind", "fetch", "--schedule", "never"),
        *("--param", "location=osaka", "--timezone", "Asia/Tokyo", "--attempts", "1"),
    )
    run_id = caller.execute("fetch-osaka")
    clock = SystemClock()
    deadline = clock.monotonic() + START_S
    while (run := caller.run(run_id))["finished_at"] is None:
        if clock.monotonic() > deadline:
            raise RuntimeError(f"run {run_id} does not end")
        clock.wait(0.2)
    if run["state"] != "failed":
        raise RuntimeError(f"run {run_id} was to fail, and is {run['state']}")
    caller.mend()
    return run_id


def log_in(browser: Browser, shot: Shot, link: str) -> Page:
    """Return a window that looks as *shot* wants it, logged in by *link*."""
    width, height = shot.size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
    )
    page.goto(link)
    if page.locator("form button").count() and "/login" in page.url:
        page.locator("form button").first.click()
    return page


def photograph(page: Page, address: str, *, whole: bool = False) -> bytes:
    """Return what stands at *address* as a PNG of few colours."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    picture = Image.open(BytesIO(page.screenshot(full_page=whole)))
    written = BytesIO()
    picture.convert("RGB").quantize(COLOURS).save(written, "PNG", optimize=True)
    return written.getvalue()


def chromium() -> str:
    """
    Return the machine's browser.

    Raises:
        ConfigError: there is none.
    """
    for name in BROWSERS:
        if (found := shutil.which(name)) is not None:
            return found
    raise ConfigError("PATH", f"no browser; one of: {', '.join(BROWSERS)}")


def login_link(up: AirqUp) -> str:
    """Return a link that logs one browser in."""
    var = {"AIRQ_VAR_DIR": str(up.layout.var)}
    argv = [sys.executable, "-m", "airq_cron", "login", "--json"]
    done = subprocess.run(argv, cwd=ROOT, env=var, capture_output=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return str(answer["link"])


def for_readme(browser: Browser, up: AirqUp, paths: Paths) -> None:
    """Write the pictures of the README anew; end with an error when one is large."""
    IMAGES.mkdir(exist_ok=True)
    for shot in SHOTS:
        link = login_link(up)
        page = log_in(browser, shot, link)
        picture = photograph(page, origin_of(link) + paths(shot.path))
        page.close()
        if len(picture) > LARGEST_B:
            raise SystemExit(f"{shot.name}: {len(picture)} bytes are too many")
        (IMAGES / f"{shot.name}.png").write_bytes(picture)
        sys.stdout.write(f"{shot.name:22} {len(picture) // 1024} KiB\n")


def of_every_page(browser: Browser, up: AirqUp, paths: Paths, to: Path) -> None:
    """Write each page in each look into the directory *to*."""
    to.mkdir(parents=True, exist_ok=True)
    for size, dark in product((WIDE, NARROW), (False, True)):
        look = f"{'desktop' if size is WIDE else 'phone'}-{'dark' if dark else 'light'}"
        link = login_link(up)
        page = log_in(browser, Shot(look, "/", size, dark=dark), link)
        for path in EVERY:
            name = NOT_A_NAME.sub("-", path.partition("?")[0]).strip("-") or "overview"
            picture = photograph(page, origin_of(link) + paths(path), whole=True)
            (to / f"{name}.{look}.png").write_bytes(picture)
        page.close()
        sys.stdout.write(f"{look:22} {len(EVERY)} pages\n")


def origin_of(link: str) -> str:
    """Return the server's part of *link*."""
    return link.partition("/login")[0]


def main() -> None:
    """Write the pictures of the README, or with an argument every page's there."""
    binary = chromium()
    with instance() as up, sync_playwright() as playwright:
        failed = fill(Caller(up))
        yesterday = SystemClock().now().date() - timedelta(days=1)
        paths = partial(str.format, run=failed, day=yesterday)
        browser = playwright.chromium.launch(
            executable_path=binary, args=["--no-sandbox"]
        )
        if len(sys.argv) > 1:
            of_every_page(browser, up, paths, Path(sys.argv[1]))
        else:
            for_readme(browser, up, paths)
        browser.close()


if __name__ == "__main__":
    main()
