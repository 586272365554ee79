"""Keep the whole fleet within what each provider allows."""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from airq_cron.clock import Clock
from airq_cron.domain.quota import Refusal, Window, refuse_any
from airq_cron.errors import QuotaError, UnreachableError
from airq_cron.ports import Store, Traffic

T = TypeVar("T")
LOG = logging.getLogger("airq.politeness")
# A call takes at most 30 s; a holder that dies frees the lane after this.
LEASE = timedelta(seconds=45)
PATIENCE_S = 20.0
LOOK_AGAIN_S = 0.1
COME_BACK = timedelta(seconds=5)
# While Redis is away nobody knows what the others do.
LOCAL_SHARE = 10


def lane_of(provider: str, egress: str) -> str:
    """Return the name of the lane of calls to a provider from an address."""
    return f"{provider}:{egress}"


class Politeness:
    """
    Lets calls pass one after the other, and within the windows of their provider.

    Short windows and the lane are Redis', long windows the database's, which no
    flush of Redis loses. While Redis is away each process keeps a tenth of the
    short windows for itself, and its own lane.

    Args:
        quotas: the windows of those providers that have any.
        one_by_one: providers that want one call in flight.
        egress: names the address that calls leave from; hosts that share one
            share the lane.
    """

    def __init__(
        self,
        store: Store,
        traffic: Callable[[], Traffic],
        clock: Clock,
        *,
        quotas: Mapping[str, Sequence[Window]],
        one_by_one: Collection[str],
        egress: str = "",
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._store = store
        self._traffic = traffic
        self._clock = clock
        self._quotas = quotas
        self._one_by_one = one_by_one
        self._egress = egress
        self._patience_s = patience_s
        self._local = LocalTraffic(clock)
        self.is_local = False

    @contextmanager
    def passing(self, provider: str, tenths: int) -> Iterator[None]:
        """
        Hold the way for one call of so many tenths.

        Who has room soon waits here: a question that takes several calls, of which
        the last ones have no room, would otherwise begin anew for ever.

        Raises:
            QuotaError: its windows have no room soon, or others are in flight.
        """
        lane, holder = lane_of(provider, self._egress), uuid4().hex
        began = self._clock.monotonic()
        while (refusal := self._try(provider, lane, holder, tenths, began)) is not None:
            wait_s = (refusal.retry_at - self._clock.now()).total_seconds()
            if wait_s > self._left_s(began):
                raise QuotaError(
                    f"the calls that {provider} allows a {refusal.window} are made",
                    retry_at=refusal.retry_at,
                    window=refusal.window,
                )
            self._clock.wait(max(LOOK_AGAIN_S, wait_s))
        try:
            yield
        finally:
            self._leave(provider, lane, holder)

    def _try(
        self, provider: str, lane: str, holder: str, tenths: int, began: float
    ) -> Refusal | None:
        """Enter the lane and count the call; nobody waits for room in the lane."""
        self._enter(provider, lane, holder, began)
        try:
            refusal = self._count(provider, tenths)
        except BaseException:
            self._leave(provider, lane, holder)
            raise
        if refusal is not None:
            self._leave(provider, lane, holder)
        return refusal

    def _enter(self, provider: str, lane: str, holder: str, began: float) -> None:
        if provider not in self._one_by_one:
            return
        while not self._ask(lambda traffic: traffic.enter(lane, holder, LEASE)):
            if self._left_s(began) <= 0:
                raise QuotaError(
                    f"another call to {provider} is in flight",
                    retry_at=self._clock.now() + COME_BACK,
                    window="concurrency",
                )
            self._clock.wait(LOOK_AGAIN_S)

    def _leave(self, provider: str, lane: str, holder: str) -> None:
        if provider in self._one_by_one:
            self._ask(lambda traffic: traffic.leave(lane, holder))

    def _left_s(self, began: float) -> float:
        return self._patience_s - (self._clock.monotonic() - began)

    def _count(self, provider: str, tenths: int) -> Refusal | None:
        windows = self._quotas.get(provider, ())
        short = [one for one in windows if one.is_short]
        long = [one for one in windows if not one.is_short]
        refusal = self._ask(lambda traffic: traffic.take(provider, short, tenths))
        if refusal is None and long:
            refusal = self._store.write(
                lambda unit: unit.upstreams.take(
                    provider, long, tenths, unit.runs.now()
                )
            )
        return refusal

    def _ask(self, ask: Callable[[Traffic], T]) -> T:
        try:
            answer = ask(self._traffic())
        except UnreachableError as error:
            if not self.is_local:
                LOG.warning("local politeness: %s", error, extra={"action": "local"})
            self.is_local = True
            return ask(self._local)
        self.is_local = False
        return answer


class LocalTraffic:
    """The traffic of this process alone, at a tenth of each limit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._used: dict[tuple[str, str], dict[datetime, int]] = {}
        self._lanes: dict[str, tuple[str, datetime]] = {}

    def take(
        self, provider: str, asked: Sequence[Window], tenths: int
    ) -> Refusal | None:
        """Count a call in every window, or in none when one has no room."""
        at = self._clock.now()
        smaller = [
            Window(one.name, one.length, one.bucket, -(-one.calls // LOCAL_SHARE))
            for one in asked
        ]
        with self._lock:
            used = {one.name: self._used.get((provider, one.name), {}) for one in asked}
            refusal = refuse_any(used, smaller, tenths, at)
            for one in smaller if refusal is None else ():
                known = self._used.setdefault((provider, one.name), {})
                start = one.start_of(at)
                known[start] = known.get(start, 0) + tenths
                for old in [s for s in known if s + one.bucket + one.counts_for <= at]:
                    del known[old]
        return refusal

    def used(self, provider: str, asked: Sequence[Window]) -> Mapping[str, int]:
        """Return the tenths that are counted, by window."""
        with self._lock:
            return {
                one.name: sum(self._used.get((provider, one.name), {}).values())
                for one in asked
            }

    def enter(self, lane: str, holder: str, lease: timedelta) -> bool:
        """Take the lane for at most *lease*; say whether it was free."""
        at = self._clock.now()
        with self._lock:
            if lane in self._lanes and at < self._lanes[lane][1]:
                return False
            self._lanes[lane] = (holder, at + lease)
        return True

    def leave(self, lane: str, holder: str) -> None:
        """Give the lane back, if it is still ours."""
        with self._lock:
            if self._lanes.get(lane, ("", None))[0] == holder:
                del self._lanes[lane]

    def is_held(self, lane: str) -> bool:
        """Say whether a call is in flight there."""
        held = self._lanes.get(lane)
        return held is not None and self._clock.now() < held[1]
