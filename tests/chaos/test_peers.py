"""The same faults against other schedulers; nothing is asked of them but figures."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from airq_cron.clock import SystemClock
from tests.chaos.drill import LONG, closed_after_s, let_happen
from tests.chaos.faults import Faults
from tests.chaos.fleet import Fleet
from tests.chaos.peers import (
    PEERS,
    Peer,
    judge_peer,
    start_peer,
    tally,
)
from tests.chaos.proxy import BrokerProxy
from tests.chaos.report import Report
from tests.chaos.verdict import Verdict
from tests.conftest import WaitUntil
from tests.integration.nodes import ValkeyProcess
from tests.peers import install

pytestmark = pytest.mark.skipif(not LONG, reason="peers are drilled in `make chaos`")

START_S = 60.0
# Longer than the visibility timeout, after which lost messages come back.
QUIET_S = 20.0
PATIENCE_S = 60.0


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Install the peers."""
    assert install("redbeat")


@pytest.fixture(params=PEERS, ids=lambda peer: peer.name)
def peer(request: pytest.FixtureRequest) -> Peer:
    """Give one scheduler after the other."""
    found: Peer = request.param
    return found


@pytest.fixture
def peer_fleet(
    peer: Peer, proxy: BrokerProxy, tmp_path: Path, wait_until: WaitUntil
) -> Iterator[Fleet]:
    """Run its beats and workers."""
    made = Fleet(*start_peer(peer, tmp_path, proxy.url))
    try:
        wait_until(made.is_up, "its fleet is ready", timeout_s=START_S)
        yield made
    finally:
        made.stop()


def test_a_peer_under_the_same_faults(
    peer: Peer,
    peer_fleet: Fleet,
    valkey: ValkeyProcess,
    proxy: BrokerProxy,
    report: Report,
    tmp_path: Path,
) -> None:
    """Its row stands beside ours: what was done once, twice, and not at all."""
    clock = SystemClock()
    faults = Faults(peer_fleet, valkey, proxy, clock)
    span = let_happen(faults, clock, clock.now(), rounds=1)
    for beat in peer_fleet.beats:
        beat.teardown()
    workers = Fleet([], peer_fleet.workers)
    faults.fleet = workers
    closed = closed_after_s(
        faults,
        clock,
        lambda: tally(tmp_path).is_quiet(clock.now().timestamp(), QUIET_S),
        PATIENCE_S,
    )
    workers.stop()
    verdict = Verdict(
        database="none",
        seconds=round(span.seconds, 1),
        faults=dict(sorted(faults.counts.items())),
        closed_after_last_fault_s=None
        if closed is None
        else round(closed - QUIET_S, 1),
        self_exits=len(peer_fleet.self_exits) + len(workers.self_exits),
    )
    judge_peer(verdict, tally(tmp_path), span)
    report.add_peer(peer.name, verdict)

    assert verdict.due > 0
    assert verdict.due == (
        verdict.completed_once + verdict.completed_twice + verdict.missing
    )
