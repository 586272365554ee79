"""Dead letters: runs that failed for good, and that wait for a person."""

from typing import Any

from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.domain.run import Run
from airq_cron.ports import LetterFilter
from airq_cron.services.dead_letters import (
    discard_dead_letters,
    find_dead_letters,
    retry_dead_letters,
)

from . import run_examples as examples
from .area import Answer, Area, Takes
from .auth import caller
from .context import the_system
from .dead_letter_schema import (
    DiscardedSchema,
    LetterPageSchema,
    LetterQuery,
    LettersSchema,
    RetriedSchema,
)

area = Area("dead letters", "Runs that failed for good, and wait for a person")
MANY = Takes(body=(LettersSchema, examples.LETTERS_OF))


@area.endpoint(
    "GET",
    "/cron/dead-letters",
    role=Role.VIEWER,
    takes=Takes(query=LetterQuery),
    answer=Answer(LetterPageSchema, example=examples.LETTER_PAGE),
)
def find(query: dict[str, Any]) -> Page[Run]:
    """List failed and dead runs that were not discarded, newest fire time first."""
    limit, after = query.pop("limit"), query.pop("cursor", None)
    where = LetterFilter(**query)
    return find_dead_letters(the_system().store, where, limit=limit, after=after)


@area.endpoint(
    "POST",
    "/cron/dead-letters/retry",
    role=Role.OPERATOR,
    takes=MANY,
    answer=Answer(RetriedSchema, example={"retried": 17}),
)
def retry(body: dict[str, Any]) -> dict[str, int]:
    """Start the newest dead letters of a job again."""
    system, limit = the_system(), body.pop("limit")
    where, by = LetterFilter(**body), caller()
    store, dispatcher = system.store, system.dispatcher
    return {"retried": retry_dead_letters(store, dispatcher, where, by=by, limit=limit)}


@area.endpoint(
    "POST",
    "/cron/dead-letters/discard",
    role=Role.OPERATOR,
    takes=MANY,
    answer=Answer(DiscardedSchema, example={"discarded": 17}),
)
def discard(body: dict[str, Any]) -> dict[str, int]:
    """Discard the newest dead letters of a job."""
    store, limit = the_system().store, body.pop("limit")
    where, by = LetterFilter(**body), caller()
    return {"discarded": discard_dead_letters(store, where, by=by, limit=limit)}
