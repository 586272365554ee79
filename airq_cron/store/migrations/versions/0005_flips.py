"""Stored changes of status: alerts that were raised and cleared."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT, VARCHAR

from airq_cron.store.types import Instant, Prose

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
NAME = sa.String(64).with_variant(VARCHAR(64, collation="C"), "postgresql")
OPEN = sa.text("cleared_at IS NULL")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "flips",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("condition", KEY, nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("location", NAME, nullable=True),
        sa.Column("scheme", KEY, nullable=True),
        sa.Column("category", KEY, nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("message", Prose(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("cleared_at", Instant(), nullable=True),
        sa.Column("cleared_message", Prose(), nullable=True),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["location"],
            ["locations.id"],
            name=op.f("fk_flips_location"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flips")),
    )
    op.create_index("uq_flips_key", "flips", ["key"], unique=True)
    op.create_index("ix_flips_raised_at", "flips", ["raised_at", "id"])
    op.create_index("ix_flips_location", "flips", ["location", "began_at"])
    op.create_index(
        "uq_flips_open",
        "flips",
        ["condition"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    """Take it away, with what is in it."""
    op.drop_table("flips")
