"""Maintenance: what operators ask for by hand."""

from typing import Any

from airq_cron.domain.role import Role

from . import maintenance_examples as examples
from .area import Answer, Area
from .auth import caller
from .context import check_desk, present
from .maintenance_schema import PromptCheckSchema

area = Area("maintenance", "Check and clean up at once")


@area.endpoint(
    "POST",
    "/cron/monitoring/health-check",
    role=Role.OPERATOR,
    answer=Answer(PromptCheckSchema, example=examples.CHECK),
)
def health_check() -> dict[str, Any]:
    """Check the health of everything within three seconds; it is no run."""
    done = check_desk().check(present(), by=caller())
    facts = {"by": done.check.by, "finished_at": done.check.finished_at}
    return {**done.check.result, **facts, "kept": done.kept}
