"""Judge conditions by their rules, again and again; raise and clear alerts."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from airq_cron.domain.alert_rule import AlertRule
from airq_cron.domain.dropped import Dropped, say_dropped
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.persistence import Persistence
from airq_cron.domain.run import instant_text
from airq_cron.ports import Store, Unit
from airq_cron.services.alert_rules import Defaults, raise_alert, rules_in_force
from airq_cron.services.look_around import Finding

MINUTE = timedelta(minutes=1)
Rules = Mapping[FlipKind, AlertRule]


@dataclass(frozen=True, slots=True)
class Look:
    """
    What one look at one part saw.

    Attributes:
        complete: of these kinds everything was looked at: an open alert that no
            finding is about is about something that is not there any more.
    """

    findings: Sequence[Finding]
    complete: Collection[FlipKind] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """
    Something that can be looked at.

    Attributes:
        kinds: the conditions that it may find.
        reads: what it asks, in words.
        look: what cannot be read is left out or unknown; it raises StoreError only.
    """

    kinds: frozenset[FlipKind]
    look: Callable[[Rules, datetime], Look]
    reads: str = "the database"


@dataclass(slots=True)
class _Turns:
    raised: list[Flip] = field(default_factory=list)
    cleared: list[tuple[Flip, datetime, str]] = field(default_factory=list)

    def tell_dropped(self, dropped: Mapping[str, Dropped], at: datetime) -> None:
        """Let what is over say what did not run meanwhile."""
        self.cleared = [
            (flip, ended_at, message + _say_dropped(flip, dropped, at) + ".")
            for flip, ended_at, message in self.cleared
        ]

    def write(self, unit: Unit) -> dict[str, int]:
        return {
            "alerts_raised": sum(raise_alert(unit, flip) for flip in self.raised),
            "alerts_cleared": sum(
                unit.flips.clear(flip.id, ended_at=ended_at, message=message)
                for flip, ended_at, message in self.cleared
            ),
        }


class AlertJudge:
    """
    One process's judgement; any number of them judge at once.

    Attributes:
        sources: where it looks.
        defaults: the rules that hold where people changed none.
        found: what the last look saw.
        unsure: whether something was seen that is not believed yet, because it was
            not seen often enough: somebody should look again soon.

    The store keeps one open alert of a condition, whoever raises it. How often in a
    row something was seen is known to this process alone: after a start nothing is
    raised or cleared before it was seen as often as the rule asks.
    """

    def __init__(
        self, store: Store, defaults: Defaults, sources: Iterable[Source]
    ) -> None:
        self._store = store
        self.defaults = defaults
        self.sources = tuple(sources)
        self.found: tuple[Finding, ...] = ()
        self._kinds = frozenset().union(*(one.kinds for one in self.sources))
        self._persistence = Persistence()
        self.unsure = False

    def rules(self) -> Rules:
        """Return the rules in force; raises StoreError."""
        with self._store.read() as unit:
            return rules_in_force(unit, self.defaults)

    def judge(self, at: datetime) -> dict[str, int]:
        """
        Look once; return how many alerts were raised and cleared.

        It writes only when something has changed.

        Raises:
            StoreError: the database does not answer.
        """
        rules = self.rules()
        with self._store.read() as unit:
            # Before the looks: what another judge raises meanwhile is not one that
            # these looks have not found.
            open_flips = unit.flips.open_of_kinds(self._kinds)
        looks = [source.look(rules, at) for source in self.sources]
        self.found = tuple(one for look in looks for one in look.findings)
        turns = self._decide(looks, rules, open_flips, at)
        if not turns.raised and not turns.cleared:
            return {"alerts_raised": 0, "alerts_cleared": 0}
        if turns.cleared:
            with self._store.read() as unit:
                ids = [flip.id for flip, *_ in turns.cleared]
                turns.tell_dropped(unit.runs.dropped_during(ids), at)
        return self._store.write(turns.write)

    def _decide(
        self, looks: Sequence[Look], rules: Rules, flips: Sequence[Flip], at: datetime
    ) -> _Turns:
        turns, known = _Turns(), {flip.condition: flip for flip in flips}
        self.unsure = False
        found = {one.condition: one for look in looks for one in look.findings}
        for condition, finding in found.items():
            rule, flip = rules[finding.kind], known.get(condition)
            since = self._since(finding, rule, at)
            if finding.holds is None or not rule.enabled:
                continue
            if since is None:
                self.unsure |= finding.holds is (flip is None)
                continue
            if finding.holds and flip is None:
                turns.raised.append(flip_of(finding, since, at))
            elif not finding.holds and flip is not None:
                ended_at = finding.ended_at or since
                words = _say_over(flip, finding, ended_at)
                turns.cleared.append((flip, ended_at, words))
        complete = {kind for look in looks for kind in look.complete}
        for condition, flip in known.items():
            if not rules[flip.kind].enabled:
                words = f"The rule {flip.kind.value} is switched off"
                turns.cleared.append((flip, at, words))
            elif condition not in found and flip.kind in complete:
                name = flip.subject.partition(":")[2] or flip.subject
                words = f"{name} is not watched any more"
                turns.cleared.append((flip, at, words))
        self._persistence.keep(set(found))
        return turns

    def _since(
        self, finding: Finding, rule: AlertRule, at: datetime
    ) -> datetime | None:
        if finding.holds is None:
            return None
        looks = rule.open_after if finding.holds else rule.close_after
        condition, holds = finding.condition, finding.holds
        return self._persistence.note(condition, at, holds=holds, looks=looks)


def flip_of(finding: Finding, seen_since: datetime, at: datetime) -> Flip:
    """Return the alert that *finding* raises at *at*."""
    began_at = finding.since or seen_since
    return Flip(
        kind=finding.kind,
        key=f"{finding.condition}:{instant_text(began_at)}",
        condition=finding.condition,
        subject=finding.subject,
        message=finding.message + ".",
        began_at=began_at,
        raised_at=at,
        location=finding.location,
        detail=finding.detail,
    )


def _say_over(flip: Flip, finding: Finding, ended_at: datetime) -> str:
    minutes = max(1, (ended_at - flip.began_at) // MINUTE)
    return f"{finding.relief}; the alert held for {minutes} min"


def _say_dropped(flip: Flip, dropped: Mapping[str, Dropped], at: datetime) -> str:
    # What a job missed is told in full by the alert about just that.
    found = None if flip.kind is FlipKind.JOB_MISSED else dropped.get(flip.id)
    return say_dropped(found, flip.detail.get("zone", "UTC"), at)
