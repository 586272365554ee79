"""The document and its page come from this machine alone."""

import re

import pytest

from tests.unit.api.caller import Caller


def test_the_document_is_openapi(viewer: Caller):
    """Version 3.1, and the addresses of the mission are in it."""
    document = viewer.get("/openapi.json").json

    assert "3.1.0" == document["openapi"]
    assert {
        "/cron/jobs/stats",
        "/cron/jobs/{jobName}/toggle",
        "/cron/jobs/{jobName}/execute",
        "/cron/status/overview",
    } < set(document["paths"])


def test_the_page_asks_no_other_host(viewer: Caller):
    """Every file of the page is answered here, and no script is inline."""
    page = viewer.get("/docs").text
    places = re.findall(r'(?:src|href|data-document)="([^"]+)"', page)

    assert len(places) >= 5
    assert {200} == {viewer.get(place).status_code for place in places}
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|\bon\w+=", page)
    assert "//" not in re.sub(r"<!--.*?-->", "", page)


@pytest.mark.parametrize(
    "name", ["LICENSE", "..", "..%2f..%2f__init__.py", "index.css", "swagger-ui.js"]
)
def test_only_the_files_of_the_page_are_given(viewer: Caller, name: str):
    """The package's directory is not a web root."""
    assert 404 == viewer.get(f"/docs/assets/{name}").status_code


def test_the_index_says_to_programs_where_things_are(viewer: Caller):
    """Every link leads somewhere; people get the overview there."""
    links = viewer.get("/").json["links"]

    assert "text/html" == viewer.get("/", headers={"Accept": "text/html"}).mimetype
    for place in links.values():
        assert 200 == viewer.get(place).status_code, place
