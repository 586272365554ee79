"""A job's definition in the words and units that outsiders use."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from airq_cron.domain.catchup import Catchup
from airq_cron.domain.job import Job, Overlap, Priority, Queue
from airq_cron.domain.retry import Backoff, RetryRule
from airq_cron.errors import InvalidError

Word = TypeVar("Word", bound=StrEnum)

# What outsiders call a field, where it is not the field's own name.
OUTSIDE = {"zone": "timezone"}
WORDS: dict[str, type[StrEnum]] = {
    "queue": Queue,
    "priority": Priority,
    "overlap": Overlap,
}
PLAIN = (
    "description",
    "category",
    "kind",
    "params",
    "schedule",
    "timezone",
    "enabled",
    "queue",
    "priority",
    "overlap",
    "catchup",
    "retry",
    "time_limit_s",
    "soft_limit_s",
    "run_limit_s",
    "start_margin_s",
    "jitter_s",
    "pause_after",
)


def definition(job: Job) -> dict[str, Any]:
    """Return what can be changed of *job*, as JSON holds it."""
    return {name: _outward(getattr(job, field_of(name))) for name in PLAIN}


def field_of(name: str) -> str:
    """Return the field of `Job` that outsiders call *name*."""
    return "zone" if name == "timezone" else name


def name_of(field: str) -> str:
    """Return what outsiders call a field of `Job`."""
    return OUTSIDE.get(field, field)


def with_changes(job: Job, changes: Mapping[str, Any]) -> Job:
    """
    Return *job* with the named parts of its definition replaced.

    Of `catchup` and `retry`, members that are left out stay as they are; `params`
    are replaced as a whole.

    Args:
        changes: as `definition` gives it, any part of it.

    Raises:
        InvalidError: a name is unknown, or a word is none of its list.
    """
    for name in changes.keys() - set(PLAIN):
        raise InvalidError(name, "cannot be changed")
    values = {field_of(name): value for name, value in changes.items()}
    for name in values.keys() & WORDS.keys():
        values[name] = _word(WORDS[name], values[name], name)
    if "catchup" in values:
        values["catchup"] = _catchup(job.catchup, values["catchup"])
    if "retry" in values:
        values["retry"] = _retry(job.retry, values["retry"])
    return replace(job, **values)


def _outward(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Catchup):
        window = value.window
        return {
            "mode": value.mode,
            "window_s": None if window is None else int(window.total_seconds()),
            "cap": value.cap,
        }
    if isinstance(value, RetryRule):
        return {
            "backoff": value.backoff.value,
            "attempts": value.attempts,
            "delay_s": value.delay_s,
            "cap_s": value.cap_s,
        }
    return value


def _catchup(old: Catchup, changes: Mapping[str, Any]) -> Catchup:
    members = _merge("catchup", _outward(old), changes)
    window = members["window_s"]
    return Catchup(
        members["mode"],
        None if window is None else timedelta(seconds=window),
        members["cap"],
    )


def _retry(old: RetryRule, changes: Mapping[str, Any]) -> RetryRule:
    members = _merge("retry", _outward(old), changes)
    return RetryRule(
        _word(Backoff, members["backoff"], "retry.backoff"),
        members["attempts"],
        float(members["delay_s"]),
        float(members["cap_s"]),
    )


def _merge(
    name: str, old: dict[str, Any], changes: Mapping[str, Any]
) -> dict[str, Any]:
    for member in changes.keys() - old.keys():
        raise InvalidError(f"{name}.{member}", "is unknown")
    return old | dict(changes)


def _word(words: type[Word], value: Any, field: str) -> Word:
    try:
        return words(value)
    except ValueError as error:
        known = ", ".join(word.value for word in words)
        raise InvalidError(field, f"is none of {known}") from error
