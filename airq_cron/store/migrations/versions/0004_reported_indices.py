"""Indices as providers report them, the stations behind readings, and waits."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import VARCHAR

from airq_cron.store.types import Instant, Prose

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = sa.String(64).with_variant(VARCHAR(64, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables, and the column that says when to ask again."""
    op.add_column("fetch_states", sa.Column("not_before", Instant(), nullable=True))
    _create(
        "reported_indices",
        ("location", "valid_at", "provider", "scheme"),
        sa.Column("location", NAME, nullable=False),
        sa.Column("valid_at", Instant(), nullable=False),
        sa.Column("provider", NAME, nullable=False),
        sa.Column("scheme", NAME, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("main_pollutant", NAME, nullable=True),
        sa.Column("place", Prose(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("fetched_at", Instant(), nullable=False),
    )
    _create(
        "sources",
        ("location", "provider", "pollutant", "station"),
        sa.Column("location", NAME, nullable=False),
        sa.Column("provider", NAME, nullable=False),
        sa.Column("pollutant", NAME, nullable=False),
        sa.Column("station", NAME, nullable=False),
        sa.Column("name", Prose(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("attribution", Prose(), nullable=False),
        sa.Column("licence", Prose(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
    )


def downgrade() -> None:
    """Take them away, with what is in them."""
    op.drop_table("sources")
    op.drop_table("reported_indices")
    op.drop_column("fetch_states", "not_before")


def _create(table: str, key: tuple[str, ...], *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        *columns,
        sa.ForeignKeyConstraint(
            ["location"],
            ["locations.id"],
            name=op.f(f"fk_{table}_location"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
