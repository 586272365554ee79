"""The examples of the OpenAPI document are what the schemas describe."""

import json
from typing import Any

import pytest
from marshmallow import Schema

from api import (
    audit_examples,
    bottleneck_examples,
    examples,
    index_examples,
    job_examples,
    queue_health_examples,
    report_examples,
    reported_examples,
    run_examples,
    token_examples,
    trend_examples,
)
from api.air_schema import (
    DailySchema,
    HourlySchema,
    LatestSchema,
    LocationPageSchema,
    LocationSchema,
    NewLocationSchema,
    SeriesSchema,
)
from api.audit_schema import AuditPageSchema
from api.backfill_schema import (
    BackfillPageSchema,
    BackfillSchema,
    NewBackfillSchema,
)
from api.bottleneck_schema import AdviceSchema, BottleneckPageSchema
from api.dead_letter_schema import LetterPageSchema, LettersSchema
from api.explain_schema import ExplanationSchema
from api.job_definition_schema import (
    JobDefinitionSchema,
    JobDocumentSchema,
    JobPageSchema,
    NewJobSchema,
)
from api.job_schema import JobStatsSchema
from api.parsing import parse_json
from api.preview_schema import PreviewSchema
from api.queue_health_schema import QueuesHealthSchema
from api.report_schema import ReportPageSchema, ReportSchema
from api.reported_schema import ReportedPageSchema, SourcePageSchema
from api.run_schema import PartPageSchema, RunPageSchema, SingleRunSchema
from api.scheme_schema import SchemePageSchema
from api.status_schema import OverviewSchema
from api.token_schema import IssuedTokenSchema, NewTokenSchema, TokenPageSchema
from api.trend_schema import TrendSchema

EXAMPLES: list[tuple[type[Schema], dict[str, Any]]] = [
    (JobStatsSchema, examples.STATS),
    (QueuesHealthSchema, queue_health_examples.QUEUES),
    (BottleneckPageSchema, bottleneck_examples.BOTTLENECK_PAGE),
    (AdviceSchema, bottleneck_examples.ADVICE),
    (TrendSchema, trend_examples.TREND),
    (SchemePageSchema, index_examples.SCHEME_PAGE),
    (JobDocumentSchema, job_examples.JOB_DOCUMENT),
    (JobDocumentSchema, job_examples.PAUSED),
    (JobPageSchema, job_examples.JOB_PAGE),
    (JobDefinitionSchema, job_examples.DEFINITION),
    (NewJobSchema, job_examples.NEW_JOB),
    (PreviewSchema, job_examples.PREVIEW),
    (SingleRunSchema, examples.RUN),
    (RunPageSchema, examples.RUN_PAGE),
    (SingleRunSchema, run_examples.CANCELLED),
    (SingleRunSchema, run_examples.RETRIED),
    (SingleRunSchema, run_examples.DISCARDED),
    (PartPageSchema, run_examples.PART_PAGE),
    (LetterPageSchema, run_examples.LETTER_PAGE),
    (LettersSchema, run_examples.LETTERS_OF),
    (ExplanationSchema, run_examples.EXPLANATION),
    (NewBackfillSchema, examples.NEW_BACKFILL),
    (BackfillSchema, examples.BACKFILL),
    (BackfillPageSchema, examples.BACKFILL_PAGE),
    (OverviewSchema, examples.OVERVIEW),
    (LocationSchema, examples.LOCATION),
    (LocationPageSchema, examples.LOCATION_PAGE),
    (NewLocationSchema, examples.NEW_LOCATION),
    (LatestSchema, examples.LATEST),
    (SeriesSchema, examples.SERIES),
    (HourlySchema, examples.HOURLY),
    (DailySchema, examples.DAILY),
    (ReportSchema, report_examples.REPORT),
    (ReportPageSchema, report_examples.REPORT_PAGE),
    (AuditPageSchema, audit_examples.AUDIT_PAGE),
    (TokenPageSchema, token_examples.TOKEN_PAGE),
    (NewTokenSchema, token_examples.NEW_TOKEN),
    (IssuedTokenSchema, token_examples.ISSUED_TOKEN),
    (ReportedPageSchema, reported_examples.REPORTED_PAGE),
    (SourcePageSchema, reported_examples.SOURCE_PAGE),
]


@pytest.mark.parametrize(("schema", "example"), EXAMPLES)
def test_each_example_is_accepted_by_its_schema(
    schema: type[Schema], example: dict[str, Any]
):
    """No member is missing, none is too many, each has its form."""
    sent = parse_json(json.dumps(example).encode())

    assert {} == schema().validate(sent)
