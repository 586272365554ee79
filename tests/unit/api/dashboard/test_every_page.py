"""What holds for all pages: what they cost, how they are drawn, what they say."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from airq_cron.domain.role import Role
from airq_cron.domain.run import State
from airq_cron.ports import Unit
from airq_cron.services.issue_token import create_token
from airq_cron.services.log_in import log_in_by_token
from airq_cron.system import System
from api.auth import needed_role
from api.dashboard import words
from tests import entries
from tests.structure.sources import ROOT
from tests.unit.api.caller import Caller
from tests.unit.api.dashboard.pages import PERSON, check, see
from tests.unit.api.dashboard.test_places import add_places
from tests.unit.api.test_status import bring_up

LISTS = (
    *("/", "/jobs", "/runs", "/dead-letters", "/queues", "/breakers", "/alerts"),
    *("/locations", "/audit", "/tokens"),
)
TEMPLATES = sorted((ROOT / "api/templates/dashboard").glob("*.html"))
# One macro writes attributes outside of any element.
ATTRIBUTES = {"id", "name", "aria", "invalid", "true", "describedby", "says"}
TEXT = re.compile(r"\bw\.([A-Z_]+)\.(\w+)|\bt\.(\w+)")


@contextmanager
def counted(system: System) -> Iterator[list[str]]:
    """Give the list to which each statement is added that the store is asked."""
    statements: list[str] = []

    def note(connection, cursor, statement, *rest):
        del connection, cursor, rest
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def fill(system: System, count: int) -> None:
    """Enter so many jobs, each with runs, and places."""

    def work(unit: Unit) -> None:
        for number in range(count):
            name = f"a-{number:03}"
            unit.jobs.add(entries.job(name))
            unit.runs.insert(
                entries.run(minute, of=name, state=State.SKIPPED) for minute in range(3)
            )

    system.store.write(work)
    add_places(system, count)


@pytest.mark.parametrize("path", LISTS)
def test_more_rows_take_no_more_statements(admin: Caller, system: System, path: str):
    """As many for forty jobs, runs and places as for six and one."""
    bring_up(system)
    see(admin, path)
    with counted(system) as few:
        see(admin, path)
    fill(system, 40)
    with counted(system) as many:
        see(admin, path)

    assert few
    assert len(many) <= len(few)


def test_a_browser_that_logged_in_may_press_a_button(app: Flask, system: System):
    """By its session; a form of another site is refused."""
    at = system.clock.now()
    secret = create_token(system.store, name="me", role=Role.OPERATOR, at=at).secret
    opened = log_in_by_token(system.store, secret, at)
    assert opened is not None
    browser = Caller(app, None, f"airq_session={opened.secret}")
    see(browser, "/jobs")
    sent = {"data": {"enabled": "false"}}
    path = "/jobs/weekly-cleanup/toggle"
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        check(browser.post(path, headers=PERSON | headers, **sent), 403)
    own = {"Origin": "http://localhost"}

    assert 303 == browser.post(path, headers=PERSON | own, **sent).status_code
    page = browser.get("/jobs", headers=PERSON)
    assert "strict-origin" == page.headers["Referrer-Policy"]


@pytest.mark.parametrize("path", ["/jobz", "/jobs/Not A Name", "/cron/nothing"])
def test_a_mistyped_address_is_a_page(admin: Caller, stranger: Caller, path: str):
    """For people, known or not; programs get the problem, strangers 401."""
    page = see(admin, path, 404)
    assert page.all("nav")
    assert [] == page.all("a", aria_current="page")
    assert not see(stranger, path, 404).all("nav")
    program = admin.get(path)
    assert (404, "application/problem+json") == (program.status_code, program.mimetype)
    assert 401 == stranger.get(path).status_code


def test_a_wrong_token_is_told_before_a_wrong_address(app: Flask):
    """Else whoever mistypes both mends the one that matters less."""
    answer = Caller(app, "airq_" + "x" * 40).get("/jobz", headers=PERSON)

    assert 401 == answer.status_code


def test_every_page_has_a_role(app: Flask):
    """Those that change something ask for more than a viewer, colours aside."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("pages."):
            needed = needed_role(app, rule.endpoint)
            assert needed is not None
            if "POST" in (rule.methods or ()) and rule.rule != "/theme":
                assert needed.covers(Role.OPERATOR), rule.rule


@pytest.mark.parametrize("path", LISTS)
def test_a_choice_of_colours_reaches_every_page(admin: Caller, path: str):
    """Also the charts, which are pictures."""
    admin.post("/theme", data={"theme": "dark"})

    assert see(admin, path).all("html", data_theme="dark")
    assert not [
        one for one in see(admin, path).all("img") if "light" in str(one["src"])
    ]


def test_the_script_and_the_styles_are_ours_and_small(viewer: Caller):
    """With the first page less than 100 KiB in all."""
    page = viewer.get("/", headers=PERSON)
    names = re.findall(r'"(/static/[\w.]+)"', page.text)
    sizes = [len(viewer.get(name).data) for name in set(names)]

    assert 4 == len(sizes)
    assert len(page.data) + sum(sizes) < 100 * 1024


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_have_no_text_of_their_own(template):
    """What is read stands in `words`, and there is what they name."""
    source = template.read_text("utf-8")
    bare = re.sub(r"\{[{%#].*?[}%#]\}|<[^>]*>|&\w+;", " ", source, flags=re.DOTALL)
    (own,) = re.findall(r"set t = w\.([A-Z_]+)", source) or [""]

    assert set(re.findall(r"[A-Za-z]{2,}", bare)) <= ATTRIBUTES, template
    for group, name, short in TEXT.findall(source):
        assert getattr(getattr(words, group or own), name or short), template
