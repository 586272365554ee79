"""Providers: what they allow, what is used, and what they said last."""

from typing import Any

from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.ports import Sample
from airq_cron.services.providers import ProviderLine

from . import provider_examples as examples
from .area import Answer, Area, Takes
from .auth import caller
from .context import the_system
from .provider_schema import (
    EnableSchema,
    ProviderPageSchema,
    ProviderSchema,
    SamplePageSchema,
)

area = Area("providers", "Whom we ask, and what they allow")


@area.endpoint(
    "GET",
    "/cron/providers",
    role=Role.VIEWER,
    answer=Answer(ProviderPageSchema, example=examples.PROVIDER_PAGE),
)
def every() -> Page[ProviderLine]:
    """List the providers that are asked, with the calls that count now."""
    return Page(tuple(the_system().provider_desk.lines()))


@area.endpoint(
    "GET",
    "/cron/providers/<provider:name>",
    role=Role.VIEWER,
    answer=Answer(ProviderSchema, example=examples.PROVIDER),
)
def show(name: str) -> ProviderLine:
    """Give one provider."""
    return the_system().provider_desk.line(name)


@area.endpoint(
    "GET",
    "/cron/providers/<provider:name>/samples",
    role=Role.OPERATOR,
    answer=Answer(SamplePageSchema, example=examples.SAMPLE_PAGE),
)
def samples(name: str) -> Page[Sample]:
    """List the newest answers that nobody could read."""
    return Page(tuple(the_system().provider_desk.samples(name)))


@area.endpoint(
    "POST",
    "/cron/providers/<provider:name>/enable",
    role=Role.OPERATOR,
    takes=Takes(body=(EnableSchema, {})),
    answer=Answer(ProviderSchema, example=examples.PROVIDER),
    errors=(409,),
)
def enable(body: dict[str, Any], name: str) -> ProviderLine:
    """Let a provider be asked again, or for one place that it refused."""
    desk = the_system().provider_desk
    desk.enable(name, by=caller(), location=body.get("location"))
    return desk.line(name)
