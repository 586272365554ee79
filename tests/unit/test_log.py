"""Log lines for machines and for people."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from airq_cron.log import (
    ConsoleFormatter,
    JsonFormatter,
    extra_fields,
    set_up_logging,
)


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """Give the root logger and put it back as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield root
    root.handlers[:], level = before
    root.setLevel(level)


def record(
    message: str = "%s ended", *args: object, **extra: object
) -> logging.LogRecord:
    """Return what a logger would hand to its formatter."""
    logger = logging.getLogger("airq.run")
    made = logger.makeRecord(
        "airq.run", logging.WARNING, "file.py", 1, message, args, None, extra=extra
    )
    made.created = 1_772_366_430.5
    return made


def with_error(made: logging.LogRecord) -> logging.LogRecord:
    """Return the record of an error that was caught."""
    try:
        raise ValueError("it broke")
    except ValueError:
        made.exc_info = sys.exc_info()
    return made


def test_a_line_for_machines_is_one_json_object() -> None:
    """With the extra fields as keys of their own."""
    line = JsonFormatter().format(record("%s ended", "a-job", action="run_ended", n=3))

    assert "\n" not in line
    assert {
        "at": "2026-03-01T12:00:30.500000+00:00",
        "level": "warning",
        "logger": "airq.run",
        "message": "a-job ended",
        "action": "run_ended",
        "n": 3,
    } == json.loads(line)


def test_an_error_keeps_its_traceback_on_the_one_line() -> None:
    """Whoever counts lines counts events."""
    line = JsonFormatter().format(with_error(record("x")))

    assert "\n" not in line
    assert "ValueError: it broke" in json.loads(line)["traceback"]


def test_what_json_does_not_know_is_written_as_text() -> None:
    """A log line never fails."""
    line = JsonFormatter().format(record("x", path=io.StringIO, name_of="Zürich"))

    assert "StringIO" in json.loads(line)["path"]
    assert "Zürich" in line


def test_a_line_for_people_begins_with_the_time() -> None:
    """Then level and message, then what is extra."""
    line = ConsoleFormatter().format(record("%s ended", "a-job", action="x", n=3))

    assert "12:00:30 WARNING a-job ended  action=x n=3" == line


def test_a_traceback_for_people_stands_below_the_line() -> None:
    """As Python writes it."""
    first, *rest = ConsoleFormatter().format(with_error(record("x"))).split("\n")

    assert "12:00:30 WARNING x" == first
    assert "ValueError: it broke" == rest[-1]


def test_what_is_private_or_celerys_is_no_extra_field() -> None:
    """Celery hangs a whole task on some records."""
    assert {"job": "a"} == extra_fields(record("x", job="a", _secret=1, data={}))


@pytest.mark.parametrize(
    ("form", "stream", "formatter"),
    [
        ("json", Terminal(), JsonFormatter),
        ("console", io.StringIO(), ConsoleFormatter),
        ("auto", Terminal(), ConsoleFormatter),
        ("auto", io.StringIO(), JsonFormatter),
    ],
)
def test_the_form_follows_the_setting_and_who_is_watching(
    form: str,
    stream: io.StringIO,
    formatter: type[logging.Formatter],
    root: logging.Logger,
) -> None:
    """`auto` is for people on a terminal alone."""
    set_up_logging(form, stream)

    (handler,) = root.handlers
    assert isinstance(handler.formatter, formatter)


def test_every_line_goes_to_the_stream_once(root: logging.Logger) -> None:
    """However often it is set up; Celery's chatter stays away."""
    stream = io.StringIO()
    for _ in range(2):
        set_up_logging("json", stream)

    logging.getLogger("airq.x").info("said", extra={"n": 1})
    logging.getLogger("airq.x").debug("not said")
    logging.getLogger("celery.worker.strategy").info("Task received")

    (line,) = stream.getvalue().splitlines()
    assert ("said", 1) == (json.loads(line)["message"], json.loads(line)["n"])
