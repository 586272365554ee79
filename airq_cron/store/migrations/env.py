"""Alembic's environment: the connection and transaction are the caller's."""

from alembic import context

from airq_cron.store.tables import metadata


def run() -> None:
    """Run the migrations on the connection that the configuration carries."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
