"""Why a job did, or did not, run."""

from airq_cron.domain.role import Role
from airq_cron.services.explain import Explanation, explain_run

from . import run_examples as examples
from .area import Answer, Area
from .context import the_system
from .explain_schema import ExplanationSchema

area = Area("explanations", "Why a job did, or did not, run")


@area.endpoint(
    "GET",
    "/cron/jobs/<job:name>/runs/<moment:scheduled_for>/explain",
    role=Role.VIEWER,
    answer=Answer(ExplanationSchema, example=examples.EXPLANATION),
    errors=(422,),
)
def explain(name: str, scheduled_for: str) -> Explanation:
    """
    Tell why a job did, or did not, run at an instant.

    A local time of the job's zone will do, such as `2026-10-25 02:30`, and `last`
    for its last fire time.
    """
    return explain_run(the_system().store, name, scheduled_for)
