"""Answers that a reader may keep, and ask again only whether they still hold."""

from hashlib import blake2b

from flask import Flask, Response, current_app, request

from airq_cron.clock import Clock

from .report_cache import ReportCache

CACHE = "airq-reports"
KEPT = {
    "ETag": {
        "description": "that of the content; send it as If-None-Match",
        "schema": {"type": "string"},
    }
}
KINDS = {
    "json": "application/json",
    "html": "text/html",
    "csv": "text/csv",
}
REPORT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
CHART_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def chosen_form(wanted: str | None) -> str:
    """Return `json`, `html` or `csv`: as the query says, else as `Accept` does."""
    if wanted is not None:
        return wanted
    best = request.accept_mimetypes.best_match(list(KINDS.values()))
    return next((name for name, kind in KINDS.items() if kind == best), "json")


def attach_reports(app: Flask, clock: Clock) -> None:
    """Have *app* keep rendered reports, beginning with none."""
    app.extensions[CACHE] = ReportCache(clock)


def reports() -> ReportCache:
    """Return the rendered reports of this process."""
    cache: ReportCache = current_app.extensions[CACHE]
    return cache


def answer_form(form: str, body: bytes, *, file: str) -> Response:
    """
    Return *body* in one of the forms, or 304 to who has it.

    Args:
        file: name of what is downloaded, without its ending.
    """
    answer = Response(body, mimetype=KINDS[form])
    answer.headers["Content-Security-Policy"] = REPORT_POLICY
    if form == "csv":
        answer.headers["Content-Disposition"] = f'attachment; filename="{file}.csv"'
    answer.vary.update(("Accept", "Authorization", "Cookie"))
    return _kept(answer, body)


def answer_chart(body: bytes) -> Response:
    """Return a chart that runs nothing, wherever it is shown, or 304."""
    answer = Response(body, mimetype="image/svg+xml")
    answer.headers["Content-Security-Policy"] = CHART_POLICY
    answer.vary.update(("Authorization", "Cookie"))
    return _kept(answer, body)


def _kept(answer: Response, body: bytes) -> Response:
    answer.set_etag(blake2b(body, digest_size=16).hexdigest())
    # It may be kept by the reader only, and is asked for again every time.
    answer.headers["Cache-Control"] = "private, no-cache"
    # Of all conditions this one alone: If-Match is for changes, and Werkzeug
    # refuses `*` even where there is something.
    asked = {"REQUEST_METHOD": request.method}
    if "If-None-Match" in request.headers:
        asked["HTTP_IF_NONE_MATCH"] = request.headers["If-None-Match"]
    answer.make_conditional(asked)
    return answer
