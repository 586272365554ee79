"""Rules of alerts: changed by people, and obeyed by whoever raises one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.alert_rule import DEFAULTS
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.severity import Severity
from airq_cron.errors import InvalidError, NotFoundError
from airq_cron.ports import AuditEntry, AuditFilter
from airq_cron.services.alert_rules import (
    change_rule,
    raise_alert,
    read_rule,
    read_rules,
    reset_rule,
)
from airq_cron.store.store import SqlStore
from tests.flips import FLIP

NAME = FlipKind.QUEUE_BACKLOG.value
HOUR = timedelta(hours=1)
BACKLOG = replace(
    FLIP, kind=FlipKind.QUEUE_BACKLOG, location=None, key="a", condition="backlog"
)


def change(store: SqlStore, **changes: object) -> None:
    change_rule(store, NAME, changes, by="cli:anne", defaults=DEFAULTS)


def raised(store: SqlStore, flip: Flip) -> bool:
    return store.write(lambda unit: raise_alert(unit, flip))


def audited(store: SqlStore) -> list[AuditEntry]:
    with store.read() as unit:
        where = AuditFilter(subject=f"alert_rule:{NAME}")
        return unit.audit.find(where, limit=9, after=None)


def test_rules_are_as_by_default_until_somebody_changes_them(store: SqlStore) -> None:
    """All of them, by name; only the changed one is marked."""
    change(store, threshold=500.0)
    lines = read_rules(store, DEFAULTS)

    assert sorted(FlipKind) == [line.rule.kind for line in lines]
    assert [NAME] == [line.rule.name for line in lines if line.is_changed]
    assert 500.0 == read_rule(store, NAME, DEFAULTS).rule.threshold


def test_a_change_is_audited_with_what_it_changed(store: SqlStore) -> None:
    """What changes nothing is no change."""
    change(store, threshold=500.0, cool_down=HOUR)
    change(store, threshold=500.0)

    (entry,) = audited(store)
    assert ("cli:anne", "alert_rule.update") == (entry.actor, entry.action)
    assert {"threshold": 100, "cool_down": 0} == entry.before
    assert {"threshold": 500.0, "cool_down": 3600} == entry.after


def test_a_reset_makes_it_as_code_has_it(store: SqlStore) -> None:
    """And so follows what later versions say."""
    change(store, threshold=500.0)
    line = reset_rule(store, NAME, by="cli:anne", defaults=DEFAULTS)

    assert (DEFAULTS[FlipKind.QUEUE_BACKLOG], False) == (line.rule, line.is_changed)
    assert ["alert_rule.reset", "alert_rule.update"] == [
        one.action for one in audited(store)
    ]


def test_what_is_out_of_bounds_changes_nothing(store: SqlStore) -> None:
    """Named by its field."""
    with pytest.raises(InvalidError) as caught:
        change(store, threshold=0.0)

    assert "threshold" == caught.value.field
    assert not read_rule(store, NAME, DEFAULTS).is_changed


def test_an_unknown_rule_tells_those_there_are(store: SqlStore) -> None:
    """Somebody mistyped."""
    with pytest.raises(NotFoundError, match=NAME):
        read_rule(store, "backlog", DEFAULTS)


def test_an_alert_has_the_severity_of_its_rule(store: SqlStore) -> None:
    """As it was when the alert was raised."""
    change(store, severity=Severity.CRITICAL)
    raised(store, BACKLOG)
    change(store, severity=Severity.LOW)

    with store.read() as unit:
        assert Severity.CRITICAL is unit.flips.get(BACKLOG.id).severity


def test_a_rule_that_is_off_raises_nothing(store: SqlStore) -> None:
    """Until it is on again."""
    change(store, enabled=False)
    assert not raised(store, BACKLOG)
    change(store, enabled=True)
    assert raised(store, BACKLOG)


def test_a_condition_cools_down(store: SqlStore) -> None:
    """From when its end was stored; others do not wait for it."""
    change(store, cool_down=HOUR)
    raised(store, BACKLOG)
    store.write(
        lambda unit: unit.flips.clear(
            BACKLOG.id, ended_at=BACKLOG.began_at, message="It is over."
        )
    )
    with store.read() as unit:
        over = unit.flips.get(BACKLOG.id).cleared_at
    assert over is not None
    soon = replace(BACKLOG, key="b", raised_at=over + HOUR - timedelta(seconds=1))

    assert not raised(store, soon)
    assert raised(store, replace(soon, key="c", condition="another"))
    assert raised(store, replace(soon, key="d", raised_at=over + HOUR))
