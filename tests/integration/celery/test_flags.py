"""The mission's flags, as they show from outside while real workers work."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from airq_cron.config import Secret
from airq_cron.domain.breaker import BreakerState
from airq_cron.domain.flip import Flip
from airq_cron.domain.retry import RetryRule
from airq_cron.domain.role import Role
from airq_cron.domain.run import State
from airq_cron.ports import FlipFilter, RunFilter
from airq_cron.sandbox import Fault, SandboxServer
from airq_cron.services.plan_deliveries import plan_deliveries
from airq_cron.system import System
from airq_cron.telemetry import keys
from api.app import create_app
from tests.conftest import WaitUntil
from tests.integration.celery.ledger import FETCH, Ledger, Workers, spoil
from tests.integration.celery.test_counts import QUEUE, counted, stop_all
from tests.receiver import Receiver
from tests.unit.api.caller import Caller, make_caller

ONCE = replace(FETCH, retry=RetryRule(attempts=1))
GOES_ON = (keys.breaker(""), keys.quota("open-meteo", ""))


def api(system: System) -> Caller:
    """Return somebody who asks an API with the same settings."""
    return make_caller(create_app(system), system, Role.VIEWER)


def written(system: System) -> list[str]:
    """Return every key in Redis."""
    with closing(redis.Redis.from_url(system.settings.redis_address)) as client:
        return sorted(key.decode() for key in client.scan_iter())


class TestWithoutMetricsAndNotifications:
    """CRON_ENABLE_METRICS_COLLECTION and CRON_ENABLE_ALERT_NOTIFICATIONS: false."""

    @pytest.fixture
    def receiver(self) -> Iterator[Receiver]:
        """Give the webhook, on this machine."""
        with Receiver() as found:
            yield found

    @pytest.fixture
    def more_settings(self, receiver: Receiver) -> dict[str, Any]:
        """Switch both off, though there is somebody to tell."""
        return {
            "metrics_collection": False,
            "alert_notifications": False,
            "alert_webhook_url": Secret(receiver.url),
            "alert_allow_private": True,
        }

    @pytest.fixture
    def worker_options(self) -> tuple[str, ...]:
        """Let the workers deliver, too."""
        return "--queues", f"{QUEUE},notifications"

    def test_nothing_is_measured_and_nobody_told(
        self,
        ledger: Ledger,
        workers: Workers,
        upstream: SandboxServer,
        receiver: Receiver,
        wait_until: WaitUntil,
    ) -> None:
        """Heartbeats, breaker and quota go on, and the alert is stored."""
        system = ledger.system
        spoil(upstream, Fault("503"))
        ledger.begin_many(ONCE, 6)
        wait_until(lambda: alerts(system), "the breaker opens and an alert is stored")
        with system.gate.passing("open-meteo", 10):
            line = system.breaker_desk.line("sandbox")
        wait_until(lambda: len(system.heartbeats.alive()) == 2, "both are alive")
        channels = list(system.channels.values())
        assert 1 == plan_deliveries(
            system.store, system.dispatcher, channels, by="an-older-beat"
        )
        wait_until(lambda: deliveries(system) == [State.SKIPPED], "it is not sent")
        stop_all(workers, wait_until)

        assert (BreakerState.OPEN, False) == (line.state, line.is_local)
        assert ["breaker_open"] == [flip.kind for flip in alerts(system)]
        assert [] == receiver.received
        kept = written(system)
        for prefix in GOES_ON:
            assert any(key.startswith(prefix) for key in kept), prefix
        for prefix in (keys.count(""), keys.ANSWERS):
            assert not any(key.startswith(prefix) for key in kept), prefix
        viewer = api(system)
        shown = viewer.get(f"/cron/health/queues/{QUEUE}").json
        assert (None, "none", []) == (
            shown["score"],
            shown["confidence"],
            shown["terms"],
        )
        text = viewer.get("/metrics").text
        families = {one.name for one in text_string_to_metric_families(text)}
        assert {"process_cpu_seconds", "python_info"} <= families
        assert not any(name.startswith("airq_") for name in families)
        assert not any(key.startswith(keys.ANSWERS) for key in written(system))


class TestWithoutHistograms:
    """CRON_ENABLE_PERFORMANCE_MONITORING=false."""

    @pytest.fixture
    def more_settings(self) -> dict[str, Any]:
        """Switch it off."""
        return {"performance_monitoring": False}

    def test_counts_go_on_and_times_are_not_kept(
        self, ledger: Ledger, workers: Workers, wait_until: WaitUntil
    ) -> None:
        """So trends and recommendations are refused, with the reason."""
        system = ledger.system
        run_id = ledger.begin()
        wait_until(lambda: ledger.is_in(run_id, State.SUCCEEDED), "it has succeeded")
        stop_all(workers, wait_until)
        found = counted(system)

        assert ({"succeeded": 1}, 1) == (found.counts, found.arrivals)
        assert 0 == sum(found.dwell) == sum(found.handling)
        viewer = api(system)
        for what in ("trends", "recommendations"):
            answer = viewer.get(f"/cron/health/{what}/{QUEUE}")
            assert 409 == answer.status_code
            reason = "CRON_ENABLE_PERFORMANCE_MONITORING is false"
            assert reason in answer.json["detail"]


def alerts(system: System) -> list[Flip]:
    """Return the open alerts."""
    with system.store.read() as unit:
        return unit.flips.find(FlipFilter(is_open=True), limit=9, after=None)


def deliveries(system: System) -> list[State]:
    """Return the states of all deliveries."""
    with system.store.read() as unit:
        found = unit.runs.find(RunFilter(job="notify"), limit=9, after=None)
    return [run.state for run in found]
