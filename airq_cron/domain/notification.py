"""What a person is told about an alert, before any channel gives it its form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from airq_cron.domain.severity import Severity


class NotificationType(StrEnum):
    """What it is about; the value is its name for receivers."""

    RAISED = "alert.raised"
    REPEATED = "alert.repeated"
    RESOLVED = "alert.resolved"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Notification:
    """
    One message to people.

    Attributes:
        id: the same for every attempt, so that receivers can drop repetitions.
        title: one line that fits on the screen of a telephone.
        text: what, where, since when, what to do next, and a link; plain lines.
        at: of the event that it tells of; aware, UTC.
        alert: the alert with its figures, as JSON; empty in a test.
    """

    id: str
    type: NotificationType
    title: str
    text: str
    at: datetime
    severity: Severity
    alert: Mapping[str, Any] = field(default_factory=dict, hash=False)
