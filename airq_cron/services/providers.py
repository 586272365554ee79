"""Providers as people see them: what they allow, what is used, who is disabled."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from airq_cron.domain.quota import CALL, Window
from airq_cron.errors import ConflictError, NotFoundError, UnreachableError
from airq_cron.ports import AuditEntry, Sample, Store, Traffic, Unit
from airq_cron.services.politeness import lane_of
from airq_cron.services.refusals import enable_provider


@dataclass(frozen=True, slots=True)
class WindowUse:
    """A window and the calls that count in it now; None when Redis is away."""

    name: str
    limit: int
    used: float | None


@dataclass(frozen=True, slots=True)
class RefusedPlace:
    """A place for which the provider says that it will never answer."""

    location: str
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """
    One provider that can be asked.

    Attributes:
        not_before: it said when to come back; None when it may be asked.
        in_flight: whether it is being asked now, from this host's address; None
            when Redis is away.
        windows: what it allows; empty where we know of no quota.
    """

    name: str
    attribution: str
    disabled_at: datetime | None
    reason: str | None
    not_before: datetime | None
    in_flight: bool | None
    windows: tuple[WindowUse, ...]
    refused: tuple[RefusedPlace, ...]
    samples: int


@dataclass(frozen=True, slots=True)
class ProviderDesk:
    """
    Where people see to providers.

    Attributes:
        attributions: of those that are asked here, by name.
        quotas: of those whose own address is asked.
        egress: names the address that calls of this host leave from.
    """

    store: Store
    traffic: Callable[[], Traffic]
    attributions: Mapping[str, str]
    quotas: Mapping[str, Sequence[Window]]
    egress: str = ""

    def lines(self) -> list[ProviderLine]:
        """Return every provider that is asked, the default one first."""
        return [self.line(name) for name in self.attributions]

    def line(self, name: str) -> ProviderLine:
        """Return one provider; raises NotFoundError."""
        self._check(name)
        windows = self.quotas.get(name, ())
        with self.store.read() as unit:
            now = unit.runs.now()
            state = unit.upstreams.state(name)
            fetches = unit.locations.fetch_state(name)
            waiting = unit.locations.held(name, now)
            long = [one for one in windows if not one.is_short]
            used = dict(unit.upstreams.used(name, long, now)) if long else {}
            samples = len(unit.upstreams.samples(name))
        used |= self._short(name, [one for one in windows if one.is_short])
        return ProviderLine(
            name=name,
            attribution=self.attributions[name],
            disabled_at=state.disabled_at,
            reason=state.reason,
            not_before=None if waiting is None else waiting.not_before,
            in_flight=self._in_flight(name),
            windows=tuple(_use(one, used) for one in windows),
            refused=tuple(
                RefusedPlace(one.location, one.detail, one.asked_at)
                for one in fetches.values()
                if one.outcome == "permanent_location"
            ),
            samples=samples,
        )

    def samples(self, name: str) -> list[Sample]:
        """Return the answers nobody could read, newest first; raises NotFoundError."""
        self._check(name)
        with self.store.read() as unit:
            return list(unit.upstreams.samples(name))

    def enable(self, name: str, *, by: str, location: str | None = None) -> None:
        """
        Let a provider be asked again, or only for one place that it refused.

        Raises:
            NotFoundError: no such provider.
            ConflictError: it is not disabled, or does not refuse the place.
        """
        self._check(name)

        def work(unit: Unit) -> None:
            before = unit.upstreams.state(name).reason
            if location is None:
                if not enable_provider(unit, name):
                    raise ConflictError(f"{name} is not disabled")
            else:
                state = unit.locations.fetch_state(name).get(location)
                if state is None or state.outcome != "permanent_location":
                    raise ConflictError(f"{name} does not refuse {location}")
                before = state.detail
                unit.locations.forget_fetch(name, location)
            unit.audit.record(
                AuditEntry(
                    by,
                    "provider.enable",
                    f"provider:{name}",
                    before={"reason": before, "location": location},
                )
            )

        self.store.write(work)

    def _check(self, name: str) -> None:
        if name not in self.attributions:
            raise NotFoundError("provider", name)

    def _in_flight(self, name: str) -> bool | None:
        if name not in self.quotas:
            return False
        try:
            return self.traffic().is_held(lane_of(name, self.egress))
        except UnreachableError:
            return None

    def _short(self, name: str, windows: Collection[Window]) -> Mapping[str, int]:
        if not windows:
            return {}
        try:
            return self.traffic().used(name, list(windows))
        except UnreachableError:
            return {}


def _use(window: Window, used: Mapping[str, int]) -> WindowUse:
    tenths = used.get(window.name)
    return WindowUse(
        window.name, window.calls, None if tenths is None else tenths / CALL
    )
