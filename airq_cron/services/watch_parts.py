"""Raise and clear alerts about the parts that everything else stands on."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.persistence import Persistence
from airq_cron.domain.run import instant_text
from airq_cron.ports import Heartbeats, Queues, Store, Unit
from airq_cron.services.look_around import Finding, look_at_broker, look_at_data

KINDS = (
    FlipKind.STALE_DATA,
    FlipKind.QUEUE_BACKLOG,
    FlipKind.QUEUE_UNCONSUMED,
    FlipKind.BROKER_LOST,
)
MINUTE = timedelta(minutes=1)
# A worker that restarts is missed for one look, not for two.
LOOKS = 2


class PartsWatch:
    """
    One process's look at the parts; any number of them watch at once.

    The store keeps one open alert of a condition, whoever raises it. How often in a
    row something was seen is known to this process alone: after a start nothing is
    raised or cleared before the second look.
    """

    def __init__(
        self,
        store: Store,
        queues: Queues,
        heartbeats: Heartbeats,
        *,
        watch_processes: bool = True,
    ) -> None:
        self._store = store
        self._queues = queues
        self._heartbeats = heartbeats
        self._watch_processes = watch_processes
        self._persistence = Persistence(LOOKS)

    def look(self, at: datetime) -> dict[str, int]:
        """
        Look once; return how many alerts were raised and cleared.

        It writes only when something has changed.

        Raises:
            StoreError: the database does not answer.
        """
        findings = list(
            look_at_broker(
                self._queues,
                self._heartbeats,
                at,
                watch_processes=self._watch_processes,
            )
        )
        with self._store.read() as unit:
            findings += look_at_data(unit, at)
            known = {one.condition: one for one in unit.flips.open_of_kinds(KINDS)}
        raised: list[Flip] = []
        cleared: list[tuple[Flip, datetime, str]] = []
        for finding in findings:
            since = self._since(finding, at)
            flip = known.get(finding.condition)
            if since is None:
                continue
            if finding.holds and flip is None:
                raised.append(_raise(finding, since, at))
            elif not finding.holds and flip is not None:
                cleared.append((flip, since, _say_over(flip, finding.relief, since)))
        cleared += _unwatched(known.values(), findings, at)
        self._persistence.keep({finding.condition for finding in findings})
        if not raised and not cleared:
            return {"alerts_raised": 0, "alerts_cleared": 0}
        return self._store.write(lambda unit: _write(unit, raised, cleared))

    def _since(self, finding: Finding, at: datetime) -> datetime | None:
        if finding.holds is None:
            return None
        return self._persistence.note(finding.condition, at, holds=finding.holds)


def _write(
    unit: Unit,
    raised: Sequence[Flip],
    cleared: Sequence[tuple[Flip, datetime, str]],
) -> dict[str, int]:
    return {
        "alerts_raised": sum(unit.flips.put(flip) for flip in raised),
        "alerts_cleared": sum(
            unit.flips.clear(flip.id, ended_at=ended_at, message=message)
            for flip, ended_at, message in cleared
        ),
    }


def _raise(finding: Finding, seen_since: datetime, at: datetime) -> Flip:
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


def _say_over(flip: Flip, relief: str, ended_at: datetime) -> str:
    minutes = max(1, (ended_at - flip.began_at) // MINUTE)
    return f"{relief}; the alert held for {minutes} min."


def _unwatched(
    known: Iterable[Flip], findings: Sequence[Finding], at: datetime
) -> list[tuple[Flip, datetime, str]]:
    """Return the alerts about places that nobody watches any more, to be cleared."""
    looked_at = {finding.condition for finding in findings}
    return [
        (flip, at, f"{flip.location} is not watched any more.")
        for flip in known
        if flip.kind is FlipKind.STALE_DATA and flip.condition not in looked_at
    ]
