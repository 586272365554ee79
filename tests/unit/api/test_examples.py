"""The examples of the OpenAPI document are what the schemas describe."""

import json
from typing import Any

import pytest
from marshmallow import Schema

from api import examples
from api.air_schema import (
    DailySchema,
    HourlySchema,
    LatestSchema,
    LocationPageSchema,
    LocationSchema,
    NewLocationSchema,
    SeriesSchema,
)
from api.backfill_schema import (
    BackfillPageSchema,
    BackfillSchema,
    NewBackfillSchema,
)
from api.job_schema import JobStatsSchema, SwitchedJobSchema
from api.parsing import parse_json
from api.run_schema import RunPageSchema, SingleRunSchema
from api.status_schema import OverviewSchema

EXAMPLES: list[tuple[type[Schema], dict[str, Any]]] = [
    (JobStatsSchema, examples.STATS),
    (SwitchedJobSchema, examples.JOB),
    (SingleRunSchema, examples.RUN),
    (RunPageSchema, examples.RUN_PAGE),
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
]


@pytest.mark.parametrize(("schema", "example"), EXAMPLES)
def test_each_example_is_accepted_by_its_schema(
    schema: type[Schema], example: dict[str, Any]
):
    """No member is missing, none is too many, each has its form."""
    sent = parse_json(json.dumps(example).encode())

    assert {} == schema().validate(sent)
