"""What people see when a page cannot be shown."""

from flask import Response, g
from werkzeug.exceptions import TooManyRequests, Unauthorized

from ..errors import answer_error, describe, is_person
from ..login_page import refused_page
from . import words
from .frame import area, show


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
        at="pages.overview",
        title=words.ERRORS.title,
        status=problem.status,
        problem=problem,
    )
    page.headers.update(problem.headers)
    return page


area.blueprint.register_error_handler(Exception, answer)
