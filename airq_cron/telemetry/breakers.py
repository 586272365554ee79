"""Breakers in Redis: one hash each, one script, the server's clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

from redis.client import Pipeline

from airq_cron.domain.breaker import Breaker, BreakerRules, BreakerState, Verdict
from airq_cron.ports.breaker import Ending, Passage
from airq_cron.telemetry import keys
from airq_cron.telemetry.client import connect, reaching
from airq_cron.telemetry.scripts import read_script

NAMES = (
    "state",
    "failures",
    "failed_at",
    "opened_at",
    "until",
    "holder",
    "holder_until",
    "closed_at",
    "error",
)
LONGEST_ERROR = 500
NONE = BreakerRules()


class RedisBreakerStorage:
    """
    See `ports.BreakerStorage`; every call is one round trip.

    Raises:
        UnreachableError: Redis does not answer.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = connect(url)
        self._script = self._client.register_script(read_script("breaker"))

    def admit(self, name: str, permit: str, rules: BreakerRules) -> Passage:
        """Ask whether the call of *permit* may be made; a probe takes the lease."""
        return self._run(name, "admit", permit, rules)

    def settle(
        self, name: str, permit: str, rules: BreakerRules, ending: Ending
    ) -> Passage:
        """Say how the call of *permit* ended."""
        return self._run(name, "settle", permit, rules, ending)

    def reset(self, name: str) -> Passage:
        """Close it as if nothing had happened."""
        return self._run(name, "reset", "", NONE)

    def tidy(self, name: str) -> bool:
        """Free a lease that ran out; say whether there was one."""
        return self._run(name, "tidy", "", NONE).verdict is Verdict.PROBE

    def look(self, name: str) -> Breaker:
        """Return what is known; changes nothing."""
        with reaching(self._url):
            found: Any = self._client.hmget(keys.breaker(name), NAMES)
        return read_breaker(found)

    def _run(
        self,
        name: str,
        operation: str,
        permit: str,
        rules: BreakerRules,
        ending: Ending | None = None,
    ) -> Passage:
        values = [
            operation,
            permit,
            rules.threshold,
            *map(_millis, (rules.timeout, rules.window, rules.lease, rules.gentle)),
            int(rules.recovers),
            ending.result.value if ending else "",
            (ending.error or "")[:LONGEST_ERROR] if ending else "",
            _stamp(ending.retry_at) if ending and ending.retry_at else "",
            _millis(max(keys.BREAKER_TTL, 4 * rules.timeout)),
        ]
        with reaching(self._url):
            verdict, before, now, *fields = self._script([keys.breaker(name)], values)
        return Passage(
            Verdict(verdict.decode()),
            BreakerState(before.decode()),
            read_breaker(fields),
            _instant(now),
        )


def ask_breaker(pipe: Pipeline, name: str) -> None:
    """Ask for all that is known of a breaker."""
    pipe.hmget(keys.breaker(name), NAMES)


def read_breaker(fields: list[bytes | None]) -> Breaker:
    """Return the breaker whose fields are those of `NAMES`."""
    texts = [raw.decode() if raw else None for raw in fields]
    known = dict(zip(NAMES, texts, strict=True))
    instants = {
        name: _instant(known[name])
        for name in ("failed_at", "opened_at", "until", "holder_until", "closed_at")
        if known[name]
    }
    return Breaker(
        state=BreakerState(known["state"] or BreakerState.CLOSED),
        failures=int(known["failures"] or 0),
        holder=known["holder"],
        error=known["error"],
        **instants,
    )


def _millis(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)


def _stamp(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _instant(millis: bytes | str | None) -> datetime:
    return datetime.fromtimestamp(int(millis or 0) / 1000, UTC)
