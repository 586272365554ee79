"""
Every error this product raises, in one tree.

    AirqError
    ├── ConfigError               a setting is wrong: refuse to start
    ├── UnreachableError          Redis or the database does not answer
    ├── InvalidError              a value from outside is wrong; names the field
    │   └── ScheduleError         a schedule that cannot be accepted
    ├── NotFoundError             no such job, run, location, token
    ├── ConflictError             right request, wrong moment
    │   ├── JobBusyError          the overlap policy refuses a manual run
    │   └── StaleError            it was changed since the caller read it
    ├── LeaseLostError            another attempt owns the run: write nothing
    ├── StoreError                the database refused or went away
    ├── ImportFileError           a file that is not one of the known forms
    ├── DeliveryError             a message did not reach its channel this time
    │   └── DeliveryRefusedError  nor will it until a person changes something
    └── ProviderError             an upstream call did not give data
        ├── TransientError        try again later; counts for the breaker
        ├── MalformedError        an answer that cannot be read; counts as well
        ├── QuotaError            asked too often; knows when to ask again
        ├── BreakerOpenError      nobody is asked: the breaker is open
        ├── PermanentLocationError  this place will never be answered
        └── PermanentProviderError  nobody will be answered: key, ban, version

The first sentence of each docstring is the message when none is given.
"""

import re
from datetime import datetime
from typing import Any

LOGIN = re.compile(r"(?<=://)([^:@/?#]*):.*@", re.DOTALL)
OPTION = re.compile(r"(?<=password=)[^&]*")


def without_password(url: str) -> str:
    """
    Return *url* fit to be shown: its password, if any, as `***`.

    It is not parsed: whoever forgot to encode a slash, a hash or an at sign in a
    password must not see it in a log for that.
    """
    return OPTION.sub("***", LOGIN.sub(r"\1:***@", url))


class AirqError(Exception):
    """Something went wrong in airq-cron."""

    retryable = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().split("\n")[0])

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it cross to another process, whatever its class is made of."""
        return _restored, (type(self), self.args), self.__dict__


def _restored(kind: type[AirqError], args: tuple[Any, ...]) -> AirqError:
    return kind.__new__(kind, *args)


class ConfigError(AirqError):
    """
    A setting is wrong.

    Args:
        setting: the environment name a person must change.
    """

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(f"{setting}: {message}")
        self.setting = setting


class UnreachableError(AirqError):
    """
    A service that we need does not answer.

    Args:
        setting: the environment name that holds its address.
        address: the address; it is kept and shown without its password.
    """

    retryable = True

    def __init__(self, setting: str, address: str, reason: str) -> None:
        address = without_password(address)
        super().__init__(f"{setting}: cannot reach {address}: {reason}")
        self.setting = setting
        self.address = address


class InvalidError(AirqError):
    """
    A value from outside is not acceptable.

    Args:
        field: dotted path of the value, as the sender spelt it.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.reason = message


class ScheduleError(InvalidError):
    """A schedule cannot be accepted."""


class NotFoundError(AirqError):
    """
    There is nothing of this name.

    Args:
        kind: `job`, `run`, `backfill`, `location`, `token`, `queue`.
    """

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"unknown {kind}: {name}")
        self.kind = kind
        self.name = name


class ConflictError(AirqError):
    """The request does not fit the present state."""


class JobBusyError(ConflictError):
    """An unfinished run of the job stands in the way."""

    def __init__(self, job: str, run_id: str) -> None:
        super().__init__(f"{job} has an unfinished run: {run_id}")
        self.job = job
        self.run_id = run_id


class StaleError(ConflictError):
    """
    Somebody else changed it since the caller read it.

    Args:
        version: the one it has now.
    """

    def __init__(self, name: str, version: int) -> None:
        super().__init__(f"{name} was changed in the meantime: it is version {version}")
        self.version = version


class LeaseLostError(AirqError):
    """Another attempt owns this run now; nothing was written."""


class StoreError(AirqError):
    """The database refused or went away."""

    retryable = True


class ImportFileError(AirqError):
    """The file is not one of the known forms."""


class DeliveryError(AirqError):
    """
    A message did not reach its channel; a later attempt may.

    Args:
        retry_at: earliest instant of the next attempt, if the other side named one
            (aware, UTC).
    """

    retryable = True

    def __init__(
        self, message: str | None = None, *, retry_at: datetime | None = None
    ) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class DeliveryRefusedError(DeliveryError):
    """A channel will not take the message until a person changes something."""

    retryable = False


class ProviderError(AirqError):
    """
    An upstream call did not give data.

    `counts` says whether the circuit breaker counts it as a failure; `retry_at` is
    when the upstream wants to be asked again, if it said so.
    """

    outcome = "transient"
    counts = False
    retry_at: datetime | None = None


class TransientError(ProviderError):
    """
    The upstream did not answer, or answered that it is in trouble.

    Args:
        retry_at: earliest instant of the next call, if it named one (aware, UTC).
    """

    retryable = True
    counts = True

    def __init__(
        self, message: str | None = None, *, retry_at: datetime | None = None
    ) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class MalformedError(ProviderError):
    """
    The upstream's answer cannot be read; *body* is what it was.
    """

    body: bytes = b""
    outcome = "malformed"
    retryable = True
    counts = True


class QuotaError(ProviderError):
    """
    The upstream says that we ask too often.

    Args:
        retry_at: earliest instant of the next call (aware, UTC).
        window: `minute hour day month concurrency`.
    """

    outcome = "quota"

    retry_at: datetime

    def __init__(self, message: str, *, retry_at: datetime, window: str) -> None:
        super().__init__(message)
        self.retry_at = retry_at
        self.window = window


class BreakerOpenError(ProviderError):
    """
    The breaker is open: nobody was asked.

    Args:
        until: when it may let a call through again; None: nobody knows.
    """

    outcome = "breaker_open"

    def __init__(self, name: str, reason: str, until: datetime | None) -> None:
        when = "" if until is None else f" until {until.isoformat(timespec='seconds')}"
        super().__init__(f"the breaker of {name} is open{when}: {reason}")
        self.until = until


class PermanentLocationError(ProviderError):
    """The upstream will never answer for this location."""

    outcome = "permanent_location"


class PermanentProviderError(ProviderError):
    """The upstream will not answer us at all until a person acts."""

    outcome = "permanent_provider"
