"""The audit trail: who changed what, from where, and what was refused to them."""

from typing import Any

from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.ports import AuditEntry, AuditFilter
from airq_cron.services.read_audit import find_entries

from . import audit_examples as examples
from .area import Answer, Area, Takes
from .audit_schema import AuditPageSchema, AuditQuery
from .context import the_system

area = Area("audit", "Who changed what, and what was refused")


@area.endpoint(
    "GET",
    "/cron/audit",
    role=Role.ADMIN,
    takes=Takes(query=AuditQuery),
    answer=Answer(AuditPageSchema, example=examples.AUDIT_PAGE),
)
def find(query: dict[str, Any]) -> Page[AuditEntry]:
    """List changes and refused calls, newest first."""
    limit, after = query.pop("limit"), query.pop("cursor", None)
    where = AuditFilter(**query)
    return find_entries(the_system().store, where, limit=limit, after=after)
