"""Alert rules: what is judged, how patiently, how loudly."""

from typing import Any

from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.services.alert_rules import (
    RuleLine,
    change_rule,
    read_rule,
    read_rules,
    reset_rule,
)

from . import alert_examples as examples
from .alert_rule_schema import (
    AlertRuleChangeSchema,
    AlertRulePageSchema,
    AlertRuleSchema,
)
from .area import Answer, Area, Takes
from .auth import caller
from .context import the_system

area = Area("alert-rules", "What is judged, how patiently, and how loudly it is told")


@area.endpoint(
    "GET",
    "/cron/alert-rules",
    role=Role.VIEWER,
    answer=Answer(AlertRulePageSchema, example=examples.RULE_PAGE),
)
def every() -> Page[RuleLine]:
    """List the alert rules, by name."""
    system = the_system()
    return Page(tuple(read_rules(system.store, system.alert_defaults)))


@area.endpoint(
    "GET",
    "/cron/alert-rules/<rule:name>",
    role=Role.VIEWER,
    answer=Answer(AlertRuleSchema, example=examples.RULE),
)
def show(name: str) -> RuleLine:
    """Give one alert rule."""
    system = the_system()
    return read_rule(system.store, name, system.alert_defaults)


@area.endpoint(
    "PATCH",
    "/cron/alert-rules/<rule:name>",
    role=Role.ADMIN,
    takes=Takes(body=(AlertRuleChangeSchema, examples.RULE_CHANGE)),
    answer=Answer(AlertRuleSchema, example=examples.RULE),
)
def change(body: dict[str, Any], name: str) -> RuleLine:
    """Change an alert rule; the next judgement uses it."""
    system = the_system()
    return change_rule(
        system.store, name, body, by=caller(), defaults=system.alert_defaults
    )


@area.endpoint(
    "POST",
    "/cron/alert-rules/<rule:name>/reset",
    role=Role.ADMIN,
    answer=Answer(AlertRuleSchema, example=examples.RULE),
)
def reset(name: str) -> RuleLine:
    """Make an alert rule again as it was before people changed it."""
    system = the_system()
    return reset_rule(system.store, name, by=caller(), defaults=system.alert_defaults)
