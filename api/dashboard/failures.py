"""What people see when a page cannot be shown."""

from flask import Response, g, request
from werkzeug.exceptions import NotFound, TooManyRequests, Unauthorized

from ..errors import ENDED_SESSION, NO_TOKEN, answer_error, describe, is_person
from ..login_page import refused_page
from . import words
from .frame import area, show

BLAMELESS = {NO_TOKEN, ENDED_SESSION}


def answer(error: Exception) -> Response:
    """Return a page for people, and for programs what every address answers."""
    if isinstance(error, Unauthorized | TooManyRequests) or not is_person():
        return answer_error(error)
    problem = describe(error)
    if "token" not in g:
        # The guard has let nobody in, so there is nobody to draw the frame for.
        t = words.ERRORS
        return refused_page(t.refused, problem.detail, t.back, problem.status)
    page = show(
        "failure.html",
        at=None,
        title=words.ERRORS.title,
        status=problem.status,
        problem=problem,
    )
    page.headers.update(problem.headers)
    return page


def answer_elsewhere(error: Exception) -> Response:
    """
    Return a page to people who have mistyped an address, whoever they are.

    Addresses of pages are no secret: they stand in the documentation. Whoever sent
    credentials that do not hold learns that first.
    """
    told = not isinstance(error, Unauthorized) or error.description in BLAMELESS
    if told and is_person() and isinstance(request.routing_exception, NotFound):
        if "token" in g:
            return answer(error)
        t, missing = words.ERRORS, describe(NotFound())
        return refused_page(t.missing, missing.detail, t.back, missing.status)
    return answer(error) if request.blueprint == area.name else answer_error(error)


area.blueprint.register_error_handler(Exception, answer)
for status in (401, 404):
    area.blueprint.app_errorhandler(status)(answer_elsewhere)
