"""What did not run while alerts were open."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, func, literal_column, select
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.dropped import Dropped
from airq_cron.domain.run import State
from airq_cron.store.flip_tables import flips
from airq_cron.store.ledger_tables import among, notable, runs, whole
from airq_cron.store.session import Session

JOB, QUEUE, BROKER = "job:", "queue:", "broker:"
_count = func.coalesce(runs.c.missed_count, 1)
_last = func.coalesce(runs.c.missed_until, runs.c.scheduled_for)


def _begins(word: str) -> ColumnElement[bool]:
    return func.substr(flips.c.subject, 1, len(word)) == word


def _named(word: str) -> ColumnElement[str]:
    return func.substr(flips.c.subject, len(word) + 1)


def _sum(state: State) -> ColumnElement[int]:
    return func.sum(case((among(runs.c.state, {state}), _count), else_=0))


def _dropped(theirs: ColumnElement[bool]) -> Select[Any]:
    due = and_(
        theirs,
        runs.c.scheduled_for >= flips.c.began_at,
        runs.c.origin == literal_column("'schedule'"),
        among(runs.c.state, {State.MISSED, State.SKIPPED}),
        notable,
        whole,
    )
    # An outer join, so that SQLite begins with the alerts.
    return (
        select(
            flips.c.id,
            _sum(State.MISSED),
            _sum(State.SKIPPED),
            func.count(runs.c.job.distinct()),
            func.min(runs.c.scheduled_for),
            func.max(_last),
        )
        .select_from(flips)
        .outerjoin(runs, due)
        .group_by(flips.c.id)
        .having(func.count(runs.c.id) > 0)
    )


_some = flips.c.id.in_(bindparam("ids", expanding=True))
OF_JOBS = _dropped(runs.c.job == _named(JOB)).where(_some, _begins(JOB))
OF_PARTS = _dropped(
    _begins(BROKER) | (_begins(QUEUE) & (runs.c.queue == _named(QUEUE)))
).where(_some, _begins(BROKER) | _begins(QUEUE))


class Losses:
    """See `ports.JobWatch`."""

    session: Session

    def dropped_during(self, flip_ids: Collection[str]) -> dict[str, Dropped]:
        """
        Return, by the id of an alert, the fire times since its begin without a run.

        Those of the job, or of all jobs of the queue or broker, that it is about;
        other alerts, and those in whose time nothing was dropped, are absent.
        """
        given = {"ids": list(flip_ids)}
        found: dict[str, Dropped] = {}
        for query in (OF_JOBS, OF_PARTS):
            for (
                id_,
                missed,
                skipped,
                jobs,
                first,
                last,
            ) in self.session.connection.execute(query, given):
                counts = int(missed), int(skipped), jobs
                found[id_] = Dropped(*counts, first, last)
        return found
