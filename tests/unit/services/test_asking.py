"""Asking a provider for many batches, several at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Barrier, Lock

import pytest

from airq_cron.domain.measurement import Location
from airq_cron.domain.period import Period
from airq_cron.errors import TransientError
from airq_cron.ports import LocationReadings
from airq_cron.services.asking import asking
from airq_cron.services.seed import PARIS
from airq_cron.testing import FakeClock, FakeProvider


@dataclass(slots=True)
class MeetingProvider(FakeProvider):
    """Answers a call when as many others are under way as it takes at once."""

    meeting: Barrier = field(default_factory=lambda: Barrier(1))
    lock: Lock = field(default_factory=Lock)
    answered: int = 0

    def fetch(
        self, locations: Sequence[Location], *, since: datetime, until: datetime
    ) -> list[LocationReadings]:
        """Wait for the others, and answer."""
        self.meeting.wait(10)
        with self.lock:
            self.answered += 1
        if locations[0].id == "spoilt":
            raise TransientError("503")
        return [LocationReadings(place.id, ()) for place in locations]


def question(name: str) -> tuple[Sequence[Location], Period]:
    """Return a question about one place."""
    now = FakeClock().now()
    return [replace(PARIS, id=name)], Period(now - timedelta(hours=1), now)


def test_as_many_calls_are_under_way_as_the_provider_takes():
    """Each of three waits for the two others; the answers keep their order."""
    provider = MeetingProvider(at_once=3, meeting=Barrier(3))
    names = [f"place-{number}" for number in range(9)]

    found = [
        (batch[0].id, ask()[0].location)
        for (batch, _), ask in asking(provider, [question(name) for name in names])
    ]

    assert [(name, name) for name in names] == found


@pytest.mark.parametrize("at_once", [1, 2])
def test_an_error_is_raised_where_its_answer_is_taken(at_once: int):
    """The others are not touched by it."""
    provider = MeetingProvider(at_once=at_once)
    questions = [question(name) for name in ("paris", "spoilt", "lyon")]
    found = []
    for (batch, _), ask in asking(provider, questions):
        try:
            found.append(ask()[0].location)
        except TransientError as error:
            found.append(f"{batch[0].id}: {error}")

    assert ["paris", "spoilt: 503", "lyon"] == found


def test_who_takes_no_more_answers_lets_the_rest_unasked():
    """At most those are asked that were under way."""
    provider = MeetingProvider(at_once=2)
    for _, ask in asking(provider, [question(str(number)) for number in range(99)]):
        ask()
        break

    assert provider.answered <= 2 * provider.at_once
