"""Alert rules: what is judged, how patiently, and how loudly it is told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from airq_cron.domain.condition import CONDITIONS
from airq_cron.domain.flip import FlipKind
from airq_cron.domain.severity import Severity
from airq_cron.errors import InvalidError

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MOST_JUDGEMENTS = 100
LONGEST = timedelta(days=30)
LONGEST_NOTE = 500
ONLY_ONE = "must be 1: this condition is sure by rules of its own"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """
    How the conditions of one kind become alerts.

    Attributes:
        kind: what is judged; there is one rule of a kind, and it has its name.
        threshold: in the unit that its `Condition` tells; None where the condition
            has no figure to change.
        open_after: so many judgements in a row raise the alert.
        close_after: so many in a row clear it.
        cool_down: so long after its end the same condition raises nothing.
        repeat_every: an open alert that nobody acknowledged is told again so often;
            None: once is enough.
        enabled: whether it raises anything.
        note: why people changed it.
    """

    kind: FlipKind
    severity: Severity
    threshold: float | None = None
    open_after: int = 2
    close_after: int = 2
    cool_down: timedelta = timedelta()
    repeat_every: timedelta | None = None
    enabled: bool = True
    note: str | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return self.kind.value


DEFAULTS: Mapping[FlipKind, AlertRule] = {
    rule.kind: rule
    for rule in (
        # The first four are sure by rules of their own.
        AlertRule(FlipKind.HIGH_AQI, Severity.MEDIUM, open_after=1, close_after=1),
        AlertRule(FlipKind.BREAKER_OPEN, Severity.MEDIUM, open_after=1, close_after=1),
        AlertRule(
            FlipKind.BREAKER_STUCK,
            Severity.HIGH,
            open_after=1,
            close_after=1,
            repeat_every=4 * HOUR,
        ),
        AlertRule(
            FlipKind.PROVIDER_DISABLED,
            Severity.HIGH,
            open_after=1,
            close_after=1,
            repeat_every=24 * HOUR,
        ),
        AlertRule(FlipKind.STALE_DATA, Severity.HIGH, 3, repeat_every=4 * HOUR),
        # As much as a day needs to be final.
        AlertRule(
            FlipKind.INCOMPLETE_DATA, Severity.MEDIUM, 0.75, repeat_every=24 * HOUR
        ),
        AlertRule(FlipKind.QUEUE_BACKLOG, Severity.MEDIUM, 100, repeat_every=4 * HOUR),
        AlertRule(FlipKind.QUEUE_UNCONSUMED, Severity.CRITICAL, repeat_every=HOUR),
        AlertRule(FlipKind.BROKER_LOST, Severity.CRITICAL, repeat_every=HOUR),
        AlertRule(FlipKind.QUEUE_HEALTH, Severity.HIGH, 0.5, repeat_every=4 * HOUR),
        AlertRule(
            FlipKind.CRITICAL_BOTTLENECK, Severity.CRITICAL, repeat_every=4 * HOUR
        ),
        AlertRule(
            FlipKind.SLOW_PROCESSING, Severity.MEDIUM, 30_000, repeat_every=24 * HOUR
        ),
        AlertRule(FlipKind.DEAD_LETTERS, Severity.MEDIUM, 0, repeat_every=24 * HOUR),
        AlertRule(FlipKind.MANY_REFUSALS, Severity.HIGH, 100, repeat_every=4 * HOUR),
        AlertRule(
            FlipKind.MANY_MANUAL_RUNS, Severity.MEDIUM, 30, repeat_every=24 * HOUR
        ),
        # Seen once is seen.
        AlertRule(FlipKind.NEW_ADDRESS, Severity.MEDIUM, open_after=1, close_after=1),
        AlertRule(FlipKind.JOB_LATE, Severity.MEDIUM, 300, repeat_every=4 * HOUR),
        AlertRule(FlipKind.JOB_MISSED, Severity.MEDIUM, 0, repeat_every=24 * HOUR),
        # Patient, so that one slow run of a job that fires every minute is none.
        AlertRule(FlipKind.JOB_TOO_LONG, Severity.LOW, 5, open_after=4),
        AlertRule(FlipKind.JOB_TOO_OFTEN, Severity.LOW, 10),
        AlertRule(FlipKind.JOB_FAILING, Severity.HIGH, 3, repeat_every=24 * HOUR),
        AlertRule(
            FlipKind.JOB_NEVER_SUCCEEDED, Severity.HIGH, 3, repeat_every=24 * HOUR
        ),
        AlertRule(
            FlipKind.JOB_FAILURE_RATE, Severity.MEDIUM, 0.1, repeat_every=24 * HOUR
        ),
    )
}


def defaults_with(thresholds: Mapping[FlipKind, float]) -> dict[FlipKind, AlertRule]:
    """Return the default rules, some with the thresholds that settings give."""
    changed = (replace(DEFAULTS[kind], threshold=v) for kind, v in thresholds.items())
    return in_force(DEFAULTS, changed)


def in_force(
    defaults: Mapping[FlipKind, AlertRule], changed: Iterable[AlertRule]
) -> dict[FlipKind, AlertRule]:
    """Return the rule of each kind: as people changed it, else as by default."""
    found = dict(defaults)
    found.update({one.kind: one for one in changed if one.kind in defaults})
    return found


def check_rule(rule: AlertRule) -> AlertRule:
    """Return *rule*; raises InvalidError, which names the first field out of bounds."""
    condition = CONDITIONS[rule.kind]
    bound = condition.bound
    if bound is None and rule.threshold is not None:
        raise InvalidError("threshold", f"{rule.name} has none to change")
    if bound is not None and rule.threshold is None:
        raise InvalidError("threshold", f"{rule.name} needs one ({bound.unit})")
    if bound and not bound.least <= (rule.threshold or 0) <= bound.most:
        message = f"must be {bound.least:g} to {bound.most:g} ({bound.unit})"
        raise InvalidError("threshold", message)
    for name in ("open_after", "close_after"):
        most = MOST_JUDGEMENTS if condition.is_counted else 1
        if not 1 <= getattr(rule, name) <= most:
            reason = f"must be 1 to {most}" if most > 1 else ONLY_ONE
            raise InvalidError(name, reason)
    if not timedelta() <= rule.cool_down <= LONGEST:
        raise InvalidError("cool_down_s", "must be 0 s to 30 days")
    if rule.repeat_every is not None and not MINUTE <= rule.repeat_every <= LONGEST:
        raise InvalidError("repeat_every_s", "must be 60 s to 30 days, or null")
    if rule.note is not None and len(rule.note) > LONGEST_NOTE:
        raise InvalidError("note", f"must have at most {LONGEST_NOTE} characters")
    return rule
