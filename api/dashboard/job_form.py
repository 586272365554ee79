"""The form of a job's definition: filled in, read, and shown for new jobs and old."""

import json
from dataclasses import fields
from secrets import token_hex
from typing import Any

from flask import Response
from marshmallow import Schema

from airq_cron.domain.firing import FireTime
from airq_cron.domain.job import Job, Overlap, Priority
from airq_cron.domain.kinds import KINDS
from airq_cron.domain.retry import Backoff
from airq_cron.services.manage_jobs import describe_job

from ..job_definition_schema import MODES
from . import words
from .forms import Form
from .frame import show

TEXTS = (
    *("schedule", "timezone", "description", "priority", "overlap"),
    *("time_limit_s", "jitter_s"),
)
NESTED = (
    ("catchup", "mode"),
    *(("retry", "backoff"), ("retry", "attempts"), ("retry", "delay_s")),
)
MOST_SHOWN = 24


def filled(job: Job) -> dict[str, str]:
    """Return the fields as they are before anybody changes them."""
    told = describe_job(job)
    texts = {name: str(told[name]) for name in TEXTS}
    for outer, inner in NESTED:
        texts[f"{outer}.{inner}"] = str(told[outer][inner]).removesuffix(".0")
    return texts | {
        "pause_after": "" if job.pause_after is None else str(job.pause_after),
        "params": json.dumps(job.params, ensure_ascii=False),
        "version": str(job.version),
    }


def read(form: Form, schema: type[Schema], *also: str) -> dict[str, Any] | None:
    """
    Return the definition that was filled in; None when something of it is wrong.

    Args:
        also: fields of *schema* that this form has beside the common ones.
    """
    given = form.given
    texts: dict[str, Any] = {
        name: given[name].strip() for name in (*also, *TEXTS) if name in given
    }
    for outer, inner in NESTED:
        if text := given.get(f"{outer}.{inner}", "").strip():
            texts.setdefault(outer, {})[inner] = text
    if "pause_after" in given:
        texts["pause_after"] = given["pause_after"].strip() or None
    found, params = form.document("params")
    return form.load_of(schema, texts | params) if found else None


def form_page(
    form: Form, job: Job | None, shown: tuple[FireTime, ...] | None = None
) -> Response:
    """
    Return the page with the form.

    Args:
        job: the one that is changed; None for a new one.
        shown: fire times as they would be; None before anybody asked for them.
    """
    t = words.EDIT
    return show(
        "job_form.html",
        at="pages.jobs",
        title=t.new if job is None else t.title.format(job.name),
        status=form.status,
        form=form,
        job=job,
        shown=shown,
        number=token_hex(16),
        kinds=[(one.name, f"{one.name}: {one.description}") for one in KINDS.values()],
        takes=_takes(),
        priorities=[(one.value, one.value) for one in Priority],
        overlaps=[(one.value, words.OVERLAPS[one.value]) for one in Overlap],
        modes=[(one, words.MODES[one]) for one in MODES],
        backoffs=[(one.value, words.BACKOFFS[one.value]) for one in Backoff],
    )


def _takes() -> str:
    """Say which parameters each kind takes."""
    named = {kind.name: fields(kind.params) for kind in KINDS.values()}
    told = [
        words.EDIT.takes.format(kind, ", ".join(one.name for one in known))
        for kind, known in named.items()
        if known
    ]
    return "; ".join([*told, words.EDIT.takes_none])
