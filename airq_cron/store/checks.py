"""The last health check in SQL."""

from sqlalchemy import select

from airq_cron.ports import Check
from airq_cron.store.check_tables import last_checks
from airq_cron.store.session import Session, insert_into

ONLY = 1


class SqlChecks:
    """The table `last_checks`; see `ports.Checks`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, check: Check) -> None:
        """Replace the last one, unless that is younger."""
        values = {
            "finished_at": check.finished_at,
            "run": check.run,
            "by": check.by,
            "result": dict(check.result),
        }
        put = insert_into(last_checks, on_postgresql=self._session.on_postgresql)
        self._session.connection.execute(
            put.values(id=ONLY, **values).on_conflict_do_update(
                index_elements=[last_checks.c.id],
                set_=values,
                where=last_checks.c.finished_at <= put.excluded.finished_at,
            )
        )

    def last(self) -> Check | None:
        """Return the last one; None before the first."""
        row = self._session.connection.execute(select(last_checks)).one_or_none()
        if row is None:
            return None
        return Check(row.finished_at, row.run, row.by, row.result)
