"""Providers: who is disabled, calls of long windows, answers nobody could read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from airq_cron.store.types import Instant, Prose

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
NUMBERED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "provider_states",
        sa.Column("name", KEY, nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.Column("reason", Prose(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_provider_states")),
    )
    op.create_table(
        "provider_usage",
        sa.Column("name", KEY, nullable=False),
        sa.Column("hour", Instant(), nullable=False),
        sa.Column("tenths", NUMBERED, nullable=False),
        sa.PrimaryKeyConstraint("name", "hour", name=op.f("pk_provider_usage")),
    )
    op.create_table(
        "installation",
        sa.Column("name", KEY, nullable=False),
        sa.Column("value", KEY, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
    )
    op.create_table(
        "provider_samples",
        sa.Column("id", NUMBERED, nullable=False),
        sa.Column("provider", KEY, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reason", Prose(), nullable=False),
        sa.Column("body", Prose(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_samples")),
    )
    op.create_index(
        "ix_provider_samples_provider", "provider_samples", ["provider", "id"]
    )


def downgrade() -> None:
    """Take them away, with what is in them."""
    op.drop_table("provider_samples")
    op.drop_table("installation")
    op.drop_table("provider_usage")
    op.drop_table("provider_states")
