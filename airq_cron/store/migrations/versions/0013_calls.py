"""Refused calls are counted by the minute, and addresses of tokens are noted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT, VARCHAR

from airq_cron.store.types import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
NAME = sa.String(64).with_variant(VARCHAR(64, collation="C"), "postgresql")
SEEN = ("first_seen_at", "last_seen_at")


def upgrade() -> None:
    """Make both tables."""
    counts = ("unauthenticated", "forbidden", "misdirected", "throttled")
    op.create_table(
        "refused_calls",
        sa.Column("minute", Instant(), nullable=False),
        sa.Column("sender", KEY, nullable=False),
        *[sa.Column(name, sa.Integer(), nullable=False) for name in counts],
        sa.PrimaryKeyConstraint("minute", "sender", name=op.f("pk_refused_calls")),
    )
    op.create_table(
        "token_addresses",
        sa.Column("token_id", NAME, nullable=False),
        sa.Column("address", KEY, nullable=False),
        *[sa.Column(name, Instant(), nullable=False) for name in SEEN],
        sa.PrimaryKeyConstraint("token_id", "address", name=op.f("pk_token_addresses")),
    )
    for name in SEEN:
        op.create_index(f"ix_token_addresses_{name}", "token_addresses", [name])


def downgrade() -> None:
    """Take them away; what was counted in the last minute is lost."""
    op.drop_table("token_addresses")
    op.drop_table("refused_calls")
