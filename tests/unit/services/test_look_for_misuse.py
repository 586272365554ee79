"""Security alerts: many refusals, many runs by hand, a token from elsewhere."""

from datetime import timedelta

import pytest

from airq_cron.domain.alert_rule import DEFAULTS
from airq_cron.domain.flip import Flip
from airq_cron.domain.notification import NotificationType
from airq_cron.domain.notification_words import tell
from airq_cron.domain.refusal import Refusals, floor_minute
from airq_cron.domain.role import Role
from airq_cron.ports import AuditEntry, FlipFilter
from airq_cron.services.alert_rules import change_rule
from airq_cron.services.issue_token import create_token
from airq_cron.services.look_for_misuse import NEW_FOR, WINDOW
from airq_cron.services.watch_parts import PartsWatch
from airq_cron.store.store import SqlStore
from airq_cron.system import System
from airq_cron.testing import FakeClock, MemoryHeartbeats, MemoryQueues

STEP = timedelta(seconds=20)
KINDS = ("many_refusals", "many_manual_runs", "new_address")
HOME, AWAY = "192.0.2.1", "198.51.100.7"


class Scene:
    """An instance, and whoever watches it."""

    def __init__(self, store: SqlStore, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.watch = PartsWatch(store, MemoryQueues(), MemoryHeartbeats(clock))

    def look(self, times: int = 2) -> list[Flip]:
        """Look so often; return the security alerts, the last raised first."""
        for _ in range(times):
            self.clock.advance(STEP)
            self.watch.look(self.clock.now())
        with self.store.read() as unit:
            found = unit.flips.find(FlipFilter(), limit=99, after=None)
        return [flip for flip in found if flip.kind in KINDS]

    def refuse(self, calls: int, address: str = AWAY) -> None:
        """Refuse calls in this minute, which is not over."""
        one = Refusals(floor_minute(self.clock.now()), address, {401: calls})
        self.store.write(lambda unit: unit.calls.add_refusals([one]))

    def record(self, actor: str, action: str, times: int = 1) -> None:
        """Write to the audit trail."""
        entry = AuditEntry(actor, action, "job:x", address=HOME)
        for _ in range(times):
            self.store.write(lambda unit: unit.audit.record(entry))

    def use(self, token_id: str, address: str) -> None:
        """Let a token be used."""
        at = self.clock.now()
        self.store.write(lambda unit: unit.calls.note_address(token_id, address, at))


@pytest.fixture
def scene(store: SqlStore, clock: FakeClock) -> Scene:
    """Give an instance that nobody misuses."""
    return Scene(store, clock)


@pytest.fixture
def token_id(system: System) -> str:
    """Give a token that is used from one address."""
    issued = create_token(
        system.store, name="ops", role=Role.OPERATOR, at=system.clock.now()
    )
    return issued.token.id


def test_usual_calls_raise_nothing(scene: Scene, token_id: str) -> None:
    """A mistyped token, a few runs by hand, a token where it always is."""
    scene.refuse(100)
    scene.record("token:ops", "job.execute", 5)
    scene.use(token_id, HOME)

    assert [] == scene.look(3)


def test_many_refusals_raise_an_alert_that_names_who(scene: Scene) -> None:
    """Before their minute is over, with those that a role forbade."""
    scene.refuse(99)
    scene.refuse(1, HOME)
    scene.record("token:ops", "call.refuse")
    (flip,) = scene.look()

    assert ("many_refusals", "high", True) == (flip.kind, flip.severity, flip.is_open)
    assert (
        "101 calls were refused in ten minutes, more than 100, 99 of them from "
        f"{AWAY}. Which: airq audit list --action call.refuse." == flip.message
    )
    assert AWAY == flip.detail["most"]


def test_many_refusals_are_over_when_they_are_few(scene: Scene) -> None:
    """Around the limit nothing changes."""
    scene.refuse(101)
    assert scene.look()[0].is_open
    scene.clock.advance(WINDOW)
    scene.refuse(60)
    assert scene.look(3)[0].is_open
    scene.clock.advance(WINDOW)

    (flip,) = scene.look()
    assert not flip.is_open
    assert "0 calls were refused" in (flip.cleared_message or "")


def test_many_runs_by_hand_raise_an_alert_that_names_who(scene: Scene) -> None:
    """A script gone wild, or somebody who has a token that is not theirs."""
    scene.record("cli:ann", "job.execute", 4)
    scene.record("token:ops", "job.execute", 27)
    scene.record("token:ops", "job.pause", 50)
    (flip,) = scene.look()

    assert ("many_manual_runs", 31) == (flip.kind, flip.detail["calls"])
    assert "27 of them by token:ops" in flip.message


def test_a_threshold_that_people_set_counts(scene: Scene) -> None:
    """Rules are data: changed while everything runs."""
    change_rule(
        scene.store,
        "many_manual_runs",
        {"threshold": 3.0},
        by="cli:ann",
        defaults=DEFAULTS,
    )
    scene.record("cli:ann", "job.execute", 4)

    assert ["many_manual_runs"] == [flip.kind for flip in scene.look()]


def test_a_token_from_a_new_address_raises_an_alert_at_once(
    scene: Scene, token_id: str
) -> None:
    """Each address one; the first is where the token lives."""
    scene.use(token_id, HOME)
    scene.clock.advance(STEP)
    scene.use(token_id, AWAY)
    scene.use(token_id, "203.0.113.9")
    found = scene.look(1)

    assert 2 == len(found) == len(scene.look(1))
    assert {f"token_address:ops@{AWAY}", "token_address:ops@203.0.113.9"} == {
        flip.subject for flip in found
    }
    assert "airq token revoke ops" in found[0].message


def test_after_a_day_an_address_is_known(scene: Scene, token_id: str) -> None:
    """The alert ends, and does not come again."""
    scene.use(token_id, HOME)
    scene.clock.advance(STEP)
    scene.use(token_id, AWAY)
    assert scene.look(1)[0].is_open
    scene.clock.advance(NEW_FOR)
    (flip,) = scene.look(1)
    scene.clock.advance(2 * NEW_FOR)
    scene.use(token_id, AWAY)

    assert "is known" in (flip.cleared_message or "")
    assert [False] == [one.is_open for one in scene.look(2)]


def test_an_alert_that_nobody_looked_after_ends_all_the_same(
    scene: Scene, token_id: str
) -> None:
    """No beat ran for days."""
    scene.use(token_id, HOME)
    scene.clock.advance(STEP)
    scene.use(token_id, AWAY)
    assert scene.look(1)[0].is_open
    scene.clock.advance(5 * NEW_FOR)

    assert [False] == [one.is_open for one in scene.look(1)]


def test_people_are_told_what_to_do(scene: Scene, token_id: str) -> None:
    """With the commands, and no placeholder left."""
    scene.use(token_id, HOME)
    scene.clock.advance(STEP)
    scene.use(token_id, AWAY)
    scene.refuse(500)
    scene.record("cli:ann", "job.execute", 60)
    texts = [
        tell(flip, NotificationType.RAISED, id="1", at=scene.clock.now(), base_url="x")
        for flip in scene.look()
    ]

    assert 3 == len(texts)
    for one in texts:
        assert "Next: " in one.text
        assert "`airq " in one.text
        assert "{" not in one.text
