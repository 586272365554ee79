"""Alert rules on both databases: what people changed is kept, the rest is not."""

from dataclasses import replace
from datetime import timedelta

from airq_cron.domain.alert_rule import DEFAULTS, AlertRule
from airq_cron.domain.flip import FlipKind
from airq_cron.domain.severity import Severity
from airq_cron.store.store import SqlStore

BACKLOG = AlertRule(
    FlipKind.QUEUE_BACKLOG,
    Severity.LOW,
    threshold=0.5,
    open_after=3,
    close_after=4,
    cool_down=timedelta(minutes=5),
    repeat_every=timedelta(days=30),
    enabled=False,
    note="why",
)
BARE = DEFAULTS[FlipKind.BROKER_LOST]


def put(store: SqlStore, *rules: AlertRule) -> None:
    for rule in rules:
        store.write(lambda unit, rule=rule: unit.alert_rules.put(rule))  # type: ignore[misc]


def changed(store: SqlStore) -> list[AlertRule]:
    with store.read() as unit:
        return unit.alert_rules.changed()


def test_nobody_has_changed_anything_at_first(store: SqlStore) -> None:
    """The rules by default stand in code only."""
    assert [] == changed(store)


def test_a_rule_is_read_back_as_it_was_put(store: SqlStore) -> None:
    """Every field, and those that are left out."""
    put(store, BACKLOG, BARE)

    assert [BARE, BACKLOG] == changed(store)
    with store.read() as unit:
        assert unit.alert_rules.changed_one(BACKLOG.kind) == BACKLOG
        assert unit.alert_rules.changed_one(FlipKind.HIGH_AQI) is None


def test_the_last_change_holds(store: SqlStore) -> None:
    """And is found locked as well."""
    put(store, BACKLOG)
    put(store, replace(BACKLOG, threshold=7))

    kept = store.write(
        lambda unit: unit.alert_rules.changed_one(BACKLOG.kind, lock=True)
    )
    assert replace(BACKLOG, threshold=7) == kept


def test_what_is_dropped_is_as_by_default(store: SqlStore) -> None:
    """Twice is harmless."""
    put(store, BACKLOG)
    for _ in range(2):
        store.write(lambda unit: unit.alert_rules.drop(BACKLOG.kind))

    assert [] == changed(store)
