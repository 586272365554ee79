"""Alembic's scripts; run by `airq_cron.store.migrating`."""
