"""The settings of this process, fit to be shown."""

from marshmallow import Schema, fields, validate

from airq_cron.config import SettingLine, describe
from airq_cron.domain.page import Page
from airq_cron.domain.role import Role

from .area import Answer, Area
from .context import the_system
from .fields import Cursor

area = Area("config", "What was set, and where")
SOURCES = ["environment", "file", "default", "instance"]
EXAMPLE = {
    "items": [
        {
            "name": "AIRQ_DATABASE_URL",
            "value": "***",
            "source": "file",
            "meaning": "SQL database instead of `sqlite` in the data directory: "
            "`sqlite:///`, `postgresql://`.",
        }
    ],
    "next_cursor": None,
}


class SettingSchema(Schema):
    """One setting as it holds."""

    name = fields.String(required=True)
    value = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "`***` for a secret; null where nothing is set"},
    )
    source = fields.String(
        required=True,
        validate=validate.OneOf(SOURCES),
        metadata={"description": "`instance`: `airq up` or its command line chose it"},
    )
    meaning = fields.String(required=True)


class SettingPageSchema(Schema):
    """Every setting, by name."""

    items = fields.List(fields.Nested(SettingSchema), required=True)
    next_cursor = Cursor("text", required=True, allow_none=True, attribute="after")


@area.endpoint(
    "GET",
    "/cron/config",
    role=Role.ADMIN,
    answer=Answer(SettingPageSchema, example=EXAMPLE),
)
def every() -> Page[SettingLine]:
    """List every setting with its source; secrets are `***`."""
    return Page(tuple(describe(the_system().settings)))
