"""Do what is recommended: only what stands among the advice at this moment."""

from datetime import timedelta

from werkzeug.exceptions import Forbidden

from airq_cron.domain.recommendation import Action, Recommendation, Request
from airq_cron.domain.role import Role
from airq_cron.errors import ConflictError
from airq_cron.services.manage_jobs import change_job
from airq_cron.services.pause import pause_job
from airq_cron.services.recommend import Advice
from airq_cron.services.steer_breaker import open_breaker

from ..auth import caller, token_in_use
from ..context import the_system

ROLES = {
    Action.PAUSE_JOB: Role.OPERATOR,
    Action.OPEN_BREAKER: Role.OPERATOR,
    Action.LIMIT_TIME: Role.ADMIN,
    Action.RAISE_PRIORITY: Role.ADMIN,
}


def needed_for(one: Recommendation) -> Role | None:
    """Return who may do what *one* says by a button; None: nobody."""
    return None if one.request is None else ROLES.get(one.action)


def follow(advice: Advice, title: str) -> None:
    """
    Do what the recommendation *title* of *advice* says.

    Raises:
        ConflictError: it is not recommended any more, or no button does it.
        Forbidden: somebody with more rights must do it.
    """
    one = next((one for one in advice.items if one.title == title), None)
    if one is None:
        raise ConflictError("this is not recommended any more; see what is now")
    needed = needed_for(one)
    if one.request is None or needed is None:
        raise ConflictError("no button does this; the line for a shell does")
    if not Role(token_in_use().role).covers(needed):
        raise Forbidden(f"this needs the role {needed}")
    _do(one.action, one.request)


def _do(action: Action, request: Request) -> None:
    system, body = the_system(), request.body
    name = request.path.split("/")[3]
    if action is Action.PAUSE_JOB:
        pause_job(system.store, name, note=str(body.get("note", "")), by=caller())
    elif action is Action.OPEN_BREAKER:
        open_breaker(
            system.breaker_desk,
            name,
            reason=str(body["reason"]),
            by=caller(),
            lasts=timedelta(minutes=int(body["minutes"])),
        )
    else:
        shortest = system.settings.shortest_period
        change_job(system.store, name, body, by=caller(), shortest=shortest)
