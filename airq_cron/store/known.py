"""Which places there are, for those who write about many."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from airq_cron.store.air_tables import locations


def known_places(connection: Connection, wanted: Collection[str]) -> set[str]:
    """Return those of *wanted* that there are; they stay until the commit."""
    query = select(locations.c.id).where(locations.c.id.in_(set(wanted)))
    query = query.order_by(locations.c.id)
    # FOR KEY SHARE: none of them is removed before this is committed.
    query = query.with_for_update(read=True, key_share=True)
    return set(connection.execute(query).scalars())
