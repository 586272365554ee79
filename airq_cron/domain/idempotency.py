"""Calls that are made once, however often their caller repeats them."""

from dataclasses import dataclass
from enum import StrEnum

HEADER = "Idempotency-Key"


class Operation(StrEnum):
    """What a key is about: the same key for another one is another key."""

    CREATE_JOB = "job.create"
    ADD_LOCATION = "location.add"
    START_BACKFILL = "backfill.start"


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """
    By which a caller's repetitions of one call are known.

    Attributes:
        key: what the caller made up.
        digest: of the body that came with it.
    """

    operation: Operation
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class FirstCall:
    """
    What is kept of the first call with a key.

    Attributes:
        digest: of its body.
        made: name or id of what it made.
    """

    digest: str
    made: str
