"""Kinds of jobs: what a run can do, and which parameters it takes."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any

from airq_cron.domain.job import Queue
from airq_cron.errors import InvalidError

LONGEST_TEXT = 100
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class FetchParams:
    """
    What a fetch run asks for.

    Attributes:
        location: id of the one place to fetch; without it all places that no
            other fetch job names.
    """

    location: str | None = None


@dataclass(frozen=True, slots=True)
class NoParams:
    """A kind whose work follows from the data alone."""


@dataclass(frozen=True, slots=True)
class BackfillParams:
    """
    Which job a backfill run runs again, and how far back.

    Attributes:
        job: its name.
        days: so many local days before the one of the fire time.

    Raises:
        InvalidError: field `params.days`.
    """

    job: str
    days: int

    def __post_init__(self) -> None:
        """Refuse a stretch that one backfill cannot hold."""
        if not 1 <= self.days <= MOST_DAYS:
            raise InvalidError("params.days", f"must be from 1 to {MOST_DAYS}")


@dataclass(frozen=True, slots=True)
class NotifyParams:
    """
    What a run sends that no alert has made: a test message.

    Attributes:
        channel: where to; without it, all channels.
    """

    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One thing that runs can do.

    Attributes:
        params: dataclass of its parameters.
        queue: where its jobs wait unless they say otherwise.
    """

    name: str
    params: type[Any]
    queue: Queue
    description: str


# Each has a module of its name among the workers.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("fetch", FetchParams, Queue.DATA_FETCH, "fetch new readings"),
        Kind("aggregate", NoParams, Queue.ANALYTICS, "recompute changed hours"),
        Kind("finalise", NoParams, Queue.ANALYTICS, "close ended local days"),
        Kind("cleanup", NoParams, Queue.MAINTENANCE, "remove what has expired"),
        Kind("health", NoParams, Queue.MONITORING, "check every part"),
        Kind("backfill", BackfillParams, Queue.MAINTENANCE, "run a job for past days"),
        Kind("notify", NotifyParams, Queue.NOTIFICATIONS, "tell people something"),
    )
}


def kind_of(name: str) -> Kind:
    """
    Return the kind *name*.

    Raises:
        InvalidError: there is none; field `kind`, names those there are.
    """
    found = KINDS.get(name)
    if found is None:
        raise InvalidError("kind", f"{name[:60]!r} is none of {', '.join(KINDS)}")
    return found


def check_params(kind: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return *params* as jobs of *kind* keep them, without those left at null.

    Raises:
        InvalidError: the kind is unknown, or a parameter is unknown, missing or
            of the wrong type; field `params.<name>`.
    """
    known = {spec.name: spec for spec in fields(kind_of(kind).params)}
    for name in sorted(params.keys() - known.keys()):
        takes = f"takes {', '.join(known)}" if known else "takes none"
        raise InvalidError(f"params.{name}", f"is unknown; {kind} {takes}")
    for name, spec in known.items():
        if name not in params:
            if spec.default is MISSING:
                raise InvalidError(f"params.{name}", "is missing")
            continue
        _check_type(spec, params[name])
    made = kind_of(kind).params(**params)
    values = {name: getattr(made, name) for name in known}
    return {name: value for name, value in values.items() if value is not None}


def _check_type(spec: "Field[Any]", value: Any) -> None:
    if value is None and spec.default is None:
        return
    field = f"params.{spec.name}"
    if spec.type is int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidError(field, "must be a whole number")
        return
    if not isinstance(value, str) or not value.isprintable():
        raise InvalidError(field, "must be a text")
    if not 1 <= len(value) <= LONGEST_TEXT:
        raise InvalidError(field, f"must have 1 to {LONGEST_TEXT} characters")


def read_param(kind: str, name: str, text: str) -> Any:
    """Return the value that somebody typed as *text* for a parameter of *kind*."""
    types = {spec.name: spec.type for spec in fields(kind_of(kind).params)}
    if types.get(name) is int and text.isascii() and text.isdecimal():
        return int(text[:18])
    return text
