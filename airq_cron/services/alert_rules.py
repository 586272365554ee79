"""Read and change alert rules, and raise alerts by them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from enum import Enum
from typing import Any

from airq_cron.domain.alert_rule import DEFAULTS, AlertRule, check_rule, in_force
from airq_cron.domain.condition import CONDITIONS, Condition
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.errors import NotFoundError
from airq_cron.ports import AuditEntry, Store, Unit

Defaults = Mapping[FlipKind, AlertRule]
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """
    A rule in force, and what it judges.

    Attributes:
        is_changed: whether people changed it; otherwise it is as code has it.
    """

    rule: AlertRule
    is_changed: bool

    @property
    def condition(self) -> Condition:
        """What it judges, in words."""
        return CONDITIONS[self.rule.kind]


def rules_in_force(unit: Unit, defaults: Defaults = DEFAULTS) -> Defaults:
    """Return the rule of each kind."""
    return in_force(defaults, unit.alert_rules.changed())


def read_rules(store: Store, defaults: Defaults) -> list[RuleLine]:
    """Return every rule, by name."""
    with store.read() as unit:
        changed = {rule.kind for rule in unit.alert_rules.changed()}
        found = rules_in_force(unit, defaults)
    return [RuleLine(found[kind], kind in changed) for kind in sorted(found)]


def read_rule(store: Store, name: str, defaults: Defaults) -> RuleLine:
    """Return one rule; raises NotFoundError, which tells those there are."""
    kind = _kind(name, defaults)
    with store.read() as unit:
        return _line(unit, kind, defaults)


def change_rule(
    store: Store, name: str, changes: Mapping[str, Any], *, by: str, defaults: Defaults
) -> RuleLine:
    """
    Change the fields of a rule that *changes* names; the next judgement uses it.

    What changes nothing leaves no line in the audit trail.

    Raises:
        NotFoundError: no such rule.
        InvalidError: names the field that is out of bounds.
    """
    return _edit(
        store,
        _kind(name, defaults),
        lambda rule: check_rule(replace(rule, **changes)),
        by=by,
        action="alert_rule.update",
        defaults=defaults,
    )


def reset_rule(store: Store, name: str, *, by: str, defaults: Defaults) -> RuleLine:
    """Make a rule again as code has it; raises NotFoundError."""
    kind = _kind(name, defaults)
    return _edit(
        store,
        kind,
        lambda _: defaults[kind],
        by=by,
        action="alert_rule.reset",
        defaults=defaults,
    )


def raise_alert(unit: Unit, flip: Flip) -> bool:
    """
    Store a flip with the severity of its rule; say whether it is new.

    It is not raised while its rule is switched off, or its condition cools down.
    """
    rule = unit.alert_rules.changed_one(flip.kind) or DEFAULTS[flip.kind]
    if not rule.enabled:
        return False
    last = unit.flips.last_flip(flip.condition) if rule.cool_down else None
    ended_at = None if last is None else last.cleared_at
    if ended_at is not None and flip.raised_at - ended_at < rule.cool_down:
        return False
    return unit.flips.put(replace(flip, severity=rule.severity))


def _edit(
    store: Store,
    kind: FlipKind,
    change: Callable[[AlertRule], AlertRule],
    *,
    by: str,
    action: str,
    defaults: Defaults,
) -> RuleLine:
    def work(unit: Unit) -> RuleLine:
        kept = unit.alert_rules.changed_one(kind, lock=True)
        old = kept or defaults[kind]
        new = change(old)
        if new == defaults[kind]:
            unit.alert_rules.drop(kind)
        elif new != old:
            unit.alert_rules.put(new)
        if new != old:
            before, after = _told(old), _told(new)
            names = [name for name in after if before[name] != after[name]]
            entry = AuditEntry(
                by,
                action,
                f"alert_rule:{kind.value}",
                before={name: before[name] for name in names},
                after={name: after[name] for name in names},
                note=new.note,
            )
            unit.audit.record(entry)
        return _line(unit, kind, defaults)

    return store.write(work)


def _line(unit: Unit, kind: FlipKind, defaults: Defaults) -> RuleLine:
    kept = unit.alert_rules.changed_one(kind)
    return RuleLine(kept or defaults[kind], kept is not None)


def _kind(name: str, defaults: Defaults) -> FlipKind:
    for kind in defaults:
        if kind.value == name:
            return kind
    known = ", ".join(sorted(kind.value for kind in defaults))
    raise NotFoundError("alert rule", f"{name}; there are {known}")


def _told(rule: AlertRule) -> dict[str, Any]:
    return {one.name: _plain(getattr(rule, one.name)) for one in fields(rule)}


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value // SECOND
    return value.value if isinstance(value, Enum) else value
