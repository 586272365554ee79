"""Alert rules as people changed them, in SQL."""

from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, delete, select

from airq_cron.domain.alert_rule import AlertRule
from airq_cron.domain.flip import FlipKind
from airq_cron.domain.severity import Severity
from airq_cron.store.flip_tables import alert_rules
from airq_cron.store.session import Session, insert_into

SECOND = timedelta(seconds=1)
KINDS = {kind.value for kind in FlipKind}


class SqlAlertRules:
    """The table `alert_rules`; see `ports.AlertRules`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def changed(self) -> list[AlertRule]:
        """Return the rules that people changed, by name."""
        return self._read(select(alert_rules).order_by(alert_rules.c.kind))

    def changed_one(self, kind: FlipKind, *, lock: bool = False) -> AlertRule | None:
        """Return one, or None while it is as by default."""
        query = select(alert_rules).where(alert_rules.c.kind == kind.value)
        found = self._read(query.with_for_update() if lock else query)
        return found[0] if found else None

    def put(self, rule: AlertRule) -> None:
        """Keep a rule as people changed it."""
        values = _values(rule)
        put = insert_into(alert_rules, on_postgresql=self._session.on_postgresql)
        self._session.connection.execute(
            put.values(kind=rule.kind.value, **values).on_conflict_do_update(
                index_elements=[alert_rules.c.kind], set_=values
            )
        )

    def drop(self, kind: FlipKind) -> None:
        """Forget what people changed; nothing happens when that is nothing."""
        self._session.connection.execute(
            delete(alert_rules).where(alert_rules.c.kind == kind.value)
        )

    def _read(self, query: Any) -> list[AlertRule]:
        rows = self._session.connection.execute(query).mappings()
        # A newer version may have left kinds that this one does not know.
        return [_rule(row) for row in rows if row["kind"] in KINDS]


def _values(rule: AlertRule) -> dict[str, Any]:
    repeat = rule.repeat_every
    return {
        "severity": rule.severity.value,
        "threshold": rule.threshold,
        "open_after": rule.open_after,
        "close_after": rule.close_after,
        "cool_down_s": rule.cool_down // SECOND,
        "repeat_every_s": None if repeat is None else repeat // SECOND,
        "enabled": rule.enabled,
        "note": rule.note,
    }


def _rule(row: RowMapping) -> AlertRule:
    repeat = row["repeat_every_s"]
    return AlertRule(
        kind=FlipKind(row["kind"]),
        severity=Severity(row["severity"]),
        threshold=row["threshold"],
        open_after=row["open_after"],
        close_after=row["close_after"],
        cool_down=row["cool_down_s"] * SECOND,
        repeat_every=None if repeat is None else repeat * SECOND,
        enabled=row["enabled"],
        note=row["note"],
    )
