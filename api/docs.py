"""The OpenAPI document, its page, and where things are."""

from importlib import resources
from pathlib import Path
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    jsonify,
    make_response,
    render_template,
    send_from_directory,
)
from flask_smorest import Api

from airq_cron.domain.role import Role

from .area import Area
from .openapi import complete
from .security import PAGE_POLICY

area = Area("docs", "Where things are")
DOCUMENT = "airq-openapi"
ASSETS = "'swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'"
PLACES = {
    "jobs": "/cron/jobs/stats",
    "runs": "/cron/runs",
    "overview": "/cron/status/overview",
    "locations": "/air/locations",
    "openapi": "/openapi.json",
    "docs": "/docs",
    "alive": "/healthz",
    "ready": "/readyz",
}


def keep_document(app: Flask, api: Api) -> None:
    """Write the document of *app* once, when all its endpoints are known."""
    app.extensions[DOCUMENT] = complete(api.spec.to_dict())


def document_of(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of *app*."""
    document: dict[str, Any] = app.extensions[DOCUMENT]
    return document


def links() -> dict[str, str]:
    """Return where things are, by name."""
    return dict(PLACES)


@area.page("/openapi.json", role=Role.VIEWER)
def openapi() -> Response:
    """Give the OpenAPI document."""
    return jsonify(document_of(current_app))


@area.page("/docs", role=Role.VIEWER)
def swagger() -> Response:
    """Show the document as a page; nothing comes from another host."""
    page = make_response(render_template("docs.html"))
    page.headers["Content-Security-Policy"] = PAGE_POLICY
    return page


@area.page(f"/docs/assets/<any({ASSETS}):name>", role=Role.VIEWER)
def asset(name: str) -> Response:
    """Give one of the page's files, as the package brought it."""
    package = Path(str(resources.files("flask_swagger_ui")))
    return send_from_directory(package / "dist", name, max_age=3600)
