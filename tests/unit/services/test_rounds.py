"""When the watcher looks: in its rounds, and sooner when something seems to change."""

from datetime import UTC, datetime, timedelta

from airq_cron.ports import Heartbeat
from airq_cron.services.rounds import NOTHING, Rounds, Sight, glance
from airq_cron.testing import FakeClock, MemoryHeartbeats

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WELL: Sight = frozenset({"analytics"})


def due(
    rounds: Rounds, at_s: float, sight: Sight = WELL, *, unsure: bool = False
) -> bool:
    """Ask whether to look so long after noon; if so, look."""
    found = rounds.is_due(NOON + timedelta(seconds=at_s), at_s, sight)
    if found:
        rounds.done(unsure=unsure)
    return found


def test_each_interval_has_one_look() -> None:
    """However late in it the one before was; none is left out, none made up for."""
    rounds = Rounds(MINUTE)
    found = [at for at in (7, 12, 59, 60, 62, 179, 180, 500) if due(rounds, at)]

    assert [7, 60, 179, 180, 500] == found


def test_whoever_comes_or_goes_is_looked_at_at_once() -> None:
    """Also a Redis that does not answer any more, and one that does again."""
    rounds = Rounds(MINUTE)
    seen: list[Sight] = [WELL, WELL, NOTHING, NOTHING, None, None, WELL]

    assert [True, False, True, False, True, False, True] == [
        due(rounds, at, sight) for at, sight in enumerate(seen)
    ]


def test_what_is_not_believed_yet_is_looked_at_again() -> None:
    """After the pause, until it is believed."""
    rounds = Rounds(MINUTE, again_s=20)
    assert due(rounds, 0, unsure=True)
    assert [False, True] == [due(rounds, at, unsure=True) for at in (19, 20)]
    assert [False, True] == [due(rounds, at) for at in (39, 40)]

    assert [False, True] == [due(rounds, at) for at in (59, 60)]


def test_a_look_that_never_ended_well_is_made_again() -> None:
    """But not more often than the interval, where that is shorter."""
    rounds = Rounds(timedelta(seconds=300), again_s=20)
    assert rounds.is_due(NOON, 0, WELL)
    assert not rounds.is_due(NOON + 19 * timedelta(seconds=1), 19, WELL)
    assert rounds.is_due(NOON + 20 * timedelta(seconds=1), 20, WELL)

    short = Rounds(timedelta(seconds=2), again_s=20)
    assert [True, False, True] == [due(short, at, unsure=True) for at in (0, 1, 2)]


def test_a_glance_sees_which_queues_have_workers(clock: FakeClock) -> None:
    """Not by whom; None when nobody can tell."""
    heartbeats = MemoryHeartbeats(clock)
    assert frozenset() == glance(heartbeats)
    for name, role, queues in [
        ("a", "worker", ["analytics", "data-fetch"]),
        ("b", "worker", ["analytics"]),
        ("beat", "beat", ["monitoring"]),
    ]:
        heartbeats.beat(Heartbeat(name, role, clock.now(), {"queues": queues}), MINUTE)
    assert frozenset({"analytics", "data-fetch"}) == glance(heartbeats)
    heartbeats.broken = True

    assert glance(heartbeats) is None
