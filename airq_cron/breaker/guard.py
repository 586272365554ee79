"""Providers whose calls go through a breaker."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from airq_cron.breaker.fleet import FleetBreaker
from airq_cron.domain.measurement import Location
from airq_cron.domain.reported import ReportedIndex
from airq_cron.ports import IndexProvider, LocationReadings, Provider

Guarded = TypeVar("Guarded", Provider, IndexProvider)


class _Guard(Generic[Guarded]):
    """
    Passes everything on to *inner*; its calls go through the breaker.

    Args:
        make: makes the breaker at the first call: it looks at Redis, which nobody
            needs who only wants to know the provider.
    """

    def __init__(self, inner: Guarded, make: Callable[[], FleetBreaker]) -> None:
        self.inner: Guarded = inner
        self._make = make

    @cached_property
    def breaker(self) -> FleetBreaker:
        """The provider's breaker."""
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class GuardedProvider(_Guard[Provider]):
    """A provider of concentrations behind its breaker."""

    def fetch(
        self, locations: Sequence[Location], *, since: datetime, until: datetime
    ) -> list[LocationReadings]:
        """Ask as the provider does; raises BreakerOpenError, too."""
        return self.breaker.call(self.inner.fetch, locations, since=since, until=until)


class GuardedIndexProvider(_Guard[IndexProvider]):
    """A provider of indices behind its breaker."""

    def report(self, location: Location) -> list[ReportedIndex]:
        """Ask as the provider does; raises BreakerOpenError, too."""
        return self.breaker.call(self.inner.report, location)
