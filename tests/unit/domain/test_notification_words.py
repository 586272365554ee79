"""Messages that somebody can act on at night."""

import re
from dataclasses import replace
from datetime import timedelta

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.cli.main import main
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.notification import Notification, NotificationType
from airq_cron.domain.notification_words import (
    LONGEST_TITLE,
    NEXT,
    length,
    say_test,
    tell,
)
from airq_cron.domain.severity import Severity
from tests.air_rows import DAWN, HOUR
from tests.flips import FLIP

COMMAND = re.compile(r"`airq ([a-z-]+)(?: ([a-z-]+))?")
LOST = replace(
    FLIP,
    kind=FlipKind.BROKER_LOST,
    key="broker_lost",
    condition="broker_lost",
    subject="broker:redis",
    message="Redis does not answer: Connection refused.",
    location=None,
    severity=Severity.CRITICAL,
)
OVER = replace(
    LOST,
    ended_at=DAWN + 26 * HOUR,
    cleared_at=DAWN + 26 * HOUR,
    cleared_message="Redis answers again.",
)


def told(flip: Flip, kind: NotificationType) -> Notification:
    return tell(
        flip,
        kind,
        id="run-1",
        at=DAWN + 2 * HOUR,
        base_url="https://air.example",
    )


def test_an_alert_says_what_where_since_when_and_what_to_do() -> None:
    """In this order, and with a link."""
    message = told(LOST, NotificationType.RAISED)

    assert "[critical] Redis does not answer: Connection refused." == message.title
    assert [
        "Redis does not answer: Connection refused.",
        "",
        "Where: broker redis",
        "Since: 2026-03-01 00:00 UTC, for 2 h 0 min",
        f"Next: {NEXT[FlipKind.BROKER_LOST]}",
        f"See: https://air.example/cron/alerts/{LOST.id}",
    ] == message.text.splitlines()


def test_an_end_says_how_long_it_was() -> None:
    """And what it had been."""
    message = told(OVER, NotificationType.RESOLVED)

    assert "[resolved] Redis answers again." == message.title
    assert "It was: Redis does not answer: Connection refused." in message.text
    assert "To: 2026-03-02 02:00 UTC, after 1 d 2 h" in message.text
    assert "Next:" not in message.text


def test_a_repetition_says_that_it_is_one() -> None:
    """So that nobody looks for a second trouble."""
    assert told(LOST, NotificationType.REPEATED).title.startswith("[critical, still]")


@pytest.mark.parametrize("kind", FlipKind)
def test_every_kind_of_alert_has_a_next_step(kind: FlipKind) -> None:
    """With commands that are there."""
    message = told(replace(LOST, kind=kind), NotificationType.RAISED)
    step = next(line for line in message.text.splitlines() if line.startswith("Next"))

    assert "{" not in step
    for name, sub in COMMAND.findall(step):
        command = main.get_command(click.Context(main), name)
        assert command is not None, name
        if isinstance(command, click.Group):
            assert sub in command.list_commands(click.Context(command)), (name, sub)


def test_no_step_is_left_over() -> None:
    """Each belongs to a kind of alert."""
    assert set(NEXT) <= set(FlipKind)


@given(st.text(min_size=1, max_size=500))
def test_a_title_is_one_short_line(text: str) -> None:
    """Whatever an upstream put into the sentence."""
    title = told(replace(LOST, message=text), NotificationType.RAISED).title

    assert len(title) <= LONGEST_TITLE
    assert len(title.splitlines()) == 1


def test_the_document_has_the_figures_and_the_link() -> None:
    """For receivers that are programs."""
    alert = told(OVER, NotificationType.RESOLVED).alert

    assert ("broker_lost", "cleared") == (alert["kind"], alert["state"])
    assert "2026-03-01T00:00:00Z" == alert["began_at"]
    assert f"https://air.example/cron/alerts/{LOST.id}" == alert["link"]
    assert FLIP.detail == alert["detail"]


def test_a_test_message_says_that_it_is_one() -> None:
    """And when it was asked for."""
    message = say_test(id="1", at=DAWN, base_url="https://air.example")

    assert NotificationType.TEST is message.type
    assert "2026-03-01 00:00 UTC" in message.text


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(), "0 min"),
        (timedelta(seconds=-5), "0 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1, minutes=5), "1 h 5 min"),
        (timedelta(days=2, hours=3, minutes=9), "2 d 3 h"),
    ],
)
def test_lengths_are_told_in_two_units(span: timedelta, said: str) -> None:
    """Nobody counts seconds at night."""
    assert said == length(span)
