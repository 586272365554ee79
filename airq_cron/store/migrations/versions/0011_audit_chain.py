"""The audit trail is sealed, and says where each call came from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from airq_cron.store.types import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
NUMBERED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the columns and tables; rows that are there stay without a seal."""
    with op.batch_alter_table("audit") as batch:
        batch.add_column(sa.Column("address", KEY, nullable=True))
        batch.add_column(sa.Column("request_id", KEY, nullable=True))
        batch.add_column(
            sa.Column("calls", sa.Integer(), nullable=False, server_default="1")
        )
        batch.add_column(sa.Column("mac", KEY, nullable=True))
    op.create_table(
        "audit_chain",
        sa.Column("name", KEY, nullable=False),
        sa.Column("mark", KEY, nullable=False),
        sa.Column("row_id", NUMBERED, nullable=False),
        sa.Column("mac", KEY, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_chain")),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("id", NUMBERED, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("row_id", NUMBERED, nullable=False),
        sa.Column("rows", NUMBERED, nullable=False),
        sa.Column("mac", KEY, nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("seal", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoints")),
    )


def downgrade() -> None:
    """Take them away, with the seals."""
    op.drop_table("audit_checkpoints")
    op.drop_table("audit_chain")
    with op.batch_alter_table("audit") as batch:
        batch.drop_column("mac")
        batch.drop_column("calls")
        batch.drop_column("request_id")
        batch.drop_column("address")
