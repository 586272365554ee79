"""The audit trail: who changed what, and what was refused."""

import json
from typing import Any

from flask import Response, request

from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.ports import AuditEntry, AuditFilter
from airq_cron.services.read_audit import find_entries

from ..audit_schema import AuditQuery
from ..context import the_system
from . import words
from .forms import Form
from .frame import area, next_page, show

FILTERS = ("subject", "actor", "action")


@area.page("/audit", role=Role.ADMIN)
def audit() -> Response:
    """Show changes and refusals, newest first."""
    return audit_page(Form("filter", request.args))


def audit_page(form: Form) -> Response:
    """Return the list by the filter *form*."""
    query = form.load(AuditQuery)
    found: Page[AuditEntry] = Page(())
    if query is not None:
        limit, after = query.pop("limit"), query.pop("cursor", None)
        where = AuditFilter(**query)
        found = find_entries(the_system().store, where, limit=limit, after=after)
    return show(
        "audit.html",
        at="pages.audit",
        title=words.AUDIT.title,
        status=form.status,
        form=form,
        entries=[(one, _changed(one)) for one in found.items],
        more=next_page(found.after),
        turned="cursor" in request.args,
        filtered=any(form.given.get(name) for name in FILTERS),
    )


def _changed(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Return what was changed: name, before and after."""
    before, after = entry.before or {}, entry.after or {}
    names = [*before, *(name for name in after if name not in before)]
    return [(name, _text(before.get(name)), _text(after.get(name))) for name in names]


def _text(value: Any) -> str:
    if value is None:
        return words.UNKNOWN
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
