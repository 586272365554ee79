"""Schemes: how concentrations become indices, and what the categories mean."""

from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.domain.scales import SCHEMES
from airq_cron.domain.scales.scheme import Scheme

from . import index_examples
from .area import Answer, Area
from .scheme_schema import SchemePageSchema

area = Area("schemes", "How concentrations become indices")


@area.endpoint(
    "GET",
    "/air/schemes",
    role=Role.VIEWER,
    answer=Answer(SchemePageSchema, example=index_examples.SCHEME_PAGE),
)
def find() -> Page[Scheme]:
    """List the schemes with their tables, bands, colours, advice and sources."""
    return Page(tuple(SCHEMES.values()))
