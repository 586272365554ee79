"""One-time links, and sessions of browsers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import VARCHAR

from airq_cron.store.types import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NAME = sa.String(64).with_variant(VARCHAR(64, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "login_links",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("token_id", NAME, nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_for", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(
            ["token_id"], ["tokens.id"], name=op.f("fk_login_links_token_id")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_login_links")),
    )
    op.create_index("ix_login_links_expires_at", "login_links", ["expires_at"])
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("token_id", NAME, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_id"], ["tokens.id"], name=op.f("fk_sessions_token_id")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])


def downgrade() -> None:
    """Take them away; whoever was logged in logs in again."""
    op.drop_table("sessions")
    op.drop_table("login_links")
